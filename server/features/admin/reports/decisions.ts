/**
 * Decisions on reports, and taking them back. A decision, its sanction, the words to everybody whom it concerns and the
 * audit entries are one transaction.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { lockPair } from "../../../db/pair.ts";
import type { Work } from "../../../db/unit_of_work.ts";
import { AppError } from "../../../protocol/errors.ts";
import { isEvidenceReadable } from "../../reports/mod.ts";
import { outcomeNotice, reopenedNotice } from "../sanctions/notices.ts";
import { lockTarget, selectUnliftedOf } from "../sanctions/queries.ts";
import type { Sanction } from "../sanctions/schema.ts";
import { type Action, type Decision, readTerms, type Terms } from "../sanctions/terms.ts";
import type { Actor } from "../staff/judging.ts";
import {
  type DecidedReport,
  selectDecidedTogether,
  selectOpenTwin,
  selectParties,
  updateDecided,
  updateReopened,
} from "./queries.ts";
import type { ReportRow } from "./schema.ts";
import {
  announce,
  auditReport,
  type ReportDeps,
  rowOf,
  type Step,
  type Together,
  takeSiblings,
  takeStep,
} from "./steps.ts";

/** What a moderator decided. */
export interface Judgement extends Terms {
  readonly decision: Decision;
  /** Cleaned. With an action it goes to the reported person. */
  readonly reason: string;
}

/** @returns The part of the service that decides. */
export function createDecisions({ write, staffEvents, sanctioner, notices }: Omit<ReportDeps, "db">) {
  return {
    /**
     * Decides a report that the actor has claimed.
     * @param together.scope `person`: one decision and one sanction for every open report about the person that nobody
     *   else holds; each reporter is answered.
     * @throws VALIDATION_ERROR, REPORT_NOT_FOUND, FORBIDDEN, CONFLICT without a claim or when it is decided.
     */
    async resolve(
      actor: Actor,
      id: string,
      judgement: Judgement,
      together: Together = {},
    ): Promise<Taken & { sanction: Sanction | null }> {
      const { decision, action, reason } = judgement;
      const terms = readTerms(judgement);
      return await write(async (work) => {
        const { reportedId: userId } = await lockParties(work, id);
        const command = decision === "resolved" ? "resolve" : "dismiss";
        const step = await takeStep(work, actor, { id, command });
        const siblings = await takeSiblings(work, step, { ...together, command });
        const sanction =
          terms && (await sanctioner.impose(work, actor, { userId, terms, reason, reportId: id }));
        const decidedWith = siblings.length > 0 ? id : null;
        const sanctionId = sanction?.id ?? null;
        const written = { decision, action, reason, sanctionId, decidedWith, notices };
        for (const taken of [step, ...siblings]) await writeDecision(work, taken, written);
        for (const taken of [step, ...siblings]) announce(work, staffEvents, taken);
        return { report: await rowOf(work, step), sanction, also: idsOf(siblings) };
      });
    },

    /**
     * Takes a decision back: its sanction is lifted, every report that it decided is open again and claimed by the actor,
     * but for those about the actor.
     * @throws REPORT_NOT_FOUND, FORBIDDEN also for a moderator when an admin decided, CONFLICT when it is open, when a
     *   reporter has filed a newer one since, or when its ban was confirmed.
     */
    undo(actor: Actor, id: string, reason: string): Promise<Taken & { lifted: Sanction[] }> {
      return write(async (work) => {
        const together = await lockTogether(work, id);
        const step = await takeStep(work, actor, { id, command: "undo" });
        const userId = step.from.reportedId;
        const siblings: Step[] = [];
        for (const { id: other, reportedId } of together) {
          if (other === id || reportedId === actor.id) continue;
          siblings.push(await takeStep(work, actor, { id: other, command: "undo" }));
        }
        const steps = [step, ...siblings];
        for (const taken of steps) {
          await requireNoTwin(work, taken);
          await requireEvidence(work, taken);
        }
        const lifted: Sanction[] = [];
        for (const { id: sanctionId, isConfirmed } of await selectUnliftedOf(
          work.sql,
          step.from.decidedWith ?? id,
        )) {
          if (isConfirmed) throw takesTwo(step, sanctionId);
          lifted.push(await sanctioner.lift(work, actor, { userId, sanctionId, reason, expired: true }));
        }
        for (const taken of steps) {
          const { from, next } = taken;
          await updateReopened(work.sql, from.id, actor.id);
          if (await notices.withdraw(work, { reportId: from.id })) {
            await notices.tell(work, { userId: from.reporterId, data: reopenedNotice(from.id) });
          }
          announce(work, staffEvents, taken);
          await auditReport(work, taken, {
            action: "report.undone",
            reason,
            before: { status: from.status, action: from.resolutionAction },
            after: { status: next.status, lifted: lifted.length },
          });
        }
        return { report: await rowOf(work, step), lifted, also: idsOf(siblings) };
      });
    },
  };
}

