/**
 * The feed of events for the operator's own systems on the wire.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { QueryInteger } from "../../../protocol/fields.ts";
import { literals, Timestamp, Uuid } from "../../../protocol/models.ts";
import { OPERATOR_EVENTS, type OperatorEventType } from "../../../protocol/operator_events.ts";

const { report_created, report_resolved, sanction_changed, user_erased, match_created } = OPERATOR_EVENTS;
const TYPES = [
  "report_created",
  "report_resolved",
  "sanction_changed",
  "user_erased",
  "match_created",
] as const;

export const FeedEvent = Type.Object({
  seq: Type.Integer({ description: "Growing; a gap is an event about the caller" }),
  id: { ...Uuid, description: "The same as `webhook-id`" },
  type: literals(TYPES satisfies readonly OperatorEventType[]),
  timestamp: Timestamp,
  data: Type.Union([report_created, report_resolved, sanction_changed, user_erased, match_created]),
});
export type FeedEvent = Static<typeof FeedEvent>;

export const FeedPage = Type.Object({
  events: Type.Array(FeedEvent),
  last_seq: Type.Integer({ description: "For the next call's `after`" }),
  has_more: Type.Boolean(),
});

export type FeedPage = Static<typeof FeedPage>;

export const FeedQuery = Type.Object({
  after: QueryInteger({
    minimum: 0,
    default: 0,
    description: "`last_seq` of the call before; 0: from the beginning of what is kept",
  }),
  limit: QueryInteger({ minimum: 1, maximum: 500, default: 100, description: "Events at most" }),
});
