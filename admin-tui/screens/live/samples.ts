/**
 * The live numbers of the last minutes, and a copy of them that stays on the screen while it is frozen. Pure.
 * @module
 */
import type { ModerationStats, Stats } from "../../wire.ts";

export interface LiveState {
  /** One a second, the newest last. */
  readonly samples: readonly Stats[];
  /** What is shown instead while it is frozen. */
  readonly frozen: readonly Stats[] | null;
  /** How moderation works, of the last minute. */
  readonly moderation: ModerationStats | null;
  /** Lines above the first one on the screen. */
  readonly scroll: number;
}

export const EMPTY_LIVE: LiveState = { samples: [], frozen: null, moderation: null, scroll: 0 };

/** Two minutes: enough for the widest line of bars and for what was a minute ago. */
const KEPT = 150;

/** @returns With one more sample. */
export function sampled(live: LiveState, stats: Stats): LiveState {
  // The same second over the stream and over REST is one sample.
  if (live.samples.at(-1)?.at === stats.at) return live;
  return { ...live, samples: [...live.samples, stats].slice(-KEPT) };
}

/** @returns What is on the screen. */
export function shownSamples({ samples, frozen }: LiveState): readonly Stats[] {
  return frozen ?? samples;
}

/** @returns The sample of a minute before the newest, or undefined when there is none that old. */
export function minuteAgo(samples: readonly Stats[]): Stats | undefined {
  const newest = samples.at(-1);
  if (!newest) return undefined;
  const limit = Date.parse(newest.at) - 60_000;
  return samples.findLast(({ at }) => Date.parse(at) <= limit);
}
