/**
 * Message requests: sending, answering, cancelling and listing them. It knows no HTTP; every change of a
 * relationship happens under the lock of the pair, so that of two racing answers exactly one counts.
 * @module
 */
import type { Database } from "../../db/client.ts";
import { lockPair } from "../../db/pair.ts";
import type { Work, Write } from "../../db/unit_of_work.ts";
import { selectUserCards } from "../../db/user_cards.ts";
import { REQUEST_MAX, requireContent } from "../../domain/text.ts";
import { toOneself } from "../../domain/viewer.ts";
import { type PageOptions, readPage } from "../../lib/page.ts";
import { AppError } from "../../protocol/errors.ts";
import type { RequestStatus } from "../../protocol/models.ts";
import type { RequestRow } from "./queries.ts";
import * as queries from "./queries.ts";
import type { RequestAnswer, RequestItem, SentRequest } from "./schema.ts";
import { type SendRequest, sendChecked } from "./sending.ts";
import { acceptPending, rejectPending } from "./settle.ts";
import { judgeAction, type RequestAction } from "./transitions.ts";

/** A person and one of their requests. */
interface OnRequest {
  readonly viewerId: string;
  readonly requestId: string;
}

/** Which requests to list. */
export interface ListRequests extends PageOptions {
  readonly viewerId: string;
  readonly type: "received" | "sent";
  readonly status: RequestStatus;
}

/** See {@link createRequestService}. */
export interface RequestService {
  /**
   * Sends a request; toward somebody whose own request waits, it is a reply and accepts theirs.
   *
   * @returns The answer; of a retry with the same `clientMessageId`, the original one.
   * @throws VALIDATION_ERROR (nothing to read, oneself), CONTENT_TOO_LONG, INVALID_MESSAGE_TYPE, USER_NOT_FOUND,
   *   USER_BLOCKED, FORBIDDEN (muted), MESSAGE_REQUEST_EXISTS
   * @throws UNAUTHORIZED_ACTION when the two ended a match
   * @throws CONFLICT when they talk already, were declined less than 30 days ago, or the key was used otherwise
   */
  sendRequest(order: SendRequest): Promise<SentRequest>;
  /** @throws REQUEST_NOT_FOUND (also to strangers), UNAUTHORIZED_ACTION (the sender), CONFLICT (not pending) */
  respondToRequest(order: OnRequest & { action: "accept" | "decline" }): Promise<RequestAnswer>;
  /** @throws REQUEST_NOT_FOUND (also to strangers), UNAUTHORIZED_ACTION (the receiver), CONFLICT (not pending) */
  cancelRequest(order: OnRequest): Promise<void>;
  /** @returns One page, the newest first; cursor null at the end. @throws VALIDATION_ERROR for a broken cursor */
  listRequests(order: ListRequests): Promise<{ requests: RequestItem[]; cursor: string | null }>;
}

/** What the service needs. */
export interface RequestDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
}

/**
 * @example
 * ```ts
 * const requests = createRequestService({ database, write });
 * const { request_id } = await requests.sendRequest({ senderId, receiverId, content: "Hi!" });
 * ```
 */
export function createRequestService({ database, write }: RequestDeps): RequestService {
  return {
    async sendRequest(order) {
      const { receiverId } = order;
      if (receiverId === order.senderId) throw toOneself("body.receiver_id");
      const content = requireContent(order.content, { type: "text", max: REQUEST_MAX });
      if ((order.messageType ?? "text") !== "text") {
        throw new AppError("INVALID_MESSAGE_TYPE", "Cannot send the request: a request is text only", [
          { path: "body.message_type", code: "unknown_value", message: "must be text" },
        ]);
      }
      return await write((work) => sendChecked(work, { ...order, receiverId, content }));
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
        const cards = await selectUserCards(work.sql, viewerId, [request.senderId]);
        return {
          message: "Request accepted successfully",
          conversation_id: accepted.conversationId,
          match_created: accepted.matchCreated,
          match_id: accepted.matchId,
          user: cards.get(request.senderId)!,
        };
      }),

    cancelRequest: ({ viewerId, requestId }) =>
      write(async (work) => {
        const request = await claim(work, { viewerId, requestId, action: "cancel" });
        await rejectPending(work, request, "cancelled");
      }),

    async listRequests({ viewerId, type, status, ...page }) {
      const { items, cursor } = await readPage(
        page,
        (range) => queries.selectRequests(database.sql, { viewerId, type, status, ...range }),
        ({ id, position }) => ({ id, createdAt: position }),
      );
      return { requests: items.map((row) => toItem(row, type)), cursor };
    },
  };
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
