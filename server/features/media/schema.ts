/**
 * The wire of uploads. Types come from these by `Static`.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { literals, Media, Timestamp, Uuid } from "../../protocol/models.ts";

/** Bytes of an upload at most. */
export const MAX_BYTES = 10 * 1024 * 1024;

export const CONTENT_TYPES = ["image/jpeg", "image/png", "image/webp"] as const;

export const UploadBody = Type.Object(
  {
    content_type: literals(CONTENT_TYPES, {
      description: "What the file is; it is decoded anyway",
    }),
    size: Type.Integer({ minimum: 1, maximum: MAX_BYTES, description: "Bytes of the file, at most 10 MB" }),
  },
  { examples: [{ content_type: "image/jpeg", size: 482_113 }] },
);
export type UploadBody = Static<typeof UploadBody>;

export const Upload = Type.Object({
  media_id: Uuid,
  upload: Type.Object({
    method: Type.Literal("PUT"),
    url: Type.String({
      description: "Where the file goes; a path is relative to this server",
      examples: ["/media/0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11/upload?expires=1768473300&signature=…"],
    }),
    headers: Type.Record(Type.String(), Type.String(), {
      description: "To be sent with it",
      examples: [{ "content-type": "image/jpeg" }],
    }),
  }),
  expires_at: Timestamp,
});
export type Upload = Static<typeof Upload>;

export const Completed = Type.Object({ media: Media });

export const SignedLink = Type.Object({
  expires: Type.String({ pattern: "^[0-9]{1,12}$" }),
  signature: Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" }),
});
export type SignedLink = Static<typeof SignedLink>;
