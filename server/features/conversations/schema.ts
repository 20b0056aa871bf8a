/**
 * The wire of conversations. Types come from these by `Static`.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { PageQuery } from "../../http/mod.ts";
import {
  ConversationStatus,
  Message,
  MessageType,
  Nullable,
  Timestamp,
  UserCard,
  Uuid,
} from "../../protocol/models.ts";

export const ConversationsQuery = Type.Object({
  ...PageQuery({ fallback: 20, max: 50 }).properties,
  type: Type.Union([Type.Literal("active"), Type.Literal("archived")], {
    default: "active",
    description: "`archived`: ended by unmatching, still readable",
  }),
});

export const LastMessage = Type.Object(
  {
    id: Uuid,
    seq: Type.Integer({ minimum: 1 }),
    content: Type.String(),
    message_type: MessageType,
    sender_id: Uuid,
    created_at: Timestamp,
    is_read: Type.Boolean({
      description: "Of one's own message: only known to premium accounts, else false",
    }),
  },
  { $id: "LastMessage", description: "The newest message of a conversation" },
);

export const ConversationItem = Type.Object(
  {
    id: Uuid,
    status: ConversationStatus,
    user: UserCard,
    last_message: Nullable(LastMessage),
    unread_count: Type.Integer({ minimum: 0, description: "Messages to oneself after `my_read_seq`" }),
    my_read_seq: Type.Integer({
      minimum: 0,
      description: "Everything up to this position is read by oneself",
    }),
    peer_read_seq: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          "The same of the other person. Premium accounts only; of an ended conversation as it was then",
      }),
    ),
    last_activity: Timestamp,
  },
  { $id: "Conversation", description: "A conversation as one of its two people sees it" },
);
export type ConversationItem = Static<typeof ConversationItem>;

export const UnreadTotal = Type.Integer({
  minimum: 0,
  description: "Unread messages of all active conversations, whichever page this is",
});

export const ConversationAnswer = Type.Object({ conversation: ConversationItem });
export const Conversations = Type.Object({ conversations: Type.Array(ConversationItem) });
export const Messages = Type.Object({ messages: Type.Array(Message) });
