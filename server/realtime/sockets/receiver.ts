/**
 * What a client's frame leads to: the protocol's own replies, the first frame that makes a socket somebody's, and
 * for everything else the dispatch. It writes the answers; order and bounds are the gateway's.
 * @module
 */
import type { PresenceService } from "../../features/presence/mod.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Delivery } from "../people/delivery.ts";
import { Phase } from "../people/member.ts";
import type { Staff } from "../people/staff.ts";
import type { Counters } from "../stats/counters.ts";
import { observed, type Watchers } from "../stats/observed.ts";
import type { Authenticator, Entered } from "./authenticator.ts";
import { type FrameId, HEARTBEAT_MS, type Inbound } from "./codec.ts";
import { connectErrorPacket, connectPacket } from "./codec_socketio.ts";
import type { Connection, Credentials } from "./connection.ts";
import { checkData, type Dispatch } from "./dispatch.ts";
import type { Pulse } from "./pulse.ts";

interface ReceiverDeps {
  readonly authenticator: Authenticator;
  readonly counters: Counters;
  readonly delivery: Delivery;
  readonly dispatch: Dispatch;
  readonly presence: PresenceService;
  readonly pulse: Pulse;
  readonly staff: Staff;
  /** Sockets a person may have on all nodes. */
  readonly maxPerUser: number;
  /** Closes sockets, `node/socket`, wherever they are. */
  readonly evict: (userId: string, sockets: readonly string[]) => void;
  /** Hears of what is nobody's fault but ours. */
  readonly onError: (error: unknown) => void;
  readonly watchers: Watchers;
  readonly now: () => number;
}

/** A failure of ours: clients come again within this, ms. */
const COME_AGAIN_MS = 5_000;

export class Receiver {
  readonly #deps: ReceiverDeps;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  /** Acts on one frame. Never rejects; undefined when it is done already. */
  handle(connection: Connection, frame: string): Promise<void> | undefined {
    if (connection.closed) return undefined;
    const inbound = connection.codec.decode(frame);
    switch (inbound.kind) {
      case "alive":
        return undefined;
      case "reply":
        connection.send(inbound.frame);
        return undefined;
      case "leave":
        connection.ws?.close(1000, "goodbye");
        return undefined;
      case "fatal":
        this.refuse(connection, inbound.problem);
        return undefined;
      case "invalid":
        this.#fail(connection, new AppError("VALIDATION_ERROR", inbound.problem), inbound.id);
        return undefined;
      case "connect":
        return this.#connect(connection, inbound.auth);
      case "event":
        return this.#event(connection, inbound);
    }
  }

  /** Uses what came with the upgrade. */
  greet(connection: Connection): Promise<void> | undefined {
    const { pending } = connection;
    // Socket.IO's client first says that it enters.
    if (!pending || connection.codec.name === "socketio") return undefined;
    connection.pending = null;
    return this.#authenticate(connection, pending, undefined);
  }

  /** Ends a connection whose client is broken or hostile. */
  refuse(connection: Connection, problem: string): void {
    this.#fail(connection, new AppError("VALIDATION_ERROR", problem), undefined);
    connection.close("PROTOCOL_ERROR");
  }

