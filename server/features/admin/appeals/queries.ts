/**
 * The SQL of appeals for staff.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";
import type { Cursor } from "../../../lib/cursor.ts";
import type { AppealStatus, SanctionKind } from "../../../protocol/models.ts";
import { LEASE_MINUTES } from "../reports/queries.ts";
import { LIFT_REQUEST_DAYS } from "../sanctions/terms.ts";
import { claimInForce, notAbout, personRef, sanctionJson } from "../staff/fragments.ts";
import { type QueueFilter, queueConditions } from "../staff/queue.ts";
import type { PersonRef } from "../staff/schema.ts";
import type { AppealRow } from "./schema.ts";

/** Which appeals somebody wants to see. */
export interface AppealFilter extends QueueFilter {
  readonly status?: AppealStatus | "all" | undefined;
  readonly of?: "sanction" | "report" | undefined;
}

interface SelectOptions {
  readonly viewerId: string;
  readonly filter: AppealFilter;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Open ones by appeals_queue_idx, others by appeals_created_idx. */
export async function selectAppeals(
  sql: Sql,
  { viewerId, filter, after, limit }: SelectOptions,
): Promise<{ appeal: AppealRow; at: string }[]> {
  const { status = "open", of } = filter;
  const isQueue = status === "open";
  const at = isQueue ? sql`a.due_at` : sql`a.created_at`;
  const direction = isQueue ? sql`asc` : sql`desc`;
  const row = { isOpen: sql`(a.status = 'open')`, decidedBy: sql`a.decided_by` };
  return await sql<{ appeal: AppealRow; at: string }[]>`
    select ${appealRow(sql, viewerId)} as appeal, ${at}::text as at
    from ${appealed(sql)}
    where ${notAbout(sql, viewerId, aboutId(sql))}
      ${status === "all" ? sql`` : sql`and a.status = ${status}`}
      ${of === "sanction" ? sql`and a.sanction_id is not null` : sql``}
      ${of === "report" ? sql`and a.report_id is not null` : sql``}
      ${queueConditions(sql, "a", { ...filter, ...row })}
      ${after ? sql`and (${at}, a.id) ${isQueue ? sql`>` : sql`<`} (${after.createdAt}::text::timestamptz, ${after.id}::uuid)` : sql``}
    order by ${at} ${direction}, a.id ${direction}
    limit ${limit}
  `;
}

/** @returns One appeal, or null when there is none or it is about the viewer. */
export async function selectAppeal(
  sql: Sql,
  { id, viewerId }: { id: string; viewerId: string },
): Promise<AppealRow | null> {
  const [row] = await sql<{ appeal: AppealRow }[]>`
    select ${appealRow(sql, viewerId)} as appeal from ${appealed(sql)}
    where a.id = ${id} and ${notAbout(sql, viewerId, aboutId(sql))}
  `;
  return row?.appeal ?? null;
}

/** An appeal `a` with the sanction `s` and the report `r`: the one that is appealed, or that led to the sanction. */
function appealed(sql: Sql): Fragment {
  return sql`appeals a
    left join sanctions s on s.id = a.sanction_id
    left join user_reports r on r.id = coalesce(a.report_id, s.report_id)`;
}

/** Whom what is appealed concerns. */
function aboutId(sql: Sql): Fragment {
  return sql`case when a.sanction_id is not null then a.appellant_id else r.reported_id end`;
}

/** Whether somebody took part in the decision, asked for the end of it as the first of two, or filed the appeal. */
function isInvolved(sql: Sql, id: string): Fragment {
  const askedFor = sql`case when s.lift_requested_at > now() - make_interval(days => ${LIFT_REQUEST_DAYS})
    then s.lift_requested_by end`;
  return sql`(${id}::uuid in (a.appellant_id, s.created_by, s.confirmed_by, r.resolved_by, ${askedFor})) is true`;
}

function appealRow(sql: Sql, viewerId: string): Fragment {
  return sql`jsonb_build_object(
    'id', a.id, 'of', case when a.sanction_id is null then 'report' else 'sanction' end, 'status', a.status,
    'text', a.text, 'created_at', ${wireTime(sql, sql`a.created_at`)}, 'due_at', ${wireTime(sql, sql`a.due_at`)},
    'overdue', a.status = 'open' and a.due_at < now(),
    'appellant', ${personRef(sql, sql`a.appellant_id`)}, 'about', ${personRef(sql, aboutId(sql))},
    'sanction', case when s.id is not null then ${sanctionJson(sql, "s")} end,
    'report', case when r.id is not null then jsonb_build_object(
      'id', r.id, 'reason', r.reason, 'status', r.status,
      'resolution', case when r.resolution_action is not null then jsonb_build_object(
        'action', r.resolution_action, 'reason', r.resolution_reason,
        'by', ${personRef(sql, sql`r.resolved_by`)}, 'at', ${wireTime(sql, sql`r.resolved_at`)}
      ) end
    ) end,
    'claim', ${claimInForce(sql, "a")},
    'decision', case when a.decided_at is not null then jsonb_build_object(
      'by', ${personRef(sql, sql`a.decided_by`)}, 'reason', a.decision_reason, 'at', ${wireTime(sql, sql`a.decided_at`)}
    ) end,
    'involved', ${isInvolved(sql, viewerId)}
  )`;
}

/** Whom and what an appeal concerns: these do not change. */
export interface AppealParties {
  readonly aboutId: string;
  readonly appellantId: string;
  readonly sanctionId: string | null;
  /** The report that is appealed. */
  readonly reportId: string | null;
  readonly kind: SanctionKind | null;
}

export async function selectParties(sql: Sql, id: string): Promise<AppealParties | undefined> {
  const [row] = await sql<AppealParties[]>`
    select ${aboutId(sql)} as about_id, a.appellant_id, a.sanction_id, a.report_id, s.kind
    from ${appealed(sql)} where a.id = ${id}
  `;
  return row;
}

/** An appeal as it stands, locked. */
export interface LockedAppeal {
  readonly status: AppealStatus;
  /** Whose lease is in force. */
  readonly claimedBy: PersonRef | null;
  readonly decidedBy: PersonRef | null;
  readonly isInvolved: boolean;
  /** Reports that are judged, or whose decisions led to what is judged. */
  readonly reportId: string | null;
  readonly decisionBy: (string | null)[];
}

/** Two statements, as for reports: a lease is judged by the time after the wait for the lock. */
export async function lockAppeal(
  sql: Sql,
  { id, actorId }: { id: string; actorId: string },
): Promise<LockedAppeal | undefined> {
  await sql`select 1 from appeals where id = ${id} for update`;
  const [row] = await sql<LockedAppeal[]>`
    select a.status,
      case when a.claimed_until > clock_timestamp() then ${personRef(sql, sql`a.claimed_by`)} end as claimed_by,
      ${personRef(sql, sql`a.decided_by`)} as decided_by, ${isInvolved(sql, actorId)} as is_involved,
      r.id as report_id, to_jsonb(array[s.created_by, s.confirmed_by, r.resolved_by]) as decision_by
    from ${appealed(sql)} where a.id = ${id}
  `;
  return row;
}

export async function updateClaim(sql: Sql, id: string, claimedBy: string): Promise<void> {
  await sql`
    update appeals set claimed_by = ${claimedBy},
      claimed_until = clock_timestamp() + make_interval(mins => ${LEASE_MINUTES})
    where id = ${id}
  `;
}

export async function updateReleased(sql: Sql, id: string): Promise<void> {
  await sql`update appeals set claimed_by = null, claimed_until = null where id = ${id}`;
}

/** Withdraws the first of the two requests that end a confirmed ban: a second person has upheld the ban. */
export async function clearLiftRequest(sql: Sql, sanctionId: string): Promise<void> {
  await sql`
    update sanctions set lift_requested_by = null, lift_requested_at = null
    where id = ${sanctionId} and lifted_at is null
  `;
}
