/**
 * Blocking on the wire.
 * @module
 */

import { type Static, Type } from "@sinclair/typebox";
import { TextField } from "../../protocol/fields.ts";
import { Nullable, Timestamp, Uuid } from "../../protocol/models.ts";

/** Longest reason, in code points. */
export const REASON_MAX = 100;

export const BlockBody = Type.Object(
  {
    reason: Type.Optional(
      TextField({
        max: REASON_MAX,
        description: "For yourself and for moderators, at most 100 characters; the person never sees it",
        examples: ["inappropriate_behavior"],
      }),
    ),
  },
  { examples: [{ reason: "inappropriate_behavior" }] },
);
export type BlockBody = Static<typeof BlockBody>;

export const Done = Type.Object({
  message: Type.String({ examples: ["User blocked successfully"] }),
});

/** Somebody one has blocked, with the name and pictures of before the block: enough to recognise them. */
export const BlockedUser = Type.Object({
  id: Uuid,
  name: Type.String(),
  profile_photos: Type.Array(Type.String()),
});

export const Block = Type.Object({
  id: Uuid,
  user: BlockedUser,
  reason: Nullable(Type.String()),
  created_at: Timestamp,
});
export type Block = Static<typeof Block>;

export const Blocks = Type.Object({ blocks: Type.Array(Block) });
