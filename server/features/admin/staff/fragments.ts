/**
 * Pieces of SQL that the queries of several rooms share.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";

/**
 * That a row is not about the viewer. Every query of staff carries it, counts and statistics included: nobody learns
 * that they were reported, blocked or judged, or by whom. (test/integration/admin/about_viewer_test.ts asks every route.)
 * @param subject The person whom the row is about: of a report `reported_id`, of a sanction `user_id`, of a block
 *   `blocked_id`. Null counts as somebody else.
 */
export function notAbout(sql: Sql, viewerId: string, subject: Fragment): Fragment {
  return sql`(${subject} is distinct from ${viewerId}::uuid)`;
}

/** `{id, name}` of a person, or null when nobody is named or they are gone. One primary key lookup. */
export function personRef(sql: Sql, id: Fragment): Fragment {
  return sql`(select jsonb_build_object('id', who.id, 'name', who.name) from users who where who.id = ${id})`;
}

/** Whether a report waits for a decision. */
export function isOpen(sql: Sql, alias: string): Fragment {
  return sql`(${sql(alias)}.status in ('pending', 'reviewed'))`;
}

/** `{by, until}` of the lease in force on a report, or null. */
export function claimInForce(sql: Sql, alias: string): Fragment {
  const r = sql(alias);
  return sql`case when ${r}.claimed_by is not null and ${r}.claimed_until > now() then jsonb_build_object(
    'by', ${personRef(sql, sql`${r}.claimed_by`)},
    'until', ${wireTime(sql, sql`${r}.claimed_until`)}
  ) end`;
}

/** `in_force`, `awaiting_confirmation` (a ban that acts on trial), `expired` or `lifted`. */
export function sanctionState(sql: Sql, alias: string): Fragment {
  const s = sql(alias);
  return sql`case
    when ${s}.lifted_at is not null then 'lifted'
    when ${s}.until <= now() then 'expired'
    when ${s}.kind = 'ban' and ${s}.confirmed_at is null then 'awaiting_confirmation'
    else 'in_force'
  end`;
}

/** A sanction as staff see it. */
export function sanctionJson(sql: Sql, alias: string): Fragment {
  const s = sql(alias);
  return sql`jsonb_build_object(
    'id', ${s}.id, 'user_id', ${s}.user_id, 'kind', ${s}.kind, 'state', ${sanctionState(sql, alias)},
    'reason', ${s}.reason, 'report_id', ${s}.report_id,
    'until', ${wireTime(sql, sql`${s}.until`)}, 'permanent', coalesce(${s}.until = 'infinity', false),
    'created_at', ${wireTime(sql, sql`${s}.created_at`)},
    'created_by', ${personRef(sql, sql`${s}.created_by`)},
    'confirmed_at', ${wireTime(sql, sql`${s}.confirmed_at`)},
    'confirmed_by', ${personRef(sql, sql`${s}.confirmed_by`)},
    'lifted_at', ${wireTime(sql, sql`${s}.lifted_at`)},
    'lifted_by', ${personRef(sql, sql`${s}.lifted_by`)},
    'lift_reason', ${s}.lift_reason,
    'lift_requested_at', ${wireTime(sql, sql`${s}.lift_requested_at`)},
    'lift_requested_by', ${personRef(sql, sql`${s}.lift_requested_by`)}
  )`;
}

/** Reports that a list of past ones shows, at most. */
const MAX_PAST_REPORTS = 50;

/** The reports `r` that the condition names, newest first, as `PastReport` has them. */
export function pastReports(sql: Sql, condition: Fragment): Fragment {
  return sql`(
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', r.id, 'reason', r.reason, 'status', r.status, 'action', r.resolution_action,
      'created_at', ${wireTime(sql, sql`r.created_at`)}, 'resolved_at', ${wireTime(sql, sql`r.resolved_at`)}
    ) order by r.created_at desc, r.id desc), '[]')
    from (
      select * from user_reports r where ${condition} order by r.created_at desc, r.id desc limit ${MAX_PAST_REPORTS}
    ) r
  )`;
}

/** The sanctions in force on the person `u`, as keys and values of an object. */
export function inForce(sql: Sql): Fragment {
  return sql`
    'muted_until', case when u.muted_until > now() then ${wireTime(sql, sql`u.muted_until`)} end,
    'suspended_until', case when u.suspended_until > now() then ${wireTime(sql, sql`u.suspended_until`)} end,
    'banned', coalesce(u.suspended_until = 'infinity', false),
    'ban_waits', coalesce(u.suspended_until > now() and u.suspended_until < 'infinity', false) and exists (
      select 1 from sanctions w
      where w.user_id = u.id and w.kind = 'ban' and w.confirmed_at is null and w.lifted_at is null and w.until > now()
    )`;
}
