/**
 * Who listens to what, and in which order events are dealt with. A listener that throws harms nobody else.
 * @module
 */

// biome-ignore lint/suspicious/noExplicitAny: the typed face is the client's
type Listener = (...args: any[]) => unknown;

/** See the module. */
export class Listeners {
  readonly #byName = new Map<string, Set<Listener>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** @returns What ends it. */
  add(name: string, listener: Listener): () => void {
    // The same function twice is two listeners.
    const own: Listener = (...args) => listener(...args);
    const set = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, set.add(own));
    return () => void set.delete(own);
  }

  /** @returns When all of them have finished; nothing when none of them returned a promise. Never rejects. */
  call(name: string, ...args: unknown[]): Promise<void> | undefined {
    let pending: Promise<void> | undefined;
    for (const listener of this.#byName.get(name) ?? []) {
      const running = this.run(() => listener(...args));
      if (running) pending = pending ? pending.then(() => running) : running;
    }
    return pending;
  }

  /** Runs code that is not ours; what it throws, or rejects with, is reported. */
  run(code: () => unknown): Promise<void> | undefined {
    try {
      const result = code() as PromiseLike<unknown> | undefined;
      if (typeof result?.then !== "function") return undefined;
      return Promise.resolve(result).then(() => {}, this.#onError);
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }
}

/** Runs tasks one after the other: at once while none waits, after its end where one returned a promise. */
export class Series {
  #tail: Promise<void> | undefined;

  /** @param task Must not throw or reject. */
  run(task: () => Promise<void> | undefined): void {
    const running = this.#tail ? this.#tail.then(task) : task();
    if (!running) return;
    const tail: Promise<void> = running.then(() => {
      if (this.#tail === tail) this.#tail = undefined;
    });
    this.#tail = tail;
  }
}
