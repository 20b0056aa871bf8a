/**
 * Chance that repeats itself: the same seed, the same run.
 * @module
 */

/** Numbers from 0 to below 1. */
export type Chance = () => number;

/** @returns mulberry32, which is small, fast and good enough to choose who speaks next. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** @returns A key, each as often as its weight says. */
export function pickWeighted<K extends string>(weights: Readonly<Record<K, number>>, chance: Chance): K {
  const entries = Object.entries(weights) as [K, number][];
  let left = chance() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of entries) {
    left -= weight;
    if (left < 0) return key;
  }
  return entries.at(-1)![0];
}
