/**
 * The public part of the real-time layer: the hub, which sends events to people, and the sockets, on which their
 * clients send. Rules belong to the features.
 * @module
 */

export { Hub, type HubDeps } from "./hub.ts";
export { createRealtime, type Realtime } from "./realtime.ts";
export { SUBPROTOCOL, upgradeRoutes } from "./sockets/upgrade.ts";