  #event(connection: Connection, { event, data, id }: Extract<Inbound, { kind: "event" }>) {
    if (connection.codec.name === "socketio" && !connection.entered) {
      this.refuse(connection, "Cannot take the event: connect to the namespace first");
      return undefined;
    }
    if (event === "authenticate") return this.#firstFrame(connection, data, id);
    if (connection.phase === Phase.New) {
      this.#fail(connection, new AppError("UNAUTHORIZED", "Authenticate first"), id);
      return undefined;
    }
    return this.#dispatch(connection, { event, data, id });
  }

  async #dispatch(
    connection: Connection,
    { event, data, id }: { event: string; data: unknown; id: FrameId | undefined },
  ): Promise<void> {
    const { dispatch, watchers } = this.#deps;
    try {
      const answer = await observed(watchers, event, () => dispatch(connection, event, data));
      if (id !== undefined && answer) connection.send(connection.codec.ack(id, JSON.stringify(answer)));
    } catch (error) {
      this.#fail(connection, error, id);
    }
  }

  async #firstFrame(connection: Connection, data: unknown, id: FrameId | undefined): Promise<void> {
    let credentials: Credentials;
    try {
      credentials = checkData("authenticate", data);
    } catch (error) {
      this.#fail(connection, error, id);
      return;
    }
    await this.#authenticate(connection, credentials, id);
  }

  async #authenticate(
    connection: Connection,
    { token, since }: Credentials,
    id: FrameId | undefined,
  ): Promise<void> {
    const { codec } = connection;
    const fresh = connection.member === null;
    try {
      const entered = await this.#enter(connection, token);
      if (!entered) return;
      const json = greetingJson(entered);
      if (codec.name === "socketio" && id !== undefined) connection.send(codec.ack(id, json));
      connection.send(codec.event("authenticated", json, { id }));
      if (fresh) this.#begin(connection, { since, head: entered.head });
    } catch (error) {
      this.#fail(connection, error, id);
      if (fresh) this.#turnAway(connection, error);
    }
  }

  /** Socket.IO's CONNECT: with a token it is the first frame, without one `authenticate` follows. */
  async #connect(connection: Connection, auth: unknown): Promise<void> {
    if (connection.entered) return;
    const given = typeof auth === "object" && auth !== null && "token" in auth ? auth : undefined;
    try {
      const credentials = given ? checkData("authenticate", given) : connection.pending;
      connection.pending = null;
      const entered = credentials ? await this.#enter(connection, credentials.token) : undefined;
      if (connection.closed) return;
      connection.entered = true;
      connection.send(connectPacket(connection.id));
      if (!entered) return;
      connection.send(connection.codec.event("authenticated", greetingJson(entered)));
      this.#begin(connection, { since: credentials!.since, head: entered.head });
    } catch (error) {
      const failure = this.#toFailure(error);
      connection.send(connectErrorPacket(failure.message, failureJson(failure)));
    }
  }

  async #enter(connection: Connection, token: string): Promise<Entered | undefined> {
    const { authenticator, watchers, pulse, staff, now } = this.#deps;
    const entered = await observed(watchers, "authenticate", () =>
      connection.member ? authenticator.renew(connection, token) : authenticator.enter(connection, token),
    );
    if (!entered) return undefined;
    connection.role = entered.viewer.role;
    staff.sort(connection);
    pulse.entered(connection, now());
    return entered;
  }

  /** From here on the socket is fed. */
  #begin(connection: Connection, { since, head }: { since: number | undefined; head: number }): void {
    const { counters, delivery, onError } = this.#deps;
    this.#register(connection);
    if (since === undefined) {
      connection.seq = head;
      connection.phase = Phase.Live;
      delivery.learnHead(connection.member!, head);
      return;
    }
    counters.reconnects++;
    connection.seq = since;
    delivery.catchUp(connection, { announce: true }).catch(onError);
  }

  /** Tells presence, in the background, and makes room when this socket is one too many. */
  #register(connection: Connection): void {
    const { evict, maxPerUser, onError, presence } = this.#deps;
    const member = connection.member!;
    presence.connected(member.userId, connection.id, { max: maxPerUser }).then((evicted) => {
      if (evicted) {
        if (evicted.length > 0) evict(member.userId, evicted);
        return;
      }
      // The store is away: each node counts its own.
      const surplus = member.sockets.slice(0, Math.max(0, member.sockets.length - maxPerUser));
      for (const socket of surplus) socket.close("CONNECTED_ELSEWHERE");
    }, onError);
  }

  #turnAway(connection: Connection, error: unknown): void {
    const { code } = this.#toFailure(error);
    if (code === "UNAUTHORIZED") connection.close("UNAUTHORIZED");
    else if (code === "FORBIDDEN") connection.close("SANCTIONED");
    else connection.close("UNAVAILABLE", { retry_after_ms: Math.floor(Math.random() * COME_AGAIN_MS) });
  }

  #fail(connection: Connection, error: unknown, id: FrameId | undefined): void {
    this.#deps.counters.errors++;
    connection.send(connection.codec.error(failureJson(this.#toFailure(error)), id));
  }

  #toFailure(error: unknown): AppError {
    if (error instanceof AppError) return error;
    this.#deps.onError(error);
    return new AppError("INTERNAL_SERVER_ERROR");
  }
}

function greetingJson({ viewer, head }: Entered): string {
  const { userId, sessionId } = viewer;
  return JSON.stringify({ user_id: userId, seq: head, heartbeat_ms: HEARTBEAT_MS, session_id: sessionId });
}

function failureJson({ code, message, details, retryable }: AppError): string {
  return JSON.stringify({ code, message, details, retryable });
}
