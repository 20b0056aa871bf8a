/**
 * Cursors of the feed. It is ordered by who was active last, so a place in it says when somebody was active, which
 * strangers are not told: the cursor is encrypted, and good for one viewer.
 * @module
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { badCursor } from "../../lib/cursor.ts";

/** The last person of a page. */
export interface FeedPlace {
  readonly id: string;
  readonly feedOnline: boolean;
  /** When they count as active, to the microsecond, as Postgres writes it. */
  readonly position: string;
}

/** See {@link createFeedCursors}. */
export interface FeedCursors {
  encode(viewerId: string, place: FeedPlace): string;
  /** @throws VALIDATION_ERROR for what was not made for this viewer. */
  decode(viewerId: string, text: string): FeedPlace;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/**
 * @param secret The server's; with another one, cursors under way are refused and the feed begins again.
 *
 * @example
 * ```ts
 * const cursors = createFeedCursors(secret);
 * const text = cursors.encode(viewerId, last);
 * ```
 */
export function createFeedCursors(secret: string): FeedCursors {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", "vibesmatch discovery cursor v1", 32));
  return {
    encode(viewerId, { id, feedOnline, position }) {
      const iv = new Uint8Array(randomBytes(IV_BYTES));
      const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(viewerId));
      const text = cipher.update(JSON.stringify({ id, feedOnline, position }), "utf8");
      return Buffer.concat([iv, text, cipher.final(), cipher.getAuthTag()]).toString("base64url");
    },
    decode(viewerId, text) {
      const bytes = new Uint8Array(Buffer.from(text, "base64url"));
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES));
        decipher.setAAD(Buffer.from(viewerId)).setAuthTag(bytes.subarray(-TAG_BYTES));
        const place = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
        return JSON.parse(Buffer.concat([place, decipher.final()]).toString()) as FeedPlace;
      } catch {
        throw badCursor("must be a cursor that a page of this feed gave");
      }
    },
  };
}
