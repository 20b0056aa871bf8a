/**
 * Page cursors: opaque to clients, base64url of JSON `{"id", "createdAt"}`. The time stays text, because a
 * JavaScript Date would lose Postgres' microseconds and repeat a row.
 * @module
 */
import { type AppError, invalid } from "../protocol/errors.ts";
import { parseId } from "./ids.ts";
import { isTimestamp } from "./time.ts";

/** The last row of a page. */
export interface Cursor {
  /** UUID. */
  readonly id: string;
  /** A timestamp as Postgres or RFC 3339 write it, to the microsecond. */
  readonly createdAt: string;
  /** What the list sorts by before the time, where there is such a thing: a digit. */
  readonly rank?: number;
}

/** Longer than any cursor of ours; longer ones are refused without decoding. */
const MAX_LENGTH = 256;

/** Why a text is refused as a cursor. */
export const NO_CURSOR = "must be a cursor that a page of this list gave";

/** @returns Whether the text is spelled as cursors are; what it stands for is judged by the list. */
export function isCursorLike(text: string): boolean {
  return /^[\w-]+$/.test(text);
}

/** @returns The cursor that leads to what comes after the row. */
export function encodeCursor({ id, createdAt, rank }: Cursor): string {
  return Buffer.from(JSON.stringify({ id, createdAt, rank })).toString("base64url");
}

/**
 * @returns The row that a cursor stands for. In SQL write `${createdAt}::text::timestamptz`: given a bare
 *   `::timestamptz` the driver makes a Date of it, and the microseconds are gone after all.
 * @throws VALIDATION_ERROR
 */
export function decodeCursor(text: string): Cursor {
  const parsed = text.length <= MAX_LENGTH && isCursorLike(text) ? parse(text) : undefined;
  if (typeof parsed === "object" && parsed !== null && "id" in parsed && "createdAt" in parsed) {
    const { createdAt } = parsed;
    const id = typeof parsed.id === "string" ? parseId(parsed.id) : undefined;
    if (id !== undefined && typeof createdAt === "string" && isTimestamp(createdAt)) {
      const row = { id, createdAt };
      if (!("rank" in parsed)) return row;
      if (isDigit(parsed.rank)) return { ...row, rank: parsed.rank };
    }
  }
  throw badCursor(NO_CURSOR);
}

/** @returns The refusal of a cursor. */
export function badCursor(message: string): AppError {
  return invalid({ path: "query.cursor", code: "format", message });
}

function isDigit(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 9;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
}
