/**
 * Pieces of SQL that several features must spell the same way: who is blocked, premium, muted or suspended now.
 * It runs nothing and knows no feature. How one person sees another is in activity.ts.
 * @module
 */

import type postgres from "postgres";
import type { Sql } from "./client.ts";

/** A piece of SQL made by the tag; it runs nothing by itself. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;
/** An id, or SQL that yields one (a column). */
export type IdOrSql = string | Fragment;

/**
 * Whether either of two people has blocked the other, as a predicate.
 *
 * Both directions are one lookup each in `user_blocks_pair_key`.
 * @param sql The tag of the statement it becomes part of.
 * @param a,b The two people: ids, or columns of the statement.
 *
 * @example
 * ```ts
 * await sql`select … from users u where not ${blockExists(sql, viewerId, sql`u.id`)}`;
 * ```
 */
export function blockExists(sql: Sql, a: IdOrSql, b: IdOrSql): Fragment {
  return sql`(
    exists (select 1 from user_blocks ub where ub.blocker_id = ${a}::uuid and ub.blocked_id = ${b}::uuid)
    or exists (select 1 from user_blocks ub where ub.blocker_id = ${b}::uuid and ub.blocked_id = ${a}::uuid)
  )`;
}

/**
 * Whether premium counts now, as a predicate that is never null.
 * @param alias The name of `users` in the statement.
 */
export function isPremiumNow(sql: Sql, alias: string): Fragment {
  const u = sql(alias);
  return sql`(${u}.is_premium and (${u}.premium_expires_at is null or ${u}.premium_expires_at > now()))`;
}

/** Whether a suspension or ban is in force now, as a predicate that is never null. */
export function isSuspendedNow(sql: Sql, alias: string): Fragment {
  return sql`coalesce(${sql(alias)}.suspended_until > now(), false)`;
}

/** Whether a mute is in force now, as a predicate that is never null. */
export function isMutedNow(sql: Sql, alias: string): Fragment {
  return sql`coalesce(${sql(alias)}.muted_until > now(), false)`;
}

/** Whole years since birth, by the database's date. */
export function ageNow(sql: Sql, alias: string): Fragment {
  return sql`extract(year from age(${sql(alias)}.date_of_birth))::int`;
}

/**
 * A time as the wire writes it, `2026-01-15T10:35:00.123Z`; `infinity` and null become null.
 *
 * For use inside jsonb, where the server would write an offset instead of `Z` and six digits. A plain timestamptz
 * column needs nothing: the driver makes it a Date, whose JSON is the same text.
 */
export function wireTime(sql: Sql, time: Fragment): Fragment {
  return sql`case when isfinite(${time})
    then to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end`;
}

/** The end of a mute or suspension: RFC 3339 or `infinity` while it is in force, null after. */
export function untilInForce(sql: Sql, until: Fragment): Fragment {
  return sql`case when ${until} > now() then coalesce(${wireTime(sql, until)}, 'infinity') end`;
}

/**
 * When a message with a place was read by its receiver, null while it is not: the time of the first mark at or behind
 * it, one look-up in read_marks_pkey.
 * @param alias The name of `messages` in the statement.
 */
export function readAt(sql: Sql, alias: string): Fragment {
  const m = sql(alias);
  return sql`(
    select rm.read_at from read_marks rm
    where rm.conversation_id = ${m}.conversation_id and rm.reader_id = ${m}.receiver_id and rm.seq >= ${m}.seq
    order by rm.seq limit 1
  )`;
}

/**
 * The unread messages of all active conversations of a person: the conversations' rows alone, by the two indexes on
 * people.
 */
export function unreadTotal(sql: Sql, userId: IdOrSql): Fragment {
  return sql`(
    select coalesce(sum(unread), 0)::float8 from (
      select user1_received - user1_read as unread from conversations
      where user1_id = ${userId} and status = 'active'
      union all
      select user2_received - user2_read from conversations
      where user2_id = ${userId} and status = 'active'
    ) u
  )`;
}

/** One column of a person's presence; null for a person without any. @param alias The name of `users` in the statement. */
export function presenceOf(sql: Sql, alias: string, column: "is_online" | "last_active"): Fragment {
  return sql`(select pr.${sql(column)} from user_presence pr where pr.user_id = ${sql(alias)}.id)`;
}
