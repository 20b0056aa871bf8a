/**
 * Appeals for staff: the queue, the claim, the decision. Whoever had a part in what is appealed decides nothing; taking
 * it back is the same step as without an appeal.
 *
 * Lock order: the person concerned, the report and its pair, the appeal, the sanction, the head of the audit log.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import type { Work, Write } from "../../../db/unit_of_work.ts";
import { type PageOf, type PageOptions, readPage } from "../../../lib/page.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { Notices } from "../../notices/mod.ts";
import { type AuditAction, audit } from "../audit/chain.ts";
import type { ReportDeps } from "../reports/steps.ts";
import { reopenReport } from "../reports/undoing.ts";
import { appealUpheldNotice } from "../sanctions/notices.ts";
import { lockTarget, selectReportersOf, updateAppealDecided } from "../sanctions/queries.ts";
import { type Sanctioner, signsOut } from "../sanctions/sanctioner.ts";
import { type Actor, requireMayJudge } from "../staff/judging.ts";
import { requireNamesNone } from "../staff/words.ts";
import {
  type AppealFilter,
  type AppealParties,
  clearLiftRequest,
  type LockedAppeal,
  lockAppeal,
  selectAppeal,
  selectAppeals,
  selectParties,
  updateClaim,
  updateReleased,
} from "./queries.ts";
import type { AppealRow } from "./schema.ts";

interface AppealDeps extends ReportDeps {
  readonly db: Pick<Database, "sql">;
  readonly write: Write;
  readonly sanctioner: Sanctioner;
  readonly notices: Pick<Notices, "tell" | "withdraw">;
}

interface Verdict {
  readonly decision: "upheld" | "overturned";
  /** Cleaned; the appellant reads it. */
  readonly reason: string;
}

/** See {@link createStaffAppeals}. */
export type StaffAppeals = ReturnType<typeof createStaffAppeals>;

