/**
 * Blocks as moderation sees them: who blocks whom, lifting a block, leaving it in force. A block about the
 * viewer is not there for them.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import { lockPair } from "../../../db/pair.ts";
import type { Work, Write } from "../../../db/unit_of_work.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { type PageOf, type PageOptions, toPage } from "../../../lib/page.ts";
import { AppError } from "../../../protocol/errors.ts";
import { removeBlock } from "../../blocks/mod.ts";
import { audit } from "../audit/chain.ts";
import { blockLiftedNotice } from "../sanctions/notices.ts";
import type { Actor } from "../staff/actor.ts";
import {
  type BlockFilter,
  type LockedBlock,
  lockBlock,
  selectBlock,
  selectBlocks,
  selectDirection,
  updateUpheld,
} from "./queries.ts";
import type { BlockDetail, BlockRow } from "./schema.ts";

interface BlockCaseDeps {
  readonly db: Pick<Database, "sql">;
  readonly write: Write;
}

/** See {@link createBlockCases}. */
export type BlockCases = ReturnType<typeof createBlockCases>;

/** @returns The service of blocks for staff. */
export function createBlockCases({ db, write }: BlockCaseDeps) {
  return {
    /** Newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(
      actor: Actor,
      ...[filter, { limit, cursor }]: [BlockFilter, PageOptions]
    ): Promise<PageOf<BlockRow>> {
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const rows = await selectBlocks(db.sql, { viewerId: actor.id, filter, after, limit: limit + 1 });
      const page = toPage(rows, limit, ({ block, at }) => encodeCursor({ id: block.id, createdAt: at }));
      return { items: page.items.map((row) => row.block), cursor: page.cursor };
    },

    /** @throws BLOCK_NOT_FOUND */
    async show(actor: Actor, id: string): Promise<BlockDetail> {
      const block = await selectBlock(db.sql, { id, viewerId: actor.id });
      if (!block) throw new AppError("BLOCK_NOT_FOUND");
      return block;
    },

    /** Removes a block as if its owner had taken it back, and tells them. @throws BLOCK_NOT_FOUND, FORBIDDEN */
    lift(actor: Actor, ...[id, reason]: [string, string]): Promise<void> {
      return write(async (work) => {
        const block = await lockForJudgement(work, actor, id);
        await removeBlock(work, block);
        work.emit(block.blockerId, "moderation_notice", blockLiftedNotice(block.blockedName));
        await audit(work.sql, {
          actorId: actor.id,
          action: "block.lifted",
          targetType: "block",
          targetId: id,
          reason,
          before: {
            blocker_id: block.blockerId,
            blocked_id: block.blockedId,
            upheld: block.upheldAt !== null,
          },
        });
      });
    },

    /** Looks at a block and leaves it. @throws BLOCK_NOT_FOUND, FORBIDDEN, CONFLICT with who upheld it before. */
    uphold(actor: Actor, ...[id, reason]: [string, string]): Promise<BlockDetail> {
      return write(async (work) => {
        const block = await lockForJudgement(work, actor, id);
        if (block.upheldAt !== null) {
          throw new AppError("CONFLICT", "Cannot uphold the block: it was upheld before", {
            upheld_by: block.upheldBy,
            upheld_at: block.upheldAt,
          });
        }
        await updateUpheld(work.sql, id, actor.id);
        const target = { targetType: "block", targetId: id } as const;
        await audit(work.sql, {
          actorId: actor.id,
          action: "block.upheld",
          ...target,
          reason,
          before: { upheld: false },
          after: { upheld: true },
        });
        const row = await selectBlock(work.sql, { id, viewerId: actor.id });
        if (!row) throw new AppError("BLOCK_NOT_FOUND");
        return row;
      });
    },
  };
}

/** The pair comes before the block in the lock order. */
async function lockForJudgement({ sql }: Work, actor: Actor, id: string): Promise<LockedBlock> {
  const direction = await selectDirection(sql, id);
  if (!direction || direction.blockedId === actor.id) throw new AppError("BLOCK_NOT_FOUND");
  await lockPair(sql, direction.blockerId, direction.blockedId);
  const block = await lockBlock(sql, id);
  if (!block) throw new AppError("BLOCK_NOT_FOUND");
  if (block.blockerId === actor.id) throw new AppError("FORBIDDEN", "Cannot judge a block of one's own");
  return block;
}
