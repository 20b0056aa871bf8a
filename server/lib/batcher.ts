/**
 * Batches: what arrives while a batch is under way goes into the next one, and nothing waits while nothing is under
 * way. Items that share a key keep their order, and every item is answered by a deadline. It does not know what a batch
 * does.
 * @module
 */

/** Why an item is refused without having been part of a finished batch. */
export type Refusal = "full" | "late" | "closed";

/** How a {@link Batcher} works. */
export interface BatcherOptions<Item, Result> {
  /**
   * Carries out one batch.
   *
   * @returns One result an item, in their order; with an error among them its item fails. A promise keeps its item's
   *   key busy until it is settled, without holding up the rest. When `run` itself throws, every item of the batch
   *   fails with that.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly (Result | Error | Promise<Result>)[]>;
  /** Items of one key are never in two batches at one time, and are carried out in the order they came in. */
  readonly keyOf: (item: Item) => string;
  readonly maxBatch: number;
  /** Batches under way at one time. */
  readonly maxInFlight: number;
  /**
   * While a batch is under way, another one starts with at least so many items: few items cost nearly what many do,
   * so small batches side by side take each other's processor and make everybody wait longer.
   */
  readonly worthwhile: number;
  /** Fewer start as well once the first of them has waited so long, milliseconds, so that a slow batch does not hold them up. */
  readonly patienceMs: number;
  /** Items without an answer; a further one is refused as `full`. */
  readonly maxWaiting: number;
  /** An item gets its answer within this time, milliseconds: refused as `late`, even if its batch may still finish. */
  readonly deadlineMs: number;
  /** The error that a refused item fails with. */
  readonly refuse: (why: Refusal) => Error;
}

interface Entry<Item, Result> extends PromiseWithResolvers<Result> {
  readonly item: Item;
  readonly key: string;
  readonly addedAt: number;
}

/** A key that is busy: items of it are under way. */
interface Busy<Item, Result> {
  /** The one batch that they are in. */
  readonly batch: readonly Entry<Item, Result>[];
  /** How many of them have no answer yet. */
  left: number;
  /** Items of the key that came after that batch had started. */
  readonly waiting: Entry<Item, Result>[];
}

