/**
 * Runs a statement over a batch until every item has its outcome or the time is over: again after what rolls back, in
 * another way after a lost answer, in halves when the database refuses an item of it. It knows no SQL.
 * @module
 */
import { setTimeout as wait } from "node:timers/promises";
import { isRetryable, unavailable, violates } from "../../db/pg_errors.ts";
import { AppError } from "../../protocol/errors.ts";

/** How a batch is stored. */
export interface Storing<Item, Outcome> {
  readonly run: (items: readonly Item[]) => Promise<Outcome[]>;
  /** Instead, once an answer was lost: what was stored stays, the rest is stored now. */
  readonly rerun: (items: readonly Item[]) => Promise<Outcome[]>;
  /** Of `performance.now()`. */
  readonly until: number;
  /** Called for each failure that is tried again. */
  readonly onRetry: (error: unknown) => void;
}

/** @returns One outcome an item, in their order. */
export async function untilStored<Item, Outcome>(
  items: readonly Item[],
  storing: Storing<Item, Outcome>,
): Promise<(Outcome | Error)[]> {
  const { run, rerun, until, onRetry } = storing;
  let isLost = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return isLost ? await rerun(items) : await run(items);
    } catch (error) {
      const verdict = judge(error);
      if (verdict === "poisoned") {
        if (items.length === 1) return [error as Error];
        // One item that the database refuses must not take the others with it; halving finds it.
        const middle = items.length >> 1;
        const first = await untilStored(items.slice(0, middle), storing);
        return [...first, ...(await untilStored(items.slice(middle), storing))];
      }
      if (performance.now() >= until) return items.map(() => givenUp(error));
      if (verdict === "lost") isLost = true;
      onRetry(error);
      await wait(Math.min(500, Math.random() * 10 * 2 ** attempt));
    }
  }
}

/**
 * - `rolled_back`: for certain not stored, and may succeed now. A violated key means that a retry's original was
 *   committed by another process meanwhile: the next statement sees it.
 * - `lost`: the answer is lost; stored or not. A violated primary key is the same: an attempt that was given up
 *   has committed after all.
 * - `poisoned`: the database refuses an item of it.
 */
function judge(error: unknown): "rolled_back" | "lost" | "poisoned" {
  if (violates(error, "messages_pkey")) return "lost";
  if (isRetryable(error) || violates(error, "messages_idempotency_key")) return "rolled_back";
  return error instanceof AppError && error.code === "SERVICE_UNAVAILABLE" ? "lost" : "poisoned";
}

function givenUp(error: unknown): Error {
  return error instanceof AppError && error.code === "SERVICE_UNAVAILABLE" ? error : unavailable(error);
}
