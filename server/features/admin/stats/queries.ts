/**
 * The SQL of the live numbers.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";
import { isOpen } from "../staff/fragments.ts";
import type { Stats } from "./schema.ts";

/** Numbers of open reports, and of bans that wait for their confirmation. */
export type ReportNumbers = Stats["reports"];

interface Known extends Pick<Stats, "at" | "reports" | "users_online"> {
  readonly messages_last_minute: number;
  readonly about_staff: Readonly<Record<string, ReportNumbers>>;
}

/**
 * Index scans only. Messages of the last minute are counted in messages_pkey: their ids are UUIDv7, whose first 48 bits
 * are the time, and there is no index on the time of messages alone. Staff are few and found by users_staff_idx.
 */
export async function selectKnown(sql: Sql): Promise<Known> {
  const [row] = await sql<{ known: Known }[]>`
    select jsonb_build_object(
      'at', ${wireTime(sql, sql`now()`)},
      'reports', ${reportNumbers(sql, { reports: sql`true`, bans: sql`true` })},
      'about_staff', (
        select coalesce(jsonb_object_agg(u.id,
          ${reportNumbers(sql, { reports: sql`r.reported_id = u.id`, bans: sql`s.user_id = u.id` })}), '{}')
        from users u where u.role <> 'user'
      ),
      'users_online', (select count(*) from user_presence where is_online),
      'messages_last_minute', (
        select count(*) from messages where id >= (
          lpad(to_hex((extract(epoch from now() - interval '1 minute') * 1000)::bigint), 12, '0') || repeat('0', 20)
        )::uuid
      )
    ) as known
  `;
  return row!.known;
}

/** Numbers of the open reports `r` and of the bans `s` that wait, as far as the conditions choose them. */
function reportNumbers(sql: Sql, { reports, bans }: { reports: Fragment; bans: Fragment }): Fragment {
  return sql`(
    select jsonb_build_object(
      'open', count(*),
      'overdue', count(*) filter (where r.due_at < now()),
      'unclaimed', count(*) filter (where r.claimed_by is null or r.claimed_until <= now()),
      'awaiting_confirmation', (
        select count(*) from sanctions s
        where s.kind = 'ban' and s.confirmed_at is null and s.lifted_at is null and s.until > now() and ${bans}
      )
    ) from user_reports r where ${isOpen(sql, "r")} and ${reports}
  )`;
}

/** People who were active lately. */
export interface ActiveUsers {
  readonly day: number;
  readonly month: number;
}

/** The range of user_presence_active_idx, without its table. Those who left are not counted. */
export async function selectActiveUsers(sql: Sql): Promise<ActiveUsers> {
  const [row] = await sql<ActiveUsers[]>`
    select count(*) filter (where last_active >= now() - interval '1 day')::int as day, count(*)::int as month
    from user_presence
    where is_active and last_active >= now() - interval '30 days'
  `;
  return row!;
}
