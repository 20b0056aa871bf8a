/**
 * The event catalogue of the socket: every event's name, direction, schema, durability, limit and meaning, once.
 * Types, validators, the dispatch table, AsyncAPI and the client all derive from it.
 * @module
 */

import { type Static, type TObject, Type } from "@sinclair/typebox";
import { TextField } from "./fields.ts";
import {
  ConversationStatus,
  described,
  Id,
  literals,
  MatchType,
  MESSAGE_MAX,
  MESSAGE_TYPES,
  MessageType,
  mediaFact,
  NOTICE_KINDS,
  Nullable,
  RequestStatus,
  SanctionKind,
  Timestamp,
  UserCard,
  Uuid,
} from "./models.ts";

interface EventSpec {
  /** What the event means and when it is sent, for the generated documentation. */
  readonly doc: string;
  readonly data: TObject;
}

interface ServerEventSpec extends EventSpec {
  /** Durable events have a per-user `seq`, are kept 30 days and replayed; the others are lost with the socket. */
  readonly durable: boolean;
  /** Only members of staff receive it. */
  readonly staff?: boolean;
}

interface ClientEventSpec extends EventSpec {
  /** Only members of staff may send it. */
  readonly staff?: boolean;
  /** Name of the limit in the configuration that this event is counted against. */
  readonly limit?: "WS_SEND_MESSAGE" | "WS_TYPING" | "WS_MARK_READ";
}

const ClientMessageId = TextField({
  min: 1,
  max: 64,
  verbatim: true,
  description: "Chosen by the client, once a message: a retry with it returns the original result, for ever",
});

/** Read when the event is told: after a pause it is the person as they are then. */
const OtherPerson = described(UserCard, "The other person");

/** Events that a client sends. */
export const CLIENT_EVENTS = {
  authenticate: {
    doc: "The first frame, within 10 s. On a live socket: a fresh token of the same user.",
    data: Type.Object({
      token: Type.String({ maxLength: 4096 }),
      since: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: "The last seq this device has seen: what came after is replayed",
        }),
      ),
    }),
  },
  send_message: {
    doc: "Sends a message to a person. Acknowledged after it is stored.",
    limit: "WS_SEND_MESSAGE",
    data: Type.Object({
      receiver_id: Id,
      conversation_id: Type.Optional(Id),
      content: TextField({ min: 1, max: MESSAGE_MAX, tooLongIs: "CONTENT_TOO_LONG" }),
      // Its enum is published only: any other text is INVALID_MESSAGE_TYPE.
      message_type: Type.Optional(
        Type.String({ title: "SentMessageType", maxLength: 64, default: "text", enum: MESSAGE_TYPES }),
      ),
      client_message_id: Type.Optional(ClientMessageId),
    }),
  },
  mark_read: {
    doc: "Marks a message and all earlier ones of its conversation as read.",
    limit: "WS_MARK_READ",
    data: Type.Object({ message_id: Id }),
  },
  typing_start: {
    doc: "The user is typing; it ends 10 s after the last one, so clients renew it every 8 s.",
    limit: "WS_TYPING",
    data: Type.Object({ conversation_id: Id }),
  },
  typing_stop: {
    doc: "The user stopped typing.",
    limit: "WS_TYPING",
    data: Type.Object({ conversation_id: Id }),
  },
  received: {
    doc:
      "This device has everything up to that position of its log, so that nobody notifies it of that; at most once a " +
      "second. A client that never sends it counts as having received what was written to its socket before its last " +
      "pong.",
    data: Type.Object({
      seq: Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: "The last seq it has seen",
      }),
    }),
  },
  admin_subscribe: {
    doc: "Staff only: switches the stream of `admin_stats`, once a second, on or off for this socket.",
    staff: true,
    data: Type.Object({ stats: Type.Boolean() }),
  },
} as const satisfies Record<string, ClientEventSpec>;

/** Durable events: rows of the user's log first, frames second. */
export const DURABLE_EVENTS = {
  new_message: {
    doc:
      "A message was stored: to every device of both people, the one that sent it included. The first one of a " +
      "conversation has the other person as `user`, unless a match opened the conversation before.",
    durable: true,
    data: Type.Object({
      message_id: Uuid,
      conversation_id: Uuid,
      seq: Type.Integer({ minimum: 1, description: "Position in the conversation" }),
      sender_id: Uuid,
      receiver_id: Uuid,
      content: Type.String(),
      message_type: MessageType,
      media: mediaFact,
      is_request: Type.Boolean(),
      client_message_id: Type.Optional(Type.String({ description: "Only to the sender's own devices" })),
      created_at: Timestamp,
      user: Type.Optional(OtherPerson),
    }),
  },
  message_read: {
    doc: "Messages up to this one were read: to the reader's other devices, and to the sender if premium.",
    durable: true,
    data: Type.Object({
      message_id: Uuid,
      conversation_id: Uuid,
      seq: Type.Integer({ minimum: 1, description: "Everything up to this position is read" }),
      read_by: Uuid,
      read_at: Timestamp,
    }),
  },
  request_received: {
    doc: "Somebody sent a message request.",
    durable: true,
    data: Type.Object({
      request_id: Uuid,
      message_id: Uuid,
      sender_id: Uuid,
      preview_text: Type.String(),
      created_at: Timestamp,
      user: OtherPerson,
    }),
  },
  request_updated: {
    doc: "A message request was accepted, declined or cancelled, or (to the sender's devices) sent.",
    durable: true,
    data: Type.Object({
      request_id: Uuid,
      message_id: Uuid,
      sender_id: Uuid,
      receiver_id: Uuid,
      status: RequestStatus,
      conversation_id: Nullable(Uuid),
      match_id: Nullable(Uuid),
    }),
  },
  match_created: {
    doc: "Two people matched.",
    durable: true,
    data: Type.Object({
      match_id: Uuid,
      user_id: Type.String({ description: "The other person" }),
      match_type: MatchType,
      conversation_id: Uuid,
      matched_at: Timestamp,
      user: OtherPerson,
    }),
  },
  match_removed: {
    doc: "A match ended.",
    durable: true,
    data: Type.Object({ match_id: Uuid, user_id: Uuid, conversation_id: Nullable(Uuid) }),
  },
  conversation_updated: {
    doc: "A conversation was opened, archived or blocked.",
    durable: true,
    data: Type.Object({ conversation_id: Uuid, user_id: Uuid, status: ConversationStatus }),
  },
  moderation_notice: {
    doc: "A word from moderation: a warning, a sanction, its end, the end of one's block, or the outcome of one's own report or appeal. It comes after the ten seconds in which the decision can be undone.",
    durable: true,
    data: Type.Object({
      notice: literals(NOTICE_KINDS, {
        $id: "NoticeKind",
      }),
      kind: Nullable(SanctionKind),
      text: Type.String(),
      until: Nullable(Type.String({ description: "RFC 3339, or null when it has no end" })),
      report_id: Nullable(Uuid),
    }),
  },
} as const satisfies Record<string, ServerEventSpec>;

