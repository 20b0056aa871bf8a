/**
 * The lock of an unordered pair of people.
 * @module
 */

import type { Sql } from "./client.ts";

/** The two people of a pair, in the order in which every table stores them. */
export interface Pair {
  readonly user1Id: string;
  readonly user2Id: string;
}

/** @returns The two ids in the order of the uuid type: that of their lower-case text. */
export function orderPair(a: string, b: string): Pair {
  const [user1Id, user2Id] = [a.toLowerCase(), b.toLowerCase()].sort() as [string, string];
  return { user1Id, user2Id };
}

/**
 * Locks the pair until the transaction ends; whoever changes the relationship of two people does this first.
 * The row is made on first use, and holds nothing. (An advisory lock would be cheaper, but is not portable to
 * the distributed engines that speak Postgres.)
 *
 * @param sql The transaction's.
 */
export async function lockPair(sql: Sql, ...[a, b]: [string, string]): Promise<Pair> {
  const pair = orderPair(a, b);
  await sql`
    insert into pairs (user1_id, user2_id) values (${pair.user1Id}, ${pair.user2Id})
    on conflict (user1_id, user2_id) do update set user1_id = excluded.user1_id
  `;
  return pair;
}
