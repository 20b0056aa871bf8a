/**
 * The face of the push feature: devices that are notified while they are away.
 * @module
 */

export { createProviders, type PushKeys } from "./providers/mod.ts";
export { RECEIPTS, receiptsHandler, storeTickets } from "./receipts.ts";
export { deviceRoutes } from "./routes.ts";
export type { PushObserver } from "./sender.ts";
export { Push } from "./service.ts";
