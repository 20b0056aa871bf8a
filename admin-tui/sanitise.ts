/**
 * Sanitises all text that users wrote before it is drawn or printed: the result moves no cursor, changes no colour,
 * reorders nothing, and has the same width in Ink and in terminals. Nothing visible is removed, because moderators
 * judge by it.
 * @module
 */
import { toNfc } from "../server/protocol/text.ts";

/** People mean these. */
const LINE_BREAK = /\r\n|[\n\r\u0085\u2028\u2029]/gu;
/** Spaces of every width, tab included. */
const SPACE = /[\t\p{Zs}]/gu;
/** Draws nothing, and joins, reorders or restyles what stands around it: bidi, ZWJ, variation selectors, tags. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** Terminals disagree whether these melt into the character before them. */
const MODIFIER = /\p{Emoji_Modifier}|\p{Me}/gu;
/** Two of them are a flag, of a width that every terminal sees differently. */
const REGIONAL = /[\u{1f1e6}-\u{1f1ff}]/gu;
/** Controls first of all; then what nobody knows the width of, and pieces of Hangul that found no syllable. */
const UNKNOWN = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u1160-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\ufffc]/gu;
/** Letters that join the character after them, be it our own. */
const PREPENDED =
  /[\u0d4e\u{111c2}\u{111c3}\u{113d1}\u{1193f}\u{11941}\u{11a3a}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]/gu;
/** Languages put up to three marks on a letter; more climb into the lines above, or never end. */
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;
/** A mark with nothing to stand on would join whatever is drawn before it. */
const LOOSE_MARKS = /(^|[\s\ufffd])\p{M}+/gu;
const PLAIN = /^[ -~]*$/u;

/** Stands where something was that cannot be drawn. */
export const MARK = "\u{fffd}";

/**
 * @returns The text on one line. Controls become {@link MARK}, line breaks become spaces.
 *
 * @example
 * ```ts
 * sanitise("\u001b[31mred"); // "�[31mred"
 * ```
 */
export function sanitise(text: string): string {
  if (PLAIN.test(text)) return text;
  const composed = toNfc(text.replace(LINE_BREAK, " ").toWellFormed());
  const drawable = composed
    .replace(SPACE, " ")
    .replace(INVISIBLE, "")
    .replace(REGIONAL, (letter) => String.fromCharCode(letter.codePointAt(0)! - 0x1f1e6 + 65))
    .replace(MODIFIER, "")
    .replace(UNKNOWN, MARK)
    .replace(PREPENDED, MARK);
  // What was taken out may have stood between a letter and its mark.
  return toNfc(drawable).replace(PILED_MARKS, "$1").replace(LOOSE_MARKS, "$1");
}

/** @returns The text's lines, each as {@link sanitise} makes it. */
export function sanitiseLines(text: string): string[] {
  return text.split(LINE_BREAK).map(sanitise);
}
