/**
 * The public part of the real-time layer: the people of this node, to whom events are sent, and the sockets, on which
 * their clients send. Rules belong to the features.
 * @module
 */

export { createPeople, type People } from "./people.ts";
export { createRealtime, type Realtime } from "./realtime.ts";
export { SUBPROTOCOL, upgradeRoutes } from "./sockets/upgrade.ts";
