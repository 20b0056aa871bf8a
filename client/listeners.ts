/**
 * Who listens to what. A listener that throws harms nobody else.
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

  call(name: string, ...args: unknown[]): void {
    const set = this.#byName.get(name);
    if (!set) return;
    for (const listener of set) this.run(() => listener(...args));
  }

  /** Runs code that is not ours; what it throws, or rejects with, is reported. */
  run(code: () => unknown): void {
    try {
      const result = code();
      if (result instanceof Promise) result.catch(this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }
}
