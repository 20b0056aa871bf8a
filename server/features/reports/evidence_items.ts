/**
 * What one item of evidence holds once it is unsealed. Shapes only.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { MessageType, Nullable, ReportReason, Timestamp, Uuid } from "../../protocol/models.ts";

/** What the reporter said, once for each time they reported. Never who they are: that is the report's. */
export const Statement = Type.Object({
  reason: ReportReason,
  description: Nullable(Type.String()),
  message_ids: Type.Array(Uuid),
  filed_at: Timestamp,
});
export type Statement = Static<typeof Statement>;

/** The reported profile as it was. */
export const ProfileSnapshot = Type.Object({
  id: Uuid,
  name: Type.String(),
  age: Type.Integer(),
  gender: Type.String(),
  country: Type.String(),
  state: Nullable(Type.String()),
  city: Nullable(Type.String()),
  bio: Nullable(Type.String()),
  profile_photos: Type.Array(Type.String()),
  interests: Type.Array(Type.String()),
  joined_at: Timestamp,
});
export type ProfileSnapshot = Static<typeof ProfileSnapshot>;

/** A message as it was. */
export const MessageCopy = Type.Object({
  id: Uuid,
  conversation_id: Nullable(Uuid),
  seq: Nullable(Type.Integer()),
  sender_id: Uuid,
  receiver_id: Uuid,
  content: Type.String(),
  message_type: MessageType,
  is_request: Type.Boolean(),
  request_status: Nullable(Type.String()),
  created_at: Timestamp,
  named: Type.Boolean({ description: "The reporter pointed at it; the others surround it" }),
});
export type MessageCopy = Static<typeof MessageCopy>;

/** One item before it is sealed. */
export type EvidenceContent =
  | { readonly kind: "statement"; readonly content: Statement }
  | { readonly kind: "profile"; readonly content: ProfileSnapshot }
  | { readonly kind: "message"; readonly content: MessageCopy };

/** One item after it was unsealed. */
export type OpenedItem = EvidenceContent & { readonly position: number; readonly sealedAt: Date };
