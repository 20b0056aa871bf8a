/**
 * The rule for names of people: which a person may not take because readers could not tell them apart from somebody
 * else's or from ours, and when two texts look the same. Pure; length and white space are the profile's rules.
 * @module
 */

import confusables from "unhomoglyph/data.json";
import { toNfkd } from "../protocol/text.ts";

/** The letters that each look-alike character stands for (Unicode's confusables.txt). */
const LOOK_ALIKES = new Map(Object.entries(confusables as Readonly<Record<string, string>>));

/** Characters without a width of their own, and those that change the direction of the text around them. */
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u;
const MARKS_AND_HIDDEN = /[\p{M}\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/** Scripts whose words need joiners: Persian, Urdu, the scripts of India, and those written like them. */
const JOINING = [
  ...["Arab", "Syrc", "Mong", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh"],
  ...["Mymr", "Khmr", "Tibt"],
].map((script) => String.raw`\p{scx=${script}}`);
const JOINED_LETTERS = new RegExp(
  `(?<=[${JOINING.join("")}])[\\u200c\\u200d](?=[${JOINING.join("")}])`,
  "gu",
);
/** One emoji of several code points: joined by U+200D, with a variation selector, or a keycap. */
const JOINED_EMOJI =
  /[\p{Emoji}--[0-9#*]][\ufe0e\ufe0f\p{EMod}]*(?:\u200d\p{ExtPict}[\ufe0e\ufe0f\p{EMod}]*)*|[0-9#*]\ufe0f?\u20e3/gv;

/** Names of ours, by their letters; the brand may not be part of a name at all. */
const RESERVED = new Set(
  [
    ...["deleted account", "deleted user", "support", "support team", "customer support"],
    ...["admin", "administrator", "moderator", "moderation", "moderation team"],
  ].map(lettersOf),
);
const BRAND = lettersOf("vibesmatch");

/** @returns Why nobody may have this name, or null when they may. */
export function refuseName(name: string): string | null {
  const plain = name.replace(JOINED_LETTERS, "").replace(JOINED_EMOJI, "");
  if (HIDDEN.test(plain)) return "must not hold invisible characters or change the direction of text";
  return isReserved(name) ? "must not look like a name that we use ourselves" : null;
}

function isReserved(name: string): boolean {
  const letters = lettersOf(name);
  return RESERVED.has(letters) || letters.includes(BRAND);
}

/**
 * What a text looks like: characters that look the same become the same, accents and invisible characters go.
 * (UTS #39 calls it a skeleton. NFKD, because the table leaves full-width and mathematical letters to it.)
 */
export function skeleton(text: string): string {
  let mapped = "";
  for (const char of toNfkd(withoutMarks(text))) mapped += LOOK_ALIKES.get(char) ?? char;
  return withoutMarks(toNfkd(withoutMarks(mapped)));
}

/** Accents, and what has no width. Removed before each normalisation too, whose cost grows with runs of marks. */
function withoutMarks(text: string): string {
  return text.replace(MARKS_AND_HIDDEN, "");
}

/**
 * @returns The text without regard to case and look-alikes, in two ways: `I` looks like `l`, and is the capital of `i`.
 *   Two texts count as the same when either way makes them equal.
 */
export function foldings(text: string): [string, string] {
  return [folded(text), folded(text.toLowerCase())];
}

/**
 * A skeleton without regard to case. Twice, because the table maps only one case of some letters: `m` looks like `rn`, and
 * a mathematical or Greek M, which becomes m only by the skeleton and then the lower case, has to look like it as well.
 */
function folded(text: string): string {
  return skeleton(skeleton(text).toLowerCase()).toLowerCase();
}

/** Letters only, with i and l alike: strict, because nobody needs one of our own names. */
function lettersOf(text: string): string {
  return folded(text)
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replaceAll("i", "l");
}
