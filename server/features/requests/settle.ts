/**
 * How a pending request ends, inside the transaction of whatever ends it: an answer, a reply, a like back, a
 * cancellation, a block. Whoever calls has locked the pair and judged that it may happen.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { orderPair } from "../../db/pair.ts";
import type { Work } from "../../db/unit_of_work.ts";
import { AppError } from "../../protocol/errors.ts";
import type { MatchType, RequestStatus } from "../../protocol/models.ts";
import { openConversation, placeRequestMessage } from "../conversations/mod.ts";
import { createMatch } from "../matches/mod.ts";
import {
  deleteRequestAction,
  type RequestRow,
  selectPending,
  updateMessageStatus,
  updateRequestStatus,
} from "./queries.ts";

/** What came of an accepted request. */
export interface Acceptance {
  readonly conversationId: string;
  readonly matchId: string;
  /** False when the two were matched before. */
  readonly matchCreated: boolean;
}

/**
 * The pending request of two people, whoever sent it; there is at most one.
 *
 * @returns null when none is pending.
 * @example
 * ```ts
 * const pending = await findPending(sql, viewerId, otherId);
 * if (pending?.senderId === viewerId) throw new AppError("UNAUTHORIZED_ACTION");
 * ```
 */
export async function findPending(sql: Sql, a: string, b: string): Promise<RequestRow | null> {
  return (await selectPending(sql, orderPair(a, b))) ?? null;
}

/**
 * Accepts a pending request: its conversation opens with the request's message as the first one, and the two
 * match. Both are told. Sender and receiver must not be suspended: that is the caller's to judge.
 *
 * The caller holds the lock of the pair (`lockPair`).
 *
 * @param matchType Why: `message_accepted` by an answer, `message_replied` by a text, `mutual_like` by a like.
 * @throws CONFLICT when it is not pending any more.
 * @example
 * ```ts
 * await lockPair(work.sql, viewerId, otherId);
 * const pending = await findPending(work.sql, viewerId, otherId);
 * if (pending?.receiverId === viewerId) await acceptPending(work, pending, "message_replied");
 * ```
 */
export async function acceptPending(
  work: Work,
  request: RequestRow,
  matchType: MatchType,
): Promise<Acceptance> {
  const { id, messageId, senderId, receiverId } = request;
  await end(work.sql, { id, status: "accepted" });
  const people = { a: senderId, b: receiverId };
  const { conversationId } = await openConversation(work, people);
  await placeRequestMessage(work, { conversationId, messageId, requestStatus: "accepted" });
  const match = await createMatch(work, { ...people, type: matchType, conversationId });
  tellOfRequest(work, { request, status: "accepted", conversationId, matchId: match.matchId });
  return { conversationId, matchId: match.matchId, matchCreated: match.created };
}

/**
 * Declines or cancels a pending request. Both are told, and the receiver is back in the sender's discovery if
 * the request had removed them. The caller holds the lock of the pair.
 *
 * @throws CONFLICT when it is not pending any more.
 */
export async function rejectPending(
  work: Work,
  request: RequestRow,
  status: "declined" | "cancelled",
): Promise<void> {
  await end(work.sql, { id: request.id, status });
  await updateMessageStatus(work.sql, { request, status });
  await deleteRequestAction(work.sql, request);
  tellOfRequest(work, { request, status, conversationId: null, matchId: null });
}

/**
 * Cancels whatever is pending between two people, as a block does. Both are told.
 *
 * @returns Whether something was pending.
 * @example
 * ```ts
 * await lockPair(work.sql, blockerId, blockedId);
 * await cancelPendingBetween(work, blockerId, blockedId);
 * ```
 */
export async function cancelPendingBetween(work: Work, a: string, b: string): Promise<boolean> {
  const pending = await findPending(work.sql, a, b);
  if (pending) await rejectPending(work, pending, "cancelled");
  return pending !== null;
}

async function end(
  sql: Sql,
  { id, status }: { id: string; status: Exclude<RequestStatus, "pending"> },
): Promise<void> {
  if (await updateRequestStatus(sql, { id, status })) return;
  throw new AppError("CONFLICT", "Cannot answer the request: it is not pending any more");
}

interface Told {
  readonly request: RequestRow;
  readonly status: RequestStatus;
  readonly conversationId: string | null;
  readonly matchId: string | null;
  /** One person's id, where the other is told by another event. @default both */
  readonly only?: string;
}

/** Tells both people's devices how a request stands. */
export function tellOfRequest({ emit }: Work, told: Told): void {
  const { request, status, conversationId, matchId, only } = told;
  const { id, messageId, senderId, receiverId } = request;
  const data = {
    request_id: id,
    message_id: messageId,
    sender_id: senderId,
    receiver_id: receiverId,
    status,
    conversation_id: conversationId,
    match_id: matchId,
  };
  const refs = { conversationId: conversationId ?? undefined };
  for (const userId of only ? [only] : [senderId, receiverId]) emit(userId, "request_updated", data, refs);
}
