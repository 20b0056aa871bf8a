/**
 * Shapes that travel on the wire in more than one place, as TypeBox schemas. Types come from them by `Static`. A schema
 * with an `$id` is a named one of the documents (`components.schemas`) and of generated clients. It owns no rules beyond
 * shape.
 * @module
 */

import { type SchemaOptions, type Static, type TLiteral, type TSchema, Type } from "@sinclair/typebox";

const CANONICAL = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
const ANY_CASE = CANONICAL.replaceAll("a-f", "a-fA-F");
/** What the documents call `format: uuid`. */
export const UUID_PATTERNS: ReadonlySet<string> = new Set([CANONICAL, ANY_CASE]);

/** An id in what the server sends: a UUID in its canonical form, lower case. */
export const Uuid = Type.String({
  pattern: CANONICAL,
  description: "UUID",
});

/**
 * @returns The schema of an id in what a client sends: a UUID in upper or lower case, which decoding makes canonical.
 *   Ids are compared as texts from there on.
 */
export function id(description = "UUID") {
  const schema = Type.String({
    pattern: ANY_CASE,
    description,
  });
  return Type.Transform(schema)
    .Decode((text) => text.toLowerCase())
    .Encode((text) => text);
}

/** {@link id}, where its name says enough. */
export const Id = id();

/** An RFC 3339 time in UTC, ending in `Z`. */
export const Timestamp = Type.String({
  format: "date-time",
  description: "RFC 3339, UTC",
  examples: ["2026-01-15T10:35:00.123Z"],
});

