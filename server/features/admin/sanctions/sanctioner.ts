/**
 * Imposes, confirms and lifts sanctions inside a unit of work, of the decision on a report or of a call of its own.
 * Their effect is written onto the person's row in the same transaction; whoever is suspended or banned is signed out
 * everywhere.
 * @module
 */

import type { Work } from "../../../db/unit_of_work.ts";
import { newId } from "../../../lib/ids.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { SessionService } from "../../auth/mod.ts";
import type { Notices } from "../../notices/mod.ts";
import { type AuditEntry, audit } from "../audit/chain.ts";
import { type Actor, type Judged, requireMayJudge } from "../staff/judging.ts";
import { badField, requireNamesNone } from "../staff/words.ts";
import { changeOf, liftedNotice, sanctionNotice } from "./notices.ts";
import {
  insertSanction,
  type LockedSanction,
  lockSanction,
  lockTarget,
  selectActingBan,
  selectReportersOf,
  type Target,
  updateAppealDecided,
  updateConfirmed,
  updateDenormalised,
  updateLifted,
  updateLiftRequested,
} from "./queries.ts";
import type { Sanction } from "./schema.ts";
import type { SanctionTerms } from "./terms.ts";

/** A sanction to impose. */
export interface Imposition {
  readonly userId: string;
  readonly terms: SanctionTerms;
  /** Cleaned; goes to the person word for word. */
  readonly reason: string;
  /** The report whose decision it is. */
  readonly reportId?: string;
}

/** A sanction of a person, and why something is done about it. */
export interface SanctionRef {
  readonly userId: string;
  readonly sanctionId: string;
  /** Cleaned. */
  readonly reason: string;
}

/** See {@link createSanctioner}. */
export type Sanctioner = ReturnType<typeof createSanctioner>;

export interface SanctionerDeps {
  readonly sessions: Pick<SessionService, "revokeAll">;
  readonly notices: Pick<Notices, "tell" | "withdraw">;
}

