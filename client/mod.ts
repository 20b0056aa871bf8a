/**
 * The typed client of the socket: it connects, resumes without holes, retries what was not acknowledged, and calls
 * listeners once an event, in order. Web-standard only (WebSocket, timers): it runs in Bun, Node 22, browsers and
 * React Native, and imports nothing outside server/protocol.
 * @module
 */
export { CLOSE_CODES, type CloseReason } from "../server/protocol/close_codes.ts";
export { AppError, type ErrorCode } from "../server/protocol/errors.ts";
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
