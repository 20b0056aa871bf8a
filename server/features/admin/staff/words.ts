/**
 * The words of moderators: cleaned, and never naming who reported somebody when that somebody reads them. Pure.
 * @module
 */

import { cleanText, countCodePoints, isInvisible } from "../../../domain/text.ts";
import { misfit } from "../sanctions/terms.ts";

/** Who must not be recognisable. */
export interface Reporter {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/**
 * @param rules.field The field of the body, for the refusal.
 * @param rules.max Longest text, in code points.
 * @returns The text as it is stored.
 * @throws VALIDATION_ERROR when nothing is left of it, or it is too long.
 */
export function requireWords(text: string, { field, max }: { field: string; max: number }): string {
  const words = cleanText(text);
  if (isInvisible(words)) throw misfit(field, "must not be empty");
  if (countCodePoints(words) > max) throw misfit(field, `must be a text of at most ${max} characters`);
  return words;
}

/**
 * Whether a text points at a reporter: by id, address or name. A part of a name counts when it stands alone,
 * has at least three letters and a capital: "Rose" is found, "will" in "this will end" is not.
 */
export function namesAny(text: string, reporters: readonly Reporter[]): boolean {
  const lower = text.toLowerCase();
  return reporters.some(({ id, name, email }) => {
    if (lower.includes(id.toLowerCase()) || lower.includes(email.toLowerCase())) return true;
    const parts = name
      .split(/\s+/)
      .filter((part) => countCodePoints(part) >= 3 && part !== part.toLowerCase());
    return [name, ...parts].some((part) => standsAlone(text, part));
  });
}

const LETTER = /[\p{L}\p{M}\p{N}]/u;

function standsAlone(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const [before = "", after = ""] = [[...text.slice(0, at)].at(-1), [...text.slice(at + word.length)][0]];
    if (!LETTER.test(before) && !LETTER.test(after)) return true;
  }
  return false;
}
