/**
 * What a text must be before anything else looks at it, and the only place that normalises one. Servers, the command
 * line and the dashboard share it; the rules of single fields are elsewhere.
 * @module
 */

/**
 * Combining marks in a row, at most. Normalisation sorts such a run by insertion: 16,000 marks take seconds, in which
 * the process does nothing else. UAX #15 calls text stream-safe up to 30; languages put three on a letter.
 */
export const MARKS_MAX = 30;

/** Control characters that text does not keep: all but tab and the line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g;
const LONG_RUN = new RegExp(String.raw`\p{M}{${MARKS_MAX + 1}}`, "u");
const RUN_BEYOND = new RegExp(String.raw`(\p{M}{${MARKS_MAX}})\p{M}+`, "gu");
/** The first combining mark is U+0300. */
const MAY_HAVE_MARKS = /[^\0-\u02ff]/;

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

/**
 * Units of UTF-16 that a text may have for each code point of its limit before it is worth cleaning: cleaning composes
 * letters with their marks and drops blanks around the text, so that what is stored is shorter than what was sent.
 */
const UNITS_PER_CODE_POINT = 8;

/** @returns Whether the text is so long that no cleaning could bring it down to `max` code points. Looks at no letter. */
export function isFarTooLong(text: string, max: number): boolean {
  return text.length > UNITS_PER_CODE_POINT * max;
}
