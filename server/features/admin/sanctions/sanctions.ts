/**
 * Sanctions: imposing, confirming and lifting them, inside a unit of work. What a sanction does is denormalised
 * onto the person in the same transaction; who is suspended loses their sockets after the commit.
 * @module
 */

import type { Work } from "../../../db/unit_of_work.ts";
import { newId } from "../../../lib/ids.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { SendMail, SessionEvents } from "../../auth/mod.ts";
import { audit } from "../audit/chain.ts";
import { type Actor, checkMayJudge } from "../staff/actor.ts";
import type { Sanction } from "../staff/schema.ts";
import { namesAny } from "../staff/words.ts";
import { liftedNotice, sanctionNotice } from "./notices.ts";
import {
  insertSanction,
  lockSanction,
  lockTarget,
  selectActingBan,
  selectReportersOf,
  type Target,
  updateConfirmed,
  updateDenormalised,
  updateLifted,
} from "./queries.ts";
import { misfit, type SanctionTerms } from "./terms.ts";

/** What somebody gets. */
export interface Imposition {
  readonly userId: string;
  readonly terms: SanctionTerms;
  /** Cleaned; goes to the person word for word. */
  readonly reason: string;
  readonly reportId?: string;
}

interface SanctionRef {
  readonly userId: string;
  readonly sanctionId: string;
  readonly reason: string;
}

/** See {@link createSanctioner}. */
export type Sanctioner = ReturnType<typeof createSanctioner>;

interface SanctionerDeps {
  readonly sessionEvents: Pick<SessionEvents, "revoked">;
  readonly sendMail: SendMail;
}

/**
 * @param deps.sessionEvents Hears of whoever may not be served any more. Their sessions stay: every call answers
 *   with the suspension and its end, and afterwards they go on where they were.
 * @param deps.sendMail Brings them the statement of reasons, which they cannot read in the app.
 */
export function createSanctioner({ sessionEvents, sendMail }: SanctionerDeps) {
  /** Tells the person, and shuts out whoever is suspended or banned. */
  function enforce({ emit, after }: Work, target: Target, sanction: Sanction): void {
    const userId = target.id;
    const notice = sanctionNotice(sanction);
    emit(userId, "moderation_notice", notice);
    if (sanction.kind !== "suspend" && sanction.kind !== "ban") return;
    after(() => sessionEvents.revoked({ userId, sessionId: null, reason: "sanction" }));
    const text = notice.text.replaceAll("\n", "\n\n");
    after(() => sendMail({ to: target.email, subject: "Your VibesMatch account", text }));
  }

  return {
    /**
     * @returns The new sanction. A ban acts as a suspension until somebody else confirms it.
     * @throws USER_NOT_FOUND, FORBIDDEN, VALIDATION_ERROR, CONFLICT when a ban acts already.
     */
    async impose(work: Work, actor: Actor, imposition: Imposition): Promise<Sanction> {
      const { sql } = work;
      const { userId, terms, reason, reportId = null } = imposition;
      const target = await lockForJudgement(work, actor, userId);
      if (namesAny(reason, await selectReportersOf(sql, userId))) {
        throw misfit("reason", "must not name anybody who reported the person: they will read it");
      }
      if (terms.kind === "ban") await checkNoBan(work, userId);
      const id = newId();
      const sanction = await insertSanction(sql, {
        id,
        userId,
        terms,
        reason,
        reportId,
        createdBy: actor.id,
      });
      if (!sanction) throw misfit("until", "must be in the future, and at most 366 days from now");
      await updateDenormalised(sql, userId);
      enforce(work, target, sanction);
      await audit(sql, {
        actorId: actor.id,
        action: "sanction.imposed",
        targetType: "sanction",
        targetId: id,
        reason,
        after: { user_id: userId, kind: terms.kind, until: sanction.until, report_id: reportId },
      });
      return sanction;
    },

    /**
     * Makes a ban permanent.
     * @throws SANCTION_NOT_FOUND, FORBIDDEN for whoever imposed it, CONFLICT when it does not wait for that.
     */
    async confirm(work: Work, actor: Actor, ref: SanctionRef): Promise<Sanction> {
      const { userId, sanctionId, reason } = ref;
      const target = await lockForJudgement(work, actor, userId);
      const known = await lockKnown(work, ref);
      if (known.kind !== "ban" || known.state !== "awaiting_confirmation") {
        throw new AppError("CONFLICT", `Cannot confirm the sanction: it is ${say(known)}`, stateOf(known));
      }
      if (known.createdBy === actor.id) {
        throw new AppError("FORBIDDEN", "Cannot confirm the ban: it takes somebody else than who imposed it");
      }
      const sanction = await updateConfirmed(work.sql, sanctionId, actor.id);
      await updateDenormalised(work.sql, userId);
      enforce(work, target, sanction);
      await audit(work.sql, {
        actorId: actor.id,
        action: "sanction.confirmed",
        targetType: "sanction",
        targetId: sanctionId,
        reason,
        before: { user_id: userId, state: known.state },
        after: { user_id: userId, state: sanction.state, permanent: true },
      });
      return sanction;
    },

    /**
     * Ends a sanction before its time, or takes a warning back.
     * @param options.expired Also what has run out, when the decision behind it is undone.
     * @throws SANCTION_NOT_FOUND, FORBIDDEN, CONFLICT when there is nothing left to lift.
     */
    async lift(
      work: Work,
      actor: Actor,
      { userId, sanctionId, reason, expired = false }: SanctionRef & { expired?: boolean },
    ): Promise<Sanction> {
      await lockForJudgement(work, actor, userId);
      const known = await lockKnown(work, { userId, sanctionId });
      if (known.state === "lifted" || (known.state === "expired" && !expired)) {
        throw new AppError("CONFLICT", `Cannot lift the sanction: it is ${say(known)}`, stateOf(known));
      }
      const sanction = await updateLifted(work.sql, sanctionId, { liftedBy: actor.id, reason });
      await updateDenormalised(work.sql, userId);
      work.emit(userId, "moderation_notice", liftedNotice(known.kind));
      await audit(work.sql, {
        actorId: actor.id,
        action: "sanction.lifted",
        targetType: "sanction",
        targetId: sanctionId,
        reason,
        before: { user_id: userId, kind: known.kind, state: known.state },
        after: { user_id: userId, kind: known.kind, state: "lifted" },
      });
      return sanction;
    },
  };
}

async function lockForJudgement({ sql }: Work, actor: Actor, userId: string): Promise<Target> {
  const target = await lockTarget(sql, userId);
  if (!target) throw new AppError("USER_NOT_FOUND");
  checkMayJudge(actor, target);
  return target;
}

async function lockKnown({ sql }: Work, { userId, sanctionId }: { userId: string; sanctionId: string }) {
  const known = await lockSanction(sql, { id: sanctionId, userId });
  if (!known) throw new AppError("SANCTION_NOT_FOUND");
  return known;
}

async function checkNoBan({ sql }: Work, userId: string): Promise<void> {
  const ban = await selectActingBan(sql, userId);
  if (!ban) return;
  const details = { sanction_id: ban.id, state: ban.state };
  throw new AppError("CONFLICT", "Cannot ban: a ban is in force or waits for its confirmation", details);
}

function say({ kind, state }: { kind: string; state: string }): string {
  return `a ${kind} that is ${state.replaceAll("_", " ")}`;
}

function stateOf({ kind, state }: { kind: string; state: string }) {
  return { kind, state };
}
