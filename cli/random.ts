/**
 * Deterministic random streams for seeds and load tests: the same seed and key give the same stream on every machine,
 * so that any part can be generated without the parts before it.
 * @module
 */

/** A stream of random numbers and the distributions that are drawn from it. */
export class Random {
  readonly #key: string;
  /** The 128 bits of state of sfc32 (PractRand): three words and a counter. */
  readonly #state: Uint32Array;

  /** @param key Names the stream, for example `42/person/7`. */
  constructor(key: string) {
    this.#key = key;
    const [low, high] = [Bun.hash.wyhash(key), Bun.hash.wyhash(key, 1n)];
    this.#state = Uint32Array.of(Number(low >> 32n), Number(low & 0xffffffffn), Number(high >> 32n), 1);
    for (let round = 0; round < 12; round++) this.#word();
  }

  /** @returns Another stream that depends on this one's name alone, not on what was drawn from it. */
  fork(name: string): Random {
    return new Random(`${this.#key}/${name}`);
  }

  /** @returns A number in [0, 1). */
  unit(): number {
    return (this.#word() * 2 ** 21 + (this.#word() >>> 11)) / 2 ** 53;
  }

  /** @returns An integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.unit() * below);
  }

  /** @returns True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** @returns One of the values, each as likely. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** @returns `count` different values, in the order drawn. */
  sample<T>(values: readonly T[], count: number): T[] {
    const pool = [...values];
    return Array.from(
      { length: Math.min(count, pool.length) },
      () => pool.splice(this.below(pool.length), 1)[0] as T,
    );
  }

  /** @returns One of the keys, as likely as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.unit() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return (entries.at(-1) as [K, number])[0];
  }

  /** @returns A log-normal number with this median; sigma is that of the logarithm. */
  logNormal(median: number, sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.unit()));
  }

  /** @returns A rank in [0, count), rank 0 the most likely: Zipf's law with exponent 1, by its continuous inverse. */
  zipf(count: number): number {
    return Math.min(count - 1, Math.floor((count + 1) ** this.unit()) - 1);
  }

  /** @returns A UUIDv7 (RFC 9562) of that time whose random bits come from this stream. */
  uuid(timeMs: number): string {
    const time = Math.floor(timeMs).toString(16).padStart(12, "0");
    const hex = (digits: number) =>
      Math.floor(this.unit() * 16 ** digits)
        .toString(16)
        .padStart(digits, "0");
    const variant = (8 + this.below(4)).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
  }

  #word(): number {
    const state = this.#state;
    const [a, b, c, counter] = state as unknown as [number, number, number, number];
    const word = (a + b + counter) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + word;
    state[3] = counter + 1;
    return word;
  }
}
