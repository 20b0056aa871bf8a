/**
 * Wire shapes that several rooms share.
 * @module
 */

import { type Static, type TProperties, Type } from "@sinclair/typebox";
import { PageQuery } from "../../../http/mod.ts";
import { TextField } from "../../../protocol/fields.ts";
import { Nullable, SanctionKind, Timestamp, Uuid } from "../../../protocol/models.ts";

/** Longest reason of a decision, in code points. */
export const REASON_MAX = 1000;

/** `{id, name}`: whom something names. */
export const PersonRef = Type.Object({ id: Uuid, name: Type.String() });
export type PersonRef = Static<typeof PersonRef>;

const reasonRules = { min: 1, max: REASON_MAX };

/** Why, for the audit log. */
export const Reason = TextField({
  ...reasonRules,
  description: "1–1,000 characters, for the audit log",
  examples: ["Checked again with the context of the earlier messages"],
});

/** Why, in words that the person concerned reads. */
export const PublicReason = TextField({
  ...reasonRules,
  description:
    "1–1,000 characters. With an action it is sent to the person: it must not name who reported them. " +
    "Remarks among staff belong in a note",
  examples: ["Repeated insults after being asked to stop"],
});

export const ReasonBody = Type.Object({ reason: Reason });
export const OptionalReasonBody = Type.Optional(Type.Object({ reason: Type.Optional(Reason) }));

/** The length of a mute, the end of a suspension. */
export const termFields = {
  hours: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 720, description: "Of a mute: required for it, at most 30 days" }),
  ),
  until: Type.Optional(
    Type.String({
      maxLength: 40,
      description: "RFC 3339. Of a suspension: required for it, in the future, at most 366 days from now",
      examples: ["2026-12-24T18:00:00Z"],
    }),
  ),
};

export const SanctionState = Type.Union(
  [
    Type.Literal("in_force"),
    Type.Literal("awaiting_confirmation"),
    Type.Literal("expired"),
    Type.Literal("lifted"),
  ],
  {
    description: "`awaiting_confirmation`: a ban that acts as a suspension until a second person confirms it",
  },
);
export type SanctionState = Static<typeof SanctionState>;

export const Sanction = Type.Object({
  id: Uuid,
  user_id: Uuid,
  kind: SanctionKind,
  state: SanctionState,
  reason: Type.String(),
  report_id: Nullable(Uuid),
  until: Nullable(Timestamp),
  permanent: Type.Boolean(),
  created_at: Timestamp,
  created_by: Nullable(PersonRef),
  confirmed_at: Nullable(Timestamp),
  confirmed_by: Nullable(PersonRef),
  lifted_at: Nullable(Timestamp),
  lifted_by: Nullable(PersonRef),
  lift_reason: Nullable(Type.String()),
  lift_requested_at: Nullable(Timestamp, {
    description:
      "A confirmed ban ends when two members of staff ask for it within seven days: when the first one did",
  }),
  lift_requested_by: Nullable(PersonRef),
});
export type Sanction = Static<typeof Sanction>;

/** The query of a list with its filters. */
export function ListQuery<Filters extends TProperties>(filters: Filters) {
  return Type.Object({ ...PageQuery({ fallback: 50, max: 200 }).properties, ...filters });
}
