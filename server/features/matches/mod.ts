/**
 * Matches: two people who both said yes. It owns how a match begins, ends and is listed; whoever makes one
 * (requests, messages, discovery) says why.
 * @module
 */
export { createMatch, endMatch } from "./changes.ts";
export { matchRoutes } from "./routes.ts";
export { MatchItem } from "./schema.ts";
export { createMatchService, findMatch, type MatchService } from "./service.ts";
