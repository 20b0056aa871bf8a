/**
 * Working on a case: the claim, its end, notes. Every step is judged by transitions.ts on the locked row and
 * written to the audit log in the same transaction.
 * @module
 */

import type { Work, Write } from "../../../db/unit_of_work.ts";
import type { StaffEvents } from "../../../domain/staff_events.ts";
import { newId } from "../../../lib/ids.ts";
import { AppError } from "../../../protocol/errors.ts";
import { audit } from "../audit/chain.ts";
import type { Actor } from "../staff/actor.ts";
import { selectReport } from "./list_queries.ts";
import { insertNote, type LockedCase, lockCase, updateClaim, updateReleased } from "./queries.ts";
import type { Note, ReportRow } from "./schema.ts";
import { type CaseCommand, type CaseState, type Holder, type Refusal, transition } from "./transitions.ts";

interface CaseDeps {
  readonly write: Write;
  readonly staffEvents: Pick<StaffEvents, "publish">;
}

/** See {@link createCaseService}. */
export type CaseService = ReturnType<typeof createCaseService>;

/** @returns The service of claims and notes. */
export function createCaseService({ write, staffEvents }: CaseDeps) {
  return {
    /**
     * Takes the lease of a case for ten minutes, or renews one's own.
     * @throws REPORT_NOT_FOUND, FORBIDDEN for one's own report, CONFLICT with who holds or decided it.
     */
    claim(actor: Actor, id: string): Promise<ReportRow> {
      return write(async (work) => {
        const step = await takeStep(work, { actor, id, command: "claim" });
        await updateClaim(work.sql, id, actor.id);
        announce(work, { staffEvents, step, actor });
        // A renewal tells nothing new: who holds the case has not changed.
        if (step.changed) await auditStep(work, { actor, step, action: "report.claimed" });
        return await rowOf(work, { actor, id });
      });
    },

    /**
     * Gives the lease back; an admin ends anybody's. Nothing happens when nobody holds it.
     * @throws REPORT_NOT_FOUND, CONFLICT with who holds it.
     */
    release(actor: Actor, id: string): Promise<ReportRow> {
      return write(async (work) => {
        const command = actor.role === "admin" ? "force_release" : "release";
        const step = await takeStep(work, { actor, id, command });
        if (step.changed) {
          await updateReleased(work.sql, id);
          announce(work, { staffEvents, step, actor });
          await auditStep(work, { actor, step, action: "report.released" });
        }
        return await rowOf(work, { actor, id });
      });
    },

    /** Adds a remark for staff. @throws REPORT_NOT_FOUND */
    note(actor: Actor, id: string, text: string): Promise<Note> {
      return write(async (work) => {
        const step = await takeStep(work, { actor, id, command: "note" });
        const note = await insertNote(work.sql, { id: newId(), reportId: id, authorId: actor.id, text });
        announce(work, { staffEvents, step, actor });
        await auditStep(work, { actor, step, action: "report.noted", after: { note_id: note.id } });
        return note;
      });
    },
  };
}

/** A step on a case that may be taken. */
export interface Step {
  readonly from: LockedCase;
  readonly next: CaseState;
  readonly changed: boolean;
}

/**
 * Locks a case and judges a command on it.
 * @throws REPORT_NOT_FOUND, also for a report about the actor; FORBIDDEN for deciding one's own report; CONFLICT.
 */
export async function takeStep(
  { sql }: Pick<Work, "sql">,
  { actor, id, command }: { actor: Actor; id: string; command: CaseCommand },
): Promise<Step> {
  const from = await lockCase(sql, id);
  if (!from || from.reportedId === actor.id) throw new AppError("REPORT_NOT_FOUND");
  if (from.reporterId === actor.id && command !== "note") {
    throw new AppError("FORBIDDEN", "Cannot handle a report of one's own");
  }
  const result = transition({ status: from.status, holder: holderOf(from, actor) }, command);
  if (!result.ok) throw refused(from, { command, refusal: result.refusal });
  return { from, next: result.next, changed: result.changed };
}

function holderOf({ claimedBy }: LockedCase, actor: Actor): Holder {
  if (claimedBy === null) return "nobody";
  return claimedBy.id === actor.id ? "me" : "other";
}

/** Whoever is too late learns who was faster. */
function refused(
  from: LockedCase,
  { command, refusal }: { command: CaseCommand; refusal: Refusal },
): AppError {
  const states: Record<Refusal, string> = {
    closed: `it was ${from.status} by ${from.resolvedBy?.name ?? "somebody"}`,
    open: "it is open",
    claimed_by_other: `it is claimed by ${from.claimedBy?.name ?? "somebody"}`,
    not_claimed: "claim it first",
  };
  return new AppError("CONFLICT", `Cannot ${command.replace("force_", "")} the report: ${states[refusal]}`, {
    status: from.status,
    claimed_by: from.claimedBy,
    claimed_until: from.claimedUntil,
    resolved_by: from.resolvedBy,
    resolved_at: from.resolvedAt,
  });
}

/** Tells the other moderators' screens, after the commit. */
export function announce(
  { after }: Work,
  { staffEvents, step, actor }: { staffEvents: Pick<StaffEvents, "publish">; step: Step; actor: Actor },
): void {
  const { from, next } = step;
  const holders: Record<Holder, string | null> = {
    me: actor.id,
    other: from.claimedBy?.id ?? null,
    nobody: null,
  };
  const data = {
    report_id: from.id,
    status: next.status,
    claimed_by: holders[next.holder],
    actor_id: actor.id,
  };
  after(() => staffEvents.publish("report_updated", data, { except: from.reportedId }));
}

interface AuditedStep {
  readonly actor: Actor;
  readonly step: Step;
  readonly action: "report.claimed" | "report.released" | "report.noted";
  readonly after?: { readonly [key: string]: string };
}

async function auditStep({ sql }: Work, { actor, step, action, after }: AuditedStep): Promise<void> {
  const { from, next } = step;
  const heldBy = from.claimedBy?.id ?? null;
  await audit(sql, {
    actorId: actor.id,
    action,
    targetType: "report",
    targetId: from.id,
    before: { status: from.status, claimed_by: heldBy },
    after: {
      status: next.status,
      claimed_by: next.holder === "me" ? actor.id : next.holder === "other" ? heldBy : null,
      ...after,
    },
  });
}

/** @returns The row as the list shows it, from inside the transaction. */
export async function rowOf({ sql }: Work, { actor, id }: { actor: Actor; id: string }): Promise<ReportRow> {
  const row = await selectReport(sql, { id, viewerId: actor.id });
  if (!row) throw new AppError("REPORT_NOT_FOUND");
  return row;
}
