/**
 * Profiles on the wire: what a person writes about themselves, reads of themselves, and shows to others.
 * Shape only; lengths in code points and the other rules are in profile_rules.ts.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import {
  activityFacts,
  Gender,
  Nullable,
  profileFacts,
  Role,
  Timestamp,
  Uuid,
} from "../../protocol/models.ts";

/** Far above any allowed length: the rules count code points, a schema would count UTF-16 units. */
const LOOSE_MAX = 8192;

function text(description: string, example: string) {
  return Type.String({ maxLength: LOOSE_MAX, description, examples: [example] });
}

const BirthDate = Type.String({
  maxLength: 32,
  description: "YYYY-MM-DD, at least 18 years ago; cannot be changed later",
  examples: ["1995-05-15"],
});

const optionalFields = {
  state: Type.Optional(Nullable(text("At most 100 characters; null clears it", "Bavaria"))),
  city: Type.Optional(Nullable(text("At most 100 characters; null clears it", "Munich"))),
  bio: Type.Optional(
    Nullable(text("At most 500 characters; null clears it", "Mountains, film photography, tea")),
  ),
  profile_photos: Type.Optional(
    Type.Array(text("https URL", "https://storage.vibesmatch.com/photos/jane_1.jpg"), {
      maxItems: 100,
      description: "At most 9, the first is the main one",
    }),
  ),
  interests: Type.Optional(
    Type.Array(text("1 to 50 characters", "hiking"), { maxItems: 300, description: "At most 30" }),
  ),
  preferred_genders: Type.Optional(
    Type.Array(Gender, { maxItems: 30, description: "Who discovery shows; empty: everybody" }),
  ),
  show_activity_status: Type.Optional(
    Type.Boolean({ description: "false hides is_online and last_active from others" }),
  ),
};

const requiredFields = {
  name: text("2 to 50 characters", "Jane"),
  gender: Gender,
  country: text("ISO 3166-1 alpha-2", "DE"),
};

/** What a new person says about themselves. */
export const ProfileFields = Type.Object({
  ...requiredFields,
  date_of_birth: BirthDate,
  ...optionalFields,
});
export type ProfileFields = Static<typeof ProfileFields>;

/** What a person may change: any of these, the others stay. */
export const ProfileChanges = Type.Object({
  name: Type.Optional(requiredFields.name),
  gender: Type.Optional(requiredFields.gender),
  country: Type.Optional(requiredFields.country),
  ...optionalFields,
});
export type ProfileChanges = Static<typeof ProfileChanges>;

/** A person's own profile. */
export const OwnProfile = Type.Object({
  id: Uuid,
  email: Type.String(),
  name: Type.String(),
  date_of_birth: Type.String({ description: "YYYY-MM-DD" }),
  ...profileFacts,
  profile_photos: Type.Array(Type.String()),
  preferred_genders: Type.Array(Gender),
  show_activity_status: Type.Boolean(),
  is_premium: Type.Boolean({ description: "Whether premium counts now" }),
  premium_expires_at: Nullable(Timestamp),
  onboarding_completed: Type.Boolean(),
  role: Role,
  last_active: Timestamp,
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type OwnProfile = Static<typeof OwnProfile>;

/** What the viewer has to do with the person. */
export const InteractionStatus = Type.Object({
  has_liked: Type.Boolean({ description: "The viewer likes this person" }),
  has_messaged: Type.Boolean({
    description: "The viewer has written to this person: a message, or a request that was not cancelled",
  }),
  is_matched: Type.Boolean(),
  can_message: Type.Boolean({
    description:
      "Whether a text of the viewer would be taken now, as a message, a reply or a request: " +
      "with an active conversation yes; with an archived one (unmatched) no; without one, premium viewers yes, " +
      "others unless their own request is pending or was declined in the last 30 days. " +
      "Never to oneself, never while muted.",
  }),
});
export type InteractionStatus = Static<typeof InteractionStatus>;

/** A person as others see them: an age, never an e-mail address or a birth date. */
export const PublicProfile = Type.Object({
  id: Uuid,
  name: Type.String(),
  ...profileFacts,
  profile_photos: Type.Array(Type.String()),
  ...activityFacts,
  interaction_status: InteractionStatus,
});
export type PublicProfile = Static<typeof PublicProfile>;
