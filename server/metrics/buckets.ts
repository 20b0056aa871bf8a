/**
 * A histogram that somebody else fills, as a metric: the library's own would count everything a second time.
 * @module
 */
import type { Metric, Registry } from "prom-client";

/** Counts between edges; the last one is above every edge. */
export interface Buckets {
  /** Upper edges, milliseconds, ascending. */
  readonly edges: readonly number[];
  copy(): Float64Array;
  readonly sumMs: number;
}

/** Edges are finer than a time series for each is worth: every fourth is shown. */
const STEP = 4;

/** Puts the histogram into the registry, in seconds. */
export function registerBuckets(
  registry: Registry,
  { name, help, buckets }: { name: string; help: string; buckets: Buckets },
): void {
  const get = async () => ({
    name,
    help,
    type: "histogram",
    aggregator: "sum",
    values: valuesOf(name, buckets),
  });
  registry.registerMetric({ name, help, type: "histogram", aggregator: "sum", get } as unknown as Metric);
}

function valuesOf(name: string, buckets: Buckets) {
  const { edges, sumMs } = buckets;
  const counts = buckets.copy();
  const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = [];
  let total = 0;
  for (const [index, count] of counts.entries()) {
    total += count;
    const edge = edges[index];
    if (edge === undefined || index % STEP !== STEP - 2) continue;
    values.push({ metricName: `${name}_bucket`, labels: { le: seconds(edge) }, value: total });
  }
  return [
    ...values,
    { metricName: `${name}_bucket`, labels: { le: "+Inf" }, value: total },
    { metricName: `${name}_sum`, labels: {}, value: sumMs / 1000 },
    { metricName: `${name}_count`, labels: {}, value: total },
  ];
}

function seconds(ms: number): number {
  return Number((ms / 1000).toPrecision(3));
}
