/**
 * The routes of sending and reading.
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
} from "../../http/mod.ts";
import { Id } from "../../protocol/models.ts";
import { ReadAnswer, ReadBody, SendBody, SentMessage } from "./schema.ts";
import type { MessageService } from "./service.ts";

const WATERMARK = [
  "Reading is a watermark: the earlier messages of the conversation are read too, and nothing is ever un-read.",
  "Repeating it answers with the same `read_at`. The reader's other devices hear of it (`message_read`), the",
  "sender only with a premium account.",
].join(" ");

export function messageRoutes({ http, messages }: { http: Http; messages: MessageService }) {
  return new Elysia({ name: "messages", prefix: "/api/v1", tags: ["Messages"] })
    .use(http)
    .post(
      "/messages/send",
      async ({ viewer, body, headers }) =>
        created(
          await messages.send(viewer.userId, {
            receiverId: body.receiver_id,
            conversationId: body.conversation_id,
            content: body.content,
            messageType: body.message_type,
            clientMessageId: idempotencyKey({ headers, body }),
          }),
        ),
      {
        auth: "user",
        limit: "MESSAGE_SEND",
        headers: IdempotencyHeaders,
        body: SendBody,
        response: {
          201: Envelope(SentMessage),
          ...errors(
            "USER_NOT_FOUND",
            "CONVERSATION_NOT_FOUND",
            "MEDIA_NOT_FOUND",
            "USER_BLOCKED",
            "UNAUTHORIZED_ACTION",
            "CONFLICT",
            "CONTENT_TOO_LONG",
            "INVALID_MESSAGE_TYPE",
          ),
        },
        detail: {
          summary: "Send a message",
          description: [
            "Into the open conversation with the receiver; both people's devices get it as `new_message`.",
            "Without a conversation: a premium account opens one (without a match: the receiver's first message",
            "makes it, and the receiver leaves the sender's discovery); a text to somebody whose request waits",
            "for you accepts it; your own request that still waits is UNAUTHORIZED_ACTION, nothing at all",
            "CONVERSATION_NOT_FOUND. An archived conversation is UNAUTHORIZED_ACTION. A muted account gets",
            "FORBIDDEN (`details.muted_until`). The content is stored raw, in NFC: render it as text. With an",
            "Idempotency-Key (or `client_message_id`) a retry answers as the first attempt did, for ever;",
            "CONFLICT when the key was used with another body. An image is one's own upload (`media.url`) that is",
            "complete: MEDIA_NOT_FOUND for any other, CONFLICT while it is not ready.",
          ].join(" "),
        },
      },
    )
    .put(
      "/messages/:id/read",
      async ({ viewer, params }) => ok(await messages.markRead(viewer.userId, params.id)),
      {
        auth: "user",
        limit: "DEFAULT",
        params: Type.Object({ id: Id }),
        response: {
          200: Envelope(ReadAnswer),
          ...errors("MESSAGE_NOT_FOUND", "UNAUTHORIZED_ACTION", "USER_BLOCKED"),
        },
        detail: {
          summary: "Mark a message as read",
          description: `${WATERMARK} The message of a request that is not accepted is marked alone, silently.`,
        },
      },
    )
    .post(
      "/conversations/:id/read",
      async ({ viewer, params, body }) =>
        ok(
          await messages.markConversationRead(viewer.userId, {
            conversationId: params.id,
            messageId: body.message_id,
          }),
        ),
      {
        auth: "user",
        limit: "DEFAULT",
        params: Type.Object({ id: Id }),
        body: ReadBody,
        response: {
          200: Envelope(ReadAnswer),
          ...errors("CONVERSATION_NOT_FOUND", "MESSAGE_NOT_FOUND", "UNAUTHORIZED_ACTION", "USER_BLOCKED"),
        },
        detail: { summary: "Mark a conversation as read up to a message", description: WATERMARK },
      },
    );
}
