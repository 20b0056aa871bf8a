/**
 * Reads the heads of logs for whoever connects, many in one query: what asks while a query is under way goes into
 * the next one.
 * @module
 */

interface Waiting {
  readonly userId: string;
  readonly resolve: (head: number) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_BATCH = 500;

export class HeadReader {
  readonly #select: (userIds: readonly string[]) => Promise<Map<string, number>>;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(select: (userIds: readonly string[]) => Promise<Map<string, number>>) {
    this.#select = select;
  }

  /** @returns The head of that person's log, as of some moment after the call. */
  read(userId: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ userId, resolve, reject });
    if (!this.#running) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      try {
        const heads = await this.#select(batch.map(({ userId }) => userId));
        for (const { userId, resolve } of batch) resolve(heads.get(userId) ?? 0);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }
}
