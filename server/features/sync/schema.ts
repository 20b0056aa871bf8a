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

/** Published as the events of the catalogue (server/docs/event_schemas.ts); checked loosely: a log keeps older forms. */
export const SyncEvent = Type.Object(
  {
    seq: Type.Integer({ minimum: 1 }),
    event: Type.Unsafe<DurableEventName>(Type.Union(names.map((name) => Type.Literal(name)))),
    data: Type.Object({}, { additionalProperties: true }),
  },
  { $id: "SyncEvent" },
);

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
