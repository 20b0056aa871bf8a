/**
 * The face of the auth feature: codes, sign-up, sessions, and the news of their end.
 * @module
 */
export { authRoutes } from "./routes.ts";
export type { TokenPair } from "./schema.ts";
export { type AuthService, createAuthService, type SendMail } from "./service.ts";
export {
  createSessionEvents,
  type RevokeReason,
  type SessionEvents,
  type SessionsRevoked,
} from "./session_events.ts";
export { createSessionService, type SessionService } from "./sessions.ts";
