/**
 * Handles one frame of a client: replies of the protocol, authentication, and the dispatch for every other event. It
 * writes the answers; order and bounds are the gateway's.
 * @module
 */
import { BOUNDS } from "../../protocol/bounds.ts";
import { AppError, invalid } from "../../protocol/errors.ts";
import { Phase } from "../people/member.ts";
import type { Counters } from "../stats/counters.ts";
import { observed, type Watchers } from "../stats/observed.ts";
import type { Attachment } from "./attach.ts";
import type { Entered } from "./authenticator.ts";
import { type FrameId, HEARTBEAT_MS, type Inbound } from "./codec.ts";
import { connectErrorPacket, connectPacket } from "./codec_socketio.ts";
import type { Connection, Credentials } from "./connection.ts";
import { checkData, type Dispatch } from "./dispatch.ts";

interface ReceiverDeps {
  readonly attachment: Attachment;
  readonly counters: Counters;
  readonly dispatch: Dispatch;
  /** A device has its person's log up to there. */
  readonly received: (sessionId: string, seq: number) => void;
  /** Told of unexpected failures. */
  readonly onError: (error: unknown) => void;
  readonly watchers: Watchers;
}

/** See the module. */
export interface Receiver {
  /** Handles one frame. Never rejects; undefined when it is done already. */
  handle(connection: Connection, frame: string): Promise<void> | undefined;
  /** Authenticates with the token that came with the upgrade, where there is one. */
  greet(connection: Connection): Promise<void> | undefined;
  /** The last ping was answered. */
  answered(connection: Connection): void;
  /** Closes a socket whose client breaks the protocol. */
  refuse(connection: Connection, problem: string): void;
}

type InboundEvent = Extract<Inbound, { kind: "event" }>;

/** Socket.IO's answer to a ping. */
const PONG = "3";
const MAX_HELD = BOUNDS.QUEUE.value;
const MAX_HELD_LENGTH = BOUNDS.HELD.value;

