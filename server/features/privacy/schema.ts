/**
 * Deleting the account and the export, on the wire. Types come from these by `Static`.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import {
  ActionType,
  AppealStatus,
  ConversationStatus,
  MatchType,
  MessageType,
  Nullable,
  ReportReason,
  RequestStatus,
  SanctionKind,
  Timestamp,
  Uuid,
} from "../../protocol/models.ts";
import { OwnProfile } from "../users/mod.ts";

export const DeleteBody = Type.Object({
  code: Type.String({
    pattern: "^[0-9]{6}$",
    description: "six digits, mailed to the account's own address by POST /auth/send-otp",
    examples: ["042137"],
  }),
});

export const Deleted = Type.Object({ message: Type.String({ examples: ["Account deleted"] }) });

/** The other one of a pair. */
const ExportedPerson = Type.Object({
  id: Uuid,
  name: Nullable(Type.String(), { description: "Null while one of the two blocks the other" }),
});

const ExportedMessage = Type.Object({
  id: Uuid,
  conversation_id: Nullable(Uuid),
  seq: Nullable(Type.Integer({ minimum: 1 })),
  sender_id: Uuid,
  receiver_id: Uuid,
  content: Type.String(),
  message_type: MessageType,
  is_request: Type.Boolean(),
  request_status: Nullable(RequestStatus),
  read_at: Nullable(Timestamp),
  created_at: Timestamp,
});

/** Everything of a person, list by list; what an app would not show them is not in it either. */
export const Export = Type.Object({
  generated_at: Timestamp,
  profile: OwnProfile,
  sessions: Type.Array(
    Type.Object({
      id: Uuid,
      created_at: Timestamp,
      last_used_at: Timestamp,
      ended_at: Nullable(Timestamp),
      ended_by: Nullable(Type.String({ examples: ["logout"] })),
    }),
  ),
  devices: Type.Array(
    Type.Object({
      id: Uuid,
      session_id: Uuid,
      provider: Type.String({ examples: ["fcm"] }),
      app_id: Nullable(Type.String({ examples: ["com.example.app"] })),
      locale: Nullable(Type.String({ examples: ["de-DE"] })),
      preview: Type.String({ examples: ["none"] }),
      created_at: Timestamp,
      disabled_at: Nullable(Timestamp),
    }),
    { description: "That are notified; without their tokens" },
  ),
  conversations: Type.Array(
    Type.Object({
      id: Uuid,
      user: ExportedPerson,
      status: ConversationStatus,
      created_at: Timestamp,
      last_activity: Timestamp,
    }),
  ),
  messages_sent: Type.Array(ExportedMessage, {
    description: "`read_at` only for premium accounts, and as it was when a conversation ended",
  }),
  messages_received: Type.Array(ExportedMessage, {
    description: "Without those of conversations that a block has closed",
  }),
  requests_sent: Type.Array(
    Type.Object({
      id: Uuid,
      message_id: Uuid,
      receiver_id: Uuid,
      preview_text: Type.String(),
      status: RequestStatus,
      created_at: Timestamp,
      updated_at: Timestamp,
    }),
  ),
  requests_received: Type.Array(
    Type.Object({
      id: Uuid,
      message_id: Uuid,
      sender_id: Uuid,
      preview_text: Type.String(),
      status: RequestStatus,
      created_at: Timestamp,
      updated_at: Timestamp,
    }),
  ),
  matches: Type.Array(
    Type.Object({
      id: Uuid,
      user: ExportedPerson,
      active: Type.Boolean(),
      match_type: MatchType,
      matched_at: Timestamp,
      unmatch_reason: Nullable(
        Type.String({ description: "Given when ending it oneself", examples: ["Asked for money"] }),
      ),
    }),
  ),
  media: Type.Array(
    Type.Object({
      id: Uuid,
      width: Type.Integer(),
      height: Type.Integer(),
      size: Type.Integer(),
      sent: Type.Boolean({ description: "Whether it was sent to somebody" }),
      created_at: Timestamp,
      webp: Nullable(
        Type.String({ description: "The picture itself, in base64", examples: ["UklGRiIAAABXRUJQ"] }),
        {
          description: "Null where the store is away",
        },
      ),
    }),
    { description: "Pictures uploaded" },
  ),
  actions: Type.Array(
    Type.Object({ id: Uuid, target_id: Uuid, action_type: ActionType, created_at: Timestamp }),
    { description: "Likes and dislikes given" },
  ),
  blocks: Type.Array(
    Type.Object({ id: Uuid, blocked_id: Uuid, reason: Nullable(Type.String()), created_at: Timestamp }),
  ),
  reports: Type.Array(
    Type.Object({
      id: Uuid,
      reported_id: Uuid,
      reason: ReportReason,
      description: Nullable(Type.String()),
      open: Type.Boolean(),
      created_at: Timestamp,
    }),
    { description: "Reports filed" },
  ),
  sanctions: Type.Array(
    Type.Object({
      id: Uuid,
      kind: SanctionKind,
      reason: Type.String(),
      until: Nullable(Timestamp),
      created_at: Timestamp,
      lifted_at: Nullable(Timestamp),
    }),
    { description: "Against the account" },
  ),
  notices: Type.Array(
    Type.Object({
      id: Uuid,
      notice: Type.String({ examples: ["sanction"] }),
      text: Type.String(),
      sanction_id: Nullable(Uuid),
      report_id: Nullable(Uuid),
      told_at: Timestamp,
    }),
    { description: "What moderation told the person" },
  ),
  appeals: Type.Array(
    Type.Object({
      id: Uuid,
      sanction_id: Nullable(Uuid),
      report_id: Nullable(Uuid),
      text: Type.String(),
      status: AppealStatus,
      decision_reason: Nullable(Type.String()),
      created_at: Timestamp,
      decided_at: Nullable(Timestamp),
    }),
  ),
  complete: Type.Literal(true, { description: "The last key: without it the download was cut off" }),
});
export type Export = Static<typeof Export>;

/** The lists of an export, which are read page by page. */
export type ExportList = {
  [K in keyof Export]: Export[K] extends unknown[] ? K : never;
}[keyof Export];
