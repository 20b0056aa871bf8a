/**
 * The SQL of presence: the online flag, and who may see whom online.
 * @module
 */
import { activityPeers, sharesActivity } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";

/** People who come or go. */
export interface Movement {
  readonly userIds: readonly string[];
  /** Those of them whose last try lost its answer: their row may have changed without an announcement. */
  readonly again: readonly string[];
}

/**
 * Rows come in id order, so that two nodes' batches hardly ever wait for each other; a deadlock is tried again. Whoever
 * is online already is left alone: their row, and the feed's index on it, does not change.
 *
 * @returns Who was offline until now, or may have been at the last try, and shows their activity.
 */
export async function updateOnline(sql: Sql, { userIds, again }: Movement): Promise<string[]> {
  const rows = await sql<{ id: string; shown: boolean }[]>`
    with coming as (
      select id from unnest(${userIds as string[]}::uuid[]) as t (id) order by id
    )
    update user_presence p set is_online = true, last_active = now()
    from coming c
    where p.user_id = c.id and p.user_id = any(${userIds as string[]}::uuid[])
      and (not p.is_online or p.user_id = any(${again as string[]}::uuid[]))
    returning p.user_id as id, p.show_activity_status as shown
  `;
  return rows.filter(({ shown }) => shown).map(({ id }) => id);
}

/** @returns Like {@link updateOnline}, who was online, with the time they are told to have gone. */
export async function updateOffline(sql: Sql, { userIds, again }: Movement): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; shown: boolean; lastActive: Date }[]>`
    with going as (
      select id from unnest(${userIds as string[]}::uuid[]) as t (id) order by id
    )
    update user_presence p set is_online = false, last_active = now()
    from going g
    where p.user_id = g.id and p.user_id = any(${userIds as string[]}::uuid[])
      and (p.is_online or p.user_id = any(${again as string[]}::uuid[]))
    returning p.user_id as id, p.show_activity_status as shown, p.last_active
  `;
  const shown = rows.filter((row) => row.shown);
  return new Map(shown.map(({ id, lastActive }) => [id, lastActive.toISOString()]));
}

/** `peerId` is to be told about `userId`. */
export interface Acquaintance {
  readonly userId: string;
  readonly peerId: string;
}

/** The people who see the activity of one of these, and are online themselves. */
export async function selectAudience(sql: Sql, userIds: readonly string[]): Promise<Acquaintance[]> {
  return await sql<Acquaintance[]>`
    select a.user_id, a.peer_id from (${activityPeers(sql, userIds)}) a
    join user_presence p on p.user_id = a.peer_id
    where p.is_online
  `;
}

/** Conversations of a person, the last active first, of whose people presence is told at once. */
const SNAPSHOT = 200;

/**
 * Who of these people sees whom online. Reads each one's active conversations as the list of conversations does
 * (conversations_user1_idx, conversations_user2_idx); a match without one does not exist.
 *
 * @returns By person; whoever sees nobody is missing.
 */
export async function selectVisibleOnline(
  sql: Sql,
  userIds: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await sql<{ userId: string; online: string[] }[]>`
    select v.id as user_id, array_agg(p.id) as online
    from unnest(${userIds as string[]}::uuid[]) as v (id)
    cross join lateral (
      select peer_id from (
        select user2_id as peer_id, last_activity, id from conversations
        where user1_id = v.id and status = 'active'
        union all
        select user1_id, last_activity, id from conversations
        where user2_id = v.id and status = 'active'
      ) c
      order by last_activity desc, id desc
      limit ${SNAPSHOT}
    ) recent
    join users p on p.id = recent.peer_id
    join user_presence seen on seen.user_id = p.id
    where seen.is_online and p.show_activity_status and ${sharesActivity(sql, sql`v.id`, sql`p.id`)}
    group by v.id
  `;
  return new Map(rows.map(({ userId, online }) => [userId, online]));
}

/** @returns When somebody who is online was last active, as the wire writes it; null when they are not. */
export async function selectLastActive(sql: Sql, userId: string): Promise<string | null> {
  const [row] = await sql<{ lastActive: Date }[]>`
    select last_active from user_presence where user_id = ${userId} and is_online
  `;
  return row?.lastActive.toISOString() ?? null;
}

/** A page of who is marked online, by user_presence_online_idx. */
export async function selectOnlinePage(
  sql: Sql,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select user_id as id from user_presence where is_online and user_id > ${after}::uuid order by user_id limit ${limit}
  `;
  return rows.map(({ id }) => id);
}

/** How many people are online now. */
export async function countOnline(sql: Sql): Promise<number> {
  const [row] = await sql<
    { count: number }[]
  >`select count(*)::int as count from user_presence where is_online`;
  return row?.count ?? 0;
}
