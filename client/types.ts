/**
 * The shapes of the client's face: its options, what it answers and what it tells. It does nothing.
 * @module
 */

import type { RequestFailure } from "./failure.ts";
import type { ClientEventData, ClientEventName, EventData, MessageType, ServerEventName } from "./wire.ts";

/**
 * Why a token is wanted: for a new connection, because the one in use runs out within a minute, or because the
 * server refused it.
 */
export type TokenReason = "connect" | "expiring" | "rejected";

/**
 * Gives an access token that is good now; asked before every connection, so keep it until it runs out.
 * A thrown `AppError` that is not retryable ends the client, anything else is tried again.
 */
export type GetToken = (reason: TokenReason) => string | Promise<string>;

/** Keeps small texts for one account: localStorage or AsyncStorage with three lines around them, a file, IndexedDB. */
export interface ClientStorage {
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  set(key: string, value: string): unknown;
}

/** The events that say whether somebody types. */
export type TypingEvent = "typing_start" | "typing_stop";

/** The part of a web-standard WebSocket that the client uses. */
export interface SocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  // biome-ignore lint/suspicious/noExplicitAny: each platform has its own event types
  onopen: ((event: any) => void) | null;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onmessage: ((event: any) => void) | null;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onclose: ((event: any) => void) | null;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onerror: ((event: any) => void) | null;
}

/** What a client needs, and how patient it is. */
export interface ClientOptions {
  /** The server, as `https://host`, `http://host:3000`, or the socket itself as `wss://host/ws`. */
  readonly url: string;
  /** An access token, or what gives one. A text cannot be refreshed: the client ends when it runs out. */
  readonly token: string | GetToken;
  /**
   * The last position of the person's log that this device has dealt with, from {@link ClientOptions.savePosition}:
   * what came after it is replayed. Absent: only what happens from now on.
   */
  readonly since?: number | undefined;
  /**
   * Told after the listeners of each durable event, and of each message sent, have finished: keep it, and give it as
   * `since` next time. What happened between the last one that was kept and a crash comes again.
   */
  readonly savePosition?: ((seq: number) => unknown) | undefined;
  /**
   * Keeps messages that have no answer yet: they go out after a restart of the app, under the same
   * `client_message_id`. One storage for each account. With it, `send` waits without end for a connection.
   */
  readonly storage?: ClientStorage | undefined;
  /** @default globalThis.WebSocket */
  readonly WebSocket?: (new (url: string) => SocketLike) | undefined;
  /** Milliseconds for opening, authentication included. @default 10_000 */
  readonly connectTimeoutMs?: number;
  /** Milliseconds after which a frame without an answer is sent again, on a new socket if this one is silent. @default 10_000 */
  readonly ackTimeoutMs?: number;
  /** Milliseconds after which a request is given up, reconnects included; Infinity: never. @default 60_000 */
  readonly requestTimeoutMs?: number;
  /** Upper end of the first delay before a reconnect, milliseconds; doubles each time. @default 1_000 */
  readonly minDelayMs?: number;
  /** Upper end of any delay that the server did not ask for, milliseconds. @default 30_000 */
  readonly maxDelayMs?: number;
  /** Milliseconds of silence after which the client asks whether the server is there; 0: never. @default 60_000 */
  readonly idleProbeMs?: number;
  /**
   * Messages to one person that are under way at a time. With 1 they arrive in the order of `send`, whatever fails;
   * with more, one that is refused and tried again may be overtaken.
   * @default 1
   */
  readonly window?: number;
  /** Frames without an answer at a time, over all people; a server takes 64 before it calls it flooding. @default 32 */
  readonly maxUnderWay?: number;
  /** Requests that wait at a time; one more is refused with OVERLOADED. @default 1_000 */
  readonly maxPending?: number;
  /** Whether answers that are marked retryable are tried again, no sooner than they say. @default true */
  readonly retryRefused?: boolean;
  /** Told about what a listener or `savePosition` threw, and about frames that nobody understands. @default console.error */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** From 0 to below 1, for jitter. @default Math.random */
  readonly random?: () => number;
}

/** Where the client stands. */
export type State =
  /** A socket is being opened and authenticated. */
  | "connecting"
  /** Authenticated; what was missed is coming in. Sending works. */
  | "replaying"
  | "live"
  /** Between two sockets. */
  | "waiting"
  /** For good. */
  | "closed";

/** A change of {@link State}. */
export interface ConnectionChange {
  readonly state: State;
  /** Close code that led here; 1006 where there was none. */
  readonly code?: number;
  readonly reason?: string;
  /** Milliseconds until the next attempt, when waiting. */
  readonly delayMs?: number;
}

/** What can be listened to: every event of the catalogue but answers to a frame. */
export type ListenableEvent = Exclude<ServerEventName, "ack">;

