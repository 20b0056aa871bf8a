/**
 * The face of the socket layer: the hub that tells people things, and the sockets through which they speak. Rules
 * are the features'.
 * @module
 */

export { Hub, type HubDeps } from "./hub.ts";
export { createRealtime, type Realtime } from "./realtime.ts";
export { SUBPROTOCOL, upgradeRoutes } from "./sockets/upgrade.ts";
