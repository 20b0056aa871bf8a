/**
 * The durable event log as devices read it: by pull here, by replay on a socket. It appends nothing.
 * @module
 */

export { syncRoutes } from "./routes.ts";
export { createSyncService, type LoggedEvent, type LogPage, type SyncService } from "./service.ts";
