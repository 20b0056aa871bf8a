/**
 * Values that can be read and watched: the two functions that useSyncExternalStore, Svelte and Vue build on.
 * @module
 */

/** A value that changes. `getSnapshot` returns the same object until it does. */
export interface Store<T> {
  /** Calls the listener after each change. @returns What ends it. */
  subscribe(listener: () => void): () => void;
  getSnapshot(): T;
}

/** See {@link Store}. */
export class Value<T> implements Store<T> {
  readonly #listeners = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  subscribe = (listener: () => void): (() => void) => {
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  getSnapshot = (): T => this.#value;

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}

/**
 * What is computed from other stores, again only when one of their values has changed.
 *
 * @param compute Gets the values in the order of the stores.
 */
export function derive<const Sources extends readonly Store<unknown>[], T>(
  sources: Sources,
  compute: (...values: { [I in keyof Sources]: Sources[I] extends Store<infer V> ? V : never }) => T,
): Store<T> {
  let inputs: unknown[] | undefined;
  let output: T;
  return {
    subscribe(listener) {
      const ends = sources.map((source) => source.subscribe(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    getSnapshot() {
      const values = sources.map((source) => source.getSnapshot());
      if (!inputs || values.some((value, i) => !Object.is(value, inputs![i]))) {
        inputs = values;
        output = compute(...(values as never));
      }
      return output;
    },
  };
}
