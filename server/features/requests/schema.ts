/**
 * The wire of message requests: bodies, queries and answers. Types come from these by `Static`.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { REQUEST_MAX } from "../../domain/text.ts";
import { ClientMessageId, PageQuery } from "../../http/mod.ts";
import { type FieldFlaw, TextField, withRules } from "../../protocol/fields.ts";
import { described, Id, RequestStatus, Timestamp, UserCard, Uuid } from "../../protocol/models.ts";

/** @returns What is wrong with the type of a request's message. */
function typeFlaws({ message_type = "text" }: Readonly<Record<string, unknown>>): FieldFlaw[] {
  if (message_type === "text") return [];
  return [{ field: "message_type", code: "unknown_value", message: "must be text" }];
}

const Content = TextField({
  min: 1,
  max: REQUEST_MAX,
  tooLongIs: "CONTENT_TOO_LONG",
  description: "1–250 characters (Unicode code points, after trimming)",
  examples: ["Hi! I noticed we both love hiking. Would you like to chat about your favorite trails?"],
});

export const NewRequestBody = withRules(
  Type.Object({
    receiver_id: Id,
    content: Content,
    message_type: Type.Optional(
      Type.String({ maxLength: 64, description: "Only `text`, which may be left out", examples: ["text"] }),
    ),
    client_message_id: Type.Optional(ClientMessageId),
  }),
  typeFlaws,
);
export type NewRequestBody = Static<typeof NewRequestBody>;

export const SentRequest = Type.Object({
  request_id: Uuid,
  message_id: Uuid,
  message: Type.String({ examples: ["Message request sent successfully"] }),
  preview_text: Type.String(),
  status: Type.Union([Type.Literal("pending"), Type.Literal("accepted")], {
    description: "`accepted` when the receiver's own request was pending: this text answered it",
  }),
  conversation_id: Type.Optional(Uuid),
});
export type SentRequest = Static<typeof SentRequest>;

export const RespondBody = Type.Object({
  action: Type.Union([Type.Literal("accept"), Type.Literal("decline")]),
});
export type RespondBody = Static<typeof RespondBody>;

const Accepted = Type.Object({
  message: Type.String({ examples: ["Request accepted successfully"] }),
  conversation_id: Uuid,
  match_created: Type.Boolean({ description: "False when the two were matched before" }),
  match_id: Uuid,
  user: described(UserCard, "Whose request it was, as one may see them now"),
});
const Said = Type.Object({
  message: Type.String({ examples: ["Request accepted successfully", "Request declined successfully"] }),
});

/** Either shape in one object: keys of an accepted one are absent from a declined one. */
export const RequestAnswer = Type.Object({
  ...Said.properties,
  ...Type.Partial(Type.Omit(Accepted, ["message"])).properties,
});
export type RequestAnswer = Static<typeof RequestAnswer>;

export const Cancelled = Type.Object({
  message: Type.String({ examples: ["Request cancelled successfully"] }),
});

export const RequestsQuery = Type.Object({
  ...PageQuery({ fallback: 20, max: 50 }).properties,
  type: Type.Union([Type.Literal("received"), Type.Literal("sent")], {
    default: "received",
    description: "Sent to me, or by me",
  }),
  status: Type.Union(RequestStatus.anyOf, { default: "pending", description: "Of this status only" }),
});
export type RequestsQuery = Static<typeof RequestsQuery>;

const Person = Type.Composite([UserCard, Type.Object({ age: Type.Integer({ minimum: 18 }) })], {
  $id: "RequestPerson",
  description: "The other person of a message request",
});

export const RequestItem = Type.Object(
  {
    id: Uuid,
    message_id: Uuid,
    sender: Type.Optional(described(Person, "Of a received one")),
    receiver: Type.Optional(described(Person, "Of a sent one")),
    preview_text: Type.String(),
    status: RequestStatus,
    created_at: Timestamp,
  },
  { $id: "MessageRequest", description: "Its sender where it was received, its receiver where it was sent" },
);
export type RequestItem = Static<typeof RequestItem>;
export const Requests = Type.Object({ requests: Type.Array(RequestItem) });
