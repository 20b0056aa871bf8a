/**
 * What this node counts about its sockets: plain numbers, read by the statistics and by metrics.
 * @module
 */
import type { CloseReason } from "../protocol/close_codes.ts";

/** Upper edges of the latency buckets, milliseconds: a quarter more each, from 0.05 to about a minute. */
const EDGES = Array.from({ length: 64 }, (_, index) => 0.05 * 1.25 ** index);

/** Latencies in buckets; percentiles are right within a quarter. */
export class Latencies {
  readonly #buckets = new Uint32Array(EDGES.length + 1);
  #count = 0;

  record(ms: number): void {
    let low = 0;
    let high = EDGES.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (EDGES[middle]! < ms) low = middle + 1;
      else high = middle;
    }
    this.#buckets[low]!++;
    this.#count++;
  }

  /** Adds what another one has counted. */
  add(filled: readonly (readonly [bucket: number, count: number])[]): void {
    for (const [bucket, count] of filled) {
      if (this.#buckets[bucket] === undefined) continue;
      this.#buckets[bucket] += count;
      this.#count += count;
    }
  }

  /** @returns The buckets that hold something. */
  filled(): [bucket: number, count: number][] {
    return [...this.#buckets.entries()].filter(([, count]) => count > 0);
  }

  /** @returns The latency below which that share lies, ms; null when nothing was recorded. */
  percentile(share: number): number | null {
    if (this.#count === 0) return null;
    let left = Math.max(1, Math.ceil(this.#count * share));
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0) return Math.round((EDGES[bucket] ?? EDGES.at(-1)!) * 100) / 100;
    }
    return null;
  }
}

/** See the module. All but `connections` and `members` only grow. */
export class Counters {
  connections = 0;
  members = 0;
  opened = 0;
  reconnects = 0;
  refusedUpgrades = 0;
  framesIn = 0;
  framesOut = 0;
  /** Messages whose frame went to at least one socket here, counted once a person. */
  delivered = 0;
  /** Messages stored by this node, whichever way they came. */
  sent = 0;
  /** Frames that may be lost and were, because their reader was behind. */
  shed = 0;
  limitHits = 0;
  /** Frames answered with an error. */
  errors = 0;
  /** Gaps that were filled from the log. */
  healed = 0;
  busIn = 0;
  busOut = 0;
  readonly closes: Partial<Record<CloseReason, number>> = {};
  /** Between storing a message and handing its frame to a socket. */
  delivery = new Latencies();

  closed(reason: CloseReason): void {
    this.closes[reason] = (this.closes[reason] ?? 0) + 1;
  }
}
