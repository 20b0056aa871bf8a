/**
 * Message requests: sending, answering, cancelling and listing them. It knows no HTTP; every change of a
 * relationship happens under the lock of the pair, so that of two racing answers exactly one counts.
 * @module
 */
import type { Database } from "../../db/client.ts";
import { lockPair } from "../../db/pair.ts";
import type { Work, Write } from "../../db/unit_of_work.ts";
import { untilDetails } from "../../http/mod.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { newId } from "../../lib/ids.ts";
import { REQUEST_MAX, requireContent } from "../../lib/text.ts";
import { AppError } from "../../protocol/errors.ts";
import type { RequestStatus } from "../../protocol/models.ts";
import { appendMessage } from "../conversations/mod.ts";
import type { RequestRow } from "./queries.ts";
import * as queries from "./queries.ts";
import type { RequestAnswer, RequestItem, SentRequest } from "./schema.ts";
import { acceptPending, rejectPending, tellOfRequest } from "./settle.ts";
import { judgeAction, judgeNewRequest, type RequestAction, type Standing } from "./transitions.ts";

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

/** A person and one of their requests. */
interface OnRequest {
  readonly viewerId: string;
  readonly requestId: string;
}

/** Which requests to list. */
export interface ListRequests {
  readonly viewerId: string;
  readonly type: "received" | "sent";
  readonly status: RequestStatus;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** See {@link createRequestService}. */
export interface RequestService {
  /** Sends a request; toward somebody whose own request waits, it is a reply and accepts theirs. */
  sendRequest(order: SendRequest): Promise<SentRequest>;
  respondToRequest(order: OnRequest & { action: "accept" | "decline" }): Promise<RequestAnswer>;
  cancelRequest(order: OnRequest): Promise<void>;
  listRequests(order: ListRequests): Promise<{ requests: RequestItem[]; cursor: string | null }>;
}

/** What the service stands on. */
export interface RequestDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
}

export function createRequestService({ database, write }: RequestDeps): RequestService {
  return {
    async sendRequest(order) {
      const receiverId = order.receiverId.toLowerCase();
      if (receiverId === order.senderId) throw toOneself();
      const content = requireContent(order.content, { type: "text", max: REQUEST_MAX });
      if ((order.messageType ?? "text") !== "text") {
        throw new AppError("INVALID_MESSAGE_TYPE", "Cannot send the request: a request is text only");
      }
      return await write((work) => send(work, { ...order, receiverId, content }));
    },

    respondToRequest: ({ viewerId, requestId, action }) =>
      write(async (work) => {
        const request = await claim(work, { viewerId, requestId, action });
        // Kept back while its sender is suspended or gone: see selectRequests.
        if (!(await queries.selectSenderActive(work.sql, request.senderId))) {
          throw new AppError("REQUEST_NOT_FOUND");
        }
        if (action === "decline") {
          await rejectPending(work, request, "declined");
          return { message: "Request declined successfully" };
        }
        const accepted = await acceptPending(work, request, "message_accepted");
        return {
          message: "Request accepted successfully",
          conversation_id: accepted.conversationId,
          match_created: accepted.matchCreated,
          match_id: accepted.matchId,
        };
      }),

    cancelRequest: ({ viewerId, requestId }) =>
      write(async (work) => {
        const request = await claim(work, { viewerId, requestId, action: "cancel" });
        await rejectPending(work, request, "cancelled");
      }),

    async listRequests({ viewerId, type, status, limit, cursor }) {
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const rows = await queries.selectRequests(database.sql, {
        viewerId,
        type,
        status,
        limit: limit + 1,
        after,
      });
      const requests = rows.slice(0, limit);
      const last = rows.length > limit ? requests.at(-1) : undefined;
      return {
        requests: requests.map((row) => toItem(row, type)),
        cursor: last ? encodeCursor({ id: last.id, createdAt: last.position }) : null,
      };
    },
  };
}

interface CheckedOrder extends SendRequest {
  /** Lower case, and somebody else. */
  readonly receiverId: string;
  /** Cleaned. */
  readonly content: string;
}

async function send(work: Work, order: CheckedOrder): Promise<SentRequest> {
  const { senderId, receiverId, content, clientMessageId } = order;
  const { sql } = work;
  const pair = await lockPair(sql, senderId, receiverId);
  if (clientMessageId !== undefined) {
    const stored = await queries.selectAttempt(sql, { senderId, clientMessageId });
    if (stored) return originalAnswer(stored, order);
  }
  const relation = await queries.selectRelation(sql, { ...pair, senderId, receiverId });
  if (!relation?.receiverKnown) throw new AppError("USER_NOT_FOUND");
  if (relation.mutedUntil !== null) {
    const details = untilDetails("muted_until", relation.mutedUntil);
    throw new AppError("FORBIDDEN", "Cannot send the request: this account is muted", details);
  }
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
      ...{ conversationId, senderId, receiverId, content, clientMessageId, requestId },
      messageType: "text",
    });
    return sent({ requestId, messageId: message.id, content, conversationId });
  }
  throw refusal(verdict, relation);
}

