/**
 * Reports for staff: the list, the claim, notes, decisions and their undoing. A decision, its sanction, the words to both
 * people and the audit entry are one transaction.
 *
 * Lock order: the reported person's row, the pair (undo), the report, the head of the audit log, the users' logs.
 * @module
 */

import { lockPair } from "../../../db/pair.ts";
import type { Work } from "../../../db/unit_of_work.ts";
import { newId } from "../../../lib/ids.ts";
import { type PageOf, type PageOptions, readPage } from "../../../lib/page.ts";
import { AppError } from "../../../protocol/errors.ts";
import { isEvidenceReadable } from "../../reports/mod.ts";
import { outcomeNotice, reopenedNotice } from "../sanctions/notices.ts";
import { lockTarget, selectUnliftedOf } from "../sanctions/queries.ts";
import type { Sanction } from "../sanctions/schema.ts";
import { checkDecision, type Decision, readTerms, type Terms } from "../sanctions/terms.ts";
import type { Actor } from "../staff/judging.ts";
import { createReportDetail } from "./detail.ts";
import { type ReportFilter, type ReportSort, selectReports } from "./list_queries.ts";
import {
  insertNote,
  selectOpenTwin,
  selectParties,
  updateClaim,
  updateDecided,
  updateReleased,
  updateReopened,
} from "./queries.ts";
import type { Note, ReportRow } from "./schema.ts";
import { announce, auditReport, auditStep, type ReportDeps, rowOf, type Step, takeStep } from "./steps.ts";

interface ListOptions extends PageOptions {
  readonly filter: ReportFilter;
  readonly sort: ReportSort;
}

/** See {@link createStaffReports}. */
export type StaffReports = ReturnType<typeof createStaffReports>;

/** @returns The service of reports for staff. */
export function createStaffReports(deps: ReportDeps) {
  const { db, write, staffEvents } = deps;
  return {
    ...createReportDetail(deps),
    ...createDecisions(deps),

    /** A page of the queue. @throws VALIDATION_ERROR for a cursor that is not of this list. */
    async list(viewer: Actor, { filter, sort, ...page }: ListOptions): Promise<PageOf<ReportRow>> {
      const which = { viewerId: viewer.id, filter, sort };
      return await readPage(
        page,
        ({ limit, after }) => selectReports(db.sql, { ...which, after: after?.id ?? null, limit }),
        ({ id, created_at }) => ({ id, createdAt: created_at }),
      );
    },

    /**
     * Takes the lease of a report for ten minutes, or renews one's own.
     * @throws REPORT_NOT_FOUND, FORBIDDEN for those who may not judge it, CONFLICT with who holds or decided it.
     */
    claim(actor: Actor, id: string): Promise<ReportRow> {
      return write(async (work) => {
        const step = await takeStep(work, actor, { id, command: "claim" });
        await updateClaim(work.sql, id, actor.id);
        announce(work, staffEvents, step);
        // A renewal changes nothing that the log records.
        if (step.changed) await auditStep(work, step, { action: "report.claimed" });
        return await rowOf(work, step);
      });
    },

    /**
     * Gives the lease back; an admin ends anybody's. Nothing happens when nobody holds it.
     * @throws REPORT_NOT_FOUND, FORBIDDEN for those who may not judge it, CONFLICT with who holds it.
     */
    release(actor: Actor, id: string): Promise<ReportRow> {
      return write(async (work) => {
        const command = actor.role === "admin" ? "force_release" : "release";
        const step = await takeStep(work, actor, { id, command });
        if (step.changed) {
          await updateReleased(work.sql, id);
          announce(work, staffEvents, step);
          await auditStep(work, step, { action: "report.released" });
        }
        return await rowOf(work, step);
      });
    },

    /** Adds a remark for staff. @throws REPORT_NOT_FOUND */
    note(actor: Actor, id: string, text: string): Promise<Note> {
      return write(async (work) => {
        const step = await takeStep(work, actor, { id, command: "note" });
        const note = await insertNote(work.sql, { id: newId(), reportId: id, authorId: actor.id, text });
        announce(work, staffEvents, step);
        await auditStep(work, step, { action: "report.noted", after: { note_id: note.id } });
        return note;
      });
    },
  };
}

/** What a moderator decided. */
export interface Judgement extends Terms {
  readonly decision: Decision;
  /** Cleaned. With an action it goes to the reported person. */
  readonly reason: string;
}

