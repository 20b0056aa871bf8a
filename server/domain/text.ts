/**
 * The rules for text that people write: what is stored, what is refused and with which code. Pure; it escapes
 * nothing, because clients render text as text.
 * @module
 */
import { AppError, type ErrorCode } from "../protocol/errors.ts";
import { countCodePoints, isFarTooLong, textProblem, toNfc, withoutControls } from "../protocol/text.ts";

export { countCodePoints, isStorable } from "../protocol/text.ts";

/** Longest message of a conversation, in code points. */
export const MESSAGE_MAX = 1000;
/** Longest text of a message request, in code points. */
export const REQUEST_MAX = 250;
/** Most emoji in one message of type emoji, in graphemes. */
export const EMOJI_MAX = 12;

/** A text as it is stored, or why it is not. */
export type TextResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

interface ContentRules {
  /** text, emoji or image; anything else is INVALID_MESSAGE_TYPE. */
  readonly type: string;
  /** Most code points after cleaning. @default MESSAGE_MAX */
  readonly max?: number;
  /** Lower-case host names that images may be on. @default none */
  readonly mediaHosts?: readonly string[];
}

/** Nothing a reader could see: white space, zero-width and other ignorable characters. */
const INVISIBLE = /^[\s\p{Default_Ignorable_Code_Point}\p{Cc}]*$/u;

/** One line break, however it was written; two words on both sides of it stay two. */
const LINE_BREAK = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;

/** @returns The text without control characters (tab and line breaks stay), in NFC, trimmed. Idempotent. */
export function cleanText(text: string): string {
  return toNfc(withoutControls(text.replace(LINE_BREAK, "\n"))).trim();
}

/** @returns Whether nothing of the text can be seen: it is empty, or blanks and zero-width characters only. */
export function isInvisible(text: string): boolean {
  return INVISIBLE.test(text);
}

/**
 * Applies the rules of a message's content.
 *
 * @returns The content as it is stored, or VALIDATION_ERROR (empty, NUL, lone surrogate), CONTENT_TOO_LONG or
 *   INVALID_MESSAGE_TYPE (unknown type, or the content is not of the type).
 */
export function checkContent(
  content: string,
  { type, max = MESSAGE_MAX, mediaHosts = [] }: ContentRules,
): TextResult {
  const tooLong = () => refuse("CONTENT_TOO_LONG", `it has more than ${max} characters`);
  if (isFarTooLong(content, max)) return tooLong();
  const problem = textProblem(content);
  if (problem) return refuse("VALIDATION_ERROR", `it ${problem}`);
  const value = cleanText(content);
  if (isInvisible(value)) return refuse("VALIDATION_ERROR", "it is empty");
  if (countCodePoints(value) > max) return tooLong();
  switch (type) {
    case "text":
      return { ok: true, value };
    case "emoji":
      return checkEmoji(value);
    case "image":
      return checkImage(value, mediaHosts);
    default:
      return refuse("INVALID_MESSAGE_TYPE", "its type is none of text, emoji, image");
  }
}

/**
 * {@link checkContent} for callers that have nothing to add to a refusal.
 *
 * @returns The content as it is stored.
 * @throws VALIDATION_ERROR, CONTENT_TOO_LONG, INVALID_MESSAGE_TYPE
 */
export function requireContent(content: string, rules: ContentRules): string {
  const result = checkContent(content, rules);
  if (!result.ok)
    throw new AppError(result.code, result.message, [{ path: "body.content", message: result.message }]);
  return result.value;
}

function refuse(code: ErrorCode, reason: string): TextResult {
  return { ok: false, code, message: `Cannot accept the content: ${reason}` };
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** What this Unicode version lists: families, flags, keycaps, skin tones. */
const LISTED = /^\p{RGI_Emoji}$/v;
const KEYCAP = /^[0-9#*]\ufe0f?\u20e3$/;
/**
 * Not listed, yet emoji to whoever sent them: without the variation selector (older keyboards) and code points
 * reserved for emoji of a newer Unicode than ours. Text-first characters below U+2600 (©, ™, ↔) need the selector.
 */
const PICTURE = String.raw`[[\p{Emoji}--[\u{0}-\u{25ff}]--\p{RI}][\p{ExtPict}&&\p{Cn}]](?:\ufe0f|\p{EMod})?`;
const UNLISTED = new RegExp(String.raw`^${PICTURE}(?:\u200d(?:${PICTURE}|[♀♂⚕]\ufe0f?)){0,4}$`, "v");

function checkEmoji(value: string): TextResult {
  let graphemes = 0;
  for (const { segment } of segmenter.segment(value)) {
    if (!(LISTED.test(segment) || KEYCAP.test(segment) || UNLISTED.test(segment))) {
      return refuse("INVALID_MESSAGE_TYPE", "an emoji message holds nothing but emoji");
    }
    if (++graphemes > EMOJI_MAX) return refuse("CONTENT_TOO_LONG", `it has more than ${EMOJI_MAX} emoji`);
  }
  return { ok: true, value };
}

/**
 * The host is compared as written, not as a URL parser reads it: parsers disagree on backslashes, tabs,
 * credentials and encoded hosts, and the client that loads the image has another parser than we do.
 */
function checkImage(value: string, mediaHosts: readonly string[]): TextResult {
  const host = /^https:\/\/([a-z0-9.-]+)(?:[/?#][\x21-\x5b\x5d-\x7e]*)?$/i.exec(value)?.[1]?.toLowerCase();
  if (host !== undefined && mediaHosts.includes(host)) return { ok: true, value };
  return refuse("INVALID_MESSAGE_TYPE", "an image is an https URL on one of our media hosts");
}
