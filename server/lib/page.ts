/**
 * Pages of a list: the one place that cuts off the row which only tells that there is more.
 * @module
 */

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

/**
 * @param rows Up to `limit + 1` rows.
 * @param encode The cursor that leads to what comes after a row.
 *
 * @example
 * ```ts
 * const rows = await selectThings(sql, { after, limit: limit + 1 });
 * return toPage(rows, limit, ({ id, createdAt }) => encodeCursor({ id, createdAt }));
 * ```
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
