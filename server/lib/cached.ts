/**
 * A value that is computed when it is first asked for and kept for a while.
 * @module
 */

interface CachedOptions {
  /** How long a value is kept, ms. @default for ever */
  readonly maxAgeMs?: number;
  /** The clock, ms. @default performance.now */
  readonly now?: () => number;
}

/**
 * Callers at the same time share one computation. A failure is given to those who waited for it and is not kept: the
 * next caller computes again.
 *
 * @example
 * ```ts
 * const stats = new Cached(() => collect(sql), { maxAgeMs: 1_000 });
 * const shown = await stats.read();
 * ```
 */
export class Cached<T> {
  readonly #compute: () => Promise<T>;
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  #last: { readonly at: number; readonly value: Promise<T> } | undefined;

  constructor(compute: () => Promise<T>, options: CachedOptions = {}) {
    this.#compute = compute;
    this.#maxAgeMs = options.maxAgeMs ?? Number.POSITIVE_INFINITY;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @returns The value, computed at most `maxAgeMs` ago. */
  read(): Promise<T> {
    const now = this.#now();
    if (this.#last && now - this.#last.at < this.#maxAgeMs) return this.#last.value;
    const last = { at: now, value: this.#compute() };
    this.#last = last;
    last.value.catch(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return last.value;
  }
}
