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

/**
 * Stores a block with how each of the two looked to the other until now. Where the other one's block is in force
 * already that is how it was then: what either has changed since is not for the other.
 *
 * @returns False when that block is in force already. The caller holds the pair's lock.
 */
export async function insertBlock(
  sql: Sql,
  { id, blockerId, blockedId, reason }: Direction & { id: string; reason: string | null },
): Promise<boolean> {
  const rows = await sql`
    insert into user_blocks (
      id, blocker_id, blocked_id, reason, blocked_name, blocked_photos, blocker_name, blocker_photos
    )
    select ${id}::uuid, blocker.id, blocked.id, ${reason},
      case when o.id is null then blocked.name else o.blocker_name end,
      case when o.id is null then blocked.profile_photos else o.blocker_photos end,
      case when o.id is null then blocker.name else o.blocked_name end,
      case when o.id is null then blocker.profile_photos else o.blocked_photos end
    from users blocker
    join users blocked on blocked.id = ${blockedId}
    left join user_blocks o on o.blocker_id = blocked.id and o.blocked_id = blocker.id
    where blocker.id = ${blockerId}
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

/**
 * Newest first, by user_blocks_blocker_idx, each person as they looked before the block. Of deleted accounts that is
 * forgotten: they are called what everybody sees of them.
 */
export async function selectBlocksOf(
  sql: Sql,
  blockerId: string,
  { limit, after }: { limit: number; after: Cursor | null },
): Promise<BlockRow[]> {
  const rest = after
    ? sql`and (b.created_at, b.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)`
    : sql``;
  return await sql<BlockRow[]>`
    select b.id, u.id as user_id, coalesce(b.blocked_name, u.name) as name,
      coalesce(b.blocked_photos, u.profile_photos) as profile_photos, b.reason, b.created_at,
      b.created_at::text as created_at_text
    from user_blocks b join users u on u.id = b.blocked_id
    where b.blocker_id = ${blockerId} ${rest}
    order by b.created_at desc, b.id desc
    limit ${limit}
  `;
}