/** What can be asked for and is answered. */
export type RequestEvent = Exclude<ClientEventName, "authenticate" | "typing_start" | "typing_stop">;

/** What comes with an event. */
export interface EventMeta {
  /** Position in the person's log, for durable events. */
  readonly seq: number | undefined;
  /** Whether it was missed and is now replayed. */
  readonly replayed: boolean;
}

/** A message to be sent. */
export interface MessageToSend {
  readonly receiver_id: string;
  readonly conversation_id?: string;
  readonly content: string;
  /** @default "text" */
  readonly message_type?: MessageType;
  /** At most 64 characters; makes retries idempotent, also over a restart of the app. @default generated */
  readonly client_message_id?: string;
}

/** The message is stored. */
export interface SendAck {
  readonly message_id: string;
  readonly conversation_id: string;
  /** Position in the conversation. */
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly created_at: string;
}

/** Everything up to the message is read. */
export interface ReadAck {
  /** RFC 3339, UTC. */
  readonly read_at: string;
}

/** What became of a message that was given to `send`, in this run of the app or in one before. */
export type SendChange = { readonly message: MessageToSend & { readonly client_message_id: string } } & (
  | { readonly state: "pending" }
  /**
   * It stands in the person's log at `seq`, and no `new_message` comes for it here; without a `seq` (it was sent again)
   * one does. Also after it had failed: the answer came late.
   */
  | { readonly state: "sent"; readonly ack: SendAck; readonly seq: number | undefined }
  /** Refused, aborted or out of time. A client that is closed fails nothing that its storage keeps. */
  | { readonly state: "failed"; readonly error: RequestFailure }
);

/** How long, and until when, a request is wanted. */
export interface RequestOptions {
  /** Milliseconds, reconnects included. @default requestTimeoutMs of the client */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a client has counted since it was made. */
export interface ClientStats {
  /** Times the client was authenticated on a new socket. */
  readonly connects: number;
  /** Frames sent again, for want of an answer or because the answer said so. */
  readonly retries: number;
  /** Durable events that came a second time and were not told to anybody. */
  readonly duplicates: number;
  /** Requests that wait for an answer. */
  readonly pending: number;
}

/** See {@link createClient}. */
export interface Client {
  readonly state: State;
  /** The last position of the person's log that was dealt with; undefined before the first `authenticated`. */
  readonly position: number | undefined;
  /** Undefined before the first `authenticated`. */
  readonly userId: string | undefined;
  readonly stats: ClientStats;

  /**
   * Calls the listener with each such event: durable ones once and in order, over all reconnects. A listener that
   * returns a promise is waited for before the next event is told.
   * @returns What ends it.
   */
  on<E extends ListenableEvent>(
    event: E,
    listener: (data: EventData<E>, meta: EventMeta) => unknown,
  ): () => void;

  /** Calls the listener with each change of state. @returns What ends it. */
  onConnection(listener: (change: ConnectionChange) => unknown): () => void;

  /**
   * Waits until the client is live: authenticated, and up to date when it resumed.
   * @throws RequestFailure CLOSED, TIMEOUT (after `timeoutMs`) or ABORTED.
   */
  ready(options?: RequestOptions): Promise<void>;

  /**
   * Sends a message, now or once connected, again after a reconnect, and never twice.
   * @returns When it is stored.
   * @throws RequestFailure With a code of `ERRORS`; or TIMEOUT or CLOSED (with `details.sent` it may be stored or
   * not: the same `client_message_id` tells), ABORTED, OVERLOADED.
   */
  send(message: MessageToSend, options?: RequestOptions): Promise<SendAck>;

  /** Calls the listener with each change of a message that is sent, those of an earlier run included. @returns What ends it. */
  onSend(listener: (change: SendChange) => unknown): () => void;

  /** Marks a message and all earlier ones of its conversation as read. @throws RequestFailure */
  markRead(messageId: string, options?: RequestOptions): Promise<ReadAck>;

  /**
   * Sends any event of the catalogue that has an answer, again until it is answered: `send_message` without a
   * `client_message_id` may be stored twice, so prefer {@link Client.send}.
   * @returns The `ack`'s data.
   * @throws RequestFailure
   */
  request<E extends RequestEvent>(
    event: E,
    data: ClientEventData<E>,
    options?: RequestOptions,
  ): Promise<unknown>;

  /**
   * Call it with each key press: it is said at most every 8 s, and taken back 5 s after the last one or with `false`.
   * Lost when not connected.
   */
  typing(conversationId: string, isTyping: boolean): void;

  /**
   * Staff only: switches the stream of `admin_stats` on or off for the present socket; lost when not connected, so
   * ask again whenever the client becomes live.
   */
  watchStats(on: boolean): void;

  /** To be called when an app comes to the front or a network comes back: reconnects now, or asks for a sign of life. */
  wake(): void;

  /** Ends everything; what is still under way fails with CLOSED. */
  close(): void;
}
