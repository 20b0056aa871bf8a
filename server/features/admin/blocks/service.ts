/**
 * Blocks for staff: who blocks whom, lifting a block, upholding it. A block against the viewer does not exist for them.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import { lockPair } from "../../../db/pair.ts";
import type { Reader } from "../../../db/replica.ts";
import type { Work, Write } from "../../../db/unit_of_work.ts";
import { type PageOf, type PageOptions, readPage } from "../../../lib/page.ts";
import { AppError } from "../../../protocol/errors.ts";
import { removeBlock } from "../../blocks/mod.ts";
import type { Notices } from "../../notices/mod.ts";
import { audit } from "../audit/chain.ts";
import { blockLiftedNotice } from "../sanctions/notices.ts";
import { type Actor, requireMayJudge } from "../staff/judging.ts";
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

interface StaffBlockDeps {
  readonly db: Pick<Database, "sql">;
  readonly reader: Reader;
  readonly write: Write;
  readonly notices: Pick<Notices, "tell">;
}

/** See {@link createStaffBlocks}. */
export type StaffBlocks = ReturnType<typeof createStaffBlocks>;

/** @returns The service of blocks for staff. */
export function createStaffBlocks({ db, reader, write, notices }: StaffBlockDeps) {
  return {
    /** Newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(actor: Actor, filter: BlockFilter, options: PageOptions): Promise<PageOf<BlockRow>> {
      const page = await readPage(
        options,
        (range) => reader.read((sql) => selectBlocks(sql, { viewerId: actor.id, filter, ...range })),
        ({ block, at }) => ({ id: block.id, createdAt: at }),
      );
      return { items: page.items.map((row) => row.block), cursor: page.cursor };
    },

    /** @throws BLOCK_NOT_FOUND */
    async show(actor: Actor, id: string): Promise<BlockDetail> {
      const block = await selectBlock(db.sql, { id, viewerId: actor.id });
      if (!block) throw new AppError("BLOCK_NOT_FOUND");
      return block;
    },

    /** Removes a block as if its owner had taken it back, and tells them. @throws BLOCK_NOT_FOUND, FORBIDDEN */
    lift(actor: Actor, id: string, reason: string): Promise<void> {
      return write(async (work) => {
        const block = await lockJudged(work, actor, { id, undoes: true });
        await removeBlock(work, block);
        await notices.tell(work, { userId: block.blockerId, data: blockLiftedNotice(block.blockedName) });
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

    /** Records that a block was looked at and left in force. @throws BLOCK_NOT_FOUND, FORBIDDEN, CONFLICT with who upheld it before. */
    uphold(actor: Actor, id: string, reason: string): Promise<BlockDetail> {
      return write(async (work) => {
        const block = await lockJudged(work, actor, { id, undoes: false });
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
          before: { blocker_id: block.blockerId, blocked_id: block.blockedId, upheld: false },
          after: { upheld: true },
        });
        const row = await selectBlock(work.sql, { id, viewerId: actor.id });
        if (!row) throw new AppError("BLOCK_NOT_FOUND");
        return row;
      });
    },
  };
}

/**
 * Locks a block that the actor may judge: the pair comes before the block in the lock order.
 * @param ref.undoes Whether the judgement takes back that somebody upheld it.
 */
async function lockJudged(
  { sql }: Work,
  actor: Actor,
  ref: { id: string; undoes: boolean },
): Promise<LockedBlock> {
  const { id, undoes } = ref;
  const direction = await selectDirection(sql, id);
  if (!direction || direction.blockedId === actor.id) throw new AppError("BLOCK_NOT_FOUND");
  await lockPair(sql, direction.blockerId, direction.blockedId);
  const block = await lockBlock(sql, id);
  if (!block) throw new AppError("BLOCK_NOT_FOUND");
  const decidedBy = undoes && block.upheldBy ? [block.upheldBy.id] : [];
  await requireMayJudge(sql, actor, { about: [block.blockerId, block.blockedId], decidedBy });
  return block;
}
