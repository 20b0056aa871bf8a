/**
 * The live numbers of the last minutes, and the picture of them that is held still while somebody reads. Pure.
 * @module
 */
import type { Stats } from "../../wire.ts";

export interface LiveState {
  /** One a second, the newest last. */
  readonly samples: readonly Stats[];
  /** What is shown instead while it is frozen. */
  readonly frozen: readonly Stats[] | null;
}

export type LiveAction = { readonly type: "sampled"; readonly stats: Stats } | { readonly type: "frozen" };

export const INITIAL_LIVE: LiveState = { samples: [], frozen: null };

/** Two minutes: enough for the widest line of bars and for what was a minute ago. */
const KEPT = 150;

/** @returns The screen after an action. */
export function reduceLive(state: LiveState, action: LiveAction): LiveState {
  if (action.type === "frozen") return { ...state, frozen: state.frozen ? null : state.samples };
  // The same second twice, over the stream and over REST, is one.
  if (state.samples.at(-1)?.at === action.stats.at) return state;
  return { ...state, samples: [...state.samples, action.stats].slice(-KEPT) };
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
