/**
 * Sanctions on the moderators' wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { Id, literals, SANCTION_KINDS } from "../../../protocol/models.ts";
import { ListQuery, PersonRef, PublicReason, Sanction, SanctionState, termFields } from "../staff/schema.ts";

export const SanctionAnswer = Type.Object({ sanction: Sanction });

export const SanctionPage = Type.Object({
  sanctions: Type.Array(Type.Object({ ...Sanction.properties, user: PersonRef })),
});

export const SanctionsQuery = ListQuery({
  user_id: Type.Optional(Id),
  kind: Type.Optional(literals(SANCTION_KINDS, { description: "Of this kind only" })),
  state: Type.Optional(SanctionState),
});

export const SanctionBody = Type.Object(
  { action: literals(["warn", "mute", "suspend", "ban"]), ...termFields, reason: PublicReason },
  {
    examples: [
      { action: "suspend", until: "2026-12-24T18:00:00Z", reason: "Asked several people for money" },
    ],
  },
);
export type SanctionBody = Static<typeof SanctionBody>;
