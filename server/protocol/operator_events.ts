/**
 * What the operator's own systems are told, by webhook and at `GET /admin/events`: one schema a type. Ids, kinds and
 * times only: never a message, a description or an address.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import {
  literals,
  MATCH_TYPES,
  Nullable,
  REPORT_REASONS,
  SANCTION_KINDS,
  Timestamp,
  Uuid,
} from "./models.ts";

/** The data of each type. */
export const OPERATOR_EVENTS = {
  report_created: Type.Object({
    report_id: Uuid,
    reporter_id: Uuid,
    reported_id: Uuid,
    reason: literals(REPORT_REASONS),
  }),
  report_resolved: Type.Object({
    report_id: Uuid,
    reported_id: Uuid,
    decision: literals(["resolved", "dismissed"]),
    sanction_id: Nullable(Uuid),
  }),
  sanction_changed: Type.Object({
    sanction_id: Uuid,
    user_id: Uuid,
    kind: literals(SANCTION_KINDS),
    change: literals(["imposed", "confirmed", "lifted"]),
    until: Nullable(Timestamp),
  }),
  user_erased: Type.Object({ user_id: Uuid }),
  match_created: Type.Object({
    match_id: Uuid,
    user_ids: Type.Array(Uuid, { minItems: 2, maxItems: 2 }),
    match_type: literals(MATCH_TYPES),
  }),
} as const;

/** See {@link OPERATOR_EVENTS}. */
export type OperatorEventType = keyof typeof OPERATOR_EVENTS;
export type OperatorEventData<T extends OperatorEventType> = Static<(typeof OPERATOR_EVENTS)[T]>;
