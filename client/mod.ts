/**
 * The typed client of the socket: it connects, resumes without holes, retries what was not acknowledged, and calls
 * listeners once an event, in order. It needs the standard WebSocket and timers and nothing else, so that it runs in
 * browsers, Node, Bun and React Native.
 * @module
 */
export { CLOSE_CODES, type CloseReason } from "../server/protocol/close_codes.ts";
export type { ErrorCode } from "../server/protocol/errors.ts";
export { createClient } from "./client.ts";
export { RequestFailure } from "./failure.ts";
export { createRest, type Rest, type RestCall, type RestOptions } from "./rest.ts";
export type {
  Client,
  ClientOptions,
  ClientStats,
  ClientStorage,
  ConnectionChange,
  EventMeta,
  GetToken,
  ListenableEvent,
  MessageToSend,
  ReadAck,
  RequestEvent,
  RequestOptions,
  SendAck,
  SendChange,
  SocketLike,
  State,
  TokenReason,
} from "./types.ts";
export type {
  ClientEventData,
  ClientEventName,
  ClientEvents,
  DurableEventName,
  DurableEvents,
  EphemeralEvents,
  EventData,
  MessageType,
  ServerEventName,
  ServerEvents,
} from "./wire.ts";
