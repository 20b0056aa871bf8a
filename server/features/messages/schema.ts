/**
 * The wire of messages: bodies and answers. Types come from these by `Static`.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { MESSAGE_MAX, messageFlaws } from "../../domain/text.ts";
import { ClientMessageId } from "../../http/mod.ts";
import { TextField, withRules } from "../../protocol/fields.ts";
import { Id, id, MESSAGE_TYPES, Timestamp, Uuid } from "../../protocol/models.ts";

export const SendBody = withRules(
  Type.Object({
    receiver_id: Id,
    conversation_id: Type.Optional(id("If given, it must be the conversation with the receiver")),
    content: TextField({
      min: 1,
      max: MESSAGE_MAX,
      tooLongIs: "CONTENT_TOO_LONG",
      description: "1–1000 characters (Unicode code points, after trimming)",
      examples: ["Thanks for accepting! What's your favorite hiking spot?"],
    }),
    message_type: Type.Optional(
      Type.String({
        maxLength: 64,
        default: "text",
        // Published only: any other text is INVALID_MESSAGE_TYPE, once the rest of the body is valid.
        enum: MESSAGE_TYPES,
        description:
          "An emoji message is 1–12 emoji, an image the `url` of an upload, or an https URL on a media host",
        examples: ["text"],
      }),
    ),
    client_message_id: Type.Optional(ClientMessageId),
  }),
  messageFlaws,
);

export const SentMessage = Type.Object({
  message_id: Uuid,
  conversation_id: Uuid,
  seq: Type.Integer({ minimum: 1, description: "Position in the conversation" }),
  message: Type.String({ examples: ["Message sent successfully"] }),
  created_at: Timestamp,
});
export type SentMessage = Static<typeof SentMessage>;

export const ReadBody = Type.Object({
  message_id: id("Everything up to this message is read"),
});

export const ReadAnswer = Type.Object({
  message: Type.String({ examples: ["Message marked as read"] }),
  read_at: Timestamp,
});
export type ReadAnswer = Static<typeof ReadAnswer>;
