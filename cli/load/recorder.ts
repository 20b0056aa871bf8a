/**
 * Records the measurements of one generator as HDR histograms and counters, in total and per second, and merges those
 * of several generators.
 * @module
 */
import * as hdr from "hdr-histogram-js";
import type { CountName, LatencyName, LatencySummary, RecordSlice, Records } from "./report_shape.ts";

/** Microseconds, up to ten minutes. */
const HIGHEST = 600_000_000;

function build(digits: 2 | 3): hdr.Histogram {
  return hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST,
    numberOfSignificantValueDigits: digits,
    bitBucketSize: 32,
  });
}

function record(histogram: hdr.Histogram, ms: number): void {
  histogram.recordValue(Math.min(HIGHEST, Math.max(1, Math.round(ms * 1_000))));
}

/** See the module. */
export class Recorder {
  readonly #main: LatencyName;
  readonly #latencies = new Map<LatencyName | "lag", hdr.Histogram>();
  readonly #counts = new Map<CountName, number>();
  readonly #errors = new Map<string, number>();
  readonly #slice = build(2);
  #sliceCounts = new Map<CountName, number>();
  #sliceLag = 0;
  #confirmedAt: number | undefined;

  /** @param main The latency that slices have. */
  constructor(main: LatencyName) {
    this.#main = main;
  }

  latency(name: LatencyName | "lag", ms: number): void {
    let histogram = this.#latencies.get(name);
    if (!histogram) {
      histogram = build(3);
      this.#latencies.set(name, histogram);
    }
    record(histogram, ms);
    if (name === this.#main) record(this.#slice, ms);
    if (name === "lag" && ms > this.#sliceLag) this.#sliceLag = ms;
  }

  count(name: CountName, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
    this.#sliceCounts.set(name, (this.#sliceCounts.get(name) ?? 0) + by);
  }

  /** Work begins: silence counts from here. */
  begin(): void {
    this.#confirmedAt = performance.now();
  }

  /** The server confirmed something. */
  confirmed(): void {
    const now = performance.now();
    if (this.#confirmedAt !== undefined) this.latency("silence", now - this.#confirmedAt);
    this.#confirmedAt = now;
  }

  /** Nothing is confirmed any more. @param stoppedAt When the last work was made, by performance.now(). */
  finish(stoppedAt: number): void {
    const last = this.#confirmedAt;
    this.#confirmedAt = undefined;
    if (last !== undefined && last < stoppedAt) this.latency("silence", stoppedAt - last);
  }

  error(code: string): void {
    this.count("errors");
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  /** Forgets everything: the warm-up is over. */
  reset(): void {
    this.#latencies.clear();
    this.#counts.clear();
    this.#errors.clear();
    this.takeSlice(0);
  }

  countOf(name: CountName): number {
    return this.#counts.get(name) ?? 0;
  }

  /** @returns What happened since the last slice. */
  takeSlice(second: number): RecordSlice {
    const slice: RecordSlice = {
      second,
      counts: Object.fromEntries(this.#sliceCounts),
      ...(this.#slice.totalCount > 0 ? { main: hdr.encodeIntoCompressedBase64(this.#slice) } : {}),
      lagMs: this.#sliceLag,
    };
    this.#slice.reset();
    this.#sliceCounts = new Map();
    this.#sliceLag = 0;
    return slice;
  }

  /** @returns Everything. */
  records(): Records {
    const packed = [...this.#latencies].map(([name, histogram]) => [
      name,
      hdr.encodeIntoCompressedBase64(histogram),
    ]);
    return {
      counts: Object.fromEntries(this.#counts),
      errors: Object.fromEntries(this.#errors),
      latencies: Object.fromEntries(packed),
    };
  }
}

/** Histograms of several generators, in one. */
export class Merged {
  readonly #histogram = build(3);

  add(packed: string | undefined): this {
    if (packed !== undefined) this.#histogram.add(hdr.decodeFromCompressedBase64(packed));
    return this;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** @returns Milliseconds below which that share lies. */
  percentile(percent: number): number {
    return round(this.#histogram.getValueAtPercentile(percent) / 1_000);
  }

  /** @returns Undefined when nothing was recorded. */
  summary(): LatencySummary | undefined {
    const { totalCount, minNonZeroValue, maxValue, mean } = this.#histogram;
    if (totalCount === 0) return undefined;
    return {
      min: round(minNonZeroValue / 1_000),
      mean: round(mean / 1_000),
      p50: this.percentile(50),
      p90: this.percentile(90),
      p95: this.percentile(95),
      p99: this.percentile(99),
      "p99.9": this.percentile(99.9),
      // Percentiles are the upper ends of their buckets, the highest value is one of a lower end.
      max: Math.max(this.percentile(100), round(maxValue / 1_000)),
      count: totalCount,
    };
  }

  /** @returns Points of the curve, denser towards the end; none when nothing was recorded. */
  distribution(): [percentile: number, ms: number][] {
    if (this.count === 0) return [];
    const points = [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 100];
    return points.map((percent) => [percent, this.percentile(percent)]);
  }
}

function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
