/**
 * The wire of matches. Types come from these by `Static`.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { TextField } from "../../protocol/fields.ts";
import { MatchType, Timestamp, UserCard, Uuid } from "../../protocol/models.ts";

/** A match as one of its two people sees it. */
export const MatchItem = Type.Object(
  {
    id: Uuid,
    user: UserCard,
    match_type: MatchType,
    matched_at: Timestamp,
    conversation_id: Type.Optional(Uuid),
  },
  { $id: "Match", description: "A match as one of its two people sees it" },
);
export type MatchItem = Static<typeof MatchItem>;

export const Matches = Type.Object({ matches: Type.Array(MatchItem) });

export const UnmatchBody = Type.Optional(
  Type.Object(
    {
      reason: Type.Optional(
        TextField({
          max: 100,
          description: "For moderators, at most 100 characters; the other person never sees it",
          examples: ["Asked for money"],
        }),
      ),
    },
    { examples: [{ reason: "Asked for money" }] },
  ),
);

export const Unmatched = Type.Object({
  message: Type.String({ examples: ["Unmatched successfully"] }),
});
