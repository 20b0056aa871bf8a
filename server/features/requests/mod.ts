/**
 * Message requests: one text that somebody may send to a person they are not talking to, and its answer. It owns
 * their states and how one ends; messages (a reply), discovery (a like back) and blocks end them through it.
 * @module
 */
export { insertRequestAction, type RequestRow } from "./queries.ts";
export { requestRoutes } from "./routes.ts";
export { createRequestService, type RequestService } from "./service.ts";
export { type Acceptance, acceptPending, cancelPendingBetween, findPending } from "./settle.ts";
