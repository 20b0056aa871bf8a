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

/** @returns The two canonical ids in the order of the uuid type, which is that of their texts. */
export function orderPair(a: string, b: string): Pair {
  return a < b ? { user1Id: a, user2Id: b } : { user1Id: b, user2Id: a };
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