export function createSanctioner({ sessions, notices }: SanctionerDeps) {
  /** Tells the person; whoever is suspended or banned is signed out and told by mail. */
  async function enforce(work: Work, target: Target, sanction: Sanction): Promise<void> {
    const { id: sanctionId, kind } = sanction;
    const byMail = signsOut(kind);
    if (byMail) await sessions.revokeAll(work, { userId: target.id, reason: "sanction" });
    const data = sanctionNotice(sanction);
    await notices.tell(work, { userId: target.id, data, sanctionId, byMail, undoable: true });
  }

  return {
    /**
     * @returns The new sanction. A ban acts as a suspension until somebody else confirms it.
     * @throws USER_NOT_FOUND, FORBIDDEN, VALIDATION_ERROR, CONFLICT when a ban is in force already.
     */
    async impose(work: Work, actor: Actor, imposition: Imposition): Promise<Sanction> {
      const { sql } = work;
      const { userId, terms, reason, reportId = null } = imposition;
      const target = await requireTarget(work, userId);
      await requireMayJudge(sql, actor, { about: [userId], reportIds: reportId ? [reportId] : [] });
      requireNamesNone(reason, await selectReportersOf(sql, userId));
      if (terms.kind === "ban") await requireNoBan(work, userId);
      const id = newId();
      const created = { id, userId, terms, reason, reportId, createdBy: actor.id };
      const sanction = await insertSanction(sql, created);
      if (!sanction)
        throw badField("until", "not_allowed", "must be in the future, and at most 366 days from now");
      await updateDenormalised(sql, userId);
      await enforce(work, target, sanction);
      work.tellOperator("sanction_changed", changeOf(sanction, "imposed"));
      const after = { user_id: userId, kind: terms.kind, until: sanction.until, report_id: reportId };
      await auditSanction(work, actor, { action: "sanction.imposed", targetId: id, reason, after });
      return sanction;
    },

    /**
     * Makes a ban permanent.
     * @throws SANCTION_NOT_FOUND, FORBIDDEN also for whoever imposed it, CONFLICT when it does not wait for that.
     */
    async confirm(work: Work, actor: Actor, ref: SanctionRef): Promise<Sanction> {
      const { userId, sanctionId, reason } = ref;
      const target = await requireTarget(work, userId);
      const known = await lockKnown(work, actor, ref);
      await requireMayJudge(work.sql, actor, judgedWith(userId, known));
      if (known.kind !== "ban" || known.state !== "awaiting_confirmation") throw cannot("confirm", known);
      if (known.createdBy === actor.id) {
        throw new AppError("FORBIDDEN", "Cannot confirm the ban: it takes somebody else than who imposed it");
      }
      const sanction = await updateConfirmed(work.sql, sanctionId, actor.id);
      // Whoever was not told of the trial yet is told of the ban alone.
      await notices.withdraw(work, { sanctionId });
      await updateDenormalised(work.sql, userId);
      await enforce(work, target, sanction);
      work.tellOperator("sanction_changed", changeOf(sanction, "confirmed"));
      await auditSanction(work, actor, {
        action: "sanction.confirmed",
        targetId: sanctionId,
        reason,
        before: { user_id: userId, state: known.state },
        after: { user_id: userId, state: sanction.state, permanent: true },
      });
      return sanction;
    },

    /**
     * Ends a sanction before its time, or takes a warning back. A confirmed ban took two people and takes two to end:
     * the first call only asks for it, a second person's within seven days ends it.
     * @param ref.expired Also what has run out, when the decision behind it is undone.
     * @throws SANCTION_NOT_FOUND, FORBIDDEN, CONFLICT when there is nothing left to lift.
     */
    async lift(work: Work, actor: Actor, ref: SanctionRef & { expired?: boolean }): Promise<Sanction> {
      const { userId, sanctionId, reason, expired = false } = ref;
      await requireTarget(work, userId);
      const known = await lockKnown(work, actor, ref);
      const decidedBy = [known.createdBy, known.confirmedBy];
      await requireMayJudge(work.sql, actor, { ...judgedWith(userId, known), decidedBy });
      const { kind, state } = known;
      if (state === "lifted" || (state === "expired" && !expired)) throw cannot("lift", known);
      const entry = { targetId: sanctionId, reason, before: { user_id: userId, kind, state } };
      if (known.isConfirmed && known.liftRequestedBy === null) {
        const sanction = await updateLiftRequested(work.sql, sanctionId, actor.id);
        const after = { user_id: userId, kind, state };
        await auditSanction(work, actor, { ...entry, action: "sanction.lift_requested", after });
        return sanction;
      }
      if (known.liftRequestedBy === actor.id) {
        const message = "Cannot lift the ban: it takes somebody else than who asked for it first";
        throw new AppError("FORBIDDEN", message);
      }
      const sanction = await updateLifted(work.sql, sanctionId, { liftedBy: actor.id, reason });
      work.tellOperator("sanction_changed", changeOf(sanction, "lifted"));
      await updateDenormalised(work.sql, userId);
      const overturned = { status: "overturned", by: actor.id, reason } as const;
      await updateAppealDecided(work.sql, { sanctionId }, overturned);
      const wasTold = await notices.withdraw(work, { sanctionId });
      if (wasTold) {
        const data = liftedNotice({ kind, permanent: known.isConfirmed });
        await notices.tell(work, { userId, data, sanctionId, byMail: signsOut(kind) });
      }
      const after = { user_id: userId, kind, state: "lifted" };
      await auditSanction(work, actor, { ...entry, action: "sanction.lifted", after });
      return sanction;
    },
  };
}

/** Whether whoever is under such a sanction cannot sign in, and is told by mail. */
export function signsOut(kind: Sanction["kind"]): boolean {
  return kind === "suspend" || kind === "ban";
}

async function requireTarget({ sql }: Work, userId: string): Promise<Target> {
  const target = await lockTarget(sql, userId);
  if (!target) throw new AppError("USER_NOT_FOUND");
  return target;
}

/** Locks a sanction. Whether there is one is told only to those who may judge the person. */
async function lockKnown({ sql }: Work, actor: Actor, { userId, sanctionId }: SanctionRef) {
  await requireMayJudge(sql, actor, { about: [userId] });
  const known = await lockSanction(sql, { id: sanctionId, userId });
  if (!known) throw new AppError("SANCTION_NOT_FOUND");
  return known;
}

/** Whoever judges a sanction judges the person, and the report that led to it. */
function judgedWith(userId: string, { reportId }: LockedSanction): Judged {
  return { about: [userId], reportIds: reportId === null ? [] : [reportId] };
}

async function requireNoBan({ sql }: Work, userId: string): Promise<void> {
  const ban = await selectActingBan(sql, userId);
  if (!ban) return;
  const details = { sanction_id: ban.id, state: ban.state };
  throw new AppError("CONFLICT", "Cannot ban: a ban is in force or waits for its confirmation", details);
}

function cannot(command: "confirm" | "lift", { kind, state }: LockedSanction): AppError {
  const message = `Cannot ${command} the sanction: it is a ${kind} that is ${state.replaceAll("_", " ")}`;
  return new AppError("CONFLICT", message, { kind, state });
}

function auditSanction({ sql }: Work, actor: Actor, entry: Omit<AuditEntry, "actorId" | "targetType">) {
  return audit(sql, { ...entry, actorId: actor.id, targetType: "sanction" });
}
