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

const EXAMPLE_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/** A picture of a message. Its copies are objects of the store, sealed under the report's key. */
export const PictureCopy = Type.Object({
  media_id: Uuid,
  width: Nullable(Type.Integer({ description: "Null where it was deleted before it could be copied" })),
  height: Nullable(Type.Integer()),
  // Reports that were filed before it was sealed have none.
  placeholder: Type.Optional(
    Nullable(Type.String({ description: "ThumbHash in base64", examples: ["3OcRJYB4d3h/iIeHeEh3eIhw+j2w"] })),
  ),
  size: Type.Integer({ description: "Bytes; 0 where it was deleted before it could be copied" }),
  sealed_picture_sha256: Nullable(
    Type.String({ description: "Of the encrypted copy", examples: [EXAMPLE_SHA256] }),
  ),
  sealed_thumb_sha256: Nullable(Type.String({ examples: [EXAMPLE_SHA256] })),
});
export type PictureCopy = Static<typeof PictureCopy>;

/** One item before it is sealed. */
export type EvidenceContent =
  | { readonly kind: "statement"; readonly content: Statement }
  | { readonly kind: "profile"; readonly content: ProfileSnapshot }
  | { readonly kind: "message"; readonly content: MessageCopy }
  | { readonly kind: "picture"; readonly content: PictureCopy };

/** One item after it was unsealed. */
export type OpenedItem = EvidenceContent & { readonly position: number; readonly sealedAt: Date };