async function create(
  work: Work,
  { order, relation }: { order: CheckedOrder; relation: queries.RelationRow },
): Promise<SentRequest> {
  const { sql, emit } = work;
  const { senderId, receiverId, content, clientMessageId = null } = order;
  const [requestId, messageId] = [newId(), newId()];
  if (relation.mineId !== null) await queries.deleteRequest(sql, relation.mineId);
  const createdAt = await queries.insertRequest(sql, {
    ...{ id: requestId, messageId, senderId, receiverId, content, clientMessageId },
  });
  if (relation.premium) await queries.insertRequestAction(sql, { id: newId(), senderId, receiverId });
  emit(receiverId, "request_received", {
    request_id: requestId,
    message_id: messageId,
    sender_id: senderId,
    preview_text: content,
    created_at: createdAt.toISOString(),
  });
  const request: RequestRow = { id: requestId, messageId, senderId, receiverId, status: "pending" };
  tellOfRequest(work, { request, status: "pending", conversationId: null, matchId: null, only: senderId });
  return sent({ requestId, messageId, content });
}

/** The answer of the first attempt: it says how things stood then, whatever became of the request since. */
function originalAnswer(stored: queries.StoredAttempt, order: CheckedOrder): SentRequest {
  const { messageId, requestId, receiverId, content, isRequest, conversationId } = stored;
  // Without a request it was sent as a message: another operation under the same key.
  if (requestId === null || receiverId !== order.receiverId || content !== order.content) {
    throw new AppError("CONFLICT", "Cannot send the request: its key was used for another one");
  }
  const opened = isRequest ? {} : { conversationId: conversationId! };
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

/**
 * Finds a request that the viewer wants to act on and locks its pair, so that nobody else acts on it meanwhile.
 *
 * @throws REQUEST_NOT_FOUND (also to strangers), UNAUTHORIZED_ACTION, CONFLICT with the status it has.
 */
async function claim(
  { sql }: Work,
  { viewerId, requestId, action }: OnRequest & { action: RequestAction },
): Promise<RequestRow> {
  const seen = await queries.selectRequest(sql, requestId);
  if (!seen || (seen.senderId !== viewerId && seen.receiverId !== viewerId)) {
    throw new AppError("REQUEST_NOT_FOUND");
  }
  const by = seen.senderId === viewerId ? "sender" : "receiver";
  await lockPair(sql, seen.senderId, seen.receiverId);
  const request = await queries.selectRequest(sql, requestId);
  if (!request) throw new AppError("REQUEST_NOT_FOUND");
  const verdict = judgeAction(request.status, { action, by });
  if (!("refused" in verdict)) return request;
  if (verdict.refused === "not_yours") {
    const whose = by === "sender" ? "its receiver answers it" : "only its sender can";
    throw new AppError("UNAUTHORIZED_ACTION", `Cannot ${action} the request: ${whose}`);
  }
  const { status } = request;
  throw new AppError("CONFLICT", `Cannot ${action} the request: it is ${status}`, { status });
}

function toRelation(row: queries.RelationRow) {
  return {
    blocked: row.blocked,
    conversation: row.conversationStatus,
    matchEnded: row.matchEnded,
    mine: standing(row.mineStatus, row.retryAt !== null),
    theirs: standing(row.theirsStatus, false),
  };
}

function standing(status: RequestStatus | null, ...[stillDeclined]: [boolean]): Standing {
  if (status === null) return "none";
  if (status === "pending") return "pending";
  return stillDeclined ? "declined" : "free";
}

function refusal(
  verdict: "blocked" | "ended" | "talking" | "exists" | "declined",
  { conversationId, mineId, retryAt }: queries.RelationRow,
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

function toOneself(): AppError {
  const message = "must be somebody else";
  return new AppError("VALIDATION_ERROR", undefined, [{ path: "body.receiver_id", message }]);
}

function toItem(row: queries.ListedRequest, type: "received" | "sent"): RequestItem {
  const { id, messageId, person, previewText, status, createdAt } = row;
  return {
    id,
    message_id: messageId,
    ...(type === "received" ? { sender: person } : { receiver: person }),
    preview_text: previewText,
    status,
    created_at: createdAt.toISOString(),
  };
}
