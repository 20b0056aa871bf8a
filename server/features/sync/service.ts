/**
 * The durable event log as devices read it, after a pause or by pull, and its trimming. It appends nothing:
 * events are written with the change that they tell of.
 * @module
 */

import type { Database } from "../../db/client.ts";
import type { DurableEventName } from "../../protocol/events.ts";
import { newMessageData } from "../conversations/mod.ts";
import { deleteOldEvents, deleteOrphanedEvents, type LogRow, selectLog } from "./queries.ts";

/** How long events are kept. */
const KEPT = "30 days";
const TRIM_BATCH = 1_000;
/** Batches in one go, so that a long backlog cannot keep a connection busy for ever. */
const TRIM_BATCHES = 100;

/** An event of a log, as it goes onto the wire. */
export interface LoggedEvent {
  readonly seq: number;
  readonly event: DurableEventName;
  readonly data: Record<string, unknown>;
}

/** A stretch of a log. */
export interface LogPage {
  /** In order. Positions may be missing: what a block hides is left out. */
  readonly events: readonly LoggedEvent[];
  /** `since` of the next call. */
  readonly seq: number;
  readonly hasMore: boolean;
  /** `since` is before what is kept, or after the head: the lists must be loaded anew. No events then. */
  readonly resyncRequired: boolean;
}

/** See {@link createSyncService}. */
export interface SyncService {
  /**
   * What came after a position of a person's log.
   *
   * @param since The last position that the device has; 0 for the beginning.
   * @param limit Events at most.
   * @returns Everything that had been committed when it was asked, block by block of `limit`.
   * @example
   * ```ts
   * const { events, seq, hasMore } = await sync.readLog(userId, { since, limit: 500 });
   * ```
   */
  readLog(userId: string, range: { since: number; limit: number }): Promise<LogPage>;
  /**
   * Removes events older than 30 days, in batches of bounded size; harmless from several processes at once.
   *
   * @returns How many were removed.
   */
  trimLogs(): Promise<number>;
}

export function createSyncService({ database }: { database: Pick<Database, "sql"> }): SyncService {
  const { sql } = database;
  return {
    async readLog(userId, { since, limit }) {
      const rows = await selectLog(sql, { userId, since, limit: limit + 1 });
      const { head = 0, trimmed = 0 } = rows[0] ?? {};
      if (since < trimmed || since > head) {
        return { events: [], seq: head, hasMore: false, resyncRequired: true };
      }
      const found = rows.filter((row) => row.seq !== null);
      const hasMore = found.length > limit;
      const page = found.slice(0, limit);
      // Not the last one shown: what is hidden must not be asked for again and again.
      const seq = hasMore ? page.at(-1)!.seq! : head;
      const events = page.filter(({ hidden }) => !hidden).map((row) => toEvent(row, userId));
      return { events, seq, hasMore, resyncRequired: false };
    },

    async trimLogs() {
      let total = 0;
      for (const remove of [deleteOrphanedEvents, deleteOldEvents]) {
        for (let batches = 0; batches < TRIM_BATCHES; batches++) {
          const removed = await remove(sql, { olderThan: KEPT, batch: TRIM_BATCH });
          total += removed;
          if (removed === 0) break;
        }
      }
      return total;
    },
  };
}

function toEvent(row: LogRow, ...[userId]: [string]): LoggedEvent {
  const { event } = row;
  const seq = row.seq!;
  if (event !== "new_message") return { seq, event, data: row.data ?? {} };
  const message = { ...row, id: row.messageId!, conversationId: row.conversationId!, seq: row.messageSeq };
  return { seq, event, data: newMessageData(message, userId) };
}
