/**
 * The SQL of blocks: one row a direction.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import type { Cursor } from "../../lib/cursor.ts";

/** Who blocks whom. */
export interface Direction {
  readonly blockerId: string;
  readonly blockedId: string;
}

/** @returns Whether there is such an account, open or closed. */
export async function userExists(sql: Sql, id: string): Promise<boolean> {
  return (await sql`select 1 from users where id = ${id}`).length > 0;
}

/** @returns False when that block is in force already. The caller holds the pair's lock. */
export async function insertBlock(
  sql: Sql,
  { id, blockerId, blockedId, reason }: Direction & { id: string; reason: string | null },
): Promise<boolean> {
  const rows = await sql`
    insert into user_blocks (id, blocker_id, blocked_id, reason)
    values (${id}, ${blockerId}, ${blockedId}, ${reason})
    on conflict (blocker_id, blocked_id) do nothing
    returning 1
  `;
  return rows.length > 0;
}

/** @returns The id of the block that was in force, or null. */
export async function deleteBlock(sql: Sql, { blockerId, blockedId }: Direction): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    delete from user_blocks where blocker_id = ${blockerId} and blocked_id = ${blockedId} returning id
  `;
  return row?.id ?? null;
}

export async function selectBlockExists(sql: Sql, { blockerId, blockedId }: Direction): Promise<boolean> {
  const rows =
    await sql`select 1 from user_blocks where blocker_id = ${blockerId} and blocked_id = ${blockedId}`;
  return rows.length > 0;
}

/** One row of somebody's list of blocks. */
export interface BlockRow {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly profilePhotos: string[];
  readonly reason: string | null;
  readonly createdAt: Date;
  /** To the microsecond, for the cursor. */
  readonly createdAtText: string;
}

/** Newest first, by user_blocks_blocker_idx. */
export async function selectBlocksOf(
  sql: Sql,
  blockerId: string,
  { limit, after }: { limit: number; after: Cursor | null },
): Promise<BlockRow[]> {
  const rest = after
    ? sql`and (b.created_at, b.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)`
    : sql``;
  return await sql<BlockRow[]>`
    select b.id, u.id as user_id, u.name, u.profile_photos, b.reason, b.created_at,
      b.created_at::text as created_at_text
    from user_blocks b join users u on u.id = b.blocked_id
    where b.blocker_id = ${blockerId} ${rest}
    order by b.created_at desc, b.id desc
    limit ${limit}
  `;
}
