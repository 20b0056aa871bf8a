/**
 * The SQL of the moderators' list of reports: one row of it, and which rows, in which order. Rows leave the
 * database in the wire's form.
 * @module
 */

import { userCard } from "../../../db/activity.ts";
import type { Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";
import { badCursor } from "../../../lib/cursor.ts";
import type { ReportReason, ReportStatus } from "../../../protocol/models.ts";
import { claimInForce, inForce, isOpen, notAbout, personRef } from "../staff/fragments.ts";
import { type QueueFilter, queueConditions } from "../staff/queue.ts";
import type { ReportRow } from "./schema.ts";

/** Which reports, seen by whom. */
export interface ReportFilter extends QueueFilter {
  readonly status?: ReportStatus | "open" | "closed" | "all" | undefined;
  readonly reason?: ReportReason | undefined;
  readonly reportedId?: string | undefined;
  readonly olderThanMinutes?: number | undefined;
  readonly newerThanMinutes?: number | undefined;
}

export type ReportSort = "sla" | "age" | "newest";

interface ListOptions {
  readonly viewerId: string;
  readonly filter: ReportFilter;
  readonly sort: ReportSort;
  /** Id of the last row of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/**
 * A page of the queue, without reports about the viewer.
 *
 * Open reports come from user_reports_queue_idx or user_reports_age_idx in their order, decided ones from
 * user_reports_created_idx, those about one person from user_reports_reported_idx.
 */
export async function selectReports(sql: Sql, options: ListOptions): Promise<ReportRow[]> {
  const { viewerId, sort, after, limit } = options;
  const keys = sortKeys(sql, sort);
  if (after) await checkCursorRow(sql, after);
  // The sort key is read again: what was added to a report may have moved it since.
  const rest = after
    ? sql`and ${keys.isAfter} (select ${keys.columns} from user_reports r where r.id = ${after})`
    : sql``;
  return await selectRows(sql, {
    where: sql`${notAbout(sql, viewerId, sql`r.reported_id`)} ${conditions(sql, options.filter)} ${rest}`,
    order: keys.order,
    limit,
  });
}

/** @returns One row, or null when there is no such report or it is about the viewer. */
export async function selectReport(
  sql: Sql,
  { id, viewerId }: { id: string; viewerId: string },
): Promise<ReportRow | null> {
  const where = sql`r.id = ${id} and ${notAbout(sql, viewerId, sql`r.reported_id`)}`;
  const [row] = await selectRows(sql, { where, order: sql`r.id`, limit: 1 });
  return row ?? null;
}

interface SortKeys {
  /** The key as a row, for the row that a cursor names. */
  readonly columns: Fragment;
  readonly isAfter: Fragment;
  readonly order: Fragment;
}

function sortKeys(sql: Sql, sort: ReportSort): SortKeys {
  if (sort === "sla") {
    return {
      columns: sql`r.priority, r.due_at, r.id`,
      isAfter: sql`(r.priority, r.due_at, r.id) >`,
      order: sql`r.priority, r.due_at, r.id`,
    };
  }
  const columns = sql`r.created_at, r.id`;
  return sort === "age"
    ? { columns, isAfter: sql`(r.created_at, r.id) >`, order: sql`r.created_at, r.id` }
    : { columns, isAfter: sql`(r.created_at, r.id) <`, order: sql`r.created_at desc, r.id desc` };
}

async function checkCursorRow(sql: Sql, id: string): Promise<void> {
  if ((await sql`select 1 from user_reports where id = ${id}`).length > 0) return;
  throw badCursor("must be of a report that is still there");
}

/** Which reports `r` a filter lets through, to go after another condition. */
export function conditions(sql: Sql, filter: ReportFilter): Fragment {
  const { status = "open", reason, reportedId } = filter;
  const { olderThanMinutes: older, newerThanMinutes: newer } = filter;
  const row = { isOpen: isOpen(sql, "r"), decidedBy: sql`r.resolved_by` };
  return sql`
    ${status === "all" ? sql`` : statusIs(sql, status)}
    ${reason ? sql`and r.reason = ${reason}` : sql``}
    ${queueConditions(sql, "r", { ...filter, ...row })}
    ${reportedId ? sql`and r.reported_id = ${reportedId}` : sql``}
    ${older === undefined ? sql`` : sql`and r.created_at <= now() - make_interval(mins => ${older})`}
    ${newer === undefined ? sql`` : sql`and r.created_at > now() - make_interval(mins => ${newer})`}
  `;
}

function statusIs(sql: Sql, status: ReportStatus | "open" | "closed"): Fragment {
  if (status === "open") return sql`and ${isOpen(sql, "r")}`;
  return status === "closed" ? sql`and not ${isOpen(sql, "r")}` : sql`and r.status = ${status}`;
}

/** The counts are taken once a person, not once a row: many rows of a page may be about the same one. */
async function selectRows(
  sql: Sql,
  { where, order, limit }: { where: Fragment; order: Fragment; limit: number },
): Promise<ReportRow[]> {
  const rows = await sql<{ report: ReportRow }[]>`
    with page as materialized (
      select r.*, row_number() over (order by ${order}) as place
      from user_reports r where ${where} order by ${order} limit ${limit}
    ), about as (
      select o.reported_id,
        count(*) filter (where ${isOpen(sql, "o")})::int as open,
        count(*) filter (where not ${isOpen(sql, "o")})::int as decided,
        count(distinct o.reporter_id) filter (where ${isOpen(sql, "o")})::int as reporters
      from user_reports o where o.reported_id in (select reported_id from page)
      group by o.reported_id
    )
    select ${reportRow(sql)} as report
    from page r join about a using (reported_id) join users u on u.id = r.reported_id
    order by r.place
  `;
  return rows.map((row) => row.report);
}

/** The reported person `u` as the list and the head of their page show them. */
export function reportedCard(sql: Sql): Fragment {
  return sql`(${userCard(sql, "u", null)} || jsonb_build_object(
    'role', u.role, 'joined_at', ${wireTime(sql, sql`u.created_at`)}, ${inForce(sql)}
  ))`;
}

function reportRow(sql: Sql): Fragment {
  const open = isOpen(sql, "r");
  return sql`jsonb_build_object(
    'id', r.id, 'reason', r.reason, 'status', r.status, 'priority', r.priority,
    'created_at', ${wireTime(sql, sql`r.created_at`)}, 'updated_at', ${wireTime(sql, sql`r.updated_at`)},
    'due_at', ${wireTime(sql, sql`r.due_at`)}, 'overdue', ${open} and r.due_at < now(),
    'reporter', ${personRef(sql, sql`r.reporter_id`)},
    'reported', ${reportedCard(sql)},
    'reporter_count', greatest(a.reporters, 1),
    'other_open', a.open - ${open}::int,
    'prior_reports', a.decided - (not ${open})::int,
    'claim', ${claimInForce(sql, "r")},
    'resolution', case when r.resolution_action is not null then jsonb_build_object(
      'action', r.resolution_action, 'reason', r.resolution_reason,
      'by', ${personRef(sql, sql`r.resolved_by`)}, 'at', ${wireTime(sql, sql`r.resolved_at`)}
    ) end,
    'evidence_count', r.evidence_count,
    'note_count', (select count(*) from report_notes n where n.report_id = r.id)
  )`;
}
