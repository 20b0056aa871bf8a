/**
 * The SQL of blocks for staff.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";
import type { Cursor } from "../../../lib/cursor.ts";
import { isOpen, notAbout, pastReports, personRef } from "../staff/fragments.ts";
import type { PersonRef } from "../staff/schema.ts";
import type { BlockDetail, BlockRow } from "./schema.ts";

/** Which blocks somebody wants to see. */
export interface BlockFilter {
  readonly blockerId?: string | undefined;
  readonly blockedId?: string | undefined;
  /** Either side. */
  readonly userId?: string | undefined;
  readonly upheld?: boolean | undefined;
}

/** Newest first, by user_blocks_created_idx or the index of one side. */
export async function selectBlocks(
  sql: Sql,
  options: { viewerId: string; filter: BlockFilter; after: Cursor | null; limit: number },
): Promise<{ block: BlockRow; at: string }[]> {
  const { viewerId, after, limit } = options;
  const { blockerId, blockedId, userId, upheld } = options.filter;
  return await sql<{ block: BlockRow; at: string }[]>`
    select ${blockJson(sql, viewerId)} as block, b.created_at::text as at
    from user_blocks b
    where ${notAbout(sql, viewerId, sql`b.blocked_id`)}
      ${blockerId ? sql`and b.blocker_id = ${blockerId}` : sql``}
      ${blockedId ? sql`and b.blocked_id = ${blockedId}` : sql``}
      ${userId ? sql`and (b.blocker_id = ${userId} or b.blocked_id = ${userId})` : sql``}
      ${upheld === undefined ? sql`` : sql`and (b.upheld_at is not null) = ${upheld}`}
      ${after ? sql`and (b.created_at, b.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)` : sql``}
    order by b.created_at desc, b.id desc
    limit ${limit}
  `;
}

/** @returns Null when there is no such block or it is against the viewer. */
export async function selectBlock(
  sql: Sql,
  { id, viewerId }: { id: string; viewerId: string },
): Promise<BlockDetail | null> {
  const ofBlocker = sql`r.reporter_id = b.blocker_id and r.reported_id = b.blocked_id
    and ${notAbout(sql, viewerId, sql`r.reported_id`)}`;
  const [row] = await sql<{ block: BlockDetail }[]>`
    select ${blockJson(sql, viewerId)} || jsonb_build_object(
      'mutual', exists (
        select 1 from user_blocks o
        where o.blocker_id = b.blocked_id and o.blocked_id = b.blocker_id
          and ${notAbout(sql, viewerId, sql`o.blocked_id`)}
      ),
      'conversation', (
        select jsonb_build_object('id', c.id, 'status', c.status, 'messages', c.last_seq,
          'last_activity', ${wireTime(sql, sql`c.last_activity`)})
        from conversations c
        where c.id = conversation_id_of(b.blocker_id, b.blocked_id)
      ),
      'reports', ${pastReports(sql, ofBlocker)}
    ) as block
    from user_blocks b where b.id = ${id} and ${notAbout(sql, viewerId, sql`b.blocked_id`)}
  `;
  return row?.block ?? null;
}

function blockJson(sql: Sql, viewerId: string): Fragment {
  return sql`jsonb_build_object(
    'id', b.id, 'reason', b.reason, 'created_at', ${wireTime(sql, sql`b.created_at`)},
    'blocker', ${personRef(sql, sql`b.blocker_id`)},
    'blocked', ${personRef(sql, sql`b.blocked_id`)},
    'blocks_against', (
      select count(*) from user_blocks o
      where o.blocked_id = b.blocked_id and ${notAbout(sql, viewerId, sql`o.blocked_id`)}
    ),
    'open_reports', (
      select count(*) from user_reports r
      where r.reported_id = b.blocked_id and ${isOpen(sql, "r")} and ${notAbout(sql, viewerId, sql`r.reported_id`)}
    ),
    'upheld', case when b.upheld_at is not null then jsonb_build_object(
      'by', ${personRef(sql, sql`b.upheld_by`)}, 'at', ${wireTime(sql, sql`b.upheld_at`)}
    ) end
  )`;
}

/** @returns Whom a block is between, unlocked: what to lock before it. */
export async function selectDirection(
  sql: Sql,
  id: string,
): Promise<{ blockerId: string; blockedId: string } | null> {
  const [row] = await sql<{ blockerId: string; blockedId: string }[]>`
    select blocker_id, blocked_id from user_blocks where id = ${id}
  `;
  return row ?? null;
}

/** A block as it stands, locked. */
export interface LockedBlock {
  readonly blockerId: string;
  readonly blockedId: string;
  readonly blockedName: string;
  readonly upheldBy: PersonRef | null;
  readonly upheldAt: string | null;
}

export async function lockBlock(sql: Sql, id: string): Promise<LockedBlock | null> {
  const [row] = await sql<LockedBlock[]>`
    select b.blocker_id, b.blocked_id, u.name as blocked_name,
      ${personRef(sql, sql`b.upheld_by`)} as upheld_by, ${wireTime(sql, sql`b.upheld_at`)} as upheld_at
    from user_blocks b join users u on u.id = b.blocked_id
    where b.id = ${id} for update of b
  `;
  return row ?? null;
}

export async function updateUpheld(sql: Sql, id: string, upheldBy: string): Promise<void> {
  await sql`update user_blocks set upheld_at = now(), upheld_by = ${upheldBy} where id = ${id}`;
}
