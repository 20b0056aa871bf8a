/**
 * Profiles on the wire: what a person writes about themselves, reads of themselves, and shows to others.
 * Rules that no schema can write are in profile_rules.ts.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { TextField } from "../../protocol/fields.ts";
import {
  activityFacts,
  GENDERS,
  Gender,
  Nullable,
  profileFacts,
  Role,
  Timestamp,
  Uuid,
} from "../../protocol/models.ts";
/** A name: on one line. */
export const NAME_RULES = { min: 2, max: 50, oneLine: true } as const;
/** What people write about themselves, on several lines. */
export const BIO_RULES = { max: 500 } as const;
/** A city or a state. */
export const PLACE_RULES = { max: 100, oneLine: true } as const;
/** One interest. */
export const INTEREST_RULES = { min: 1, max: 50, oneLine: true } as const;
/** Photos of one person, at most. */
export const PHOTOS_MAX = 9;
/** Characters of a photo's URL, at most. */
export const PHOTO_URL_MAX = 2048;
/** Interests of one person, at most. */
export const INTERESTS_MAX = 30;
const place = (example: string) =>
  Type.Optional(
    Nullable(
      TextField({
        ...PLACE_RULES,
        description: "At most 100 characters; null clears it",
        examples: [example],
      }),
    ),
  );

const optionalFields = {
  state: place("Bavaria"),
  city: place("Munich"),
  bio: Type.Optional(
    Nullable(
      TextField({
        ...BIO_RULES,
        description: "At most 500 characters; null clears it",
        examples: ["Mountains, film photography, tea"],
      }),
    ),
  ),
  profile_photos: Type.Optional(
    Type.Array(
      TextField({
        min: 1,
        max: PHOTO_URL_MAX,
        description: "https URL",
        examples: ["https://storage.vibesmatch.com/photos/jane_1.jpg"],
      }),
      { maxItems: PHOTOS_MAX, description: "At most 9, the first is the main one" },
    ),
  ),
  interests: Type.Optional(
    Type.Array(TextField({ ...INTEREST_RULES, description: "1 to 50 characters", examples: ["hiking"] }), {
      maxItems: INTERESTS_MAX,
      description: "At most 30",
    }),
  ),
  preferred_genders: Type.Optional(
    Type.Array(Gender, { maxItems: GENDERS.length, description: "Who discovery shows; empty: everybody" }),
  ),
  show_activity_status: Type.Optional(
    Type.Boolean({ description: "false hides is_online and last_active from others" }),
  ),
};

const requiredFields = {
  name: TextField({ ...NAME_RULES, description: "2 to 50 characters", examples: ["Jane"] }),
  gender: Gender,
  country: TextField({ min: 2, max: 2, description: "ISO 3166-1 alpha-2", examples: ["DE"] }),
};

const BirthDate = Type.String({
  pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
  description: "YYYY-MM-DD, at least 18 years ago; cannot be changed later",
  examples: ["1995-05-15"],
});

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
export const OwnProfile = Type.Object(
  {
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
  },
  { $id: "OwnProfile", description: "A person's own profile" },
);
export type OwnProfile = Static<typeof OwnProfile>;

/** What the viewer has to do with the person. */
export const InteractionStatus = Type.Object(
  {
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
  },
  { $id: "InteractionStatus", description: "What the viewer has to do with the person" },
);
export type InteractionStatus = Static<typeof InteractionStatus>;

/** A person as others see them: an age, never an e-mail address or a birth date. */
export const PublicProfile = Type.Object(
  {
    id: Uuid,
    name: Type.String(),
    ...profileFacts,
    profile_photos: Type.Array(Type.String()),
    ...activityFacts,
    interaction_status: InteractionStatus,
  },
  {
    $id: "PublicProfile",
    description: "A person as others see them: an age, never an e-mail address or a birth date",
  },
);
export type PublicProfile = Static<typeof PublicProfile>;
