/**
 * Cursors of the feed. It is ordered by who was active last, so a place in it says when somebody was active, which
 * strangers are not told: the cursor is encrypted, and good for one viewer.
 * @module
 */
import { hkdfSync } from "node:crypto";
import { badCursor } from "../../lib/cursor.ts";
import { sealJson, unsealJson } from "../../lib/sealed_json.ts";

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
      return Buffer.from(sealJson(key, viewerId, { id, feedOnline, position })).toString("base64url");
    },
    decode(viewerId, text) {
      try {
        return unsealJson(key, viewerId, Buffer.from(text, "base64url")) as FeedPlace;
      } catch {
        throw badCursor("must be a cursor that a page of this feed gave");
      }
    },
  };
}
