/**
 * Times, and failures in words for people. Apps with several languages have a table for each here.
 * @module
 */
import { RequestFailure } from "../../chat/mod.ts";

const WORDS: Readonly<Record<string, string>> = {
  USER_BLOCKED: "This conversation is not available any more.",
  UNAUTHORIZED_ACTION: "You can write once your request is accepted.",
  FORBIDDEN: "Your account may not do that at the moment.",
  CONTENT_TOO_LONG: "That is too long.",
  MESSAGE_REQUEST_EXISTS: "You have asked already. Now it is their turn.",
  RATE_LIMIT_EXCEEDED: "Too fast. Try again in a moment.",
  LIKE_LIMIT_EXCEEDED: "No more likes for today.",
  UNREACHABLE: "You seem to be offline.",
  TIMEOUT: "The server did not answer. Try again.",
  UNUSABLE_PICTURE: "This picture cannot be used. Choose another one.",
  SERVICE_UNAVAILABLE: "The server is busy. Try again in a moment.",
};

/** Why a picture cannot be used. */
const REASONS: Readonly<Record<string, string>> = {
  heic: "This phone saves pictures as HEIC. Choose a JPEG.",
  animated: "Animations cannot be sent.",
  truncated: "The file is not complete.",
  too_large: "The picture is too large.",
};

/** @returns What to show for a failure; details of bad fields in the server's words. */
export function wordsFor(error: unknown): string {
  if (!(error instanceof RequestFailure)) return "Something went wrong.";
  const [problem] = Array.isArray(error.details) ? error.details : [];
  if (error.code === "VALIDATION_ERROR" && problem) {
    return `${String(problem.path).replace(/^body\./, "")} ${problem.message}`.replaceAll("_", " ");
  }
  return wordsForCode(error.code) ?? error.message;
}

/** @param reason Of UNUSABLE_PICTURE. @returns Undefined for a code without words of its own. */
export function wordsForCode(code: string, reason = ""): string | undefined {
  return REASONS[reason] ?? WORDS[code];
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const SHORT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export function clock(time: string): string {
  return CLOCK.format(new Date(time));
}

export function day(time: string): string {
  return isToday(time) ? "Today" : DAY.format(new Date(time));
}

/** For lists: the hour today, else the day. */
export function when(time: string): string {
  return isToday(time) ? clock(time) : SHORT.format(new Date(time));
}

function isToday(time: string): boolean {
  return new Date(time).toDateString() === new Date().toDateString();
}
