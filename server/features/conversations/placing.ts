/**
 * Changes a conversation inside the caller's transaction: opens it, gives a message its place, sets its status. It
 * judges no sender; callers have locked the pair and decided that it may happen.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { bothWays, conversationIdOf, orderPair, type Pair } from "../../db/pair.ts";
import type { Work } from "../../db/unit_of_work.ts";
import { selectCardsOfPair } from "../../db/user_cards.ts";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import type { ConversationStatus, RequestStatus } from "../../protocol/models.ts";
import {
  type AppendOptions,
  insertConversation,
  insertNextMessage,
  type PairConversation,
  selectConversationById,
  updateAwaitedReply,
  updateRequestMessagePlace,
  updateStatus,
} from "./queries.ts";
import { newMessageData, type StoredMessage } from "./stored_message.ts";

/** Two people and what their new conversation waits for. */
export interface OpenOptions {
  readonly a: string;
  readonly b: string;
  /** Whose first message will make the match: set for a direct conversation without one. */
  readonly awaitingReplyFrom?: string;
}

/**
 * The conversation of two people, whatever its status. Its row stays unlocked.
 *
 * @returns null when they have none.
 * @example
 * ```ts
 * const known = await findConversation(sql, viewerId, otherId);
 * if (known?.status === "archived") throw new AppError("UNAUTHORIZED_ACTION");
 * ```
 */
export async function findConversation(sql: Sql, a: string, b: string): Promise<PairConversation | null> {
  return await selectConversationById(sql, conversationIdOf(a, b));
}

/**
 * Opens the conversation of two people, or finds the one they have. The caller holds the lock of the pair.
 * An open one that waits for a reply stops waiting when it is opened without `awaitingReplyFrom`: something else
 * made the match.
 *
 * @returns The conversation, and whether it is new. Both people are told of a new one (`conversation_updated`).
 * @throws USER_BLOCKED, UNAUTHORIZED_ACTION when the one they have is blocked or archived.
 * @example
 * ```ts
 * await lockPair(work.sql, senderId, receiverId);
 * const { conversationId } = await openConversation(work, { a: senderId, b: receiverId });
 * ```
 */
export async function openConversation(
  work: Work,
  { a, b, awaitingReplyFrom }: OpenOptions,
): Promise<{ conversationId: string; created: boolean }> {
  const pair = orderPair(a, b);
  const conversationId = conversationIdOf(pair.user1Id, pair.user2Id);
  const known = await selectConversationById(work.sql, conversationId);
  if (known) {
    if (known.status === "blocked") throw new AppError("USER_BLOCKED");
    if (known.status === "archived") throw archived();
    if (known.awaitingReplyFrom !== null && awaitingReplyFrom === undefined) {
      await updateAwaitedReply(work.sql, conversationId);
    }
    return { conversationId, created: false };
  }
  await insertConversation(work.sql, { id: conversationId, ...pair, awaitingReplyFrom });
  tellBoth(work, { conversationId, ...pair, status: "active" });
  return { conversationId, created: true };
}

/**
 * Gives a request's message, which had no place yet, the next one in a conversation. Both people get it as
 * `new_message`.
 *
 * @param options.requestStatus What became of the request; stored with its message.
 * @returns The message with its place.
 * @throws REQUEST_NOT_FOUND when there is no such message, or it has its place already.
 * @example
 * ```ts
 * await placeRequestMessage(work, { conversationId, messageId, requestStatus: "accepted" });
 * ```
 */
export async function placeRequestMessage(
  work: Work,
  options: { conversationId: string; messageId: string; requestStatus: RequestStatus },
): Promise<StoredMessage> {
  const message = await updateRequestMessagePlace(work.sql, options);
  if (!message) throw new AppError("REQUEST_NOT_FOUND");
  await tellOfMessage(work, message);
  return message;
}

/**
 * Stores a message at the next place of an active conversation, whose row stays locked until the transaction
 * ends. Both people get it as `new_message`. A conversation that waited for this sender waits no longer; the match
 * that this makes is the caller's.
 *
 * @returns The message with its place.
 * @throws CONVERSATION_NOT_FOUND, USER_BLOCKED, UNAUTHORIZED_ACTION by the conversation's status.
 * @throws CONFLICT when the sender has used the `clientMessageId` before.
 * @example
 * ```ts
 * await appendMessage(work, { conversationId, senderId, receiverId, content, messageType: "text" });
 * ```
 */
export async function appendMessage(work: Work, options: AppendOptions): Promise<StoredMessage> {
  const { conversationId, senderId, receiverId, content, messageType } = options;
  const { clientMessageId = null } = options;
  const { id = newId() } = options;
  const { status, seq, createdAt } = await insertNextMessage(work.sql, { ...options, id });
  if (status === null) throw new AppError("CONVERSATION_NOT_FOUND");
  if (status === "blocked") throw new AppError("USER_BLOCKED");
  if (seq === null || createdAt === null) throw archived();
  const message: StoredMessage = {
    id,
    conversationId,
    seq,
    senderId,
    receiverId,
    content,
    messageType,
    isRequest: false,
    requestStatus: null,
    clientMessageId,
    createdAt,
  };
  await tellOfMessage(work, { ...message, media: options.media });
  return message;
}

/**
 * Sets the status of two people's conversation, if they have one, and locks its row: a send that waited for the
 * lock sees the new status. Both people get `conversation_updated` when it changed. The caller holds the pair.
 *
 * @returns The conversation's id, also when the status was the same before; null when there is none.
 * @example
 * ```ts
 * await setConversationStatus(work, { a: blockerId, b: blockedId, status: "blocked" });
 * ```
 */
export async function setConversationStatus(
  work: Work,
  { a, b, status }: { a: string; b: string; status: ConversationStatus },
): Promise<string | null> {
  const pair = orderPair(a, b);
  const conversationId = conversationIdOf(pair.user1Id, pair.user2Id);
  const changed = await updateStatus(work.sql, { conversationId, status });
  if (changed === null) return null;
  if (changed) tellBoth(work, { conversationId, ...pair, status });
  return conversationId;
}

function archived(): AppError {
  return new AppError("UNAUTHORIZED_ACTION", "Cannot write: this conversation is archived");
}

async function tellOfMessage(
  { sql, emit }: Work,
  message: StoredMessage & Pick<AppendOptions, "media">,
): Promise<void> {
  const { id: messageId, conversationId, seq, senderId, receiverId } = message;
  const cards = seq === 1 ? await selectCardsOfPair(sql, senderId, receiverId) : {};
  for (const userId of [senderId, receiverId]) {
    const data = newMessageData(message, userId, cards[userId]);
    emit(userId, "new_message", data, { conversationId, messageId });
  }
}

interface Opened extends Pair {
  readonly conversationId: string;
  readonly status: ConversationStatus;
}

function tellBoth({ emit }: Work, { conversationId, status, ...pair }: Opened): void {
  for (const [userId, otherId] of bothWays(pair)) {
    const data = { conversation_id: conversationId, user_id: otherId, status };
    emit(userId, "conversation_updated", data, { conversationId });
  }
}
