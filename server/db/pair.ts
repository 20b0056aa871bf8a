/**
 * An unordered pair of people: its order, the id of its conversation, its lock.
 * @module
 */

import type { Sql } from "./client.ts";

/** The two people of a pair, in the order in which every table stores them. */
export interface Pair {
  readonly user1Id: string;
  readonly user2Id: string;
}

/** @returns The two canonical ids in the order of the uuid type, which is that of their texts. */
export function orderPair(a: string, b: string): Pair {
  return a < b ? { user1Id: a, user2Id: b } : { user1Id: b, user2Id: a };
}

/** @returns Each of the two with the other, for what both are told. */
export function bothWays({
  user1Id,
  user2Id,
}: Pair): readonly (readonly [userId: string, otherId: string])[] {
  return [
    [user1Id, user2Id],
    [user2Id, user1Id],
  ];
}

/**
 * The id of two people's conversation, whether it is open yet or not: version 8 of RFC 9562, from SHA-256 over both
 * ids. The same as `conversation_id_of(a, b)` in SQL, so that either side can name it without asking.
 *
 * @param a,b The two people, in any order and in lower case.
 */
export function conversationIdOf(a: string, b: string): string {
  const hex = Bun.SHA256.hash(a < b ? a + b : b + a, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Locks the pair until the transaction ends; whoever changes the relationship of two people does this first.
 * The row is made on first use, and holds nothing. (An advisory lock would be cheaper, but is not portable to
 * the distributed engines that speak Postgres.)
 *
 * @param sql The transaction's.
 */
export async function lockPair(sql: Sql, a: string, b: string): Promise<Pair> {
  const pair = orderPair(a, b);
  await sql`
    insert into pairs (user1_id, user2_id) values (${pair.user1Id}, ${pair.user2Id})
    on conflict (user1_id, user2_id) do update set user1_id = excluded.user1_id
  `;
  return pair;
}
