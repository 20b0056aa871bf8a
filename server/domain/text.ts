/**
 * The rules of what people say to each other: how long it may be, what an emoji and an image are, and with which code
 * it is refused. Pure; it escapes nothing, because clients render text as text.
 * @module
 */
import { AppError, type ErrorCode, type Flaw, invalid, type Problem } from "../protocol/errors.ts";
import type { FieldFlaw } from "../protocol/fields.ts";
import { EMOJI_MAX, MESSAGE_MAX, MESSAGE_TYPES } from "../protocol/models.ts";
import { checkText, cleanText, isBlank } from "../protocol/text.ts";
import { mediaIdOf, mediaUrl } from "./media_url.ts";

export { MESSAGE_MAX, REQUEST_MAX } from "../protocol/models.ts";
export { cleanText, countCodePoints, isBlank, isStorable } from "../protocol/text.ts";

/** The content of a message as it is stored, or why it is not. */
export type ContentResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly code: ErrorCode; readonly problem: Problem };

interface ContentRules {
  /** text, emoji or image; anything else is INVALID_MESSAGE_TYPE. */
  readonly type: string;
  /** Most code points after cleaning. @default MESSAGE_MAX */
  readonly max?: number;
  /** Lower-case host names that images may be on. @default none */
  readonly mediaHosts?: readonly string[] | "any";
}

/** @returns A text that its schema has accepted, as it is stored; null when it is absent or nothing of it can be seen. */
export function optionalText(text: string | null | undefined): string | null {
  const value = cleanText(text ?? "");
  return isBlank(value) ? null : value;
}

/**
 * Applies the rules of a message's content.
 *
 * @returns The content as it is stored, or VALIDATION_ERROR (nothing to see, not storable), CONTENT_TOO_LONG or
 *   INVALID_MESSAGE_TYPE (unknown type, or the content is not of the type).
 */
export function checkContent(
  content: string,
  { type, max = MESSAGE_MAX, mediaHosts = [] }: ContentRules,
): ContentResult {
  const checked = checkText(content, { min: 1, max });
  if (!checked.ok) {
    return refuse(checked.flaw.code === "too_long" ? "CONTENT_TOO_LONG" : "VALIDATION_ERROR", checked.flaw);
  }
  switch (type) {
    case "text":
      return checked;
    case "emoji":
      return checkEmoji(checked.value);
    case "image":
      return checkImage(checked.value, mediaHosts);
    default: {
      const message = `must be one of ${MESSAGE_TYPES.join(", ")}`;
      const problem: Problem = { path: "body.message_type", code: "unknown_value", message };
      return { ok: false, code: "INVALID_MESSAGE_TYPE", problem };
    }
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
  if (result.ok) return result.value;
  const { code, problem } = result;
  if (code === "VALIDATION_ERROR") throw invalid(problem);
  throw new AppError(code, `Cannot accept the content: it ${problem.message}`, [problem]);
}

/**
 * @param fields `content` and `message_type` of a message, as far as they fit their schemas.
 * @returns Where the two do not fit together, but for the host of an image: for naming every bad field at once.
 */
export function messageFlaws(fields: Readonly<Record<string, unknown>>): FieldFlaw[] {
  const { content, message_type: type = "text" } = fields;
  if (typeof type !== "string") return [];
  // Without a content that can be judged only the type is.
  const result = checkContent(typeof content === "string" ? content : "☺️", { type, mediaHosts: "any" });
  if (result.ok) return [];
  const { path, ...flaw } = result.problem;
  const field = path.replace("body.", "");
  return Object.hasOwn(fields, field) ? [{ field, ...flaw }] : [];
}

function refuse(code: ErrorCode, flaw: Flaw): ContentResult {
  return { ok: false, code, problem: { path: "body.content", ...flaw } };
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

function checkEmoji(value: string): ContentResult {
  let graphemes = 0;
  for (const { segment } of segmenter.segment(value)) {
    if (!(LISTED.test(segment) || KEYCAP.test(segment) || UNLISTED.test(segment))) {
      return refuse("INVALID_MESSAGE_TYPE", { code: "format", message: "must be nothing but emoji" });
    }
    if (++graphemes > EMOJI_MAX) {
      const message = `must be at most ${EMOJI_MAX} emoji`;
      return refuse("CONTENT_TOO_LONG", { code: "too_long", message, limit: EMOJI_MAX });
    }
  }
  return { ok: true, value };
}

/**
 * The host is compared as written, not as a URL parser reads it: parsers disagree on backslashes, tabs,
 * credentials and encoded hosts, and the client that loads the image has another parser than we do.
 */
function checkImage(value: string, mediaHosts: readonly string[] | "any"): ContentResult {
  const mediaId = mediaIdOf(value);
  if (mediaId !== undefined) return { ok: true, value: mediaUrl(mediaId) };
  const host = /^https:\/\/([a-z0-9.-]+)(?:[/?#][\x21-\x5b\x5d-\x7e]*)?$/i.exec(value)?.[1]?.toLowerCase();
  if (host !== undefined && (mediaHosts === "any" || mediaHosts.includes(host))) return { ok: true, value };
  const message = "must be the url of an uploaded picture, or an https URL on one of the media hosts";
  return refuse("INVALID_MESSAGE_TYPE", { code: "format", message });
}
