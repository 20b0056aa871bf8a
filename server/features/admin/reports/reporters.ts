/**
 * Dismisses the open reports of somebody who reports in bad faith: one decision, in batches of at most a hundred.
 * @module
 */

import { AppError } from "../../../protocol/errors.ts";
import { audit } from "../audit/chain.ts";
import { lockTargets } from "../sanctions/queries.ts";
import { type Actor, mayJudge, requireMayJudge } from "../staff/judging.ts";
import { writeDecision } from "./decisions.ts";
import { countOpenFiledBy, selectOpenFiledBy } from "./reporter_queries.ts";
import { announce, type ReportDeps, type Step, takeAlong } from "./steps.ts";

/** What became of somebody's reports. */
export interface Dismissed {
  /** The first is the one that the decision is recorded on; undoing any of them undoes all. */
  readonly dismissed: string[];
  /** Open reports of theirs that are left: beyond the batch, held by somebody else, or not the actor's to judge. */
  readonly left: number;
}

/** @returns The part of the service that judges reporters. */
export function createReporterDismissal({
  write,
  staffEvents,
  notices,
}: Omit<ReportDeps, "db" | "sanctioner">) {
  return {
    /**
     * @param reason Cleaned.
     * @throws USER_NOT_FOUND, FORBIDDEN for those who may not judge the reporter, CONFLICT when there is none that the
     *   actor may decide.
     */
    dismissFiledBy(actor: Actor, reporterId: string, reason: string): Promise<Dismissed> {
      return write(async (work) => {
        const { sql } = work;
        const filedBy = { reporterId, viewerId: actor.id };
        const found = await selectOpenFiledBy(sql, filedBy);
        const people = await lockTargets(sql, [reporterId, ...found.map(({ reportedId }) => reportedId)]);
        if (!people.includes(reporterId)) throw new AppError("USER_NOT_FOUND");
        await requireMayJudge(sql, actor, { about: [reporterId] });
        const steps: Step[] = [];
        for (const { id, reportedId } of found.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
          if (!(await mayJudge(sql, actor, { about: [reportedId], reportIds: [id] }))) continue;
          const step = await takeAlong(work, actor, { id, command: "dismiss" });
          if (step) steps.push(step);
        }
        const [first] = steps;
        if (!first) {
          throw new AppError(
            "CONFLICT",
            "Cannot dismiss: the person has no open report that you may decide and nobody else holds",
          );
        }
        const decidedWith = steps.length > 1 ? first.from.id : null;
        const decision = { decision: "dismissed", action: "none", sanctionId: null } as const;
        for (const step of steps) {
          await writeDecision(work, step, { ...decision, reason, decidedWith, notices });
          announce(work, staffEvents, step);
        }
        // Without numbers or ids: they would tell who reported.
        await audit(sql, {
          actorId: actor.id,
          action: "reporter.reports_dismissed",
          targetType: "user",
          targetId: reporterId,
          reason,
        });
        return { dismissed: steps.map(({ from }) => from.id), left: await countOpenFiledBy(sql, filedBy) };
      });
    },
  };
}
