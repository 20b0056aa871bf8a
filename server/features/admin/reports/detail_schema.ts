/**
 * The page of one report on the moderators' wire: evidence, history, notes, timeline.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { literals, Nullable, ReportReason, ReportStatus, Timestamp, Uuid } from "../../../protocol/models.ts";
import { MessageCopy, PictureCopy, ProfileSnapshot, Statement } from "../../reports/mod.ts";
import { Sanction } from "../sanctions/schema.ts";
import { PersonRef } from "../staff/schema.ts";
import { Action, Claim, rowFields } from "./schema.ts";

const Masked = Type.Object({ length: Type.Integer({ description: "Characters that are hidden" }) });

export const EvidenceItem = Type.Object({
  position: Type.Integer({ minimum: 1 }),
  kind: literals(["statement", "profile", "message", "picture"]),
  sealed_at: Timestamp,
  masked: Nullable(Masked, { description: "Null when the text is shown; else texts are empty" }),
  statement: Type.Optional(Statement),
  profile: Type.Optional(ProfileSnapshot),
  message: Type.Optional(MessageCopy),
  picture: Type.Optional(PictureCopy),
});
export type EvidenceItem = Static<typeof EvidenceItem>;

export const ReportEvidence = Type.Object({
  hidden: Type.Boolean({ description: "Texts are masked, and nothing was written to the audit log" }),
  intact: Type.Boolean({ description: "The hash chain is whole and unchanged" }),
  problem: Nullable(Type.String({ description: "Where the chain is broken, and how" })),
  readable: Type.Boolean({ description: "False when the key was destroyed at the end of its term" }),
  items: Type.Array(EvidenceItem),
});
export type ReportEvidence = Static<typeof ReportEvidence>;

export const ReportCounts = Type.Object({
  total: Type.Integer(),
  open: Type.Integer(),
  resolved: Type.Integer({ description: "Upheld" }),
  dismissed: Type.Integer(),
});

const Other = Type.Object({
  id: Uuid,
  reason: ReportReason,
  status: ReportStatus,
  priority: Type.Integer(),
  created_at: Timestamp,
  due_at: Timestamp,
  reporter: PersonRef,
  reporter_record: ReportCounts,
  claim: Nullable(Claim),
});

/** A report about somebody, in their history. */
export const PastReport = Type.Object({
  id: Uuid,
  reason: ReportReason,
  status: ReportStatus,
  action: Nullable(Action),
  created_at: Timestamp,
  resolved_at: Nullable(Timestamp),
});

export const Note = Type.Object({
  id: Uuid,
  author: Nullable(PersonRef),
  text: Type.String(),
  created_at: Timestamp,
});
export type Note = Static<typeof Note>;
export const NoteAnswer = Type.Object({ note: Note });

const TimelineEntry = Type.Object({
  at: Timestamp,
  what: Type.String({ description: "`filed`, `added`, or an action of the audit log" }),
  actor: Nullable(PersonRef),
  reason: Nullable(Type.String()),
});

export const ReportDetail = Type.Object({
  report: Type.Object({
    ...rowFields,
    active_sessions: Type.Integer({ description: "Devices that the reported person is signed in on" }),
    reporter_record: Type.Object(ReportCounts.properties, {
      description:
        "How reliable whoever filed it is: what became of all reports that they filed, this one included",
    }),
    evidence: ReportEvidence,
    others: Type.Array(Other, { description: "Other open reports about the same person, most urgent first" }),
    history: Type.Object({
      sanctions: Type.Array(Sanction),
      reports: Type.Object({ ...ReportCounts.properties, latest: Type.Array(PastReport) }),
      blocks_against: Type.Integer({ description: "People who block the person now" }),
      unmatch_reasons: Type.Array(Type.Object({ reason: Type.String(), at: Timestamp }), {
        description: "Why people ended a match with the person, newest first, at most 50; not who",
      }),
    }),
    notes: Type.Array(Note),
    timeline: Type.Array(TimelineEntry, { description: "Oldest first" }),
  }),
});
export type ReportDetail = Static<typeof ReportDetail>["report"];

export const DetailQuery = Type.Object({
  evidence: Type.Optional(
    literals(["shown", "hidden"], {
      default: "shown",
      description: "`shown` is written to the audit log; `hidden` masks every text",
    }),
  ),
});
