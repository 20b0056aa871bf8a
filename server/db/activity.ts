/**
 * How one person sees another, and who may see what somebody does: presence, the time of last activity, typing and read receipts. They cross an
 * active conversation or match and nothing else; every query that shows or announces them takes its rule from here.
 * It runs nothing.
 * @module
 */
import type { Sql } from "./client.ts";
import { blockExists, type Fragment, type IdOrSql, wireTime } from "./fragments.ts";

/**
 * Whether two people see each other's activity, as a predicate that is never null.
 *
 * Each part is a lookup by a unique key (of matches: 000013_pair_lookups.sql says how the planner is kept to it). A
 * block ends conversation and match in its own transaction; that it is asked for too keeps this right whatever else is
 * wrong.
 *
 * @param a,b Ids, or columns of the statement.
 */
export function sharesActivity(sql: Sql, a: IdOrSql, b: IdOrSql): Fragment {
  return sql`(
    (
      exists (
        select 1 from conversations where id = conversation_id_of(${a}::uuid, ${b}::uuid) and status = 'active'
      ) or exists (
        select 1 from matches where user1_id = least(${a}::uuid, ${b}::uuid)
          and user2_id = greatest(${a}::uuid, ${b}::uuid) and status = 'active'
      )
    ) and not ${blockExists(sql, a, b)}
  )`;
}

/**
 * The same as a list: rows `(user_id, peer_id)` of these people and everybody who sees their activity.
 *
 * Each arm is one range of conversations_user1_idx, conversations_user2_idx or their like on matches a person.
 */
export function activityPeers(sql: Sql, userIds: readonly string[]): Fragment {
  const arm = (table: Fragment, own: Fragment, other: Fragment) => sql`
    select ${own} as user_id, ${other} as peer_id from ${table}
    where ${own} = any(${userIds as string[]}::uuid[]) and status = 'active'
  `;
  const arms = [sql`conversations`, sql`matches`].flatMap((table) => [
    arm(table, sql`user1_id`, sql`user2_id`),
    arm(table, sql`user2_id`, sql`user1_id`),
  ]) as [Fragment, Fragment, Fragment, Fragment];
  return sql`
    select user_id, peer_id from (${arms[0]} union ${arms[1]} union ${arms[2]} union ${arms[3]}) known
    where not ${blockExists(sql, sql`user_id`, sql`peer_id`)}
  `;
}

/**
 * `is_online` and `last_active` of a person as one jsonb value: null for whoever may not see them, false and null
 * when the person hides their activity. `offset 0` keeps the planner from copying the predicate into both fields, which
 * asked conversations and matches twice for each person shown.
 *
 * @param alias The name of `users` in the statement.
 * @param viewer Who sees it; null: somebody who never may, which saves the lookups.
 */
export function activityOf(sql: Sql, alias: string, viewer: IdOrSql | null): Fragment {
  if (viewer === null) return sql`'{"is_online": null, "last_active": null}'::jsonb`;
  const u = sql(alias);
  return sql`(
    select jsonb_build_object(
      'is_online', case when seen.it then ${u}.show_activity_status and coalesce(p.is_online, false) end,
      'last_active', case when seen.it and ${u}.show_activity_status
        then ${wireTime(sql, sql`p.last_active`)} end
    ) from (select ${sharesActivity(sql, viewer, sql`${u}.id`)} as it offset 0) seen
    left join user_presence p on p.user_id = ${u}.id and seen.it
  )`;
}

/**
 * `UserCard` of the wire as one jsonb value.
 * @param alias The name of `users` in the statement.
 * @param viewer Who sees it: decides about activity, as {@link activityOf} does.
 *
 * @example
 * ```ts
 * const rows = await sql<{ id: string; user: UserCard }[]>`
 *   select m.id, ${userCard(sql, "u", viewerId)} as user from matches m join users u on u.id = m.user2_id`;
 * ```
 */
export function userCard(sql: Sql, alias: string, viewer: IdOrSql | null): Fragment {
  const u = sql(alias);
  return sql`jsonb_build_object(
    'id', ${u}.id,
    'name', ${u}.name,
    'profile_photos', to_jsonb(${u}.profile_photos)
  ) || ${activityOf(sql, alias, viewer)}`;
}

/**
 * Whether the sender of a message may know that it was read, as a predicate that is never null; premium is judged
 * apart. In a conversation that is no longer active that is what had been read when it ended.
 *
 * @param c,m The names of `conversations` and `messages` in the statement; a missing conversation shows nothing.
 */
export function showsReceipt(sql: Sql, c: string, m: string): Fragment {
  const conversation = sql(c);
  const message = sql(m);
  return sql`coalesce(${conversation}.status = 'active' or ${message}.seq <= case
    when ${message}.receiver_id = ${conversation}.user1_id then ${conversation}.user1_final_read_seq
    else ${conversation}.user2_final_read_seq end, false)`;
}
