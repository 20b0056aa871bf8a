/**
 * Appeals on the moderators' wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { TextField } from "../../../protocol/fields.ts";
import {
  APPEAL_STATUSES,
  AppealStatus,
  Id,
  literals,
  Nullable,
  ReportReason,
  ReportStatus,
  Timestamp,
  Uuid,
} from "../../../protocol/models.ts";
import { Claim, Resolution } from "../reports/schema.ts";
import { Sanction } from "../sanctions/schema.ts";
import { ListQuery, PersonRef, REASON_MAX } from "../staff/schema.ts";

export const AppealRow = Type.Object({
  id: Uuid,
  of: literals(["sanction", "report"], {
    description: "`sanction`: by whoever it is on; `report`: by its reporter, because nothing was done",
  }),
  status: AppealStatus,
  text: Type.String(),
  created_at: Timestamp,
  due_at: Timestamp,
  overdue: Type.Boolean({ description: "Open, and past due_at" }),
  appellant: PersonRef,
  about: Type.Object(PersonRef.properties, {
    description: "Whom the decision concerns: of a sanction the appellant, of a report the reported person",
  }),
  sanction: Nullable(Sanction),
  report: Nullable(
    Type.Object({
      id: Uuid,
      reason: ReportReason,
      status: ReportStatus,
      resolution: Nullable(Resolution),
    }),
    { description: "The report that is appealed, or that led to the sanction" },
  ),
  claim: Nullable(Claim),
  decision: Nullable(Type.Object({ by: Nullable(PersonRef), reason: Type.String(), at: Timestamp })),
  involved: Type.Boolean({
    description:
      "The caller imposed, confirmed or decided what is appealed, asked for its end as the first of two, or filed the appeal: somebody else decides",
  }),
});
export type AppealRow = Static<typeof AppealRow>;

export const AppealAnswer = Type.Object({ appeal: AppealRow });
export const AppealPage = Type.Object({ appeals: Type.Array(AppealRow) });

export const AppealsQuery = ListQuery({
  status: Type.Optional(
    literals([...APPEAL_STATUSES, "all"], {
      default: "open",
      description: "Open ones come by `due_at`, the most urgent first; others newest first",
    }),
  ),
  of: Type.Optional(literals(["sanction", "report"], { description: "Against sanctions, or by reporters" })),
  assignee: Type.Optional(
    Type.Union([Type.Literal("me"), Type.Literal("none"), Id], {
      description: "Who holds the claim; of decided appeals, who decided",
    }),
  ),
  overdue: Type.Optional(literals(["true", "false"], { description: "Open past `due_at`, or not" })),
});

export const DecideBody = Type.Object({
  decision: literals(["upheld", "overturned"], {
    description: "`upheld`: what was decided stands; `overturned`: it is taken back",
  }),
  reason: TextField({
    min: 1,
    max: REASON_MAX,
    description: "1–1,000 characters. The appellant reads it: it must not name who reported them",
    examples: ["The message was a quotation, as the one before it shows"],
  }),
});
export type DecideBody = Static<typeof DecideBody>;
