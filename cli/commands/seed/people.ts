/**
 * Generates the users of the seed: a fixed list of edge cases first, then as many as the plan asks for.
 * @module
 */

import { faker } from "@faker-js/faker/locale/en";
import type { Gender, Role } from "../../../server/protocol/models.ts";
import { Random } from "../../random.ts";
import type { SeedPlan } from "./plan.ts";

/** A row of `users`, in the columns that the seed writes. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly dateOfBirth: string;
  readonly gender: Gender;
  readonly country: string;
  readonly city: string | null;
  readonly bio: string | null;
  readonly photos: readonly string[];
  readonly interests: readonly string[];
  readonly preferredGenders: readonly Gender[];
  readonly showActivityStatus: boolean;
  readonly isPremium: boolean;
  readonly premiumExpiresAt: string | null;
  readonly isActive: boolean;
  readonly role: Role;
  readonly lastActive: string;
  readonly createdAt: string;
}

/** The addresses of those whom first steps and tests name. */
export const CAST_EMAILS = {
  ada: "ada@demo.vibesmatch.test",
  ben: "ben@demo.vibesmatch.test",
  mo: "mo@demo.vibesmatch.test",
} as const;

type Part = Partial<Person> & { readonly name: string; readonly email: string };

const DOMAIN = "demo.vibesmatch.test";
const DAY = 86_400_000;
const GENDER_WEIGHTS = { female: 48, male: 48, "non-binary": 4 } as const;
const PLACES = [
  ["DE", "Berlin"], ["DE", "Hamburg"], ["FR", "Lyon"], ["GB", "Leeds"], ["US", "Portland"], ["US", "Austin"],
  ["ES", "Valencia"], ["IT", "Turin"], ["NL", "Utrecht"], ["PL", "Gdańsk"], ["SE", "Malmö"], ["BR", "Recife"],
] as const; // biome-ignore format: a table
const INTERESTS = [
  "hiking", "photography", "climbing", "cooking", "jazz", "board games", "film", "running", "ceramics", "sailing",
  "gardening", "chess", "travel", "yoga", "cycling", "poetry", "techno", "dogs", "cats", "languages", "museums",
] as const; // biome-ignore format: a table
const BIOS = [
  "Looking for someone to share long walks and short puns with.",
  "Mostly outdoors, occasionally at my desk.",
  "Ask me about the best bakery in town.",
  "Learning to make noodles from scratch. Send help.",
  "Two plants, one cat, many books.",
  "I will beat you at chess and apologise.",
  "New in town, curious about everything.",
] as const;

/**
 * The cast, by position: other parts of the seed refer to these positions.
 * Ada and Ben are the two whom the first steps of `vibes dev` use; Mo is the moderator.
 */
const CAST: readonly Part[] = [
  {
    name: "Ada Adler",
    email: CAST_EMAILS.ada,
    gender: "female",
    isPremium: true,
    preferredGenders: ["male"],
  },
  {
    name: "Ben Brook",
    email: CAST_EMAILS.ben,
    gender: "male",
    isPremium: false,
    preferredGenders: ["female"],
  },
  { name: "Mo Keller", email: CAST_EMAILS.mo, role: "moderator" },
  { name: "Ines Admin", email: `ines@${DOMAIN}`, role: "admin" },
  { name: "Blocking Bea", email: `bea@${DOMAIN}`, gender: "female" },
  { name: "Blocked Bob", email: `bob@${DOMAIN}`, gender: "male" },
  { name: "Chatty Charlie", email: `charlie@${DOMAIN}`, isPremium: true },
  { name: "Chatty Dana", email: `dana@${DOMAIN}`, isPremium: true },
  { name: "Emoji 👩‍👩‍👧‍👦🏳️‍🌈", email: `emoji@${DOMAIN}`, bio: "🧗‍♀️🍜🎷 🇩🇪➡️🇧🇷" },
  { name: "نور الدين", email: `nour@${DOMAIN}`, bio: "مرحبا! أحب القهوة والجبال." },
  { name: "X".repeat(50), email: `longest@${DOMAIN}`, bio: "y".repeat(500) },
  { name: "No", email: `nothing@${DOMAIN}`, bio: null, photos: [], interests: [], city: null },
  { name: "Hidden Hana", email: `hana@${DOMAIN}`, showActivityStatus: false },
  {
    name: "Expired Emil",
    email: `emil@${DOMAIN}`,
    isPremium: true,
    premiumExpiresAt: "2025-01-01T00:00:00Z",
  },
  { name: "Inactive Ingo", email: `ingo@${DOMAIN}`, isActive: false },
];

/** Positions in the cast that other parts of the seed name. */
export const ROLES_IN_CAST = {
  ada: 0, ben: 1, moderator: 2, admin: 3, blocker: 4, blocked: 5, chatty1: 6, chatty2: 7, emoji: 8, rtl: 9,
  inactive: 14,
} as const; // biome-ignore format: a table

/** From this position on people are made up. */
export const CAST_SIZE = CAST.length;

/** @returns The person at that position, the same for the same plan. */
export function personAt(plan: SeedPlan, index: number): Person {
  const random = new Random(`${plan.seed}/person/${index}`);
  const createdMs = plan.nowMs - Math.floor((2 + random.unit() * 500) * DAY);
  const gender = random.weighted(GENDER_WEIGHTS);
  const [country, city] = random.pick(PLACES);
  const age = 18 + Math.min(50, Math.floor(random.logNormal(9, 0.6)));
  const made: Person = {
    id: random.uuid(createdMs),
    email: `person${index}@${DOMAIN}`,
    name: nameFor(random, gender),
    dateOfBirth: new Date(plan.nowMs - age * 366 * DAY - random.below(300) * DAY).toISOString().slice(0, 10),
    gender,
    country,
    city,
    bio: random.chance(0.85) ? random.pick(BIOS) : null,
    photos: Array.from(
      { length: 1 + random.below(4) },
      (_, n) => `https://media.vibesmatch.test/p/${index}_${n}.jpg`,
    ),
    interests: random.sample(INTERESTS, 2 + random.below(5)),
    preferredGenders: preferences(random, gender),
    showActivityStatus: random.chance(0.92),
    isPremium: random.chance(0.12),
    premiumExpiresAt: null,
    isActive: true,
    role: "user",
    lastActive: new Date(
      plan.nowMs - Math.min(plan.nowMs - createdMs, random.logNormal(DAY, 1.8)),
    ).toISOString(),
    createdAt: new Date(createdMs).toISOString(),
  };
  return { ...made, ...CAST[index] };
}

function nameFor(random: Random, gender: Gender): string {
  const { first_name: first, last_name: last } = faker.rawDefinitions.person ?? {};
  const given = gender === "non-binary" ? first?.generic : first?.[gender];
  return `${random.pick(given ?? ["Alex"])} ${random.pick(last?.generic ?? ["Smith"])}`.slice(0, 50);
}

function preferences(random: Random, gender: Gender): Gender[] {
  if (random.chance(0.08)) return [];
  if (random.chance(0.12)) return ["female", "male", "non-binary"];
  if (gender === "female") return ["male"];
  return gender === "male" ? ["female"] : ["female", "male"];
}
