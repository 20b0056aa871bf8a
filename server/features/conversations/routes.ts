/**
 * The routes of conversations.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok, Paged, PageQuery, page } from "../../http/mod.ts";
import { Id } from "../../protocol/models.ts";
import { ConversationAnswer, Conversations, ConversationsQuery, Messages, UnreadTotal } from "./schema.ts";
import type { ConversationService } from "./service.ts";

export function conversationRoutes({
  http,
  conversations,
}: {
  http: Http;
  conversations: ConversationService;
}) {
  return new Elysia({ name: "conversations", prefix: "/api/v1/conversations", tags: ["Conversations"] })
    .use(http)
    .get(
      "",
      async ({ viewer, query }) => {
        const list = await conversations.listConversations(viewer, query);
        const { meta, ...answer } = page(
          { conversations: list.conversations },
          { cursor: list.cursor, hasMore: list.cursor !== null },
        );
        return { ...answer, meta: { ...meta, unread_total: list.unreadTotal } };
      },
      {
        auth: "user",
        limit: "CONVERSATIONS",
        query: ConversationsQuery,
        response: { 200: Paged(Conversations, { meta: { unread_total: UnreadTotal } }), ...errors() },
        detail: {
          summary: "List conversations",
          description: [
            "The last active first. `active` ones, or `archived` ones (unmatched: readable, no more messages);",
            "blocked ones are in neither list. `last_message` is null while nothing has been written.",
            "`unread_count` is exact; `meta.unread_total` is the sum over all active conversations, on every page.",
          ].join(" "),
        },
      },
    )
    .get(
      "/:id",
      async ({ viewer, params }) =>
        ok({ conversation: await conversations.readConversation(viewer, params.id) }),
      {
        auth: "user",
        limit: "CONVERSATIONS",
        params: Type.Object({ id: Id }),
        response: {
          200: Envelope(ConversationAnswer),
          ...errors("CONVERSATION_NOT_FOUND", "USER_BLOCKED"),
        },
        detail: {
          summary: "Get a conversation",
          description: "One item of the list, active or archived.",
        },
      },
    )
    .get(
      "/:id/messages",
      async ({ viewer, params, query }) => {
        const { messages, cursor } = await conversations.listMessages(viewer, {
          conversationId: params.id,
          ...query,
        });
        return page({ messages }, { cursor, hasMore: cursor !== null });
      },
      {
        auth: "user",
        limit: "MESSAGES",
        params: Type.Object({ id: Id }),
        query: PageQuery({ fallback: 50, max: 100 }),
        response: { 200: Paged(Messages), ...errors("CONVERSATION_NOT_FOUND", "USER_BLOCKED") },
        detail: {
          summary: "Read a conversation",
          description: [
            "Without a cursor the newest page, oldest message first; `meta.pagination.cursor` leads to older",
            "messages (a message's id is taken as a cursor too). `seq` alone decides the order. Archived",
            "conversations stay readable. Whether one's own messages were read is shown to premium accounts.",
          ].join(" "),
        },
      },
    );
}
