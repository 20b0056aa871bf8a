/**
 * Pages of a list: the one place that asks for one row more than is shown, and cuts off the row which only tells that
 * there is more.
 * @module
 */
import { type Cursor, decodeCursor, encodeCursor } from "./cursor.ts";

/** Where a page begins and how long it is. */
export interface PageOptions {
  readonly limit: number;
  /** From the page before; absent: the first page. */
  readonly cursor?: string | undefined;
}

/** One page; the cursor is null at the end. */
export interface PageOf<Item> {
  readonly items: Item[];
  readonly cursor: string | null;
}

/** What a page's statement is asked for. */
interface Range {
  /** One more than the page shows. */
  readonly limit: number;
  /** The last row of the page before; null: from the beginning. */
  readonly after: Cursor | null;
}

/**
 * Reads a page of a list whose cursors are an id and a time.
 *
 * @param select Up to `limit` rows after the cursor's.
 * @param cursorOf Where a row is in the list.
 * @throws VALIDATION_ERROR for a foreign cursor.
 *
 * @example
 * ```ts
 * return await readPage(page, (range) => selectThings(sql, range), ({ id, position }) => ({ id, createdAt: position }));
 * ```
 */
export async function readPage<Item>(
  { limit, cursor }: PageOptions,
  select: (range: Range) => Promise<readonly Item[]>,
  cursorOf: (last: Item) => Cursor,
): Promise<PageOf<Item>> {
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const rows = await select({ limit: limit + 1, after });
  return toPage(rows, limit, (last) => encodeCursor(cursorOf(last)));
}

/**
 * For lists whose cursors are their own.
 *
 * @param rows Up to `limit + 1` rows.
 * @param encode The cursor that leads to what comes after a row.
 */
export function toPage<Item>(
  rows: readonly Item[],
  limit: number,
  encode: (last: Item) => string,
): PageOf<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: rows.length > limit && last !== undefined ? encode(last) : null };
}
