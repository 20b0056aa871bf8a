/**
 * Compares two reports and lists what improved and what got worse. Pure.
 * @module
 */
import type { Style } from "../output.ts";
import { formatMs, number } from "./render_text.ts";
import { COUNTS, LATENCIES, REPORT_VERSION, type Report } from "./report_shape.ts";

/** One number of both. */
export interface Difference {
  readonly metric: string;
  readonly before: number | null;
  readonly after: number | null;
  /** Percent; null where there is nothing to compare with. */
  readonly change: number | null;
  /** More of it is worse: latencies, errors. Undefined: neither is. */
  readonly lowerIsBetter: boolean | undefined;
}

/** A comparison. */
export interface Comparison {
  /** Reasons why the two cannot be compared as they are. */
  readonly warnings: readonly string[];
  readonly differences: readonly Difference[];
  /** Metrics that are worse by more than the tolerance. */
  readonly regressions: readonly string[];
}

const SHOWN = ["p50", "p99", "p99.9", "max"] as const;
const BAD = new Set(["errors", "unsent", "lost", "duplicated", "reordered", "leaked", "flickers"]);
/** Latencies that differ by less are the same, ms. */
const NOISE_MS = 0.5;

/** @throws RangeError when the text is no report. */
export function readReport(text: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError("it is no JSON");
  }
  // What --json prints is a report as well.
  const inside = (value as { data?: unknown } | null)?.data;
  const report = (inside ?? value) as Partial<Report> | null;
  if (report?.report === undefined) throw new RangeError("it is no report of a load test");
  if (report.report !== REPORT_VERSION)
    throw new RangeError(`its version is ${report.report}, not ${REPORT_VERSION}`);
  return report as Report;
}

/** @param tolerance Percent by which something may be worse. */
export function compare(before: Report, after: Report, { tolerance }: { tolerance: number }): Comparison {
  const differences: Difference[] = [
    difference("rate", { before: before.rate.achieved, after: after.rate.achieved, lowerIsBetter: false }),
  ];
  for (const name of LATENCIES) {
    const [a, b] = [before.latencies[name], after.latencies[name]];
    if (!a && !b) continue;
    for (const statistic of SHOWN) {
      const values = { before: a?.[statistic] ?? null, after: b?.[statistic] ?? null };
      differences.push(difference(`${name}.${statistic}`, { ...values, lowerIsBetter: true }));
    }
  }
  for (const name of COUNTS) {
    // A report that was kept may be older than the count.
    const [a = 0, b = 0] = [before.counts[name], after.counts[name]];
    if (a === 0 && b === 0) continue;
    const lowerIsBetter = BAD.has(name) ? true : undefined;
    differences.push(difference(name, { before: a, after: b, lowerIsBetter }));
  }
  const regressions = differences.filter((one) => isWorse(one, tolerance)).map(({ metric }) => metric);
  return { warnings: warningsOf(before, after), differences, regressions };
}

function difference(
  metric: string,
  { before, after, lowerIsBetter }: Pick<Difference, "before" | "after" | "lowerIsBetter">,
): Difference {
  const comparable = before !== null && after !== null && before !== 0;
  const change = comparable ? Math.round(((after - before) / before) * 1_000) / 10 : null;
  return { metric, before, after, change, lowerIsBetter };
}

function isWorse({ metric, before, after, lowerIsBetter }: Difference, tolerance: number): boolean {
  if (lowerIsBetter === undefined || before === null || after === null) return false;
  // The single slowest operation is chance.
  if (metric.endsWith(".max")) return false;
  const [good, bad] = lowerIsBetter ? [before, after] : [after, before];
  const noise = metric.includes(".") ? NOISE_MS : 0;
  return bad > good * (1 + tolerance / 100) && bad - good > noise;
}

function warningsOf(before: Report, after: Report): string[] {
  const warnings: string[] = [];
  if (before.scenario !== after.scenario)
    warnings.push(`two scenarios: ${before.scenario} and ${after.scenario}`);
  if (JSON.stringify(before.model) !== JSON.stringify(after.model))
    warnings.push("two models: rates or stages differ");
  if (before.population.users !== after.population.users) warnings.push("different numbers of people");
  for (const [name, { verdict, interrupted }] of [
    ["the first", before],
    ["the second", after],
  ] as const) {
    if (verdict === "invalid") warnings.push(`${name} run is INVALID`);
    if (interrupted) warnings.push(`${name} run was interrupted`);
  }
  return warnings;
}

/** @returns The comparison as a table. */
export function renderComparison({ differences, regressions }: Comparison, style: Style): string {
  const cells = differences.map(({ metric, before, after, change }) => {
    const show = (value: number | null) =>
      value === null ? "-" : metric.includes(".") ? formatMs(value) : number(value);
    return [
      metric,
      show(before),
      show(after),
      change === null ? "" : `${change > 0 ? "+" : ""}${change}%`,
    ] as const;
  });
  const rows = [["", "before", "after", "change"] as const, ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row, index) => {
      const text = row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]! + 2)))
        .join("");
      return index > 0 && regressions.includes(row[0]) ? style.red(`${text}  worse`) : text;
    })
    .join("\n");
}
