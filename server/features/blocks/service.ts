/**
 * Blocking and unblocking: one row, and everything between the two people that follows from it, in one
 * transaction under the lock of the pair.
 * @module
 */

import type { Database } from "../../db/client.ts";
import { lockPair } from "../../db/pair.ts";
import type { Work, Write } from "../../db/unit_of_work.ts";
import type { StaffEvents } from "../../domain/staff_events.ts";
import { toOneself } from "../../domain/viewer.ts";
import { newId } from "../../lib/ids.ts";
import { type PageOf, type PageOptions, readPage } from "../../lib/page.ts";
import { AppError } from "../../protocol/errors.ts";
import { setConversationStatus } from "../conversations/mod.ts";
import { endMatch } from "../matches/mod.ts";
import { cancelPendingBetween } from "../requests/mod.ts";
import {
  type BlockRow,
  type Direction,
  deleteBlock,
  insertBlock,
  selectBlockExists,
  selectBlocksOf,
  userExists,
} from "./queries.ts";

interface BlockServiceDeps {
  readonly db: Pick<Database, "sql">;
  readonly write: Write;
  readonly staffEvents: Pick<StaffEvents, "publish">;
  /** Waits until no event of either from before the block can reach the other. Never rejects. */
  readonly part: (a: string, b: string) => Promise<void>;
}

/** See {@link createBlockService}. */
export type BlockService = ReturnType<typeof createBlockService>;

/** @returns The service behind a person's own blocks. */
export function createBlockService({ db, write, staffEvents, part }: BlockServiceDeps) {
  return {
    /**
     * Blocks somebody. From the commit on neither can reach the other; when this resolves, no event from before is still
     * being delivered. Repeating it changes nothing.
     * @returns Whether this call made the block.
     * @throws VALIDATION_ERROR for oneself, USER_NOT_FOUND.
     */
    async block({ blockerId, blockedId }: Direction, reason: string | null): Promise<{ created: boolean }> {
      if (blockerId === blockedId) throw toOneself("params.id");
      const outcome = await write(async (work) => {
        const { sql, after } = work;
        if (!(await userExists(sql, blockedId))) throw new AppError("USER_NOT_FOUND");
        await lockPair(sql, blockerId, blockedId);
        const id = newId();
        if (!(await insertBlock(sql, { id, blockerId, blockedId, reason }))) return { created: false };
        await separate(work, { blockerId, blockedId });
        const data = { block_id: id, blocker_id: blockerId, blocked_id: blockedId };
        after(() => staffEvents.publish({ event: "block_created", data, except: blockedId }));
        return { created: true };
      });
      // Also when it was there already: the answer of the first may have been lost before this.
      await part(blockerId, blockedId);
      return outcome;
    },

    /**
     * Takes one's own block back. Repeating it changes nothing.
     * @throws VALIDATION_ERROR for oneself, USER_NOT_FOUND.
     */
    async unblock(direction: Direction): Promise<void> {
      const { blockerId, blockedId } = direction;
      if (blockerId === blockedId) throw toOneself("params.id");
      await write(async (work) => {
        if (!(await userExists(work.sql, blockedId))) throw new AppError("USER_NOT_FOUND");
        await lockPair(work.sql, blockerId, blockedId);
        await removeBlock(work, direction);
      });
    },

    /** Whom somebody has blocked, newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(blockerId: string, page: PageOptions): Promise<PageOf<BlockRow>> {
      return await readPage(
        page,
        (range) => selectBlocksOf(db.sql, blockerId, range),
        ({ id, createdAtText }) => ({ id, createdAt: createdAtText }),
      );
    },
  };
}

/** What a block ends, in the lock order: requests, conversation, match. */
async function separate(work: Work, { blockerId: a, blockedId: b }: Direction): Promise<void> {
  await cancelPendingBetween(work, a, b);
  await setConversationStatus(work, { a, b, status: "blocked" });
  await endMatch(work, { a, b, status: "blocked" });
}

/**
 * Removes a block inside the caller's unit of work. Unless the other one's block is in force too, their
 * conversation can be read again; the match is never restored. The caller holds the pair's lock.
 *
 * @returns The id of the block, or null when there was none.
 *
 * @example
 * ```ts
 * await lockPair(work.sql, blockerId, blockedId);
 * const blockId = await removeBlock(work, { blockerId, blockedId });
 * ```
 */
export async function removeBlock(work: Work, direction: Direction): Promise<string | null> {
  const { blockerId, blockedId } = direction;
  const id = await deleteBlock(work.sql, direction);
  if (id === null) return null;
  const other = { blockerId: blockedId, blockedId: blockerId };
  if (!(await selectBlockExists(work.sql, other))) {
    await setConversationStatus(work, { a: blockerId, b: blockedId, status: "archived" });
  }
  return id;
}
