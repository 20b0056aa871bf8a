/**
 * Reads one thing about many people in one query: calls during a query go into the next one. A crowd that reconnects
 * costs a few queries instead of thousands.
 * @module
 */
import { Batcher } from "../../lib/batcher.ts";
import { AppError } from "../../protocol/errors.ts";

const MAX_BATCH = 500;
const MAX_WAITING = 100_000;
const DEADLINE_MS = 10_000;

/**
 * @param read Reads it of all these people.
 * @param absent What is said of whoever is not among them.
 * @returns Reads it of one person, as of some moment after the call. It rejects with what `read` threw.
 *
 * @example
 * ```ts
 * const readHead = batchReads((userIds) => selectHeads(sql, userIds), 0);
 * const head = await readHead(userId);
 * ```
 */
export function batchReads<T>(
  read: (userIds: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  absent: T,
): (userId: string) => Promise<T> {
  const batcher = new Batcher<string, T>({
    async run(userIds) {
      const found = await read([...new Set(userIds)]);
      return userIds.map((userId) => found.get(userId) ?? absent);
    },
    keyOf: (userId) => userId,
    maxBatch: MAX_BATCH,
    maxInFlight: 1,
    worthwhile: 1,
    patienceMs: 0,
    maxWaiting: MAX_WAITING,
    deadlineMs: DEADLINE_MS,
    refuse: () => new AppError("SERVICE_UNAVAILABLE"),
  });
  return (userId) => batcher.add(userId);
}
