/**
 * The words of moderators: cleaned, and never naming who reported somebody when that somebody reads them. Pure.
 * @module
 */

import { foldings } from "../../../domain/names.ts";
import { invalidFields } from "../../../domain/validation.ts";
import type { AppError, ProblemCode } from "../../../protocol/errors.ts";
import { checkText, countCodePoints } from "../../../protocol/text.ts";

/** Who must not be recognisable. */
export interface Reporter {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** A refusal of one field of the body. */
export function badField(field: string, code: ProblemCode, message: string): AppError {
  return invalidFields([{ field, code, message }]);
}

/**
 * @param field The field of the body, for the refusal.
 * @param max Longest text, in code points.
 * @returns The text as it is stored.
 * @throws VALIDATION_ERROR when nothing is left of it, or it is too long.
 */
export function requireWords(text: string, field: string, max: number): string {
  const checked = checkText(text, { min: 1, max });
  if (!checked.ok) throw invalidFields([{ field, ...checked.flaw }]);
  return checked.value;
}

/** Names that are also words of a sentence ("this will end"): they count only as they are written, with their capital. */
const ALSO_WORDS = new Set(
  (
    "amber angel art autumn basil bill bob brook carol chance chase chip cliff dale dawn dean dick don drew earl faith " +
    "fern frank gene grace grant guy harmony heath holly honey hope hunter iris ivy jack jade jasmine jay jean jewel " +
    "john joy june lance lily major mark may melody mercy miles misty nick olive pat patience paul pearl penny peter " +
    "pierce poppy price ray reed rich rob robin rock rod rose rosemary ruby rusty sandy scarlet sky skip stone storm " +
    "sue summer sunny terry trinity van victor violet wade ward will winter young"
  ).split(" "),
);

/**
 * Whether a text points at a reporter: by id, address, name, or a part of the name. Case, accents, look-alike letters
 * and invisible characters make no difference, but for names that would be found in any text: those that are also words,
 * those of two letters.
 */
export function namesAny(text: string, reporters: readonly Reporter[]): boolean {
  const texts = foldings(text);
  const holds = (word: string) => foldings(word).some((folded, i) => texts[i]!.includes(folded));
  const names = (word: string) => {
    const isCommon = countCodePoints(word) < 3 || ALSO_WORDS.has(word.toLowerCase());
    if (isCommon) return standsAlone(text, word);
    return foldings(word).some((folded, i) => standsAlone(texts[i]!, folded));
  };
  return reporters.some(({ id, name, email }) => {
    // "van" of "Jane van Rose" points at nobody.
    const parts = name
      .split(/\s+/)
      .filter((part) => countCodePoints(part) >= 3 && part !== part.toLowerCase());
    return holds(id) || holds(email) || [name, ...parts].some(names);
  });
}

/**
 * @param reason Words that the person will read.
 * @param reporters Everybody who reported the person.
 * @throws VALIDATION_ERROR when they point at one of these.
 */
export function requireNamesNone(reason: string, reporters: readonly Reporter[]): void {
  if (!namesAny(reason, reporters)) return;
  throw badField("reason", "not_allowed", "must not name anybody who reported the person: they will read it");
}

const LETTER = /[\p{L}\p{M}\p{N}]/u;

function standsAlone(text: string, word: string): boolean {
  if (word === "") return false;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    const before = [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? "";
    const after = [...text.slice(end, end + 2)][0] ?? "";
    if (!LETTER.test(before) && !LETTER.test(after)) return true;
  }
  return false;
}