/** @returns The part of the service that decides. */
export function createDecisions({ write, staffEvents, sanctioner }: Omit<ReportDeps, "db">) {
  return {
    /**
     * Decides a report that the actor has claimed.
     * @throws VALIDATION_ERROR, REPORT_NOT_FOUND, FORBIDDEN, CONFLICT without a claim or when it is decided.
     */
    async resolve(
      actor: Actor,
      id: string,
      judgement: Judgement,
    ): Promise<{ report: ReportRow; sanction: Sanction | null }> {
      const { decision, action, reason } = judgement;
      checkDecision(decision, action);
      const terms = readTerms(judgement);
      return await write(async (work) => {
        const { reportedId: userId, reporterId } = await lockParties(work, id);
        const command = decision === "resolved" ? "resolve" : "dismiss";
        const step = await takeStep(work, actor, { id, command });
        const sanction =
          terms && (await sanctioner.impose(work, actor, { userId, terms, reason, reportId: id }));
        await updateDecided(work.sql, id, { decision, action, reason, by: actor.id });
        work.emit(reporterId, "moderation_notice", outcomeNotice(id, { decision, action }));
        announce(work, staffEvents, step);
        await auditReport(work, step, {
          action: decision === "resolved" ? "report.resolved" : "report.dismissed",
          reason,
          before: { status: step.from.status },
          after: {
            status: decision,
            action,
            sanction_id: sanction?.id ?? null,
            // Anchors the evidence that was decided on in the log's own chain.
            evidence: step.from.evidenceHead,
          },
        });
        return { report: await rowOf(work, step), sanction };
      });
    },

    /**
     * Takes a decision back: its sanction is lifted, the report is open again and claimed by the actor.
     * @throws REPORT_NOT_FOUND, FORBIDDEN also for a moderator when an admin decided, CONFLICT when it is open, when the
     *   reporter has filed a newer one since, or when its ban was confirmed.
     */
    undo(actor: Actor, id: string, reason: string): Promise<{ report: ReportRow; lifted: Sanction[] }> {
      return write(async (work) => {
        const { reportedId: userId, reporterId } = await lockParties(work, id);
        // Filing holds the pair too: no new report of theirs can come between the look and the reopening.
        await lockPair(work.sql, reporterId, userId);
        const step = await takeStep(work, actor, { id, command: "undo" });
        await requireNoTwin(work, step);
        await requireEvidence(work, step);
        const lifted: Sanction[] = [];
        for (const { id: sanctionId, isConfirmed } of await selectUnliftedOf(work.sql, id)) {
          if (isConfirmed) throw takesTwo(step, sanctionId);
          lifted.push(await sanctioner.lift(work, actor, { userId, sanctionId, reason, expired: true }));
        }
        await updateReopened(work.sql, id, actor.id);
        work.emit(reporterId, "moderation_notice", reopenedNotice(id));
        announce(work, staffEvents, step);
        await auditReport(work, step, {
          action: "report.undone",
          reason,
          before: { status: step.from.status, action: step.from.resolutionAction },
          after: { status: step.next.status, lifted: lifted.length },
        });
        return { report: await rowOf(work, step), lifted };
      });
    },
  };
}

/** A sanction locks the person, and that comes before the report in the lock order. */
async function lockParties({ sql }: Work, id: string) {
  const parties = await selectParties(sql, id);
  if (!parties) throw new AppError("REPORT_NOT_FOUND");
  await lockTarget(sql, parties.reportedId);
  return parties;
}

/** Without readable evidence nobody could decide anew; the sanction can still be lifted by itself. */
async function requireEvidence({ sql }: Work, { from }: Step): Promise<void> {
  if (await isEvidenceReadable(sql, from.id)) return;
  const message = "Cannot undo the decision: the term of its evidence is over; lift the sanction instead";
  throw new AppError("CONFLICT", message, { status: from.status, evidence: "destroyed" });
}

async function requireNoTwin({ sql }: Work, { from }: Step): Promise<void> {
  const twin = await selectOpenTwin(sql, from);
  if (twin === null) return;
  const message = "Cannot undo the decision: the reporter has filed a newer report, which is open";
  throw new AppError("CONFLICT", message, { status: from.status, open_report_id: twin });
}

/** What took two people is not taken back by one. */
function takesTwo({ from }: Step, sanctionId: string): AppError {
  const message =
    "Cannot undo the decision: its ban was confirmed; lift the ban first, which takes two people";
  return new AppError("CONFLICT", message, { status: from.status, sanction_id: sanctionId });
}
