/**
 * Matches of two people: how one begins, ends and is listed. Requests, messages and discovery make them and say why.
 * @module
 */
export { createMatch, endMatch } from "./changes.ts";
export { matchRoutes } from "./routes.ts";
export { MatchItem } from "./schema.ts";
export { createMatchService, findMatch, type MatchService } from "./service.ts";
