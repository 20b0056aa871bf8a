/**
 * The public part of presence: who is online, kept in the shared store and in `user_presence`, announced to those who
 * may see it.
 * @module
 */
export { createPresenceService, type PresenceService } from "./service.ts";
export type { Announce } from "./transitions.ts";
