/**
 * Taking decisions on reports back: the sanction is lifted, the reports are open again, everybody who heard of it hears
 * of that too. One transaction.
 * @module
 */

import { lockPair } from "../../../db/pair.ts";
import type { Work } from "../../../db/unit_of_work.ts";
import { AppError } from "../../../protocol/errors.ts";
import { isEvidenceReadable } from "../../reports/mod.ts";
import { reopenedNotice } from "../sanctions/notices.ts";
import { lockTargets, selectUnliftedOf, updateAppealDecided } from "../sanctions/queries.ts";
import type { Sanction } from "../sanctions/schema.ts";
import type { Actor } from "../staff/judging.ts";
import { idsOf, type Taken } from "./decisions.ts";
import {
  type DecidedReport,
  selectDecidedTogether,
  selectOpenTwin,
  selectParties,
  updateReopened,
} from "./queries.ts";
import { announce, auditReport, type ReportDeps, rowOf, type Step, takeStep } from "./steps.ts";

/** @returns The part of the service that takes decisions back. */
export function createUndo({ write, staffEvents, sanctioner, notices }: Omit<ReportDeps, "db">) {
  return {
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
        const reopening = { reason, lifted: lifted.length, staffEvents, notices };
        for (const taken of steps) await reopen(work, taken, reopening);
        return { report: await rowOf(work, step), lifted, also: idsOf(siblings) };
      });
    },
  };
}

interface Reopening extends Pick<ReportDeps, "staffEvents" | "notices"> {
  readonly reason: string;
  /** Sanctions that were lifted with it. */
  readonly lifted: number;
}

/** Opens a decided report again, in the hands of the actor. */
async function reopen(
  work: Work,
  step: Step,
  { reason, lifted, staffEvents, notices }: Reopening,
): Promise<void> {
  const { actor, from, next } = step;
  await updateReopened(work.sql, from.id, actor.id);
  const overturned = { status: "overturned", by: actor.id, reason } as const;
  await updateAppealDecided(work.sql, { reportId: from.id }, overturned);
  if (await notices.withdraw(work, { reportId: from.id })) {
    await notices.tell(work, { userId: from.reporterId, data: reopenedNotice(from.id) });
  }
  announce(work, staffEvents, step);
  await auditReport(work, step, {
    action: "report.undone",
    reason,
    before: { status: from.status, action: from.resolutionAction },
    after: { status: next.status, lifted },
  });
}

/**
 * Opens one report again on which nothing was done, whatever else its decision decided. The caller has locked the
 * reported person.
 * @throws As undoing it would.
 */
export async function reopenReport(
  work: Work,
  actor: Actor,
  { id, ...reopening }: Omit<Reopening, "lifted"> & { readonly id: string },
): Promise<void> {
  const parties = await selectParties(work.sql, id);
  if (!parties) throw new AppError("REPORT_NOT_FOUND");
  await lockPair(work.sql, parties.reporterId, parties.reportedId);
  const step = await takeStep(work, actor, { id, command: "undo" });
  await requireNoTwin(work, step);
  await requireEvidence(work, step);
  await reopen(work, step, { ...reopening, lifted: 0 });
}

/** Locks everybody whom the reports of one decision are about, then the pairs. @returns Those reports. */
async function lockTogether({ sql }: Work, id: string): Promise<DecidedReport[]> {
  const people = await lockTargets(
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
