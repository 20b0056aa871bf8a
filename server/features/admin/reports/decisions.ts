/**
 * Deciding a case and taking a decision back. One transaction holds the decision, the sanction, the words to both
 * people and the audit; nothing is ever half decided.
 *
 * Lock order: the reported person's row, the pair (undo), the report, the end of the audit log, the users' logs.
 * @module
 */

import { lockPair } from "../../../db/pair.ts";
import type { Work, Write } from "../../../db/unit_of_work.ts";
import type { StaffEvents } from "../../../domain/staff_events.ts";
import { AppError } from "../../../protocol/errors.ts";
import { isEvidenceReadable } from "../../reports/mod.ts";
import { audit } from "../audit/chain.ts";
import { outcomeNotice, reopenedNotice } from "../sanctions/notices.ts";
import { lockTarget, selectUnliftedOf } from "../sanctions/queries.ts";
import type { Sanctioner } from "../sanctions/sanctions.ts";
import { checkDecision, type Decision, readTerms, type Terms } from "../sanctions/terms.ts";
import type { Actor } from "../staff/actor.ts";
import type { Sanction } from "../staff/schema.ts";
import { selectOpenTwin, selectParties, updateDecided, updateReopened } from "./queries.ts";
import type { ReportRow } from "./schema.ts";
import { announce, rowOf, type Step, takeStep } from "./service.ts";

interface DecisionDeps {
  readonly write: Write;
  readonly staffEvents: Pick<StaffEvents, "publish">;
  readonly sanctioner: Sanctioner;
}

/** What a moderator decided. */
export interface Judgement extends Terms {
  readonly decision: Decision;
  /** Cleaned. With an action it goes to the reported person. */
  readonly reason: string;
}

/** See {@link createDecisionService}. */
export type DecisionService = ReturnType<typeof createDecisionService>;

/** @returns The service of decisions. */
export function createDecisionService({ write, staffEvents, sanctioner }: DecisionDeps) {
  return {
    /**
     * Decides a case that the actor has claimed.
     * @throws VALIDATION_ERROR, REPORT_NOT_FOUND, FORBIDDEN, CONFLICT without a claim or when it is decided.
     */
    async resolve(
      actor: Actor,
      ...[id, judgement]: [string, Judgement]
    ): Promise<{ report: ReportRow; sanction: Sanction | null }> {
      const { decision, action, reason } = judgement;
      checkDecision(decision, action);
      const terms = readTerms(judgement);
      return await write(async (work) => {
        const { reportedId: userId, reporterId } = await lockParties(work, id);
        const step = await takeStep(work, {
          actor,
          id,
          command: decision === "resolved" ? "resolve" : "dismiss",
        });
        const sanction =
          terms && (await sanctioner.impose(work, actor, { userId, terms, reason, reportId: id }));
        await updateDecided(work.sql, id, { decision, action, reason, by: actor.id });
        work.emit(reporterId, "moderation_notice", outcomeNotice(id, { decision, action }));
        announce(work, { staffEvents, step, actor });
        await audit(work.sql, {
          actorId: actor.id,
          action: decision === "resolved" ? "report.resolved" : "report.dismissed",
          targetType: "report",
          targetId: id,
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
        return { report: await rowOf(work, { actor, id }), sanction };
      });
    },

    /**
     * Takes a decision back: its sanction is lifted, the case is open again and in the actor's hands.
     * @throws REPORT_NOT_FOUND, FORBIDDEN, CONFLICT when it is open, or the reporter has filed a newer one since.
     */
    undo(
      actor: Actor,
      ...[id, reason]: [string, string]
    ): Promise<{ report: ReportRow; lifted: Sanction[] }> {
      return write(async (work) => {
        const { reportedId: userId, reporterId } = await lockParties(work, id);
        // Filing holds the pair too: no new report of theirs can come between the look and the reopening.
        await lockPair(work.sql, reporterId, userId);
        const step = await takeStep(work, { actor, id, command: "undo" });
        await checkNoTwin(work, step);
        await checkEvidence(work, step);
        const lifted: Sanction[] = [];
        for (const sanctionId of await selectUnliftedOf(work.sql, id)) {
          lifted.push(await sanctioner.lift(work, actor, { userId, sanctionId, reason, expired: true }));
        }
        await updateReopened(work.sql, id, actor.id);
        work.emit(reporterId, "moderation_notice", reopenedNotice(id));
        announce(work, { staffEvents, step, actor });
        await audit(work.sql, {
          actorId: actor.id,
          action: "report.undone",
          targetType: "report",
          targetId: id,
          reason,
          before: { status: step.from.status, action: step.from.resolutionAction },
          after: { status: step.next.status, lifted: lifted.length },
        });
        return { report: await rowOf(work, { actor, id }), lifted };
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

/** Nobody can judge anew what nobody can read; its sanction can still be lifted by itself. */
async function checkEvidence({ sql }: Work, { from }: Step): Promise<void> {
  if (await isEvidenceReadable(sql, from.id)) return;
  const message = "Cannot undo the decision: the term of its evidence is over; lift the sanction instead";
  throw new AppError("CONFLICT", message, { status: from.status, evidence: "destroyed" });
}

async function checkNoTwin({ sql }: Work, { from }: Step): Promise<void> {
  const twin = await selectOpenTwin(sql, from);
  if (twin === null) return;
  const message = "Cannot undo the decision: the reporter has filed a newer report, which is open";
  throw new AppError("CONFLICT", message, { status: from.status, open_report_id: twin });
}
