/**
 * The SQL of working on a report (its lock, lease, notes and decision), and of what is known about a person from before.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";
import type { ReportStatus } from "../../../protocol/models.ts";
import type { Action, Decision } from "../sanctions/terms.ts";
import { isOpen, notAbout, pastReports, personRef, sanctionJson } from "../staff/fragments.ts";
import type { PersonRef } from "../staff/schema.ts";
import type { Note, ReportDetail } from "./detail_schema.ts";

/** How long a claim holds without being renewed, in minutes. */
export const LEASE_MINUTES = 10;

/** A report as it stands, locked. */
export interface LockedReport {
  readonly id: string;
  readonly status: ReportStatus;
  readonly reporterId: string;
  readonly reportedId: string;
  /** Whose lease is in force. */
  readonly claimedBy: PersonRef | null;
  /** RFC 3339; null without a lease in force. */
  readonly claimedUntil: string | null;
  readonly resolvedBy: PersonRef | null;
  readonly resolvedAt: string | null;
  readonly resolutionAction: Action | null;
  /** The report that the decision was taken on, when it decided several. */
  readonly decidedWith: string | null;
  /** Hexadecimal; null before anything was sealed. */
  readonly evidenceHead: string | null;
}

/**
 * Locks a report. Two statements, because a lease is judged by the time after the wait for the lock, and now() is
 * the start of the transaction: clock_timestamp() is read in a snapshot taken afterwards.
 */
export async function lockReport(sql: Sql, id: string): Promise<LockedReport | null> {
  if ((await sql`select 1 from user_reports where id = ${id} for update`).length === 0) return null;
  const [row] = await sql<LockedReport[]>`
    select r.id, r.status, r.reporter_id, r.reported_id,
      case when r.claimed_until > clock_timestamp() then ${personRef(sql, sql`r.claimed_by`)} end as claimed_by,
      case when r.claimed_by is not null and r.claimed_until > clock_timestamp()
        then ${wireTime(sql, sql`r.claimed_until`)} end as claimed_until,
      ${personRef(sql, sql`r.resolved_by`)} as resolved_by,
      ${wireTime(sql, sql`r.resolved_at`)} as resolved_at,
      r.resolution_action, r.decided_with, encode(r.evidence_head, 'hex') as evidence_head
    from user_reports r where r.id = ${id}
  `;
  return row ?? null;
}

/** @returns Whom a report is about and who filed it, unlocked: what to lock before it. */
export async function selectParties(
  sql: Sql,
  id: string,
): Promise<{ reporterId: string; reportedId: string } | null> {
  const [row] = await sql<{ reporterId: string; reportedId: string }[]>`
    select reporter_id, reported_id from user_reports where id = ${id}
  `;
  return row ?? null;
}

/** Open reports about one person that one step takes, at most; beyond them a second step takes the rest. */
const MAX_TOGETHER = 100;

/** @returns The other open reports about the person of a report, most urgent first, unlocked. */
export async function selectOpenSiblings(sql: Sql, id: string, reportedId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select r.id from user_reports r
    where r.reported_id = ${reportedId} and r.id <> ${id} and ${isOpen(sql, "r")}
    order by r.priority, r.due_at, r.id limit ${MAX_TOGETHER}
  `;
  return rows.map((row) => row.id);
}

/** One of the reports of a decision. */
export interface DecidedReport {
  readonly id: string;
  readonly reporterId: string;
  readonly reportedId: string;
}

/**
 * @returns The reports that the decision on a report decided, this one among them, pair by pair in the order in which
 *   pairs are locked. The locks of the reported people keep it so.
 */
export async function selectDecidedTogether(sql: Sql, id: string): Promise<DecidedReport[]> {
  return await sql<DecidedReport[]>`
    select r.id, r.reporter_id, r.reported_id from user_reports r
    where r.id = ${id} or r.decided_with = (select decided_with from user_reports where id = ${id})
    order by least(r.reporter_id, r.reported_id), greatest(r.reporter_id, r.reported_id), r.id
  `;
}

export async function updateClaim(sql: Sql, id: string, claimedBy: string): Promise<void> {
  await sql`
    update user_reports set status = 'reviewed', claimed_by = ${claimedBy}, updated_at = now(),
      claimed_until = clock_timestamp() + make_interval(mins => ${LEASE_MINUTES})
    where id = ${id}
  `;
}

export async function updateReleased(sql: Sql, id: string): Promise<void> {
  await sql`update user_reports set claimed_by = null, claimed_until = null, updated_at = now() where id = ${id}`;
}

export async function updateDecided(
  sql: Sql,
  id: string,
  decided: { decision: Decision; action: Action; reason: string; by: string; with: string | null },
): Promise<void> {
  await sql`
    update user_reports set status = ${decided.decision}, resolution_action = ${decided.action},
      resolution_reason = ${decided.reason}, resolved_by = ${decided.by}, resolved_at = now(),
      decided_with = ${decided.with}, claimed_by = null, claimed_until = null, updated_at = now()
    where id = ${id}
  `;
}

/** Open again, and in the hands of whoever undid the decision. */
export async function updateReopened(sql: Sql, id: string, claimedBy: string): Promise<void> {
  await sql`
    update user_reports set status = 'reviewed', resolution_action = null, resolution_reason = null,
      resolved_by = null, resolved_at = null, decided_with = null, claimed_by = ${claimedBy}, updated_at = now(),
      claimed_until = clock_timestamp() + make_interval(mins => ${LEASE_MINUTES})
    where id = ${id}
  `;
}

/** @returns The reporter's other report about the person that is open, by user_reports_one_open. */
export async function selectOpenTwin(
  sql: Sql,
  { reporterId, reportedId }: { reporterId: string; reportedId: string },
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select id from user_reports r
    where reporter_id = ${reporterId} and reported_id = ${reportedId} and ${isOpen(sql, "r")}
  `;
  return row?.id ?? null;
}

