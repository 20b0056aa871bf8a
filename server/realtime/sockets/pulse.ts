/**
 * The heartbeat of all sockets and the end of their tokens, by one wheel: pings, whoever does not answer, whoever
 * never authenticates, tokens that run out.
 * @module
 */
import { Wheel } from "../../lib/wheel.ts";
import { BOUNDS } from "../../protocol/bounds.ts";
import { Phase } from "../people/member.ts";
import { ANSWER_MS, HEARTBEAT_MS } from "./codec.ts";
import type { Connection } from "./connection.ts";

/** A socket must authenticate within this, ms. */
export const AUTHENTICATE_WITHIN_MS = BOUNDS.AUTHENTICATE_WITHIN.value;
/** A client hears this long before that its token runs out, ms. */
export const WARN_BEFORE_MS = BOUNDS.TOKEN_WARNING.value;
/** A turn that comes so late says that this process stood still, ms: nobody could have answered. */
const STANDSTILL_MS = 5_000;

export class Pulse {
  readonly #wheel: Wheel<Connection>;
  #turnedAt: number;
  /** Questions from before this are not held against anybody. */
  #resumedAt = 0;

  /** @param now Milliseconds since the epoch. */
  constructor(now: number) {
    this.#wheel = new Wheel(seconds(now));
    this.#turnedAt = now;
  }

  /** A socket has opened. */
  opened(connection: Connection, now: number): void {
    connection.openedAt = now;
    connection.heardAt = now;
    this.#wheel.schedule(connection, secondAfter(now + AUTHENTICATE_WITHIN_MS));
  }

  /** A socket has become somebody's, or has a fresh token. The first ping is spread, so that a crowd is not pinged at once. */
  entered(connection: Connection, now: number): void {
    if (connection.askedAt === 0) connection.askedAt = now - Math.floor(Math.random() * 10_000);
    this.#wheel.schedule(connection, this.#nextOf(connection));
  }

  closed(connection: Connection): void {
    this.#wheel.cancel(connection);
  }

  /** How many sockets it watches. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Once a second. */
  turn(now: number): void {
    if (now - this.#turnedAt > STANDSTILL_MS) this.#resumedAt = now;
    this.#turnedAt = now;
    this.#wheel.turn(seconds(now), (connection) => {
      this.#judge(connection, now);
      if (!connection.closed) this.#wheel.schedule(connection, this.#nextOf(connection));
    });
  }

  #judge(connection: Connection, now: number): void {
    if (connection.phase === Phase.New || connection.phase === Phase.Joining) {
      const late = now >= connection.openedAt + AUTHENTICATE_WITHIN_MS;
      // While it is joining the delay is ours.
      if (late && connection.phase === Phase.New) connection.close("AUTH_TIMEOUT");
      return;
    }
    if (now >= connection.expiresAt) {
      connection.close("UNAUTHORIZED", { expired: true });
      return;
    }
    if (!connection.warned && now >= connection.expiresAt - WARN_BEFORE_MS) {
      connection.warned = true;
      const expiresAt = new Date(connection.expiresAt).toISOString();
      connection.send(connection.codec.event("token_expiring", JSON.stringify({ expires_at: expiresAt })));
    }
    this.#beat(connection, now);
  }

  #beat(connection: Connection, now: number): void {
    if (awaitsAnswer(connection) && connection.askedAt >= this.#resumedAt) {
      if (now >= connection.askedAt + ANSWER_MS) connection.close("PING_TIMEOUT");
      return;
    }
    if (now < connection.askedAt + HEARTBEAT_MS && !awaitsAnswer(connection)) return;
    connection.askedAt = now;
    if (connection.codec.ping === null) connection.ws?.ping();
    else connection.send(connection.codec.ping);
  }

  /** @returns The second of the next thing to do. */
  #nextOf(connection: Connection): number {
    if (connection.phase === Phase.New || connection.phase === Phase.Joining) {
      return secondAfter(connection.openedAt + AUTHENTICATE_WITHIN_MS);
    }
    const beat = connection.askedAt + (awaitsAnswer(connection) ? ANSWER_MS : HEARTBEAT_MS);
    const token = connection.expiresAt - (connection.warned ? 0 : WARN_BEFORE_MS);
    return secondAfter(Math.min(beat, token));
  }
}

/** Anything that came in since counts as an answer. */
function awaitsAnswer(connection: Connection): boolean {
  return connection.heardAt < connection.askedAt;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** The first whole second that is not before the moment. */
function secondAfter(ms: number): number {
  return Math.ceil(ms / 1000);
}