/** @returns A schema that also takes null. */
export function Nullable<T extends TSchema>(schema: T, options: SchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/**
 * @param description What a named schema is in this place; its own description stays with its name.
 * @returns The schema, still under its name.
 */
export function described<T extends TSchema>(schema: T, description: string): T {
  return { ...schema, $comment: description };
}

type Literals<T extends readonly string[]> = { -readonly [K in keyof T]: TLiteral<T[K] & string> };

/** @returns The schema of one of these texts. */
export function literals<const T extends readonly string[]>(values: T, options: SchemaOptions = {}) {
  return Type.Union(values.map((value) => Type.Literal(value)) as unknown as [...Literals<T>], options);
}

/** Longest message of a conversation, in code points. */
export const MESSAGE_MAX = 1000;
/** Longest text of a message request, in code points. */
export const REQUEST_MAX = 250;
/** Most emoji in one message of type emoji, in graphemes. */
export const EMOJI_MAX = 12;

export const GENDERS = ["male", "female", "non-binary"] as const;
export const ROLES = ["user", "moderator", "admin"] as const;
export const MESSAGE_TYPES = ["text", "image", "emoji"] as const;
export const REQUEST_STATUSES = ["pending", "accepted", "declined", "cancelled"] as const;
export const CONVERSATION_STATUSES = ["active", "archived", "blocked"] as const;
export const MATCH_TYPES = ["mutual_like", "message_accepted", "message_replied"] as const;
export const ACTION_TYPES = ["like", "dislike", "super_like", "message_request"] as const;
export const REPORT_REASONS = [
  "fake_profile",
  "inappropriate_behavior",
  "spam",
  "harassment",
  "scam",
  "underage",
  "other",
] as const;
export const REPORT_STATUSES = ["pending", "reviewed", "resolved", "dismissed"] as const;
export const SANCTION_KINDS = ["warn", "mute", "suspend", "ban"] as const;
/** What moderation tells people of. */
export const NOTICE_KINDS = [
  "sanction",
  "sanction_lifted",
  "block_lifted",
  "report_outcome",
  "appeal_decided",
] as const;

export const Gender = literals(GENDERS, { $id: "Gender" });
export const Role = literals(ROLES, { $id: "Role" });
export const MessageType = literals(MESSAGE_TYPES, { $id: "MessageType" });
export const RequestStatus = literals(REQUEST_STATUSES, { $id: "RequestStatus" });
export const ConversationStatus = literals(CONVERSATION_STATUSES, { $id: "ConversationStatus" });
export const MatchType = literals(MATCH_TYPES, { $id: "MatchType" });
export const ActionType = literals(ACTION_TYPES);
export const ReportReason = literals(REPORT_REASONS, { $id: "ReportReason" });
export const ReportStatus = literals(REPORT_STATUSES, { $id: "ReportStatus" });
export const APPEAL_STATUSES = ["open", "upheld", "overturned"] as const;
export const AppealStatus = literals(APPEAL_STATUSES, { $id: "AppealStatus" });
export type AppealStatus = Static<typeof AppealStatus>;
export const SanctionKind = literals(SANCTION_KINDS, { $id: "SanctionKind" });

export type Gender = Static<typeof Gender>;
export type Role = Static<typeof Role>;
export type MessageType = Static<typeof MessageType>;
export type RequestStatus = Static<typeof RequestStatus>;
export type ConversationStatus = Static<typeof ConversationStatus>;
export type MatchType = Static<typeof MatchType>;
export type ActionType = Static<typeof ActionType>;
export type ReportReason = Static<typeof ReportReason>;
export type ReportStatus = Static<typeof ReportStatus>;
export type SanctionKind = Static<typeof SanctionKind>;

/** Presence as somebody else sees it. */
export const activityFacts = {
  is_online: Nullable(Type.Boolean(), {
    description:
      "Null unless the two share an active conversation or match; false when the person hides their activity",
  }),
  last_active: Nullable(Timestamp, { description: "Null wherever `is_online` is, and when it is hidden" }),
};

/** How one person sees another in a list: never an e-mail address or a birth date. */
export const UserCard = Type.Object(
  {
    id: Uuid,
    name: Type.String(),
    profile_photos: Type.Array(Type.String()),
    ...activityFacts,
  },
  { $id: "UserCard", description: "How one person sees another in a list" },
);
export type UserCard = Static<typeof UserCard>;

/** What every view of a profile tells, beside name and photos. */
export const profileFacts = {
  age: Type.Integer(),
  gender: Gender,
  country: Type.String(),
  state: Nullable(Type.String()),
  city: Nullable(Type.String()),
  bio: Nullable(Type.String()),
  interests: Type.Array(Type.String()),
};

/** A picture that was uploaded here. */
export const Media = Type.Object(
  {
    id: Uuid,
    url: Type.String({
      description:
        "The picture, as WebP; a path is relative to this server. Signed ones are good for 60–120 s",
      examples: ["/media/0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11/picture?expires=1768473300&signature=…"],
    }),
    thumb_url: Type.String({
      description: "The same with at most 512 pixels a side; signed",
      examples: ["/media/0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11/thumb?expires=1768473300&signature=…"],
    }),
    width: Type.Integer({ minimum: 1, description: "Of the picture, upright", examples: [1536] }),
    height: Type.Integer({ minimum: 1, examples: [2048] }),
    placeholder: Type.String({
      description: "ThumbHash, in base64: what to show until the picture is there",
      examples: ["1QcSHQRnh493V4dIh4eXh1h4kJUI"],
    }),
    size: Type.Integer({ minimum: 1, description: "Bytes of the picture", examples: [214_803] }),
  },
  { $id: "Media", description: "A picture that was uploaded here" },
);
export type Media = Static<typeof Media>;

/** On an image message whose content is the address of an upload. */
export const mediaFact = Type.Optional(
  Nullable(Media, {
    description: "Of an image that was uploaded here, with fresh links; null once it was removed",
  }),
);

/** A message as its two people see it. */
export const Message = Type.Object(
  {
    id: Uuid,
    conversation_id: Uuid,
    seq: Type.Integer({
      minimum: 1,
      description: "Position in the conversation: 1, 2, 3 … the same for both",
    }),
    sender_id: Uuid,
    receiver_id: Uuid,
    content: Type.String(),
    message_type: MessageType,
    media: mediaFact,
    is_request: Type.Boolean(),
    request_status: Type.Optional(RequestStatus),
    is_read: Type.Boolean({ description: "On own messages: only known to premium senders, else false" }),
    read_at: Type.Optional(Timestamp),
    client_message_id: Type.Optional(Type.String({ description: "Only on one's own messages" })),
    created_at: Timestamp,
  },
  { $id: "Message", description: "A message as its two people see it" },
);
export type Message = Static<typeof Message>;

/** Where a list goes on. */
export const Pagination = Type.Object(
  {
    cursor: Nullable(Type.String({ description: "Opaque; null at the end" })),
    hasMore: Type.Boolean(),
  },
  { $id: "Pagination", description: "Where a list goes on" },
);
export type Pagination = Static<typeof Pagination>;
