/**
 * Decisions on reports; taking them back is in undoing.ts. A decision, its sanction, the notices to everybody whom it
 * concerns and the audit entries are one transaction.
 * @module
 */

import type { Work } from "../../../db/unit_of_work.ts";
import { AppError } from "../../../protocol/errors.ts";
import { outcomeNotice } from "../sanctions/notices.ts";
import { lockTarget } from "../sanctions/queries.ts";
import type { Sanction } from "../sanctions/schema.ts";
import { type Action, type Decision, readTerms, type Terms } from "../sanctions/terms.ts";
import type { Actor } from "../staff/judging.ts";
import { selectParties, updateDecided } from "./queries.ts";
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

/** A sanction locks the person, and that comes before the report in the lock order. */
export async function lockParties({ sql }: Work, id: string) {
  const parties = await selectParties(sql, id);
  if (!parties) throw new AppError("REPORT_NOT_FOUND");
  await lockTarget(sql, parties.reportedId);
  return parties;
}
