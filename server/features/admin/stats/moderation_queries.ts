/**
 * The SQL of the numbers of moderation over a time. Decisions are read from the audit log: a report that was undone
 * keeps no trace of them.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";
import { isOpen, notAbout } from "../staff/fragments.ts";
import { type ModerationStats, SLIP_SECONDS } from "./moderation_schema.ts";

/** Whose numbers, of which time. */
export interface PeriodOptions {
  /** Reports about them are not counted. Null: an operator. */
  readonly viewerId: string | null;
  /** Of whose decisions `by_moderator` tells; null: of everybody's. */
  readonly moderatorId: string | null;
  readonly from: Date;
  readonly to: Date;
}

/**
 * Decisions by audit_log_action_idx, as many as were ever made; what became of each by audit_log_target_idx and
 * sanctions_pkey. What was filed is a range of user_reports_created_idx, conversations one of conversations_created_idx.
 */
export async function selectModerationStats(sql: Sql, options: PeriodOptions): Promise<ModerationStats> {
  const { viewerId, moderatorId } = options;
  const [from, to] = [
    sql`${options.from.toISOString()}::text::timestamptz`,
    sql`${options.to.toISOString()}::text::timestamptz`,
  ];
  const isOther = viewerId === null ? sql`true` : notAbout(sql, viewerId, sql`r.reported_id`);
  const [row] = await sql<{ stats: ModerationStats }[]>`
    with made as materialized (
      select a.seq, a.actor_id, a.target_id, a.created_at as at, a.action, a.after, r.reason, r.created_at as filed_at,
        r.due_at
      from audit_log a join user_reports r on r.id = a.target_id
      where a.action in ('report.resolved', 'report.dismissed')
        and a.created_at >= ${from} and a.created_at < ${to} and ${isOther}
    ), decided as materialized (
      select m.*, m.action = 'report.dismissed' as is_dismissed, m.after ->> 'action' as measure,
        extract(epoch from m.at - m.filed_at)::float8 as seconds, m.at <= m.due_at as is_in_time,
        undone.at is not null or s.lifted_at is not null as is_overturned
      from made m
      left join lateral (
        select u.actor_id, u.created_at as at from audit_log u
        where u.target_type = 'report' and u.target_id = m.target_id and u.seq > m.seq and u.action = 'report.undone'
        order by u.seq limit 1
      ) undone on true
      left join sanctions s on s.id = (m.after ->> 'sanction_id')::uuid
      where undone.at is null or undone.actor_id <> m.actor_id
        or undone.at > m.at + make_interval(secs => ${SLIP_SECONDS})
    ), filed as materialized (
      select r.reason, r.created_at as at from user_reports r
      where r.created_at >= ${from} and r.created_at < ${to} and ${isOther}
    ), waiting as (
      select count(*) as open, min(r.created_at) as oldest from user_reports r where ${isOpen(sql, "r")} and ${isOther}
    ), talks as (
      select count(*) as begun from conversations where created_at >= ${from} and created_at < ${to}
    )
    select jsonb_build_object(
      'from', ${wireTime(sql, from)}, 'to', ${wireTime(sql, to)},
      'open', waiting.open, 'oldest_open_at', ${wireTime(sql, sql`waiting.oldest`)},
      'filed', (select count(*) from filed),
      'conversations', talks.begun,
      'reports_per_1000_conversations',
        round(1000.0 * (select count(*) from filed) / nullif(talks.begun, 0), 3)::float8
    ) || (
      select jsonb_build_object(
        ${decisionCounts(sql)},
        'handling_seconds', case when count(*) > 0 then jsonb_build_object(
          'p50', round((percentile_cont(0.5) within group (order by d.seconds))::numeric, 1),
          'p95', round((percentile_cont(0.95) within group (order by d.seconds))::numeric, 1)
        ) end,
        'sla_hit_rate', ${share(sql, sql`d.is_in_time`)}
      ) from decided d
    ) || jsonb_build_object(
      'by_moderator', (
        select coalesce(jsonb_agg(one.counts order by one.n desc, one.id), '[]') from (
          select d.actor_id as id, count(*) as n, jsonb_build_object(
            'id', d.actor_id, 'name', (select name from users where id = d.actor_id), ${decisionCounts(sql)}
          ) as counts
          from decided d where ${moderatorId}::uuid is null or d.actor_id = ${moderatorId}::uuid group by d.actor_id
        ) one
      ),
      'by_reason', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'reason', reason, 'filed', (select count(*) from filed f where f.reason = known.reason)
        ) || (
          select jsonb_build_object(${decisionCounts(sql)}) from decided d where d.reason = known.reason
        ) order by reason), '[]')
        from (select reason from filed union select reason from decided) known
      ),
      'by_month', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'month', e.month, 'reason', e.reason, 'filed', e.filed, 'dismissed', e.dismissed, 'no_action', e.no_action,
          'warn', e.warn, 'mute', e.mute, 'suspend', e.suspend, 'ban', e.ban, 'overturned', e.overturned
        ) order by e.month, e.reason), '[]')
        from (
          select to_char(at at time zone 'UTC', 'YYYY-MM') as month, reason,
            count(*) filter (where what = 'filed') as filed,
            count(*) filter (where what = 'dismissed') as dismissed,
            count(*) filter (where what = 'none') as no_action,
            count(*) filter (where what = 'warn') as warn, count(*) filter (where what = 'mute') as mute,
            count(*) filter (where what = 'suspend') as suspend, count(*) filter (where what = 'ban') as ban,
            count(*) filter (where is_overturned) as overturned
          from (
            select at, reason, 'filed' as what, false as is_overturned from filed
            union all
            select at, reason, case when is_dismissed then 'dismissed' else measure end, is_overturned from decided
          ) events group by 1, 2
        ) e
      )
    ) as stats
    from waiting, talks
  `;
  return row!.stats;
}

/** The counts of the decisions `d`, as keys and values of an object. */
function decisionCounts(sql: Sql): Fragment {
  return sql`'decisions', count(*), 'overturned', count(*) filter (where d.is_overturned),
    'overturn_rate', ${share(sql, sql`d.is_overturned`)}`;
}

/** Which part of the rows a condition chooses, from 0 to 1; null without rows. */
function share(sql: Sql, condition: Fragment): Fragment {
  return sql`round(count(*) filter (where ${condition})::numeric / nullif(count(*), 0), 4)::float8`;
}
