/**
 * Which member of staff may judge what. Every judgement calls it, so that the rules are the same everywhere. README.md
 * of this folder has them as a table.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { Role } from "../../../protocol/models.ts";
import { isOpen } from "./fragments.ts";

/** The member of staff who acts. */
export interface Actor {
  readonly id: string;
  readonly role: Role;
}

/** What is judged. */
export interface Judged {
  /** The people whom the judgement concerns: of a report the reported person, of a block both. */
  readonly about: readonly string[];
  /** The reports that are judged, or whose decisions led to what is judged. */
  readonly reportIds?: readonly string[];
  /** Who took the decision that is taken back; null: the account is gone. */
  readonly decidedBy?: readonly (string | null)[];
}

/** What the database says about an actor and what they want to judge. */
export interface JudgementFacts {
  readonly concernsActor: boolean;
  readonly concernsStaff: boolean;
  /** The actor has filed one of the reports. */
  readonly filedByActor: boolean;
  /** The actor has an open report about one of the people. */
  readonly hasOpenReport: boolean;
  /** An admin took the decision that is taken back. */
  readonly decidedByAdmin: boolean;
}

/** @returns Why the actor may not judge, as a message, or null when they may. The first rule that applies decides. */
export function refuseJudgement(role: Role, facts: JudgementFacts): string | null {
  if (facts.concernsActor) return "Cannot judge: it concerns yourself";
  if (facts.concernsStaff && role !== "admin") return "Cannot judge a member of staff: only an admin may";
  if (facts.filedByActor) return "Cannot judge: it follows from a report of yours";
  if (facts.hasOpenReport) return "Cannot judge: your own report about the person is open";
  if (facts.decidedByAdmin && role !== "admin") return "Cannot take the decision back: an admin took it";
  return null;
}

/**
 * Call it inside the transaction of the judgement, after the locks.
 * @throws FORBIDDEN with the reason.
 *
 * @example
 * ```ts
 * await requireMayJudge(work.sql, actor, { about: [report.reportedId], reportIds: [report.id] });
 * ```
 */
export async function requireMayJudge(sql: Sql, actor: Actor, judged: Judged): Promise<void> {
  const refusal = refuseJudgement(actor.role, await selectFacts(sql, actor, judged));
  if (refusal !== null) throw new AppError("FORBIDDEN", refusal);
}

/** @returns Whether the actor may judge, for judgements of many things that leave out what one may not. */
export async function mayJudge(sql: Sql, actor: Actor, judged: Judged): Promise<boolean> {
  return refuseJudgement(actor.role, await selectFacts(sql, actor, judged)) === null;
}

/**
 * Texts of evidence about a member of staff are for admins. Complainants may read: it is what they filed.
 * @throws FORBIDDEN
 */
export async function requireMayReadEvidence(sql: Sql, actor: Actor, reportedId: string): Promise<void> {
  const { concernsStaff } = await selectFacts(sql, actor, { about: [reportedId] });
  if (!concernsStaff || actor.role === "admin") return;
  throw new AppError("FORBIDDEN", "Cannot show the evidence about a member of staff: only to an admin");
}

/** Primary key look-ups, and one in user_reports_one_open. */
async function selectFacts(sql: Sql, actor: Actor, judged: Judged): Promise<JudgementFacts> {
  const about = judged.about as string[];
  const reportIds = (judged.reportIds ?? []) as string[];
  const decidedBy = (judged.decidedBy ?? []).filter((id) => id !== null);
  const [facts] = await sql<Omit<JudgementFacts, "concernsActor">[]>`
    select
      exists (select 1 from users where id = any(${about}::uuid[]) and role <> 'user') as concerns_staff,
      exists (
        select 1 from user_reports where id = any(${reportIds}::uuid[]) and reporter_id = ${actor.id}
      ) as filed_by_actor,
      exists (
        select 1 from user_reports r
        where r.reporter_id = ${actor.id} and r.reported_id = any(${about}::uuid[]) and ${isOpen(sql, "r")}
      ) as has_open_report,
      exists (select 1 from users where id = any(${decidedBy}::uuid[]) and role = 'admin') as decided_by_admin
  `;
  return { ...facts!, concernsActor: about.includes(actor.id) };
}

/** @returns The signed-in person of a route as the one who acts. */
export function actorOf({ userId, role }: { userId: string; role: Role }): Actor {
  return { id: userId, role };
}
