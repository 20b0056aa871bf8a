/**
 * The wire of the event log's pull. Types come from these by `Static`.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { QueryInteger } from "../../http/mod.ts";
import { DURABLE_EVENTS, type DurableEventName } from "../../protocol/events.ts";

export const SyncQuery = Type.Object({
  since: QueryInteger({
    minimum: 0,
    default: 0,
    description: "The last `seq` this device has: what came after is returned",
  }),
  limit: QueryInteger({ minimum: 1, maximum: 500, default: 100, description: "Events at most" }),
});

const names = Object.keys(DURABLE_EVENTS) as DurableEventName[];

export const SyncEvent = Type.Object({
  seq: Type.Integer({ minimum: 1 }),
  event: Type.Unsafe<DurableEventName>(Type.Union(names.map((name) => Type.Literal(name)))),
  // Each event's own schema is in the catalogue (AsyncAPI); here it would make the page eight times as long.
  data: Type.Object(
    {},
    { additionalProperties: true, description: "As on the socket: see its documentation" },
  ),
});

export const SyncAnswer = Type.Object({
  events: Type.Array(SyncEvent),
  seq: Type.Integer({ minimum: 0, description: "`since` of the next call" }),
  has_more: Type.Boolean(),
  resync_required: Type.Boolean({
    description:
      "`since` is older than the log (30 days) or not of it: load the lists, then go on from `seq`",
  }),
});
export type SyncAnswer = Static<typeof SyncAnswer>;
