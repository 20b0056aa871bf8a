/**
 * The numbers of the live screen on the wire: the answer of GET /admin/stats and the data of `admin_stats`.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { Nullable, Timestamp } from "../../../protocol/models.ts";

const unknownYet = "null when no node has reported it";

/** What the socket layer knows. */
export const LiveStats = Type.Object({
  nodes: Type.Array(
    Type.Object({
      id: Type.String({ examples: ["4f0c1d2e"] }),
      connections: Type.Integer(),
      users: Type.Integer({ description: "People with at least one socket on this node" }),
      started_at: Timestamp,
    }),
  ),
  messages_per_second: Nullable(Type.Number()),
  delivery_ms: Nullable(Type.Object({ p50: Type.Number(), p99: Type.Number() }), {
    description: `From commit to socket, over the last minute; ${unknownYet}`,
  }),
  reconnects_per_minute: Nullable(Type.Integer(), { description: unknownYet }),
  rate_limit_hits_per_minute: Nullable(Type.Integer(), { description: unknownYet }),
});
export type LiveStats = Static<typeof LiveStats>;

export const Stats = Type.Object({
  at: Timestamp,
  reports: Type.Object({
    open: Type.Integer(),
    overdue: Type.Integer(),
    unclaimed: Type.Integer(),
    awaiting_confirmation: Type.Integer({ description: "Bans that wait for a second person" }),
  }),
  users_online: Type.Integer(),
  users_active: Nullable(Type.Object({ day: Type.Integer(), month: Type.Integer() }), {
    description:
      "People who were active in the last 24 hours and in the last 30 days, counted every ten minutes; null before " +
      "they could be counted",
  }),
  connections: Type.Integer({ description: "Of all nodes" }),
  messages_per_minute: Type.Integer(),
  ...LiveStats.properties,
  messages_per_second: Type.Number(),
});
export type Stats = Static<typeof Stats>;