/**
 * See the module.
 *
 * @example
 * ```ts
 * const batcher = new Batcher({ run: storeAll, keyOf: (row) => row.pair, maxBatch: 64, … });
 * const result = await batcher.add(row);
 * ```
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  /** Everything without an answer, the oldest first. */
  readonly #open = new Set<Entry<Item, Result>>();
  /** What came in and is not under way. Its head is what has waited longest, but for keys that are busy. */
  #queue: Entry<Item, Result>[] = [];
  readonly #busy = new Map<string, Busy<Item, Result>>();
  #inFlight = 0;
  #pumping = false;
  /** Runs while fewer items wait than are worthwhile beside a batch that is under way. */
  #patience: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed: PromiseWithResolvers<void> | undefined;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  /** Items without an answer, batches under way. */
  get stats(): { readonly waiting: number; readonly inFlight: number } {
    return { waiting: this.#open.size, inFlight: this.#inFlight };
  }

  /** @returns What became of the item. */
  add(item: Item): Promise<Result> {
    const { keyOf, maxWaiting, refuse } = this.#options;
    if (this.#closed) return Promise.reject(refuse("closed"));
    if (this.#open.size >= maxWaiting) return Promise.reject(refuse("full"));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const entry = { item, key: keyOf(item), addedAt: performance.now(), promise, resolve, reject };
    this.#open.add(entry);
    this.#queue.push(entry);
    this.#watch();
    // Not at once: what arrives in the same turn of the event loop belongs into the same batch.
    if (!this.#pumping && this.#inFlight < this.#options.maxInFlight) {
      this.#pumping = true;
      queueMicrotask(() => this.#pump());
    }
    return promise;
  }

  /** Takes nothing more; resolves when every item has its answer and nothing is under way. */
  async close(): Promise<void> {
    this.#closed ??= Promise.withResolvers<void>();
    this.#settleClosed();
    await this.#closed.promise;
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
  }

  #pump(): void {
    this.#pumping = false;
    while (this.#inFlight < this.#options.maxInFlight && this.#isWorthwhile()) {
      const batch = this.#take();
      if (batch.length === 0) break;
      this.#inFlight++;
      void this.#carryOut(batch);
    }
  }

  #isWorthwhile(): boolean {
    const { worthwhile, patienceMs } = this.#options;
    const [first] = this.#queue;
    if (!first || this.#inFlight === 0 || this.#queue.length >= worthwhile) return true;
    const left = first.addedAt + patienceMs - performance.now();
    if (left <= 0) return true;
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined;
      this.#pump();
    }, left);
    return false;
  }

  /** The next batch, in order of arrival; what has a busy key steps aside. */
  #take(): Entry<Item, Result>[] {
    const batch: Entry<Item, Result>[] = [];
    let taken = 0;
    while (batch.length < this.#options.maxBatch && taken < this.#queue.length) {
      const entry = this.#queue[taken++]!;
      if (!this.#open.has(entry)) continue;
      const busy = this.#busy.get(entry.key);
      if (busy && busy.batch !== batch) {
        busy.waiting.push(entry);
        continue;
      }
      if (busy) busy.left++;
      else this.#busy.set(entry.key, { batch, left: 1, waiting: [] });
      batch.push(entry);
    }
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    return batch;
  }

  async #carryOut(batch: readonly Entry<Item, Result>[]): Promise<void> {
    const done = (entry: Entry<Item, Result>, settle: () => void) => {
      settle();
      this.#open.delete(entry);
      const busy = this.#busy.get(entry.key)!;
      if (--busy.left === 0) this.#release(entry.key, busy);
    };
    const fail = (entry: Entry<Item, Result>, error: unknown) => done(entry, () => entry.reject(error));
    try {
      const results = await this.#options.run(batch.map(({ item }) => item));
      for (const [index, entry] of batch.entries()) {
        const result = results[index] as Result | Error | Promise<Result>;
        if (result instanceof Promise) {
          result.then(
            (value) => this.#later(() => done(entry, () => entry.resolve(value))),
            (error) => this.#later(() => fail(entry, error)),
          );
        } else if (result instanceof Error) {
          fail(entry, result);
        } else {
          done(entry, () => entry.resolve(result));
        }
      }
    } catch (error) {
      for (const entry of batch) fail(entry, error);
    }
    this.#later(() => this.#inFlight--);
  }

  /** Does what frees something, then looks for work. */
  #later(free: () => void): void {
    free();
    this.#pump();
    this.#settleClosed();
  }

  /** An item that was refused as late has its answer, but what it set off may still be under way. */
  #settleClosed(): void {
    const idle = this.#open.size === 0 && this.#busy.size === 0 && this.#inFlight === 0;
    if (this.#closed && idle) this.#closed.resolve();
  }

  /** What stepped aside came before everything of its key that is still in the queue. */
  #release(key: string, { waiting }: Busy<Item, Result>): void {
    this.#busy.delete(key);
    if (waiting.length > 0) this.#queue = [...waiting, ...this.#queue];
  }

  /** One timer for all: the oldest item is the first to be late. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const [oldest] = this.#open;
    if (!oldest) return;
    const { deadlineMs } = this.#options;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#refuseLate();
        this.#watch();
      },
      Math.max(0, oldest.addedAt + deadlineMs - performance.now()),
    );
    // It may be left when every item has its answer: it must not keep the process alive.
    this.#timer.unref();
  }

  #refuseLate(): void {
    const late = performance.now() - this.#options.deadlineMs;
    for (const entry of this.#open) {
      if (entry.addedAt > late) break;
      this.#open.delete(entry);
      entry.reject(this.#options.refuse("late"));
    }
    this.#settleClosed();
  }
}
