/**
 * The SQL of matches. It decides nothing and emits nothing.
 * @module
 */
import { userCard } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";
import { blockExists } from "../../db/fragments.ts";
import type { Pair } from "../../db/pair.ts";
import type { Cursor } from "../../lib/cursor.ts";
import type { MatchType, UserCard } from "../../protocol/models.ts";

/** Whether two people are matched, or were. */
export type MatchStatus = "active" | "unmatched" | "blocked";

/** A match as it is stored. */
export interface MatchRow extends Pair {
  readonly id: string;
  readonly status: MatchStatus;
  readonly matchType: MatchType;
  readonly matchedAt: Date;
}

/** A match as one of its two people sees it. */
export interface MatchView {
  readonly id: string;
  readonly user: UserCard;
  readonly matchType: MatchType;
  readonly matchedAt: Date;
  /** `matchedAt` to the microsecond, for the cursor. */
  readonly position: string;
  readonly conversationId: string | null;
}

/** @returns The new match, or undefined when the pair has a row already, whatever its status. */
export async function insertMatch(
  sql: Sql,
  { id, user1Id, user2Id, matchType }: Pair & { id: string; matchType: MatchType },
): Promise<MatchRow | undefined> {
  const [row] = await sql<MatchRow[]>`
    insert into matches (id, user1_id, user2_id, match_type)
    values (${id}, ${user1Id}, ${user2Id}, ${matchType})
    on conflict (user1_id, user2_id) do nothing
    returning id, user1_id, user2_id, status, match_type, matched_at
  `;
  return row;
}

export async function selectMatchById(sql: Sql, id: string): Promise<MatchRow | undefined> {
  const [row] = await sql<MatchRow[]>`
    select id, user1_id, user2_id, status, match_type, matched_at from matches where id = ${id}
  `;
  return row;
}

export async function selectMatchOfPair(sql: Sql, { user1Id, user2Id }: Pair): Promise<MatchRow | undefined> {
  const [row] = await sql<MatchRow[]>`
    select id, user1_id, user2_id, status, match_type, matched_at
    from matches where user1_id = ${user1Id} and user2_id = ${user2Id}
  `;
  return row;
}

/** Ends the pair's active match. @returns Its id, or undefined when there is none. */
export async function updateMatchEnded(
  sql: Sql,
  { user1Id, user2Id, status }: Pair & { status: Exclude<MatchStatus, "active"> },
): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    update matches set status = ${status}, updated_at = now()
    where user1_id = ${user1Id} and user2_id = ${user2Id} and status = 'active'
    returning id
  `;
  return row?.id;
}

/** Keeps why one of two people ended their match. */
export async function insertUnmatchReason(
  sql: Sql,
  { aboutId, byId, reason }: { aboutId: string; byId: string; reason: string },
): Promise<void> {
  await sql`
    insert into unmatch_reasons (about_id, by_id, reason) values (${aboutId}, ${byId}, ${reason})
    on conflict (about_id, by_id) do nothing
  `;
}

/**
 * A person's active matches, the newest first.
 *
 * Each branch reads at most `limit` rows of matches_user1_idx or matches_user2_idx in their own order, however
 * many matches there are. A block ends the match in its own transaction; the predicate holds it without relying
 * on that.
 */
export async function selectMatches(
  sql: Sql,
  { viewerId, limit, after }: { viewerId: string; limit: number; after: Cursor | null },
): Promise<MatchView[]> {
  const further = after
    ? sql`and (m.matched_at, m.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)`
    : sql``;
  return await sql<MatchView[]>`
    select m.id, ${userCard(sql, "u", viewerId)} as user, m.match_type, m.matched_at, m.matched_at::text as position,
      c.id as conversation_id
    from (
      (select m.*, m.user2_id as other_id from matches m
        where m.user1_id = ${viewerId} and m.status = 'active' ${further}
          and not ${blockExists(sql, sql`m.user1_id`, sql`m.user2_id`)}
        order by m.matched_at desc, m.id desc limit ${limit})
      union all
      (select m.*, m.user1_id as other_id from matches m
        where m.user2_id = ${viewerId} and m.status = 'active' ${further}
          and not ${blockExists(sql, sql`m.user1_id`, sql`m.user2_id`)}
        order by m.matched_at desc, m.id desc limit ${limit})
    ) m
    join users u on u.id = m.other_id
    left join conversations c on c.id = conversation_id_of(m.user1_id, m.user2_id)
    order by m.matched_at desc, m.id desc
    limit ${limit}
  `;
}

/** One match as one of its two people sees it. */
export async function selectMatchView(
  sql: Sql,
  { viewerId, matchId }: { viewerId: string; matchId: string },
): Promise<MatchView | undefined> {
  const [row] = await sql<MatchView[]>`
    select m.id, ${userCard(sql, "u", viewerId)} as user, m.match_type, m.matched_at, m.matched_at::text as position,
      c.id as conversation_id
    from matches m
    join users u on u.id = case when m.user1_id = ${viewerId} then m.user2_id else m.user1_id end
    left join conversations c on c.id = conversation_id_of(m.user1_id, m.user2_id)
    where m.id = ${matchId}
  `;
  return row;
}
