/**
 * Pages of the moderators' lists.
 * @module
 */

/** Where a page begins and how long it is. */
export interface PageOptions {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One page; the cursor is null at the end. */
export interface PageOf<Item> {
  readonly items: Item[];
  readonly cursor: string | null;
}

/** @returns The page out of up to `limit + 1` rows: the one too many only tells that there is more. */
export function toPage<Item>(
  rows: readonly Item[],
  { limit, encode }: { limit: number; encode: (last: Item) => string },
): PageOf<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: rows.length > limit && last !== undefined ? encode(last) : null };
}
