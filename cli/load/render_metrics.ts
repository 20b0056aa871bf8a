/**
 * Renders a report for other programs: CSV per second, and Prometheus metrics of the totals (textfile collector or
 * Pushgateway).
 * @module
 */
import { Gauge, Registry } from "prom-client";
import { COUNTS, LATENCIES, type Report, type Slice } from "./report_shape.ts";

const COLUMNS = [
  "second",
  "target",
  "started",
  "done",
  "errors",
  "p50",
  "p99",
  "max",
] as const satisfies (keyof Slice)[];
const QUANTILES = { p50: "0.5", p90: "0.9", p95: "0.95", p99: "0.99", "p99.9": "0.999", max: "1" } as const;

/** @returns One line a second, latencies in ms; an empty field where nothing was measured. */
export function renderCsv({ series }: Report): string {
  const rows = series.map((slice) => COLUMNS.map((column) => slice[column] ?? "").join(","));
  return `${[COLUMNS.join(","), ...rows].join("\n")}\n`;
}

/** @returns The text format of Prometheus; seconds and totals as its conventions have them. */
export async function renderPrometheus(report: Report): Promise<string> {
  const { scenario, run_id, counts, latencies, rate, slo, verdict } = report;
  const registry = new Registry();
  const run = { scenario, run: run_id };
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({
      name: `vibes_load_${name}`,
      help,
      labelNames: ["scenario", "run", ...labelNames],
      registers: [registry],
    });

  gauge("valid", "1: the load that was asked for was made; 0: the numbers mean nothing").set(
    run,
    verdict === "invalid" ? 0 : 1,
  );
  gauge("passed", "1: valid, and every gate held").set(run, verdict === "passed" ? 1 : 0);
  gauge("seconds", "Seconds that work was made").set(run, report.seconds);
  const rates = gauge("rate", "Operations a second", ["kind"]);
  rates.set({ ...run, kind: "achieved" }, rate.achieved);
  if (rate.target !== null) rates.set({ ...run, kind: "target" }, rate.target);
  const totals = gauge("operations", "What was counted in the run", ["kind"]);
  for (const kind of COUNTS) totals.set({ ...run, kind }, counts[kind]);
  const seconds = gauge("latency_seconds", "Latency from the intended moment", ["latency", "quantile"]);
  for (const latency of LATENCIES) {
    for (const [statistic, quantile] of Object.entries(QUANTILES)) {
      const ms = latencies[latency]?.[statistic as keyof typeof QUANTILES];
      if (ms !== undefined) seconds.set({ ...run, latency, quantile }, ms / 1_000);
    }
  }
  const gates = gauge("gate_passed", "1: the gate held", ["gate"]);
  for (const { gate, passed } of slo) gates.set({ ...run, gate }, passed ? 1 : 0);
  return await registry.metrics();
}
