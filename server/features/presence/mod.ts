/**
 * The face of presence: who is online, kept in the shared store and in `users.is_online`, told to whom it concerns.
 * @module
 */
export { createPresenceService, type PresenceService } from "./service.ts";
export type { Announce } from "./transitions.ts";