export async function insertNote(
  sql: Sql,
  note: { id: string; reportId: string; authorId: string; text: string },
): Promise<Note> {
  const [row] = await sql<{ note: Note }[]>`
    with n as (
      insert into report_notes (id, report_id, author_id, text)
      values (${note.id}, ${note.reportId}, ${note.authorId}, ${note.text}) returning *
    )
    select jsonb_build_object('id', n.id, 'author', ${personRef(sql, sql`n.author_id`)}, 'text', n.text,
      'created_at', ${wireTime(sql, sql`n.created_at`)}) as note
    from n
  `;
  return row!.note;
}

/** Sanctions and reasons that a history lists, at most. */
const MAX_LISTED = 50;

type History = ReportDetail["history"];

interface HistoryOptions {
  readonly userId: string;
  readonly viewerId: string;
  /** A report that is shown elsewhere on the page. */
  readonly exceptReport?: string;
}

/** @returns What moderation knows about a person from before: sanctions, reports, blocks. */
export async function selectHistory(
  sql: Sql,
  { userId, viewerId, exceptReport }: HistoryOptions,
): Promise<History> {
  const isOther = notAbout(sql, viewerId, sql`${userId}::uuid`);
  const notThis = sql`r.id is distinct from ${exceptReport ?? null}::uuid`;
  const [row] = await sql<{ history: History }[]>`
    select jsonb_build_object(
      'sanctions', (
        select coalesce(jsonb_agg(${sanctionJson(sql, "s")} order by s.created_at desc, s.id desc), '[]')
        from (
          select * from sanctions where user_id = ${userId} and ${isOther} order by created_at desc, id desc limit ${MAX_LISTED}
        ) s
      ),
      'reports', ${reportCounts(sql, sql`r.reported_id = ${userId} and ${isOther} and ${notThis}`)} || jsonb_build_object(
        'latest', ${pastReports(sql, sql`r.reported_id = ${userId} and ${isOther} and ${notThis}`)}
      ),
      'blocks_against', (select count(*) from user_blocks b where b.blocked_id = ${userId} and ${isOther}),
      'unmatch_reasons', (
        select coalesce(jsonb_agg(jsonb_build_object('reason', m.reason, 'at', ${wireTime(sql, sql`m.created_at`)})
          order by m.created_at desc), '[]')
        from (
          select reason, created_at from unmatch_reasons where about_id = ${userId} and ${isOther}
          order by created_at desc limit ${MAX_LISTED}
        ) m
      )
    ) as history
  `;
  return row!.history;
}

/** `{total, open, resolved, dismissed}` of the reports `r` that the condition names. */
export function reportCounts(sql: Sql, condition: Fragment): Fragment {
  return sql`(
    select jsonb_build_object(
      'total', count(*),
      'open', count(*) filter (where ${isOpen(sql, "r")}),
      'resolved', count(*) filter (where r.status = 'resolved'),
      'dismissed', count(*) filter (where r.status = 'dismissed')
    ) from user_reports r where ${condition}
  )`;
}
