/**
 * Computes the amounts and the period of a seed from scale, seed and now.
 * @module
 */

/** Times end here unless told otherwise: a fixed now is what makes two runs byte-identical. */
export const DEFAULT_NOW = "2026-01-01T12:00:00.000Z";

/** What `vibes seed` takes. */
export interface SeedOptions {
  /** 1 is about 1,000 people and 50,000 messages. */
  readonly scale: number;
  readonly seed: number;
  /** RFC 3339; everything seeded lies before it. */
  readonly now: string;
}

/** The counts of one run. */
export interface SeedPlan extends SeedOptions {
  readonly nowMs: number;
  readonly people: number;
  /** Pairs of people with a history: conversations, requests, blocks. */
  readonly relations: number;
  /** About how many messages lie in conversations. */
  readonly messages: number;
  readonly reports: number;
}

const PEOPLE = 1_000;
const RELATIONS = 2_000;
const MESSAGES = 50_000;
const REPORTS = 60;

/**
 * @throws RangeError when the scale is not above 0 and at most 1,000, or now is not a time.
 */
export function planSeed(options: SeedOptions): SeedPlan {
  const nowMs = Date.parse(options.now);
  if (Number.isNaN(nowMs))
    throw new RangeError(`Cannot seed: "${options.now}" is not a time like ${DEFAULT_NOW}`);
  if (!(options.scale > 0 && options.scale <= 1_000)) {
    throw new RangeError(`Cannot seed: the scale must be above 0 and at most 1000, not ${options.scale}`);
  }
  const times = (count: number, least: number) => Math.max(least, Math.round(count * options.scale));
  return {
    ...options,
    nowMs,
    people: times(PEOPLE, 30),
    relations: times(RELATIONS, 90),
    messages: times(MESSAGES, 1_200),
    reports: times(REPORTS, 12),
  };
}
