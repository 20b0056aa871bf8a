/**
 * Deletes many rows by statements of bounded size, so that no transaction is long.
 * @module
 */

/** Where to stop although something is left. */
interface BatchLimits {
  /** Statements at most. @default 100 */
  readonly batches?: number;
  /** The `performance.now()` after which no further statement begins. @default none */
  readonly until?: number;
}

/** What was done. */
interface Deleted {
  /** Rows. */
  readonly count: number;
  /** Whether nothing was left. */
  readonly isDone: boolean;
}

/**
 * Repeats a statement until it finds nothing.
 *
 * @param deleteBatch Deletes one batch. @returns How many rows.
 *
 * @example
 * ```ts
 * const { count } = await deleteInBatches(() => deleteExpiredCodes(sql, 1_000), { until: performance.now() + 60_000 });
 * ```
 */
export async function deleteInBatches(
  deleteBatch: () => Promise<number>,
  { batches = 100, until = Number.POSITIVE_INFINITY }: BatchLimits = {},
): Promise<Deleted> {
  let count = 0;
  for (let done = 0; done < batches; done++) {
    const deleted = await deleteBatch();
    count += deleted;
    if (deleted === 0) return { count, isDone: true };
    if (performance.now() > until) break;
  }
  return { count, isDone: false };
}
