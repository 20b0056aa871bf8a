/**
 * The wire of discovery. Types come from these by `Static`.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { Id, profileFacts, UserCard, Uuid } from "../../protocol/models.ts";
import { MatchItem } from "../matches/mod.ts";
import { InteractionStatus } from "../users/mod.ts";

/** Somebody as the feed shows them: never an e-mail address or a birth date. */
export const Profile = Type.Composite(
  [UserCard, Type.Object({ ...profileFacts, interaction_status: InteractionStatus })],
  { $id: "DiscoveryProfile", description: "Somebody to meet: never an e-mail address or a birth date" },
);
export type Profile = Static<typeof Profile>;
export const Profiles = Type.Object({ profiles: Type.Array(Profile) });

export const ActionBody = Type.Object({
  target_id: Id,
  action_type: Type.String({
    maxLength: 64,
    enum: ["like", "dislike", "super_like"],
    examples: ["like"],
  }),
});
export type ActionBody = Static<typeof ActionBody>;

export const ActionAnswer = Type.Object({
  message: Type.String({ examples: ["It's a match!", "Like recorded"] }),
  action_id: Uuid,
  match_found: Type.Boolean({ description: "Whether the two are matched now" }),
  match: Type.Optional(MatchItem),
});
export type ActionAnswer = Static<typeof ActionAnswer>;
