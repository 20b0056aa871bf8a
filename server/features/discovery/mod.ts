/**
 * Discovery: the feed of people to meet, and likes. It owns actions and their limit; the match that a like makes
 * is the matches feature's.
 * @module
 */
export { discoveryRoutes } from "./routes.ts";
export { createDiscoveryService, type DiscoveryService } from "./service.ts";
