/**
 * Sanctions on the moderators' wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { withRules } from "../../../protocol/fields.ts";
import {
  Id,
  literals,
  Nullable,
  SANCTION_KINDS,
  SanctionKind,
  Timestamp,
  Uuid,
} from "../../../protocol/models.ts";
import { ListQuery, PersonRef, PublicReason } from "../staff/schema.ts";
import { MUTE_MAX_HOURS, termFlaws } from "./terms.ts";

/** The length of a mute, the end of a suspension. */
export const termFields = {
  hours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MUTE_MAX_HOURS,
      description: "Of a mute: required for it, at most 30 days",
    }),
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

export const SanctionAnswer = Type.Object({ sanction: Sanction });

export const SanctionPage = Type.Object({
  sanctions: Type.Array(Type.Object({ ...Sanction.properties, user: PersonRef })),
});

export const SanctionsQuery = ListQuery({
  user_id: Type.Optional(Id),
  kind: Type.Optional(literals(SANCTION_KINDS, { description: "Of this kind only" })),
  state: Type.Optional(SanctionState),
});

export const SanctionBody = withRules(
  Type.Object(
    { action: literals(["warn", "mute", "suspend", "ban"]), ...termFields, reason: PublicReason },
    {
      examples: [
        { action: "suspend", until: "2026-12-24T18:00:00Z", reason: "Asked several people for money" },
      ],
    },
  ),
  termFlaws,
);
export type SanctionBody = Static<typeof SanctionBody>;
