/**
 * The cards that events carry of the other person. They are read when an event is told, never stored with it: a log is
 * kept for 30 days, in which people change their photos, hide their activity or leave.
 * @module
 */
import type { UserCard } from "../protocol/models.ts";
import { userCard } from "./activity.ts";
import type { Sql } from "./client.ts";

/** @returns The cards of these people as the viewer sees them now, by id; by primary key. Who is gone has none. */
export async function selectUserCards(
  sql: Sql,
  viewerId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, UserCard>> {
  if (userIds.length === 0) return new Map();
  const rows = await sql<{ id: string; card: UserCard }[]>`
    select u.id, ${userCard(sql, "u", viewerId)} as card from users u where u.id = any(${userIds as string[]}::uuid[])
  `;
  return new Map(rows.map(({ id, card }) => [id, card]));
}

/** @returns Each of two people as the other sees them, by the id of who looks. */
export async function selectCardsOfPair(sql: Sql, a: string, b: string): Promise<Record<string, UserCard>> {
  const [ofB, ofA] = await Promise.all([selectUserCards(sql, a, [b]), selectUserCards(sql, b, [a])]);
  return { [a]: ofB.get(b)!, [b]: ofA.get(a)! };
}