/** Events that are gone with the socket: answers, presence, typing, staff streams. */
export const EPHEMERAL_EVENTS = {
  authenticated: {
    doc: "Answer to `authenticate`.",
    durable: false,
    data: Type.Object({
      user_id: Uuid,
      seq: Type.Integer({ minimum: 0, description: "Head of the user's log" }),
      heartbeat_ms: Type.Integer({ description: "The server pings this often" }),
      session_id: Uuid,
    }),
  },
  caught_up: {
    doc: "The replay is complete; from here on frames are live.",
    durable: false,
    data: Type.Object({ seq: Type.Integer({ minimum: 0 }) }),
  },
  resync_required: {
    doc: "`since` is older than the log: load the lists again, then go on from `seq`.",
    durable: false,
    data: Type.Object({ seq: Type.Integer({ minimum: 0 }) }),
  },
  token_expiring: {
    doc: "60 s before the access token runs out: send `authenticate` with a fresh one.",
    durable: false,
    data: Type.Object({ expires_at: Timestamp }),
  },
  ack: {
    doc:
      "The frame with this id was carried out and committed. `data` is the REST answer's data. That of `send_message` " +
      "has a `seq` as durable events have: it stands for the message's `new_message`, which only the sender's other " +
      "sockets get. Without a `seq` (a retry), `new_message` has come or comes as well.",
    durable: false,
    data: Type.Object({}, { additionalProperties: true }),
  },
  error: {
    doc:
      "The frame with this id failed. On Socket.IO also the last event before the server closes: `details` then holds " +
      "`close_code`, `reconnect` and what the close code's reason holds, and `code` is the close code's name.",
    durable: false,
    data: Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Unknown(),
      retryable: Type.Boolean(),
    }),
  },
  user_typing: {
    doc:
      "The other person of a conversation started or stopped typing. It also ends 10 s after the last start, when " +
      "their socket closes, and when the conversation is no longer active.",
    durable: false,
    data: Type.Object({ conversation_id: Uuid, user_id: Uuid, is_typing: Type.Boolean() }),
  },
  presence_snapshot: {
    doc:
      "After `caught_up`: who is online of the people with whom there is an active conversation, of the 200 most " +
      "recently active ones. Everybody else of those is offline.",
    durable: false,
    data: Type.Object({ online: Type.Array(Uuid, { maxItems: 200 }) }),
  },
  user_online: {
    doc: "Somebody with whom there is an active conversation or match came online.",
    durable: false,
    data: Type.Object({ user_id: Uuid }),
  },
  user_offline: {
    doc: "Somebody with whom there is an active conversation or match went offline.",
    durable: false,
    data: Type.Object({ user_id: Uuid, last_active: Timestamp }),
  },
  admin_stats: {
    doc: "Once a second to staff who asked for it: the numbers of GET /admin/stats.",
    durable: false,
    staff: true,
    data: Type.Object({}, { additionalProperties: true }),
  },
  report_created: {
    doc: "A report was filed.",
    durable: false,
    staff: true,
    data: Type.Object({ report_id: Uuid, reported_id: Uuid, reason: Type.String() }),
  },
  report_updated: {
    doc: "A report was claimed, released, noted, resolved or undone.",
    durable: false,
    staff: true,
    data: Type.Object({
      report_id: Uuid,
      status: Type.String(),
      claimed_by: Nullable(Uuid),
      actor_id: Nullable(Uuid),
    }),
  },
  block_created: {
    doc: "Somebody blocked somebody.",
    durable: false,
    staff: true,
    data: Type.Object({ block_id: Uuid, blocker_id: Uuid, blocked_id: Uuid }),
  },
} as const satisfies Record<string, ServerEventSpec>;

/** Every event that the server sends. */
export const SERVER_EVENTS = { ...DURABLE_EVENTS, ...EPHEMERAL_EVENTS };

export type ClientEventName = keyof typeof CLIENT_EVENTS;
export type DurableEventName = keyof typeof DURABLE_EVENTS;
export type EphemeralEventName = keyof typeof EPHEMERAL_EVENTS;
export type ServerEventName = keyof typeof SERVER_EVENTS;

/** Payload of an event that a client sends. */
export type ClientEventData<E extends ClientEventName> = Static<(typeof CLIENT_EVENTS)[E]["data"]>;
/** Payload of an event that the server sends. */
export type EventData<E extends ServerEventName> = Static<(typeof SERVER_EVENTS)[E]["data"]>;
