/**
 * The public part of the auth feature: codes, sign-up, sessions, and the events of their end.
 * @module
 */
export { authRoutes } from "./routes.ts";
export type { TokenPair } from "./schema.ts";
export { type AuthService, createAuthService, type SendMail } from "./service.ts";
export type { RevokeReason } from "./session_queries.ts";
export {
  createSessionService,
  type SessionEvents,
  type SessionService,
  type SessionsRevoked,
} from "./sessions.ts";