/** @returns The receiver of one node. */
export function createReceiver(deps: ReceiverDeps): Receiver {
  const { attachment, counters, dispatch, received, watchers, onError } = deps;

  function handle(connection: Connection, frame: string): Promise<void> | undefined {
    if (connection.closed) return undefined;
    const inbound = connection.codec.decode(frame);
    switch (inbound.kind) {
      case "alive":
        if (frame === PONG) answered(connection);
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
        refuse(connection, inbound.problem);
        return undefined;
      case "invalid":
        fail(connection, badFrame(inbound.problem), inbound.id);
        return undefined;
      case "connect":
        return connect(connection, inbound.auth);
      case "event":
        return handleEvent(connection, inbound, frame);
    }
  }

  function greet(connection: Connection): Promise<void> | undefined {
    const { pending } = connection;
    // A Socket.IO client sends CONNECT first.
    if (!pending || connection.codec.name === "socketio") return undefined;
    connection.pending = null;
    return authenticate(connection, pending, undefined);
  }

  function answered({ askedSeq, member, saysReceived, sessionId }: Connection): void {
    if (member && !saysReceived && askedSeq > 0) received(sessionId, askedSeq);
  }

  function refuse(connection: Connection, problem: string): void {
    fail(connection, badFrame(problem), undefined);
    connection.close("PROTOCOL_ERROR");
  }

  function handleEvent(connection: Connection, inbound: InboundEvent, frame: string) {
    const isSocketIo = connection.codec.name === "socketio";
    if (isSocketIo && !connection.entered) {
      refuse(connection, "must come after the connection to the namespace");
    } else if (inbound.event === "authenticate") {
      return handleAuthenticate(connection, inbound);
    } else if (connection.phase !== Phase.New) {
      return handleOther(connection, inbound);
    } else if (isSocketIo) {
      hold(connection, frame);
    } else {
      fail(connection, new AppError("UNAUTHORIZED", "Authenticate first"), inbound.id);
    }
    return undefined;
  }

  async function handleOther(connection: Connection, { event, data, id }: InboundEvent): Promise<void> {
    try {
      const answer = await observed(watchers, event, () => dispatch(connection, { event, data, id }));
      if (id !== undefined && answer) connection.send(connection.codec.ack(id, JSON.stringify(answer)));
    } catch (error) {
      fail(connection, error, id);
    }
  }

  async function handleAuthenticate(connection: Connection, { data, id }: InboundEvent): Promise<void> {
    let credentials: Credentials;
    try {
      credentials = checkData("authenticate", data);
    } catch (error) {
      fail(connection, error, id);
      return;
    }
    await authenticate(connection, credentials, id);
  }

  async function authenticate(
    connection: Connection,
    { token, since }: Credentials,
    id: FrameId | undefined,
  ): Promise<void> {
    const { codec } = connection;
    const isNew = connection.member === null;
    try {
      const entered = await attachment.authenticate(connection, token);
      if (!entered) return;
      const json = greetingJson(entered);
      if (codec.name === "socketio" && id !== undefined) connection.send(codec.ack(id, json));
      connection.send(codec.event("authenticated", json, { id }));
      if (!isNew) return;
      attachment.start(connection, { since, head: entered.head });
      if (connection.held) connection.queue = connection.held.concat(connection.queue ?? []);
      connection.held = null;
    } catch (error) {
      const failure = toFailure(error);
      fail(connection, failure, id);
      if (isNew) turnAway(connection, failure);
    }
  }

  /** Socket.IO's CONNECT: with a token it authenticates, without one `authenticate` follows. */
  async function connect(connection: Connection, auth: unknown): Promise<void> {
    if (connection.entered) return;
    const given = typeof auth === "object" && auth !== null && "token" in auth ? auth : undefined;
    try {
      const credentials = given ? checkData("authenticate", given) : connection.pending;
      connection.pending = null;
      const entered = credentials ? await attachment.authenticate(connection, credentials.token) : undefined;
      if (connection.closed) return;
      connection.entered = true;
      connection.send(connectPacket(connection.id));
      if (!entered) return;
      connection.send(connection.codec.event("authenticated", greetingJson(entered)));
      attachment.start(connection, { since: credentials!.since, head: entered.head });
    } catch (error) {
      const failure = toFailure(error);
      // The stock client never reconnects after CONNECT_ERROR, and always after a close.
      if (failure.retryable) turnAway(connection, failure);
      else connection.send(connectErrorPacket(failure.message, failureJson(failure)));
    }
  }

  function fail(connection: Connection, error: unknown, id: FrameId | undefined): void {
    counters.errors++;
    connection.send(connection.codec.error(failureJson(toFailure(error)), id));
  }

  function toFailure(error: unknown): AppError {
    if (error instanceof AppError) return error;
    onError(error);
    return new AppError("INTERNAL_SERVER_ERROR");
  }

  return { handle, greet, answered, refuse };
}

/**
 * Keeps a frame until `authenticate` has been answered: the stock Socket.IO client sends what it buffered while it was
 * away before the app's `connect` listener can authenticate.
 */
function hold(connection: Connection, frame: string): void {
  connection.held ??= [];
  const length = connection.held.reduce((sum, { length }) => sum + length, frame.length);
  if (connection.held.length < MAX_HELD && length <= MAX_HELD_LENGTH) connection.held.push(frame);
  else connection.close("FLOODING");
}

/** Closes a socket that could not be authenticated. */
function turnAway(connection: Connection, { code, details }: AppError): void {
  if (code === "UNAUTHORIZED") connection.close("UNAUTHORIZED");
  else if (code === "FORBIDDEN") connection.close("SANCTIONED");
  else if (code !== "RATE_LIMIT_EXCEEDED") connection.close("UNAVAILABLE");
  else {
    const { retry_after_ms } = details as { retry_after_ms: number };
    connection.close("FLOODING", { retry_after_ms });
  }
}

function greetingJson({ viewer, head }: Entered): string {
  const { userId, sessionId } = viewer;
  return JSON.stringify({ user_id: userId, seq: head, heartbeat_ms: HEARTBEAT_MS, session_id: sessionId });
}

function failureJson({ code, message, details, retryable }: AppError): string {
  return JSON.stringify({ code, message, details, retryable });
}

function badFrame(message: string): AppError {
  return invalid({ path: "frame", code: "format", message });
}
