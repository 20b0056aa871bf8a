/**
 * The SQL of the moderators' queue by person: one row for everybody whom reports are about.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { wireTime } from "../../../db/fragments.ts";
import type { Cursor } from "../../../lib/cursor.ts";
import { isOpen, notAbout, personRef } from "../staff/fragments.ts";
import { conditions, type ReportFilter, type ReportSort, reportedCard } from "./list_queries.ts";
import type { ReportedPerson } from "./schema.ts";

interface PeopleOptions {
  readonly viewerId: string;
  readonly filter: ReportFilter;
  readonly sort: ReportSort;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Somebody in the queue, with their place in it. */
export interface PersonInQueue {
  readonly person: ReportedPerson;
  readonly place: Cursor;
}

/** Reports whose ids a row names, at most. */
const MAX_IDS = 100;

/**
 * A page of the people whom reports are about, without the viewer. It reads every report that the filter lets through:
 * of the open ones as many as wait, by user_reports_queue_idx.
 */
export async function selectReportedPeople(sql: Sql, options: PeopleOptions): Promise<PersonInQueue[]> {
  const { viewerId, filter, sort, after, limit } = options;
  const isNewest = sort === "newest";
  const rank = sort === "sla" ? sql`min(r.priority)::int` : sql`0`;
  const at = { sla: sql`min(r.due_at)`, age: sql`min(r.created_at)`, newest: sql`max(r.created_at)` }[sort];
  const direction = isNewest ? sql`desc` : sql`asc`;
  const further = after
    ? sql`where (p.rank, p.at, p.reported_id) ${isNewest ? sql`<` : sql`>`}
        (${after.rank ?? 0}::int, ${after.createdAt}::text::timestamptz, ${after.id}::uuid)`
    : sql``;
  return await sql<PersonInQueue[]>`
    with people as (
      select r.reported_id, ${rank} as rank, ${at} as at, count(*)::int as reports,
        count(distinct r.reporter_id)::int as reporters, min(r.priority) as worst, min(r.due_at) as due_at,
        bool_or(${isOpen(sql, "r")} and r.due_at < now()) as overdue,
        array_agg(distinct r.reason) as reasons,
        (array_agg(r.id order by r.priority, r.due_at, r.id))[:${MAX_IDS}::int] as ids,
        max(r.claimed_until) filter (where r.claimed_by is not null and r.claimed_until > now()) as claimed_until
      from user_reports r
      where ${notAbout(sql, viewerId, sql`r.reported_id`)} ${conditions(sql, filter)}
      group by r.reported_id
    ), page as (
      select p.* from people p ${further} order by p.rank ${direction}, p.at ${direction}, p.reported_id ${direction}
      limit ${limit}
    )
    select
      jsonb_build_object('id', p.reported_id, 'createdAt', p.at::text, 'rank', p.rank) as place,
      jsonb_build_object(
        'person', ${reportedCard(sql)}, 'reports', p.reports, 'reporters', p.reporters, 'reasons', to_jsonb(p.reasons),
        'worst', p.worst, 'due_at', ${wireTime(sql, sql`p.due_at`)}, 'overdue', p.overdue,
        'claim', case when p.claimed_until is not null then jsonb_build_object(
          'by', (
            select ${personRef(sql, sql`c.claimed_by`)} from user_reports c
            where c.id = any(p.ids) and c.claimed_until = p.claimed_until limit 1
          ),
          'until', ${wireTime(sql, sql`p.claimed_until`)}
        ) end,
        'prior_reports', (
          select count(*) from user_reports d where d.reported_id = p.reported_id and not ${isOpen(sql, "d")}
        ),
        'ids', to_jsonb(p.ids)
      ) as person
    from page p join users u on u.id = p.reported_id
    order by p.rank ${direction}, p.at ${direction}, p.reported_id ${direction}
  `;
}
