/**
 * A timer wheel: items with a deadline are kept in buckets of one second, so that ten thousand waiting sockets cost ten
 * thousand set entries and no timer of their own.
 * @module
 */

/** Something that waits for at most one moment. */
export interface Due {
  /** The second it waits for, 0 for none. Written by the wheel only. */
  due: number;
}

/** See the module. Seconds are whatever the caller counts, as long as they grow. */
export class Wheel<T extends Due> {
  readonly #buckets = new Map<number, Set<T>>();
  #now: number;

  /** @param now The current second. */
  constructor(now: number) {
    this.#now = now;
  }

  /** Lets the item wait for that second instead of whatever it waited for; the past means the next turn. */
  schedule(item: T, second: number): void {
    this.cancel(item);
    const due = Math.max(second, this.#now + 1);
    const bucket = this.#buckets.get(due);
    if (bucket) bucket.add(item);
    else this.#buckets.set(due, new Set([item]));
    item.due = due;
  }

  /** Lets the item wait for nothing. */
  cancel(item: T): void {
    if (item.due === 0) return;
    const bucket = this.#buckets.get(item.due);
    if (bucket?.delete(item) && bucket.size === 0) this.#buckets.delete(item.due);
    item.due = 0;
  }

  /** Turns to that second and calls `fire` for every item whose moment has come, oldest first. */
  turn(second: number, fire: (item: T) => void): void {
    while (this.#now < second) {
      this.#now++;
      const bucket = this.#buckets.get(this.#now);
      if (!bucket) continue;
      // Left in place meanwhile, so that one item may cancel another of the same second.
      for (const item of bucket) {
        bucket.delete(item);
        item.due = 0;
        fire(item);
      }
      this.#buckets.delete(this.#now);
    }
  }

  /** How many items wait. */
  get size(): number {
    let size = 0;
    for (const bucket of this.#buckets.values()) size += bucket.size;
    return size;
  }
}
