/**
 * Handles one frame of a client: replies of the protocol, authentication, and the dispatch for every other event. It
 * writes the answers; order and bounds are the gateway's.
 * @module
 */
import type { PresenceService } from "../../features/presence/mod.ts";
import { BOUNDS } from "../../protocol/bounds.ts";
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
  /** Told of unexpected failures. */
  readonly onError: (error: unknown) => void;
  readonly watchers: Watchers;
  readonly now: () => number;
}

const MAX_HELD = BOUNDS.QUEUE.value;
const MAX_HELD_LENGTH = BOUNDS.HELD.value;

export class Receiver {
  readonly #deps: ReceiverDeps;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  /** Handles one frame. Never rejects; undefined when it is done already. */
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
        // Frames after it are ignored, as the stock server does.
        connection.queue = null;
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
        return this.#event(connection, inbound, frame);
    }
  }

  /** Authenticates with the token that came with the upgrade, where there is one. */
  greet(connection: Connection): Promise<void> | undefined {
    const { pending } = connection;
    // A Socket.IO client sends CONNECT first.
    if (!pending || connection.codec.name === "socketio") return undefined;
    connection.pending = null;
    return this.#authenticate(connection, pending, undefined);
  }

  /** Closes a socket whose client breaks the protocol. */
  refuse(connection: Connection, problem: string): void {
    this.#fail(connection, new AppError("VALIDATION_ERROR", problem), undefined);
    connection.close("PROTOCOL_ERROR");
  }

  #event(connection: Connection, inbound: Extract<Inbound, { kind: "event" }>, frame: string) {
    const { event, data, id } = inbound;
    if (connection.codec.name === "socketio" && !connection.entered) {
      this.refuse(connection, "Cannot take the event: connect to the namespace first");
      return undefined;
    }
    if (event === "authenticate") return this.#firstFrame(connection, data, id);
    if (connection.phase === Phase.New) {
      if (connection.codec.name === "socketio") {
        this.#hold(connection, frame);
        return undefined;
      }
      this.#fail(connection, new AppError("UNAUTHORIZED", "Authenticate first"), id);
      return undefined;
    }
    return this.#dispatch(connection, { event, data, id });
  }

  /**
   * Keeps a frame until `authenticate` has been answered: the stock Socket.IO client sends what it buffered while it was
   * away before the app's `connect` listener can authenticate.
   */
  #hold(connection: Connection, frame: string): void {
    connection.held ??= [];
    const length = connection.held.reduce((sum, { length }) => sum + length, frame.length);
    if (connection.held.length < MAX_HELD && length <= MAX_HELD_LENGTH) connection.held.push(frame);
    else connection.close("FLOODING");
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
      if (!fresh) return;
      this.#begin(connection, { since, head: entered.head });
      if (connection.held) connection.queue = connection.held.concat(connection.queue ?? []);
      connection.held = null;
    } catch (error) {
      const failure = this.#toFailure(error);
      this.#answerFailure(connection, failure, id);
      if (fresh) turnAway(connection, failure);
    }
  }

  /** Socket.IO's CONNECT: with a token it authenticates, without one `authenticate` follows. */
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
      // The stock client never reconnects after CONNECT_ERROR, and always after a close.
      if (failure.retryable) turnAway(connection, failure);
      else connection.send(connectErrorPacket(failure.message, failureJson(failure)));
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

  /** From here on the socket gets events. */
  #begin(connection: Connection, { since, head }: { since: number | undefined; head: number }): void {
    const { counters, delivery } = this.#deps;
    this.#register(connection);
    if (since === undefined) {
      connection.seq = head;
      connection.phase = Phase.Live;
      delivery.learnHead(connection.member!, head);
      return;
    }
    counters.reconnects++;
    connection.seq = since;
    void delivery.catchUp(connection, { announce: true });
  }

  /** Registers with presence in the background, and closes the oldest socket where there are too many. */
  #register(connection: Connection): void {
    const { evict, maxPerUser, onError, presence } = this.#deps;
    const member = connection.member!;
    presence.connected(member.userId, connection.id, { max: maxPerUser }).then((evicted) => {
      if (evicted) {
        if (evicted.length > 0) evict(member.userId, evicted);
        return;
      }
      // Without the store each node counts its own sockets.
      const surplus = member.sockets.slice(0, Math.max(0, member.sockets.length - maxPerUser));
      for (const socket of surplus) socket.close("CONNECTED_ELSEWHERE");
    }, onError);
  }

  #fail(connection: Connection, error: unknown, id: FrameId | undefined): void {
    this.#answerFailure(connection, this.#toFailure(error), id);
  }

  #answerFailure(connection: Connection, failure: AppError, id: FrameId | undefined): void {
    this.#deps.counters.errors++;
    connection.send(connection.codec.error(failureJson(failure), id));
  }

  #toFailure(error: unknown): AppError {
    if (error instanceof AppError) return error;
    this.#deps.onError(error);
    return new AppError("INTERNAL_SERVER_ERROR");
  }
}

/** Closes a socket that could not be authenticated. */
function turnAway(connection: Connection, { code, details }: AppError): void {
  if (code === "UNAUTHORIZED") connection.close("UNAUTHORIZED");
  else if (code === "FORBIDDEN") connection.close("SANCTIONED");
  else if (code === "RATE_LIMIT_EXCEEDED") {
    connection.close("FLOODING", {
      retry_after_ms: Number((details as { retry_after_ms: number }).retry_after_ms),
    });
  } else connection.close("UNAVAILABLE");
}

function greetingJson({ viewer, head }: Entered): string {
  const { userId, sessionId } = viewer;
  return JSON.stringify({ user_id: userId, seq: head, heartbeat_ms: HEARTBEAT_MS, session_id: sessionId });
}

function failureJson({ code, message, details, retryable }: AppError): string {
  return JSON.stringify({ code, message, details, retryable });
}
