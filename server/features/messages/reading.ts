/**
 * Reading, one mark at a time: what the batch does not decide. A watermark only moves forward: marking a message marks
 * the earlier ones of its conversation, never un-reads, and tells the reader's devices, and the sender where receipts
 * are theirs to see. Refusals get their errors here; a request's message without a place is marked here.
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import { unavailable } from "../../db/pg_errors.ts";
import type { Work, Write } from "../../db/unit_of_work.ts";
import { AppError } from "../../protocol/errors.ts";
import { messageReadData } from "./batch_events.ts";
import {
  type ReadTarget,
  selectIsMember,
  selectReadTarget,
  updateReadUpTo,
  updateRequestRead,
} from "./queries.ts";

/** What another one has marked is waited for so long, ms, and looked for so often. */
const WAIT_MS = 1_000;
const WAIT_STEP_MS = 25;

/** Who reads what. */
export interface ReadOrder {
  readonly readerId: string;
  readonly messageId: string;
  /** The conversation that the message must belong to. @default any */
  readonly conversationId?: string;
}

/**
 * Marks a message, and all before it in its conversation, as read.
 *
 * A request that has not been accepted has a message without a place: it is marked alone and nobody is told,
 * because the event names a place in a conversation. Accepting it later keeps the mark.
 *
 * @returns When it was read: the same time however often it is marked.
 * @throws MESSAGE_NOT_FOUND (also to strangers), CONVERSATION_NOT_FOUND, UNAUTHORIZED_ACTION to its sender,
 *   USER_BLOCKED, SERVICE_UNAVAILABLE when what another device has marked is not visible within a second
 */
export async function markRead(write: Write, order: ReadOrder): Promise<Date> {
  return await write(async (work) => {
    const { readerId, messageId, conversationId } = order;
    if (
      conversationId !== undefined &&
      !(await selectIsMember(work.sql, { conversationId, userId: readerId }))
    ) {
      throw new AppError("CONVERSATION_NOT_FOUND");
    }
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const target = await find(work, order);
      const readAt = target.readAt ?? (await mark(work, target));
      if (readAt) return readAt;
      // Another device, the answer to the request or a block came first, and is committed by now, if not everywhere.
      if (performance.now() >= until) throw unavailable(new Error(`Cannot mark ${messageId} as read yet`));
      await wait(WAIT_STEP_MS);
    }
  });
}

async function find({ sql }: Work, { readerId, messageId, conversationId }: ReadOrder): Promise<ReadTarget> {
  const target = await selectReadTarget(sql, messageId);
  const theirs = target && (target.senderId === readerId || target.receiverId === readerId);
  if (!theirs || (conversationId !== undefined && target.conversationId !== conversationId)) {
    throw new AppError("MESSAGE_NOT_FOUND");
  }
  if (target.blocked) throw new AppError("USER_BLOCKED");
  if (target.senderId === readerId) {
    throw new AppError("UNAUTHORIZED_ACTION", "Cannot mark the message as read: only its receiver can");
  }
  return target;
}

async function mark(work: Work, target: ReadTarget): Promise<Date | null> {
  const { id: messageId, conversationId, seq, receiverId, senderId } = target;
  if (seq === null) return await updateRequestRead(work.sql, target);
  const marked = await updateReadUpTo(work.sql, { conversationId, readerId: receiverId, seq });
  if (!marked) return null;
  const { readAt, active } = marked;
  const read = { messageId, conversationId, seq, readerId: receiverId, readAt: readAt.toISOString() };
  const data = messageReadData(read);
  const refs = { conversationId, messageId };
  work.emit(receiverId, "message_read", data, refs);
  if (target.senderPremium && active) work.emit(senderId, "message_read", data, refs);
  return readAt;
}
