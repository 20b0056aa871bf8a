/**
 * Deterministic randomness for seeding: the same seed and key give the same stream on every machine, so that any
 * part of the data can be made again without the parts before it.
 * @module
 */

import { generateMersenne53Randomizer } from "@faker-js/faker";

/** A stream of random numbers and the distributions that the seed uses. */
export class Random {
  readonly #key: string;
  readonly #next: () => number;

  /** @param key Names the stream, for example `42/person/7`. */
  constructor(key: string) {
    this.#key = key;
    const randomizer = generateMersenne53Randomizer(Number(Bun.hash.wyhash(key) & 0xffffffffn));
    this.#next = () => randomizer.next();
  }

  /** @returns Another stream that depends on this one's name alone, not on what was drawn from it. */
  fork(name: string): Random {
    return new Random(`${this.#key}/${name}`);
  }

  /** @returns A number in [0, 1). */
  unit(): number {
    return this.#next();
  }

  /** @returns An integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.#next() * below);
  }

  /** @returns True with the given probability. */
  chance(probability: number): boolean {
    return this.#next() < probability;
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
    let left = this.#next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return (entries.at(-1) as [K, number])[0];
  }

  /** @returns A log-normal number with this median; sigma is that of the logarithm. */
  logNormal(median: number, sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#next()));
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.#next()));
  }

  /** @returns A rank in [0, count), rank 0 the most likely: Zipf's law with exponent 1, by its continuous inverse. */
  zipf(count: number): number {
    return Math.min(count - 1, Math.floor((count + 1) ** this.#next()) - 1);
  }

  /** @returns A UUIDv7 (RFC 9562) of that time whose random bits come from this stream. */
  uuid(timeMs: number): string {
    const time = Math.floor(timeMs).toString(16).padStart(12, "0");
    const hex = (digits: number) =>
      Math.floor(this.#next() * 16 ** digits)
        .toString(16)
        .padStart(digits, "0");
    const variant = (8 + this.below(4)).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
  }
}
