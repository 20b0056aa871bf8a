/**
 * What a text must be before anything else looks at it, how it is cleaned and counted, and the only place that
 * normalises one. Servers, the command line and the dashboard share it; the rules of single fields are elsewhere.
 * @module
 */
import type { Flaw } from "./errors.ts";

/**
 * Combining marks in a row, at most. Normalisation sorts such a run by insertion: 16,000 marks take seconds, in which
 * the process does nothing else. UAX #15 calls text stream-safe up to 30; languages put three on a letter.
 */
export const MARKS_MAX = 30;

/** Control characters that text does not keep: all but tab and the line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g;
/** One line break, however it was written; the words on both sides of it stay two. */
const LINE_BREAK = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;
const LONG_RUN = /* @__PURE__ */ new RegExp(String.raw`\p{M}{${MARKS_MAX + 1}}`, "u");
const RUN_BEYOND = new RegExp(String.raw`(\p{M}{${MARKS_MAX}})\p{M}+`, "gu");
/** The first combining mark is U+0300. */
const MAY_HAVE_MARKS = /[^\0-\u02ff]/;
const ALL_BLANK = /* @__PURE__ */ blanks("^", "*$", "v");
const BLANKS = /* @__PURE__ */ blanks("", "", "gv");

/** What no reader sees: white space, controls, formats, whatever may be ignored, and empty glyphs. */
function blanks(before: string, after: string, flags: string): RegExp {
  // The number signs of Arabic, Syriac and Kaithi are formats that draw something.
  const drawn = String.raw`\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}`;
  // Of other categories with an empty glyph: blanks of Braille, of music, of hieroglyphs, of Khitan.
  const empty = String.raw`\u2800\u{1d159}\u{13441}\u{13442}\u{16fe4}`;
  const blank = String.raw`[[\s\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}${empty}][\p{Cf}--[${drawn}]]]`;
  return new RegExp(`${before}${blank}${after}`, flags);
}

/** @returns Whether Postgres and UTF-8 can hold the text: no NUL, no lone surrogate. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/**
 * The check for every text that comes in, whatever it is for. Its cost is linear in the text.
 *
 * @returns What is wrong, as the end of a sentence; undefined when nothing is.
 */
export function textProblem(text: string): string | undefined {
  if (!isStorable(text)) return "holds a NUL or half of a surrogate pair";
  // Cleaning joins what stands on both sides of a control character.
  if (MAY_HAVE_MARKS.test(text) && LONG_RUN.test(withoutControls(text))) {
    return `holds more than ${MARKS_MAX} combining marks in a row`;
  }
  return undefined;
}

/** @returns The text without control characters; tab and line breaks stay. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, "");
}

/** @returns The text without control characters (tab and line breaks stay), in NFC, trimmed. Idempotent. */
export function cleanText(text: string): string {
  return toNfc(withoutControls(text.replace(LINE_BREAK, "\n"))).trim();
}

/** @returns Whether nothing of the text can be seen. */
export function isBlank(text: string): boolean {
  return ALL_BLANK.test(text);
}

/** @returns The text in NFC, in linear time: of a run of marks longer than {@link MARKS_MAX} the rest is dropped. */
export function toNfc(text: string): string {
  return MAY_HAVE_MARKS.test(text) ? text.replace(RUN_BEYOND, "$1").normalize("NFC") : text;
}

/** @returns The text in NFKD, with the same bound: for comparing what texts look like, never for storing one. */
export function toNfkd(text: string): string {
  return text.replace(RUN_BEYOND, "$1").normalize("NFKD");
}

/** @returns The number of Unicode code points. */
export function countCodePoints(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >> 10 === 0x36) pairs++;
  return text.length - pairs;
}

/** How long a text may be, in code points after cleaning. */
export interface TextRules {
  /** Characters that can be seen, at least. @default 0 */
  readonly min?: number;
  readonly max: number;
  /** Makes one space of white space of any kind and length. @default false */
  readonly oneLine?: boolean;
  /** Takes the text as it is, for keys that a client chose. @default false */
  readonly verbatim?: boolean;
}

/** A text as it is stored, or why it is not. */
export type CheckedText =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly flaw: Flaw };

/**
 * Units of UTF-16 for each code point of the limit, above which a text is too long without being looked at: cleaning
 * drops blanks around the text and composes letters with their marks, but leaves no more than this behind.
 */
const UNITS_PER_CODE_POINT = 8;

/** The one check of a text's length; the cheap tests come first. */
export function checkText(text: string, rules: TextRules): CheckedText {
  const { min = 0, max, oneLine = false, verbatim = false } = rules;
  const flawed = (code: Flaw["code"], limit?: number): CheckedText => {
    const message = code === "not_allowed" ? textProblem(text)! : `must be ${lengthOf(rules)}`;
    return { ok: false, flaw: { code, message, ...(limit !== undefined && { limit }) } };
  };
  if (text.length > UNITS_PER_CODE_POINT * max) return flawed("too_long", max);
  if (textProblem(text)) return flawed("not_allowed");
  const cleaned = verbatim ? text : cleanText(text);
  const value = oneLine ? cleaned.replace(/\s+/g, " ") : cleaned;
  if (countCodePoints(value) > max) return flawed("too_long", max);
  return isShorter(value, { min, verbatim }) ? flawed("too_short", min) : { ok: true, value };
}

/** Whether a text has fewer characters than that; blank ones count only where it is taken as it is. */
function isShorter(text: string, { min, verbatim }: { min: number; verbatim: boolean }): boolean {
  // Most texts need only not be blank, which the first character that can be seen decides.
  if (min === 1 && !verbatim) return isBlank(text);
  return countCodePoints(verbatim ? text : text.replace(BLANKS, "")) < min;
}

/** @returns The rules in words, to go after "must be". */
export function lengthOf({ min = 0, max }: TextRules): string {
  if (min === max) return `a text of ${max} characters`;
  return min > 0 ? `a text of ${min} to ${max} characters` : `a text of at most ${max} characters`;
}
