/**
 * Reports on the moderators' wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { QueryInteger } from "../../../http/mod.ts";
import { TextField, withRules } from "../../../protocol/fields.ts";
import {
  Id,
  literals,
  Nullable,
  REPORT_REASONS,
  REPORT_STATUSES,
  ReportReason,
  ReportStatus,
  Role,
  Timestamp,
  UserCard,
  Uuid,
} from "../../../protocol/models.ts";
import { Sanction, termFields } from "../sanctions/schema.ts";
import { termFlaws } from "../sanctions/terms.ts";
import { inForceFields, ListQuery, PersonRef, PublicReason } from "../staff/schema.ts";

/** Longest note, in code points. */
export const NOTE_MAX = 2000;

export const Claim = Type.Object({ by: PersonRef, until: Timestamp });
export const Action = literals(["none", "warn", "mute", "suspend", "ban"]);

export const Resolution = Type.Object({
  action: Action,
  reason: Type.String(),
  by: Nullable(PersonRef),
  at: Timestamp,
});

/** The reported person as the list and the head of its page show them. */
export const ReportedCard = Type.Object({
  ...UserCard.properties,
  role: Role,
  joined_at: Timestamp,
  ...inForceFields,
});

export const rowFields = {
  id: Uuid,
  reason: ReportReason,
  status: ReportStatus,
  priority: Type.Integer({ description: "0 (first) to 3" }),
  created_at: Timestamp,
  updated_at: Timestamp,
  due_at: Timestamp,
  overdue: Type.Boolean({ description: "Open, and past due_at" }),
  reporter: PersonRef,
  reported: ReportedCard,
  reporter_count: Type.Integer({
    minimum: 1,
    description: "Different people whose reports about this person are open",
  }),
  other_open: Type.Integer({ description: "Open reports about the same person besides this one" }),
  prior_reports: Type.Integer({ description: "Decided reports about the same person besides this one" }),
  claim: Nullable(Claim),
  resolution: Nullable(Resolution),
  evidence_count: Type.Integer(),
  note_count: Type.Integer(),
};

export const ReportRow = Type.Object(rowFields);
export type ReportRow = Static<typeof ReportRow>;

/** Somebody whom reports are about. */
export const ReportedPerson = Type.Object({
  person: ReportedCard,
  reports: Type.Integer({ minimum: 1, description: "Reports about them that the filter lets through" }),
  reporters: Type.Integer({ minimum: 1, description: "Different people who filed them" }),
  reasons: Type.Array(ReportReason),
  worst: Type.Integer({ description: "The most urgent priority among them: 0 (first) to 3" }),
  due_at: Timestamp,
  overdue: Type.Boolean({ description: "One of them is open, and past its due_at" }),
  claim: Nullable(Claim, { description: "Of several the one that lasts longest" }),
  prior_reports: Type.Integer({ description: "Decided reports about them" }),
  ids: Type.Array(Uuid, { description: "The reports, most urgent first, at most 100" }),
});
export type ReportedPerson = Static<typeof ReportedPerson>;

export const ReportPage = Type.Object({ reports: Type.Array(ReportRow) });
export const PeoplePage = Type.Object({ people: Type.Array(ReportedPerson) });

const also = Type.Array(Uuid, {
  description: "The other reports about the same person that were taken along",
});
export const ReportAnswer = Type.Object({ report: ReportRow, also });
export const ResolveAnswer = Type.Object({
  report: ReportRow,
  sanction: Nullable(Sanction),
  also,
});
export const DismissAnswer = Type.Object({
  dismissed: Type.Array(Uuid, {
    description: "At most 100; undoing the decision on one of them undoes it on all",
  }),
  left: Type.Integer({
    description:
      "Open reports of theirs that are left: beyond a hundred (call again), held by somebody else, or not the caller's to judge",
  }),
});
export const UndoAnswer = Type.Object({
  report: ReportRow,
  also,
  lifted: Type.Array(Sanction, { description: "The sanctions that were withdrawn" }),
});

export const ReportsQuery = ListQuery({
  status: Type.Optional(
    literals(["open", "closed", "all", ...REPORT_STATUSES], {
      default: "open",
      description: "`open`: pending or reviewed; `closed`: resolved or dismissed",
    }),
  ),
  reason: Type.Optional(literals(REPORT_REASONS, { description: "Filed for this reason" })),
  assignee: Type.Optional(
    Type.Union([Type.Literal("me"), Type.Literal("none"), Id], {
      description: "Who holds the claim; of decided reports, who decided",
    }),
  ),
  reported_id: Type.Optional(Id),
  overdue: Type.Optional(literals(["true", "false"], { description: "Open past `due_at`, or not" })),
  older_than_minutes: Type.Optional(
    QueryInteger({ minimum: 0, maximum: 5_256_000, description: "Filed at least so long ago" }),
  ),
  newer_than_minutes: Type.Optional(
    QueryInteger({ minimum: 0, maximum: 5_256_000, description: "Filed in the last so many minutes" }),
  ),
  group: Type.Optional(
    literals(["report", "person"], {
      default: "report",
      description: "`person`: one row for everybody whom reports are about, as `people` instead of `reports`",
    }),
  ),
  sort: Type.Optional(
    literals(["sla", "age", "newest"], {
      default: "sla",
      description: "`sla`: by priority, then by what is due first; `age`: oldest first",
    }),
  ),
});
export type ReportsQuery = Static<typeof ReportsQuery>;

export const NoteBody = Type.Object({
  text: TextField({
    min: 1,
    max: NOTE_MAX,
    description: "1–2,000 characters, for staff only",
    examples: ["Same photos as the account banned last week"],
  }),
});

const togetherFields = {
  scope: Type.Optional(
    literals(["report", "person"], {
      default: "report",
      description: "`person`: every open report about the same person that nobody else holds",
    }),
  ),
  except: Type.Optional(
    Type.Array(Id, { maxItems: 100, description: "With `person`: reports to leave alone" }),
  ),
};

export const TogetherBody = Type.Optional(Type.Object(togetherFields));

export const ResolveBody = withRules(
  Type.Object(
    {
      ...togetherFields,
      decision: literals(["resolved", "dismissed"]),
      action: Action,
      ...termFields,
      reason: PublicReason,
    },
    { examples: [{ decision: "resolved", action: "mute", hours: 24, reason: "Repeated insults" }] },
  ),
  termFlaws,
);
export type ResolveBody = Static<typeof ResolveBody>;
