/**
 * Heartbeats and deadlines of all sockets, by one timer wheel: sends pings, and closes sockets that do not answer, do
 * not authenticate or whose token has expired.
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
/** A turn this late (ms) means that the process was suspended or blocked: answers may wait unread. */
const STANDSTILL_MS = 5_000;

export class Pulse {
  readonly #wheel: Wheel<Connection>;
  #turnedAt: number;
  /** Pings from before this need no answer, ms since the epoch. */
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

  /**
   * A socket has been authenticated, or has a fresh token. First pings are spread over 10 s, so that sockets that came
   * together are not pinged together.
   */
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
    if (!isAuthenticated(connection)) {
      const late = now >= connection.openedAt + AUTHENTICATE_WITHIN_MS;
      // While the token is being checked, the delay is the server's.
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
    if (connection.unanswered && connection.askedAt >= this.#resumedAt) {
      if (now >= connection.askedAt + ANSWER_MS) connection.close("PING_TIMEOUT");
      return;
    }
    if (now < connection.askedAt + HEARTBEAT_MS && !connection.unanswered) return;
    connection.askedAt = now;
    connection.unanswered = true;
    connection.askedSeq = connection.seq;
    if (connection.codec.ping === null) connection.ws?.ping();
    else connection.send(connection.codec.ping);
  }

  /** @returns The second of the next thing to do. */
  #nextOf(connection: Connection): number {
    if (!isAuthenticated(connection)) {
      return secondAfter(connection.openedAt + AUTHENTICATE_WITHIN_MS);
    }
    const beat = connection.askedAt + (connection.unanswered ? ANSWER_MS : HEARTBEAT_MS);
    const token = connection.expiresAt - (connection.warned ? 0 : WARN_BEFORE_MS);
    return secondAfter(Math.min(beat, token));
  }
}

/** Told by the token and not by the phase, which is still Joining when {@link Pulse.entered} is called. */
function isAuthenticated({ expiresAt }: Connection): boolean {
  return expiresAt !== 0;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** The first whole second that is not before the moment. */
function secondAfter(ms: number): number {
  return Math.ceil(ms / 1000);
}
