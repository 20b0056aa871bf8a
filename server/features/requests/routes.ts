/**
 * The routes of message requests.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import {
  created,
  Envelope,
  errors,
  type Http,
  IdempotencyHeaders,
  idempotencyKey,
  ok,
  Paged,
  page,
} from "../../http/mod.ts";
import { Id } from "../../protocol/models.ts";
import {
  Cancelled,
  NewRequestBody,
  RequestAnswer,
  Requests,
  RequestsQuery,
  RespondBody,
  SentRequest,
} from "./schema.ts";
import type { RequestService } from "./service.ts";

const RequestId = Type.Object({ id: Id });

/** @returns The plugin with the routes of message requests, for createApp. */
export function requestRoutes({ http, requests }: { http: Http; requests: RequestService }) {
  return new Elysia({ name: "requests", prefix: "/api/v1/messages", tags: ["Message requests"] })
    .use(http)
    .post(
      "/request",
      async ({ viewer, body, headers }) =>
        created(
          await requests.sendRequest({
            senderId: viewer.userId,
            receiverId: body.receiver_id,
            content: body.content,
            messageType: body.message_type,
            clientMessageId: idempotencyKey({ headers, body }),
          }),
        ),
      {
        auth: "user",
        limit: "MESSAGE_REQUEST",
        headers: IdempotencyHeaders,
        body: NewRequestBody,
        response: {
          201: Envelope(SentRequest),
          ...errors(
            "USER_NOT_FOUND",
            "USER_BLOCKED",
            "UNAUTHORIZED_ACTION",
            "MESSAGE_REQUEST_EXISTS",
            "CONFLICT",
            "CONTENT_TOO_LONG",
            "INVALID_MESSAGE_TYPE",
          ),
        },
        detail: {
          summary: "Send a message request",
          description: [
            "One text to somebody you are not talking to; they accept or decline it. At most one request is",
            "pending between two people: a second one of yours is MESSAGE_REQUEST_EXISTS, and one toward",
            "somebody whose own request waits for you is a reply: it accepts theirs, your text becomes the second",
            "message, and the answer has status `accepted`. CONFLICT when you have a conversation already",
            "(`details.conversation_id`), when they declined less than 30 days ago (`details.retry_at`), or when",
            "the key of a retry was used for something else. UNAUTHORIZED_ACTION when the match was ended.",
            "A premium account's request takes the receiver out of its discovery.",
          ].join(" "),
        },
      },
    )
    .get(
      "/requests",
      async ({ viewer, query }) => {
        const { requests: items, cursor } = await requests.listRequests({
          viewerId: viewer.userId,
          ...query,
        });
        return page({ requests: items }, { cursor, hasMore: cursor !== null });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        query: RequestsQuery,
        response: { 200: Paged(Requests), ...errors() },
        detail: {
          summary: "List message requests",
          description:
            "The newest first: those received (with `sender`) or sent (with `receiver`), of one status.",
        },
      },
    )
    .post(
      "/request/:id/respond",
      async ({ viewer, params, body }) =>
        ok(
          await requests.respondToRequest({
            viewerId: viewer.userId,
            requestId: params.id,
            action: body.action,
          }),
        ),
      {
        auth: "user",
        limit: "DEFAULT",
        params: RequestId,
        body: RespondBody,
        response: {
          200: Envelope(RequestAnswer),
          ...errors("REQUEST_NOT_FOUND", "UNAUTHORIZED_ACTION", "CONFLICT"),
        },
        detail: {
          summary: "Accept or decline a message request",
          description: [
            "Only its receiver may. Accepting opens a conversation with the request as its first message, and a",
            "match if there is none. Declining is final for 30 days. CONFLICT (`details.status`) when it is not",
            "pending any more.",
          ].join(" "),
        },
      },
    )
    .delete(
      "/request/:id",
      async ({ viewer, params }) => {
        await requests.cancelRequest({ viewerId: viewer.userId, requestId: params.id });
        return ok({ message: "Request cancelled successfully" });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        params: RequestId,
        response: {
          200: Envelope(Cancelled),
          ...errors("REQUEST_NOT_FOUND", "UNAUTHORIZED_ACTION", "CONFLICT"),
        },
        detail: {
          summary: "Cancel a pending message request",
          description:
            "Only its sender may; a new one may follow. CONFLICT (`details.status`) when it is not pending any more.",
        },
      },
    );
}
