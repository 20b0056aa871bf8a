/**
 * Turns a rate, or stages of rates, into start times for the open model. Start times never depend on how earlier
 * operations went, which avoids coordinated omission. Pure.
 * @module
 */

import { formatDuration, parseDuration } from "../durations.ts";
import type { Random } from "../random.ts";

/** The rate goes in a straight line from one value to another. */
export interface Stage {
  readonly durationMs: number;
  /** Arrivals a second, at the beginning and at the end. */
  readonly from: number;
  readonly to: number;
}

/**
 * Reads `10s:100,30s:500`: from nothing to 100 a second within 10 s, then to 500 within 30 s. `0s:100` jumps.
 *
 * @returns Undefined when the text is no such list.
 */
export function parseStages(text: string): Stage[] | undefined {
  const stages: Stage[] = [];
  let from = 0;
  for (const part of text.split(",")) {
    const [, span = "", rate] = /^\s*([^:]+):(\d{1,6}(?:\.\d+)?)\s*$/.exec(part) ?? [];
    const durationMs = parseDuration(span);
    if (durationMs === undefined || rate === undefined) return undefined;
    const to = Number(rate);
    if (durationMs > 0) stages.push({ durationMs, from, to });
    from = to;
  }
  return stages.length > 0 ? stages : undefined;
}

/** @returns The stages in words. */
export function describeStages(stages: readonly Stage[]): string {
  return stages
    .map(({ durationMs, from, to }) => {
      const span = formatDuration(durationMs);
      return from === to ? `${round(to)}/s for ${span}` : `${round(from)} to ${round(to)}/s in ${span}`;
    })
    .join(", ");
}

/** See the module. Moments are milliseconds since the beginning. */
export class Schedule {
  readonly #stages: readonly Stage[];
  /** Milliseconds of all stages. */
  readonly durationMs: number;
  /** Arrivals of all stages. */
  readonly total: number;

  constructor(stages: readonly Stage[]) {
    this.#stages = stages;
    this.durationMs = stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
    this.total = stages.reduce((sum, stage) => sum + countOf(stage), 0);
  }

  /** @returns The rate at a moment, arrivals a second. */
  rateAt(ms: number): number {
    let start = 0;
    for (const { durationMs, from, to } of this.#stages) {
      if (ms < start + durationMs) return from + ((to - from) * (ms - start)) / durationMs;
      start += durationMs;
    }
    return 0;
  }

  /** @returns How many are due until a moment. */
  countUntil(ms: number): number {
    let count = 0;
    let start = 0;
    for (const stage of this.#stages) {
      const inside = Math.min(Math.max(ms - start, 0), stage.durationMs);
      const rate = stage.from + ((stage.to - stage.from) * inside) / stage.durationMs;
      count += ((stage.from + rate) / 2) * (inside / 1_000);
      start += stage.durationMs;
    }
    return count;
  }

  /** @returns The moment at which so many have become due; undefined when there are not so many. */
  momentOf(count: number): number | undefined {
    if (count >= this.total) return undefined;
    let left = count;
    let start = 0;
    for (const stage of this.#stages) {
      const inside = countOf(stage);
      if (left < inside) return start + momentInside(stage, left);
      left -= inside;
      start += stage.durationMs;
    }
    return undefined;
  }

  /**
   * @param share This generator's part of the whole: `{index: 0, of: 2}` gets every other arrival.
   * @param random Present: arrivals come at random (Poisson), as from people; absent: evenly.
   */
  *arrivals({ index, of }: { index: number; of: number }, random?: Random): Generator<number> {
    let count = random ? 0 : index;
    for (;;) {
      if (random) count += -Math.log(1 - random.unit()) * of;
      const moment = this.momentOf(count);
      if (moment === undefined) return;
      yield moment;
      if (!random) count += of;
    }
  }
}

function countOf({ durationMs, from, to }: Stage): number {
  return ((from + to) / 2) * (durationMs / 1_000);
}

/** Solves from·t + slope·t²/2 = count for t, in the form that is stable when the slope is small. */
function momentInside({ durationMs, from, to }: Stage, count: number): number {
  const slope = ((to - from) * 1_000) / durationMs;
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * count));
  return count === 0 ? 0 : ((2 * count) / (from + root)) * 1_000;
}

/** Shares of a rate are no round numbers in binary. */
function round(rate: number): number {
  return Number(rate.toFixed(2));
}
