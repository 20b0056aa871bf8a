/**
 * Reading conversations: the list and the history. It changes nothing.
 * @module
 */

import type { Database } from "../../db/client.ts";
import { badCursor, decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { parseId } from "../../lib/ids.ts";
import { type PageOptions, readPage, toPage } from "../../lib/page.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/models.ts";
import type { MediaService } from "../media/mod.ts";
import {
  type ConversationView,
  type HistoryRow,
  selectConversation,
  selectConversations,
  selectHistory,
  selectUnreadTotal,
} from "./list_queries.ts";
import type { ConversationItem } from "./schema.ts";
import { mediaOf, picturesIn } from "./stored_message.ts";

/** The signed-in person, as far as conversations depend on who it is. */
export interface Reader {
  readonly userId: string;
  /** Whether premium counts now: then the reader sees whether their own messages were read. */
  readonly isPremium: boolean;
}

/** See {@link createConversationService}. */
export interface ConversationService {
  /** @returns A page, the last active first; cursor null at the end. @throws VALIDATION_ERROR for the cursor */
  listConversations(
    reader: Reader,
    order: PageOptions & { type: "active" | "archived" },
  ): Promise<{ conversations: ConversationItem[]; cursor: string | null; unreadTotal: number }>;
  /** @throws CONVERSATION_NOT_FOUND (also to strangers), USER_BLOCKED */
  readConversation(reader: Reader, conversationId: string): Promise<ConversationItem>;
  /**
   * @returns A page in order of writing, the newest one without a cursor; the cursor leads to older ones.
   * @throws CONVERSATION_NOT_FOUND (also to strangers), USER_BLOCKED, VALIDATION_ERROR for the cursor
   */
  listMessages(
    reader: Reader,
    order: PageOptions & { conversationId: string },
  ): Promise<{ messages: Message[]; cursor: string | null }>;
}

export function createConversationService({
  database,
  media,
}: {
  database: Pick<Database, "sql">;
  media: Pick<MediaService, "describe">;
}): ConversationService {
  return {
    async listConversations({ userId, isPremium }, { type, ...page }) {
      const which = { viewerId: userId, seesReceipts: isPremium, status: type };
      const { items, cursor } = await readPage(
        page,
        (range) => selectConversations(database.sql, { ...which, ...range }),
        ({ id, position }) => ({ id, createdAt: position }),
      );
      const unreadTotal = items[0]?.unreadTotal ?? (await selectUnreadTotal(database.sql, userId));
      return { conversations: items.map(toItem), cursor, unreadTotal };
    },

    async readConversation({ userId, isPremium }, conversationId) {
      const view = await selectConversation(database.sql, {
        conversationId,
        viewerId: userId,
        seesReceipts: isPremium,
      });
      if (!view) throw new AppError("CONVERSATION_NOT_FOUND");
      if (view.status === "blocked") throw new AppError("USER_BLOCKED");
      return toItem(view);
    },

    async listMessages(reader, { conversationId, limit, cursor }) {
      const found = await selectHistory(database.sql, {
        conversationId,
        viewerId: reader.userId,
        limit: limit + 1,
        beforeId: cursor === undefined ? null : idOf(cursor),
      });
      if (found.status === undefined) throw new AppError("CONVERSATION_NOT_FOUND");
      if (found.status === "blocked") throw new AppError("USER_BLOCKED");
      if (!found.cursorKnown) throw foreignCursor();
      const page = toPage(found.rows, limit, ({ id, position }) => encodeCursor({ id, createdAt: position }));
      const pictures = await media.describe(picturesIn(page.items));
      return {
        messages: page.items.reverse().map((row) => toMessage(row, { conversationId, reader, pictures })),
        cursor: page.cursor,
      };
    },
  };
}

/** Existing apps send a message's id as the cursor. */
function idOf(cursor: string): string {
  return parseId(cursor) ?? decodeCursor(cursor).id;
}

function foreignCursor(): AppError {
  return badCursor("must be a cursor of this conversation");
}

function toItem(view: ConversationView): ConversationItem {
  const { id, status, user, lastMessage, unreadCount, lastActivity, myReadSeq, peerReadSeq } = view;
  return {
    id,
    status,
    user,
    last_message: lastMessage,
    unread_count: unreadCount,
    my_read_seq: myReadSeq,
    ...(peerReadSeq !== null && { peer_read_seq: peerReadSeq }),
    last_activity: lastActivity.toISOString(),
  };
}

interface Shown {
  readonly conversationId: string;
  readonly reader: Reader;
  readonly pictures: Awaited<ReturnType<MediaService["describe"]>>;
}

function toMessage(row: HistoryRow, { conversationId, reader, pictures }: Shown): Message {
  const own = row.senderId === reader.userId;
  const readAt = own && !reader.isPremium ? null : row.readAt;
  return {
    id: row.id,
    conversation_id: conversationId,
    seq: row.seq,
    sender_id: row.senderId,
    receiver_id: row.receiverId,
    content: row.content,
    message_type: row.messageType,
    ...mediaOf(row, pictures),
    is_request: row.isRequest,
    ...(row.requestStatus !== null && { request_status: row.requestStatus }),
    is_read: readAt !== null,
    ...(readAt !== null && { read_at: readAt.toISOString() }),
    ...(own && row.clientMessageId !== null && { client_message_id: row.clientMessageId }),
    created_at: row.createdAt.toISOString(),
  };
}
