/**
 * Appeals on the wire of whoever files them.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { type FieldFlaw, TextField, withRules } from "../../protocol/fields.ts";
import { AppealStatus, Id, Nullable, Timestamp, Uuid } from "../../protocol/models.ts";

/** Longest text of an appeal, in code points. */
export const APPEAL_TEXT_MAX = 2000;

/** @returns Where the fields do not fit together. */
export function appealFlaws({
  sanction_id,
  report_id,
}: {
  sanction_id?: string | undefined;
  report_id?: string | undefined;
}): FieldFlaw[] {
  if (sanction_id === undefined || report_id === undefined) return [];
  return [{ field: "report_id", code: "not_allowed", message: "must be absent where sanction_id is given" }];
}

export const AppealBody = withRules(
  Type.Object(
    {
      text: TextField({
        min: 1,
        max: APPEAL_TEXT_MAX,
        description: "1–2,000 characters: why the decision is wrong",
        examples: ["The messages were a quotation, and my match knew it"],
      }),
      sanction_id: Type.Optional(Id),
      report_id: Type.Optional(Id),
    },
    { examples: [{ text: "The messages were a quotation, and my match knew it" }] },
  ),
  appealFlaws,
);
export type AppealBody = Static<typeof AppealBody>;

export const OwnAppeal = Type.Object({
  id: Uuid,
  sanction_id: Nullable(Uuid),
  report_id: Nullable(Uuid),
  text: Type.String(),
  status: AppealStatus,
  created_at: Timestamp,
  due_at: { ...Timestamp, description: "When it should be decided at the latest" },
  decision: Nullable(Type.Object({ reason: Type.String(), at: Timestamp })),
});
export type OwnAppeal = Static<typeof OwnAppeal>;

export const AppealFiled = Type.Object({ appeal: OwnAppeal });
export const OwnAppealPage = Type.Object({ appeals: Type.Array(OwnAppeal) });