/** @returns The service of appeals for staff. */
export function createStaffAppeals(deps: AppealDeps) {
  const { db, reader, write, sanctioner, notices } = deps;

  async function show(sql: Work["sql"], viewer: Actor, id: string): Promise<AppealRow> {
    const appeal = await selectAppeal(sql, { id, viewerId: viewer.id });
    if (!appeal) throw new AppError("APPEAL_NOT_FOUND");
    return appeal;
  }

  /** Locks an appeal that the actor may decide. */
  async function lockJudged({ sql }: Work, actor: Actor, id: string) {
    const parties = await selectParties(sql, id);
    if (!parties || parties.aboutId === actor.id) throw new AppError("APPEAL_NOT_FOUND");
    await lockTarget(sql, parties.aboutId);
    const locked = await lockAppeal(sql, { id, actorId: actor.id });
    if (!locked) throw new AppError("APPEAL_NOT_FOUND");
    if (locked.isInvolved) {
      const message = "Cannot judge the appeal: it takes somebody who had no part in the decision";
      throw new AppError("FORBIDDEN", message);
    }
    const { reportId, decisionBy } = locked;
    const reportIds = reportId === null ? [] : [reportId];
    await requireMayJudge(sql, actor, { about: [parties.aboutId], reportIds, decidedBy: decisionBy });
    return { parties, locked };
  }

  async function record(
    { sql }: Work,
    actor: Actor,
    entry: { id: string; action: AuditAction; reason?: string },
  ) {
    const { id, action, reason = null } = entry;
    await audit(sql, { actorId: actor.id, action, targetType: "appeal", targetId: id, reason });
  }

  /** @returns Whether it is taken back: the end of a confirmed ban waits for a second person. */
  async function overturn(
    work: Work,
    actor: Actor,
    { parties, reason }: { parties: AppealParties; reason: string },
  ) {
    const { aboutId: userId, sanctionId, reportId } = parties;
    if (reportId !== null) {
      await reopenReport(work, actor, { id: reportId, reason, ...deps });
      return true;
    }
    const ref = { userId, sanctionId: sanctionId!, reason, expired: true };
    return (await sanctioner.lift(work, actor, ref)).state === "lifted";
  }

  async function uphold(
    work: Work,
    actor: Actor,
    { parties, reason }: { parties: AppealParties; reason: string },
  ) {
    const { appellantId: userId, sanctionId, reportId, kind } = parties;
    const of = reportId !== null ? { reportId } : { sanctionId: sanctionId! };
    await updateAppealDecided(work.sql, of, { status: "upheld", by: actor.id, reason });
    if (sanctionId !== null) await clearLiftRequest(work.sql, sanctionId);
    const data = appealUpheldNotice({ reason, reportId });
    const byMail = kind !== null && signsOut(kind);
    await notices.tell(work, { userId, data, sanctionId: sanctionId ?? undefined, byMail });
  }

  return {
    /** The queue: open appeals by when they are due. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(viewer: Actor, filter: AppealFilter, page: PageOptions): Promise<PageOf<AppealRow>> {
      const found = await readPage(
        page,
        (range) => reader.read((sql) => selectAppeals(sql, { viewerId: viewer.id, filter, ...range })),
        ({ appeal, at }) => ({ id: appeal.id, createdAt: at }),
      );
      return { items: found.items.map(({ appeal }) => appeal), cursor: found.cursor };
    },

    /** @throws APPEAL_NOT_FOUND, also for one that is about the viewer. */
    show: (viewer: Actor, id: string): Promise<AppealRow> => show(db.sql, viewer, id),

    /**
     * Takes the lease of an appeal for ten minutes, or renews one's own.
     * @throws APPEAL_NOT_FOUND, FORBIDDEN for whoever had a part in the decision, CONFLICT with who holds or decided it.
     */
    claim(actor: Actor, id: string): Promise<AppealRow> {
      return write(async (work) => {
        const { locked } = await lockJudged(work, actor, id);
        requireOpen(locked, actor);
        await updateClaim(work.sql, id, actor.id);
        if (locked.claimedBy === null) await record(work, actor, { id, action: "appeal.claimed" });
        return await show(work.sql, actor, id);
      });
    },

    /** Gives the lease back; an admin ends anybody's. @throws APPEAL_NOT_FOUND, FORBIDDEN, CONFLICT */
    release(actor: Actor, id: string): Promise<AppealRow> {
      return write(async (work) => {
        const { locked } = await lockJudged(work, actor, id);
        if (actor.role !== "admin") requireNotHeld(locked, actor);
        if (locked.claimedBy !== null) {
          await updateReleased(work.sql, id);
          await record(work, actor, { id, action: "appeal.released" });
        }
        return await show(work.sql, actor, id);
      });
    },

    /**
     * Decides an appeal that the actor has claimed. Overturning lifts the sanction, or opens the report again, claimed by
     * the actor. A confirmed ban takes two: after the first the appeal stays open for a second person.
     * @throws APPEAL_NOT_FOUND, FORBIDDEN, VALIDATION_ERROR when the reason names a reporter, CONFLICT without a claim.
     */
    decide(actor: Actor, id: string, { decision, reason }: Verdict): Promise<AppealRow> {
      return write(async (work) => {
        const { sql } = work;
        const { parties, locked } = await lockJudged(work, actor, id);
        requireOpen(locked, actor);
        if (locked.claimedBy === null) throw cannot("claim it first", locked);
        if (parties.sanctionId !== null) {
          requireNamesNone(reason, await selectReportersOf(sql, parties.aboutId));
        }
        if (decision === "upheld") await uphold(work, actor, { parties, reason });
        else if (!(await overturn(work, actor, { parties, reason }))) {
          await updateReleased(sql, id);
          await record(work, actor, { id, action: "appeal.overturn_requested", reason });
          return await show(sql, actor, id);
        }
        await record(work, actor, {
          id,
          action: decision === "upheld" ? "appeal.upheld" : "appeal.overturned",
          reason,
        });
        return await show(sql, actor, id);
      });
    },
  };
}

function requireOpen(locked: LockedAppeal, actor: Actor): void {
  if (locked.status !== "open") {
    throw cannot(`it was ${locked.status} by ${locked.decidedBy?.name ?? "somebody"}`, locked);
  }
  requireNotHeld(locked, actor);
}

function requireNotHeld(locked: LockedAppeal, actor: Actor): void {
  const { claimedBy } = locked;
  if (claimedBy !== null && claimedBy.id !== actor.id)
    throw cannot(`it is claimed by ${claimedBy.name}`, locked);
}

function cannot(why: string, { status, claimedBy, decidedBy }: LockedAppeal): AppError {
  const details = { status, claimed_by: claimedBy, decided_by: decidedBy };
  return new AppError("CONFLICT", `Cannot judge the appeal: ${why}`, details);
}
