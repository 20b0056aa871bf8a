/**
 * Sending a message request inside one transaction: the retry of an earlier attempt, a new request, or the reply
 * to one that waits. It checks no text.
 * @module
 */
import { lockPair } from "../../db/pair.ts";
import type { Work } from "../../db/unit_of_work.ts";
import { selectUserCards } from "../../db/user_cards.ts";
import { muted } from "../../domain/viewer.ts";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import type { RequestStatus } from "../../protocol/models.ts";
import { appendMessage, type StoredAttempt, selectAttempt } from "../conversations/mod.ts";
import type { RequestRow } from "./queries.ts";
import * as queries from "./queries.ts";
import type { SentRequest } from "./schema.ts";
import { acceptPending, tellOfRequest } from "./settle.ts";
import { judgeNewRequest, type Standing } from "./transitions.ts";

const SENT = "Message request sent successfully";

/** What a request is sent with. */
export interface SendRequest {
  readonly senderId: string;
  readonly receiverId: string;
  readonly content: string;
  /** Only text may be sent as a request. @default "text" */
  readonly messageType?: string | undefined;
  readonly clientMessageId?: string | undefined;
}

/** A {@link SendRequest} whose fields have been checked. */
export interface CheckedRequest extends SendRequest {
  /** Lower case, and somebody else. */
  readonly receiverId: string;
  /** Cleaned. */
  readonly content: string;
}

/**
 * Sends a request, or answers the one that waits for the sender.
 *
 * @throws What `sendRequest` of the service throws about the two people.
 */
export async function sendChecked(work: Work, order: CheckedRequest): Promise<SentRequest> {
  const { senderId, receiverId, content, clientMessageId } = order;
  const { sql } = work;
  await lockPair(sql, senderId, receiverId);
  if (clientMessageId !== undefined) {
    const stored = await selectAttempt(sql, { senderId, receiverId, clientMessageId });
    if (stored) return originalAnswer(stored, order);
  }
  const relation = await queries.selectRelation(sql, { senderId, receiverId });
  if (!relation?.otherKnown) throw new AppError("USER_NOT_FOUND");
  if (relation.mutedUntil !== null) throw muted("send the request", relation.mutedUntil);
  const verdict = judgeNewRequest(toRelation(relation));
  if (verdict === "create") return await create(work, { order, relation });
  if (verdict === "reply") {
    const theirs: RequestRow = {
      id: relation.theirsId!,
      messageId: relation.theirsMessageId!,
      senderId: receiverId,
      receiverId: senderId,
      status: "pending",
    };
    const { conversationId } = await acceptPending(work, theirs, "message_replied");
    const requestId = theirs.id;
    const message = await appendMessage(work, {
      conversationId,
      senderId,
      receiverId,
      content,
      messageType: "text",
      clientMessageId,
      requestId,
    });
    return sent({ requestId, messageId: message.id, content, conversationId });
  }
  throw refusal(verdict, relation);
}

async function create(
  work: Work,
  { order, relation }: { order: CheckedRequest; relation: queries.Relation },
): Promise<SentRequest> {
  const { sql, emit } = work;
  const { senderId, receiverId, content, clientMessageId = null } = order;
  const [requestId, messageId] = [newId(), newId()];
  if (relation.mineId !== null) await queries.deleteRequest(sql, relation.mineId);
  const createdAt = await queries.insertRequest(sql, {
    id: requestId,
    messageId,
    senderId,
    receiverId,
    content,
    clientMessageId,
  });
  if (relation.premium) await queries.insertRequestAction(sql, { id: newId(), senderId, receiverId });
  const cards = await selectUserCards(sql, receiverId, [senderId]);
  emit(receiverId, "request_received", {
    request_id: requestId,
    message_id: messageId,
    sender_id: senderId,
    preview_text: content,
    created_at: createdAt.toISOString(),
    user: cards.get(senderId)!,
  });
  const request: RequestRow = { id: requestId, messageId, senderId, receiverId, status: "pending" };
  tellOfRequest(work, { request, status: "pending", conversationId: null, matchId: null, only: senderId });
  return sent({ requestId, messageId, content });
}

/** The answer of the first attempt: it says how things stood then, whatever became of the request since. */
function originalAnswer(stored: StoredAttempt, order: CheckedRequest): SentRequest {
  const { id: messageId, requestId, content, isRequest, conversationId } = stored;
  // Without a request it was sent as a message: another operation under the same key.
  if (requestId === null || content !== order.content) {
    throw new AppError("CONFLICT", "Cannot send the request: its key was used for another one");
  }
  const opened = isRequest ? {} : { conversationId };
  return sent({ requestId, messageId, content, ...opened });
}

function sent(stored: {
  requestId: string;
  messageId: string;
  content: string;
  conversationId?: string;
}): SentRequest {
  const { requestId, messageId, content, conversationId } = stored;
  const answer = { request_id: requestId, message_id: messageId, message: SENT, preview_text: content };
  return conversationId === undefined
    ? { ...answer, status: "pending" }
    : { ...answer, status: "accepted", conversation_id: conversationId };
}

function toRelation(row: queries.Relation) {
  return {
    blocked: row.blocked,
    conversation: row.conversationStatus,
    matchEnded: row.matchStatus !== null && row.matchStatus !== "active",
    mine: standing(row.mineStatus, row.retryAt !== null),
    theirs: standing(row.theirsStatus, false),
  };
}

function standing(status: RequestStatus | null, stillDeclined: boolean): Standing {
  if (status === null) return "none";
  if (status === "pending") return "pending";
  return stillDeclined ? "declined" : "free";
}

function refusal(
  verdict: "blocked" | "ended" | "talking" | "exists" | "declined",
  { conversationId, mineId, retryAt }: queries.Relation,
): AppError {
  switch (verdict) {
    case "blocked":
      return new AppError("USER_BLOCKED");
    case "ended":
      return new AppError("UNAUTHORIZED_ACTION", "Cannot send the request: one of you ended this match");
    case "talking":
      return new AppError("CONFLICT", "Cannot send the request: you have a conversation, send there", {
        conversation_id: conversationId,
      });
    case "exists":
      return new AppError("MESSAGE_REQUEST_EXISTS", undefined, { request_id: mineId });
    case "declined":
      return new AppError("CONFLICT", `Cannot send the request: the last one was declined, wait`, {
        retry_at: retryAt,
      });
  }
}
