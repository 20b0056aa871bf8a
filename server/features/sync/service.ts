/**
 * The durable event log as devices read it, after a pause or by pull, and its trimming. It appends nothing:
 * events are written with the change that they tell of.
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import type { Database, Sql } from "../../db/client.ts";
import { selectUserCards } from "../../db/user_cards.ts";
import { deleteInBatches } from "../../lib/delete_in_batches.ts";
import type { DurableEventName } from "../../protocol/events.ts";
import type { ConversationStatus } from "../../protocol/models.ts";
import { mediaOf, newMessageData, picturesIn } from "../conversations/mod.ts";
import type { MediaService } from "../media/mod.ts";
import { messageReadData } from "../messages/mod.ts";
import { dropOldDays } from "./event_days.ts";
import {
  deleteOldEvents,
  type LoggedMessage,
  type LogRow,
  selectBlocked,
  selectLog,
  selectLoggedMessages,
  selectReceipts,
  selectStatuses,
} from "./queries.ts";

/** How long events are kept. */
const KEPT = "30 days";
/** The same where each day has a table: the last of a day has to be that old. */
const KEPT_IN_DAYS = "31 days";
/** An event that is not visible yet, or whose message is not, is waited for so long, ms, and looked for so often. */
const WAIT_MS = 1_000;
const WAIT_STEP_MS = 25;
const TRIM_BATCH = 1_000;

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

export function createSyncService({
  database,
  media,
}: {
  database: Pick<Database, "sql">;
  media: Pick<MediaService, "describe">;
}): SyncService {
  const { sql } = database;
  return {
    async readLog(userId, { since, limit }) {
      const until = performance.now() + WAIT_MS;
      for (;;) {
        const rows = await selectLog(sql, { userId, since, limit });
        const { head = 0, trimmed = 0 } = rows[0] ?? {};
        if (since < trimmed || since > head) {
          return { events: [], seq: head, hasMore: false, resyncRequired: true };
        }
        const found = rows.filter((row): row is StoredEvent => row.seq !== null);
        // Positions have no gap: behind one is what a machine shows before what another one does not show yet.
        const page = found.filter(({ seq }, index) => seq === since + 1 + index);
        const reachable = Math.min(limit, head - since);
        const { events, waitsAt = page.length } = await readEvents(sql, { userId, page, media });
        if (waitsAt < reachable) {
          const before = page[waitsAt - 1]?.seq;
          if (before !== undefined) return { events, seq: before, hasMore: true, resyncRequired: false };
          if (performance.now() >= until) return { events, seq: since, hasMore: true, resyncRequired: false };
          await wait(WAIT_STEP_MS);
          continue;
        }
        const hasMore = head - since > limit;
        // Not the last one shown: what is hidden must not be asked for again and again.
        return { events, seq: hasMore ? page.at(-1)!.seq : head, hasMore, resyncRequired: false };
      }
    },

    async trimLogs() {
      const dropped = await dropOldDays(sql);
      // What is left of days that are over is gone with them, at the latest a day later.
      const olderThan = dropped === undefined ? KEPT : KEPT_IN_DAYS;
      const { count } = await deleteInBatches(() => deleteOldEvents(sql, { olderThan, batch: TRIM_BATCH }));
      return (dropped ?? 0) + count;
    },
  };
}

interface Reading {
  readonly userId: string;
  readonly page: readonly StoredEvent[];
  readonly media: Pick<MediaService, "describe">;
}

type StoredEvent = LogRow & { readonly seq: number };

/**
 * What of a page goes to the person. Its messages, conversations and blocks are read after it, so that a block that had
 * committed before the page was asked for leaves nothing of the other person in it. What tells how things stand
 * (conversation_updated, match_removed, request_updated) stays: it is how a device learns that the other person is gone.
 *
 * @returns The events; `waitsAt` is the index of one whose message, or mark, is not to be seen yet, where the page ends:
 *   where rows are spread over machines, one commit becomes visible on one after the other. A message goes with its
 *   conversation only, so that one whose conversation is there will be seen.
 */
async function readEvents(
  sql: Sql,
  { userId, page, media }: Reading,
): Promise<{ events: LoggedEvent[]; waitsAt?: number }> {
  const idsOf = (name: DurableEventName) =>
    page.flatMap(({ event, data, messageId }) => (event === name && !data && messageId ? [messageId] : []));
  const [ids, receiptIds] = [idsOf("new_message"), idsOf("message_read")];
  const conversationIds = page.flatMap(({ event, conversationId }) =>
    (event === "new_message" || event === "message_read") && conversationId ? [conversationId] : [],
  );
  const others = page.flatMap((row) => otherOf(row) ?? []);
  const [messages, receipts, statuses, blocked] = await Promise.all([
    ids.length > 0 ? selectLoggedMessages(sql, ids) : [],
    receiptIds.length > 0 ? selectReceipts(sql, receiptIds) : [],
    conversationIds.length > 0
      ? selectStatuses(sql, [...new Set(conversationIds)])
      : new Map<string, ConversationStatus>(),
    others.length > 0 ? selectBlocked(sql, { userId, others: [...new Set(others)] }) : [],
  ]);
  const byId = new Map(messages.map((message) => [message.id, message]));
  const receiptsById = new Map(receipts.map((receipt) => [receipt.messageId, receipt]));
  const openings = messages.filter(({ seq }) => seq === 1);
  const shown = [...others, ...openings.map((message) => peerOf(message, userId))];
  const [cards, pictures] = await Promise.all([
    selectUserCards(sql, userId, [...new Set(shown)]),
    media.describe(picturesIn(messages)),
  ]);
  const behindBlock = new Set(blocked);
  function messageOf({ messageId }: StoredEvent) {
    const message = byId.get(messageId!);
    const user = message?.seq === 1 ? cards.get(peerOf(message, userId)) : undefined;
    return message && newMessageData({ ...message, ...mediaOf(message, pictures) }, userId, user);
  }
  function receiptOf({ messageId }: StoredEvent) {
    const receipt = receiptsById.get(messageId!);
    return receipt?.readAt && messageReadData({ ...receipt, readAt: receipt.readAt.toISOString() });
  }
  const events: LoggedEvent[] = [];
  for (const [index, row] of page.entries()) {
    const { seq, event, data } = row;
    if (event === "new_message" || event === "message_read") {
      const status = row.conversationId === null ? undefined : statuses.get(row.conversationId);
      if (status === undefined || status === "blocked") continue;
      // Rows of earlier versions hold a receipt's whole event in `data`; these hold the message's id.
      const told = data ?? (event === "new_message" ? messageOf(row) : receiptOf(row));
      if (!told) return { events, waitsAt: index };
      events.push({ seq, event, data: told });
      continue;
    }
    const other = otherOf(row);
    if (other === undefined) {
      events.push({ seq, event, data: data ?? {} });
      continue;
    }
    const user = cards.get(other);
    // Requests and matches of somebody whose account is gone are left out.
    if (user && !behindBlock.has(other)) events.push({ seq, event, data: { ...data, user } });
  }
  return { events };
}

function peerOf({ senderId, receiverId }: LoggedMessage, userId: string): string {
  return senderId === userId ? receiverId : senderId;
}

/** The other person of a `request_received` or `match_created`. */
function otherOf({ event, data }: StoredEvent): string | undefined {
  if (event === "request_received") return data?.sender_id as string | undefined;
  return event === "match_created" ? (data?.user_id as string | undefined) : undefined;
}
