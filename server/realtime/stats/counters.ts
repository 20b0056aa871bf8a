/**
 * Counters of this node's sockets: plain numbers, read by the statistics and by metrics.
 * @module
 */
import type { RateName } from "../../domain/limits.ts";
import { CLOSE_CODES } from "../../protocol/close_codes.ts";

/** The two framings of sockets. */
export type CodecName = "json" | "socketio";

/** Our codes, and those of RFC 6455 that a peer may send or a lost connection gets: the number of series is bounded. */
const KNOWN_CODES: ReadonlySet<number> = new Set([
  ...Object.values(CLOSE_CODES).map(({ code }) => code),
  ...Array.from({ length: 15 }, (_, index) => 1000 + index),
]);
/**
 * Upper edges of the latency buckets, milliseconds: each 25% above the one before, from 0.05 to about a minute. 250 ms
 * is one of them: later deliveries count as late.
 */
const EDGES: readonly number[] = Array.from({ length: 64 }, (_, index) => 250 * 1.25 ** (index - 38));

/** Latencies in buckets; percentiles are right within a quarter. */
export class Latencies {
  readonly edges = EDGES;
  readonly #buckets = new Float64Array(EDGES.length + 1);
  #count = 0;
  #sumMs = 0;

  get count(): number {
    return this.#count;
  }

  /** Of what was recorded here, not of what was added. */
  get sumMs(): number {
    return this.#sumMs;
  }

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
    this.#sumMs += ms;
  }

  /** Adds the counts of another histogram. */
  add(filled: readonly (readonly [bucket: number, count: number])[]): void {
    for (const [bucket, count] of filled) {
      if (this.#buckets[bucket] === undefined) continue;
      this.#buckets[bucket] += count;
      this.#count += count;
    }
  }

  /** @returns All buckets as they are now, for {@link Latencies.filled}; the last one is above every edge. */
  copy(): Float64Array {
    return this.#buckets.slice();
  }

  /** @returns The buckets that hold something, or more than they did then. */
  filled(then?: Float64Array): [bucket: number, count: number][] {
    const counts = [...this.#buckets].map((count, bucket) => count - (then?.[bucket] ?? 0));
    return [...counts.entries()].filter(([, count]) => count > 0);
  }

  /** @returns The latency that this share does not exceed, ms; null when nothing was recorded. */
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
  readonly connections: Record<CodecName, number> = { json: 0, socketio: 0 };
  members = 0;
  readonly opened: Record<CodecName, number> = { json: 0, socketio: 0 };
  reconnects = 0;
  refusedUpgrades = 0;
  framesIn = 0;
  framesOut = 0;
  /** Messages sent live to at least one socket here, counted once a person. */
  delivered = 0;
  /** Messages stored by this node, from REST and sockets. */
  sent = 0;
  /** Ephemeral frames that were left out because their reader was behind. */
  shed = 0;
  readonly limitHits: Partial<Record<RateName, number>> = {};
  /** Frames answered with an error. */
  errors = 0;
  /** Gaps that were filled from the log. */
  healed = 0;
  busIn = 0;
  busOut = 0;
  /** By close code, whichever side closed; unknown codes count as 0. */
  readonly closes: Record<number, number> = {};
  /** Events that went to a socket out of the log. */
  replayed = 0;
  /** Times that `resync_required` was sent. */
  resyncs = 0;
  /** Between storing a message and handing its frame to a socket. */
  readonly delivery = new Latencies();

  closed(code: number): void {
    const known = KNOWN_CODES.has(code) ? code : 0;
    this.closes[known] = (this.closes[known] ?? 0) + 1;
  }

  limitHit(name: RateName): void {
    this.limitHits[name] = (this.limitHits[name] ?? 0) + 1;
  }

  /** Of all codecs. */
  get open(): number {
    return total(this.connections);
  }

  /** Of all limits. */
  get refused(): number {
    return total(this.limitHits);
  }
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
