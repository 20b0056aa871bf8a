/**
 * One step of the work on a report: judged by transitions.ts on the locked row, told to the other moderators' screens,
 * written to the audit log in the same transaction.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import type { Reader } from "../../../db/replica.ts";
import type { Work, Write } from "../../../db/unit_of_work.ts";
import type { StaffEvents } from "../../../domain/staff_events.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { Notices } from "../../notices/mod.ts";
import { type AuditEntry, audit } from "../audit/chain.ts";
import type { Sanctioner } from "../sanctions/sanctioner.ts";
import { type Actor, requireMayJudge } from "../staff/judging.ts";
import { selectReport } from "./list_queries.ts";
import { type LockedReport, lockReport, selectOpenSiblings } from "./queries.ts";
import type { ReportRow } from "./schema.ts";
import {
  type Holder,
  type Refusal,
  type ReportCommand,
  type ReportState,
  type Transition,
  transition,
} from "./transitions.ts";

/** What the services of reports need. */
export interface ReportDeps {
  readonly db: Pick<Database, "sql">;
  readonly reader: Reader;
  readonly write: Write;
  readonly staffEvents: Pick<StaffEvents, "publish">;
  readonly sanctioner: Sanctioner;
  readonly notices: Pick<Notices, "tell" | "withdraw">;
}

/** A step that may be taken. */
export interface Step {
  readonly actor: Actor;
  readonly from: LockedReport;
  readonly next: ReportState;
  readonly changed: boolean;
}

/**
 * Locks a report and judges a command on it.
 * @throws REPORT_NOT_FOUND, also for a report about the actor; FORBIDDEN when the actor may not judge it; CONFLICT.
 */
export async function takeStep(
  { sql }: Pick<Work, "sql">,
  actor: Actor,
  { id, command }: { id: string; command: ReportCommand },
): Promise<Step> {
  const from = await lockReport(sql, id);
  if (!from || from.reportedId === actor.id) throw new AppError("REPORT_NOT_FOUND");
  // A note judges nothing.
  if (command !== "note") {
    const decidedBy = command === "undo" && from.resolvedBy ? [from.resolvedBy.id] : [];
    await requireMayJudge(sql, actor, { about: [from.reportedId], reportIds: [id], decidedBy });
  }
  const result = transition({ status: from.status, holder: holderOf(from, actor) }, command);
  if (!result.ok) throw refused(from, command, result.refusal);
  return { actor, from, next: result.next, changed: result.changed };
}

/** What can be done to several reports at once. */
export type AlongCommand = "claim" | "release" | "resolve" | "dismiss";

/** Which reports a step takes beside the one that it names. */
export interface Together {
  /** `person`: every open report about the same person that nobody else holds. */
  readonly scope?: "report" | "person" | undefined;
  /** Of them, those that the step leaves alone. */
  readonly except?: readonly string[] | undefined;
}

/**
 * Takes the same step on the other open reports about the person. What somebody else holds, and what was decided
 * meanwhile, stays as it is. The caller holds the person's lock, and the rules of judging have been asked: they are
 * about the person.
 */
export async function takeSiblings(
  { sql }: Pick<Work, "sql">,
  { actor, from }: Step,
  { command, scope, except = [] }: Together & { readonly command: AlongCommand },
): Promise<Step[]> {
  if (scope !== "person") return [];
  const ids = await selectOpenSiblings(sql, from.id, from.reportedId);
  const steps: Step[] = [];
  // In one order for everybody; the list's order is that of urgency, which changes.
  for (const id of ids.filter((other) => !except.includes(other)).sort()) {
    const step = await takeAlong({ sql }, actor, { id, command });
    if (step) steps.push(step);
  }
  return steps;
}

/**
 * Takes a step on a report that nobody named, whose rules of judging the caller has asked.
 * @returns Null when somebody else holds it, or it was decided meanwhile.
 */
export async function takeAlong(
  { sql }: Pick<Work, "sql">,
  actor: Actor,
  { id, command }: { readonly id: string; readonly command: AlongCommand },
): Promise<Step | null> {
  const from = await lockReport(sql, id);
  if (!from) return null;
  const holder = holderOf(from, actor);
  if (holder === "other") return null;
  const result = apply({ status: from.status, holder }, command);
  return result.ok ? { actor, from, next: result.next, changed: result.changed } : null;
}

/** A decision about the person claims what nobody holds. */
function apply(state: ReportState, command: ReportCommand): Transition {
  if (command === "claim" || command === "release") return transition(state, command);
  const claimed = transition(state, "claim");
  return claimed.ok ? transition(claimed.next, command) : claimed;
}

function holderOf({ claimedBy }: LockedReport, actor: Actor): Holder {
  if (claimedBy === null) return "nobody";
  return claimedBy.id === actor.id ? "me" : "other";
}

/** The refusal names who holds or decided the report. */
function refused(from: LockedReport, command: ReportCommand, refusal: Refusal): AppError {
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

/** Who holds the report after the step. */
function holderAfter({ actor, from, next }: Step): string | null {
  if (next.holder === "me") return actor.id;
  return next.holder === "other" ? (from.claimedBy?.id ?? null) : null;
}

/** Tells the other moderators' screens, after the commit. */
export function announce({ after }: Work, staffEvents: Pick<StaffEvents, "publish">, step: Step): void {
  const { actor, from, next } = step;
  const claimed_by = holderAfter(step);
  const data = { report_id: from.id, status: next.status, claimed_by, actor_id: actor.id };
  after(() => staffEvents.publish({ event: "report_updated", data, except: from.reportedId }));
}

/** Writes a step that decides nothing to the audit log. */
export async function auditStep(
  work: Work,
  step: Step,
  entry: Pick<AuditEntry, "action" | "after">,
): Promise<void> {
  const { from, next } = step;
  await auditReport(work, step, {
    action: entry.action,
    before: { status: from.status, claimed_by: from.claimedBy?.id ?? null },
    after: { status: next.status, claimed_by: holderAfter(step), ...entry.after },
  });
}

/** Writes an entry about the report of a step. */
export async function auditReport(
  { sql }: Work,
  { actor, from }: Step,
  entry: Omit<AuditEntry, "actorId" | "targetType" | "targetId">,
): Promise<void> {
  await audit(sql, { ...entry, actorId: actor.id, targetType: "report", targetId: from.id });
}

/** @returns The row as the list shows it, from inside the transaction. */
export async function rowOf({ sql }: Work, { actor, from }: Step): Promise<ReportRow> {
  const row = await selectReport(sql, { id: from.id, viewerId: actor.id });
  if (!row) throw new AppError("REPORT_NOT_FOUND");
  return row;
}