/** What a step on a report has changed. */
export interface Taken {
  readonly report: ReportRow;
  /** The other reports about the same person that it took along. */
  readonly also: string[];
}

export function idsOf(steps: readonly Step[]): string[] {
  return steps.map(({ from }) => from.id);
}

/** A decision as each of its reports records it. */
interface WrittenDecision {
  readonly decision: Decision;
  readonly action: Action;
  readonly reason: string;
  readonly sanctionId: string | null;
  /** The report that the decision was taken on; null when it decides one alone. */
  readonly decidedWith: string | null;
  readonly notices: ReportDeps["notices"];
}

/** Decides a report: its row, the answer to whoever filed it, the entry of the log. */
export async function writeDecision(work: Work, step: Step, written: WrittenDecision): Promise<void> {
  const { actor, from } = step;
  const { decision, action, reason, sanctionId, decidedWith, notices } = written;
  await updateDecided(work.sql, from.id, { decision, action, reason, by: actor.id, with: decidedWith });
  const data = outcomeNotice(from.id, { decision, action });
  await notices.tell(work, { userId: from.reporterId, data, undoable: true });
  const told = { report_id: from.id, reported_id: from.reportedId, decision, sanction_id: sanctionId };
  work.tellOperator("report_resolved", told);
  await auditReport(work, step, {
    action: decision === "resolved" ? "report.resolved" : "report.dismissed",
    reason,
    before: { status: from.status },
    after: {
      status: decision,
      action,
      sanction_id: sanctionId,
      ...(decidedWith !== null && { decided_with: decidedWith }),
      // Anchors the evidence that was decided on in the log's own chain.
      evidence: from.evidenceHead,
    },
  });
}

/** Locks everybody whom the reports of one decision are about, then the pairs. @returns Those reports. */
async function lockTogether({ sql }: Work, id: string): Promise<DecidedReport[]> {
  const people = await lockPeople(
    sql,
    (await selectDecidedTogether(sql, id)).map(({ reportedId }) => reportedId),
  );
  const together = await selectDecidedTogether(sql, id);
  if (together.length === 0) throw new AppError("REPORT_NOT_FOUND");
  if (together.some(({ reportedId }) => !people.includes(reportedId))) {
    throw new AppError("CONFLICT", "Cannot undo the decision: it was taken back and decided anew just now");
  }
  // Filing holds the pair too: no new report of theirs can come between the look and the reopening.
  for (const { reporterId, reportedId } of together) await lockPair(sql, reporterId, reportedId);
  return together;
}

/** Locks people in the order of their ids. @returns Those who exist. */
export async function lockPeople(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const people: string[] = [];
  for (const id of [...new Set(ids)].sort()) if (await lockTarget(sql, id)) people.push(id);
  return people;
}

/** A sanction locks the person, and that comes before the report in the lock order. */
export async function lockParties({ sql }: Work, id: string) {
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

/** Lifting a confirmed ban takes two people; undoing its decision must not do it with one. */
function takesTwo({ from }: Step, sanctionId: string): AppError {
  const message =
    "Cannot undo the decision: its ban was confirmed; lift the ban first, which takes two people";
  return new AppError("CONFLICT", message, { status: from.status, sanction_id: sanctionId });
}
