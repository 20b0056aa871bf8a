/**
 * Renders a report for a terminal: gates, then operations, then latencies. Pure.
 * @module
 */

import { formatDuration } from "../durations.ts";
import type { Style } from "../output.ts";
import {
  type Issue,
  LATENCIES,
  type LatencySummary,
  type Model,
  type Report,
  STATISTICS,
  type Verdict,
} from "./report_shape.ts";
import { describeStages } from "./schedule.ts";

const SHOWN_ISSUES = 10;
const BARS = "▁▂▃▄▅▆▇█";

/** @returns The text, without the last newline. */
export function renderReport(report: Report, style: Style): string {
  const { counts, rate, generator, latencies, main, errors, verified } = report;
  const lines: string[] = [];
  const row = (label: string, text: string) => lines.push(` ${style.bold(label.padEnd(10))}${text}`);

  row(
    "RUN",
    `${report.scenario}  ${describeModel(report.model)}  ${report.run_id}${report.interrupted ? "  interrupted" : ""}`,
  );
  for (const verdict of report.slo) row("SLO", describeVerdict(verdict, style));
  const target = rate.target === null ? "" : `target ${rate.target}/s  `;
  const problem = rate.problem === null ? "" : `  ${style.red(`INVALID: ${rate.problem}`)}`;
  row(
    "RATE",
    `${target}achieved ${rate.achieved}/s  unsent ${alarm(counts.unsent, style)}  in ${report.seconds} s${problem}`,
  );
  const lag = generator.lag ? `lag p99 ${formatMs(generator.lag.p99)} ms` : "no lag measured";
  row(
    "GENERATOR",
    `${lag}  ${generator.valid ? style.green("VALID") : style.red(`INVALID: ${generator.problem}`)}`,
  );
  if (counts.sent > 0) {
    row(
      "MSG",
      `sent ${number(counts.sent)}  confirmed ${number(counts.acked)}  delivered ${number(counts.delivered)}  ` +
        `lost ${alarm(counts.lost, style)}  dup ${alarm(counts.duplicated, style)}  ` +
        `reordered ${alarm(counts.reordered, style)}${counts.leaked > 0 ? `  leaked ${alarm(counts.leaked, style)}` : ""}`,
    );
  }
  const flickers =
    counts.flickers > 0 ? `  called offline while there ${style.red(number(counts.flickers))}` : "";
  row(
    "SOCKETS",
    `opened ${number(counts.connects)}  reconnects ${number(counts.reconnects)}  frames sent again ${number(counts.retries)}${flickers}`,
  );
  if (Object.keys(errors).length > 0) {
    row(
      "ERRORS",
      Object.entries(errors)
        .map(([code, count]) => `${style.red(code)} ${number(count)}`)
        .join("  "),
    );
  }
  lines.push("", ...latencyTable(latencies, { main, report }));
  if (verified) {
    const { messages, conversations, read_back, issues, issues_total } = verified;
    lines.push("");
    row(
      "VERIFIED",
      `${number(messages)} confirmed messages in ${number(conversations)} conversations, ${number(read_back)} read back: ` +
        (issues_total === 0 ? style.green("nothing is wrong") : style.red(`${number(issues_total)} issues`)),
    );
    for (const issue of issues.slice(0, SHOWN_ISSUES)) lines.push(`   ${describeIssue(issue)}`);
    if (issues_total > SHOWN_ISSUES)
      lines.push(`   and ${number(issues_total - SHOWN_ISSUES)} more: --out keeps them`);
  }
  return lines.join("\n");
}

/** @returns Whether, and by how much, a gate held. */
export function describeVerdict({ gate, passed, got, unit }: Verdict, style: Style): string {
  const result = got === null ? "nothing was measured" : `got ${round(got)}${unit}`;
  return `${passed ? style.green("PASS") : style.red("FAIL")} ${gate}   ${result}`;
}

/** @returns The model in words. */
export function describeModel(model: Model): string {
  if (model.kind === "open") return describeStages(model.stages);
  const pause =
    model.think_ms === 0 ? "at full speed" : `${formatDuration(model.think_ms)} between two operations`;
  return `${model.vus} virtual users for ${formatDuration(model.duration_ms)}, ${pause}`;
}

/** @returns One line about an issue. */
export function describeIssue({
  kind,
  message_id,
  conversation_id,
  seq,
  user_id,
  device,
  detail,
}: Issue): string {
  const who = user_id === null ? "" : ` for ${user_id}${device === null ? "" : ` on device ${device}`}`;
  return `${kind}: message ${message_id ?? "?"} (${conversation_id} #${seq})${who}: ${detail}`;
}

function latencyTable(
  latencies: Report["latencies"],
  { main, report }: { main: string; report: Report },
): string[] {
  const shown = STATISTICS.filter((name) => name.startsWith("p") || name === "max");
  const rows = LATENCIES.flatMap((name) => {
    const summary: LatencySummary | undefined = latencies[name];
    return summary ? [{ name, cells: shown.map((statistic) => formatMs(summary[statistic])) }] : [];
  });
  if (rows.length === 0) return [" nothing was timed"];
  const width = Math.max(7, ...rows.flatMap(({ cells }) => cells.map((cell) => cell.length + 2)));
  const line = (label: string, cells: readonly string[]) =>
    ` ${label.padEnd(14)}${cells.map((cell) => cell.padStart(width)).join("")}`;
  return [
    line("ms", shown),
    ...rows.map(({ name, cells }) => {
      const curve =
        name === main
          ? `   ${sparkline(
              report.series.map(({ p99 }) => p99 ?? 0),
              20,
            )}`
          : "";
      return line(name, cells) + curve;
    }),
    "   from the intended moment, spread and silence from the last confirmation; the line is the p99 by the second",
  ];
}

/** @returns Values as bars, at most so many: the highest of each part. */
export function sparkline(values: readonly number[], width: number): string {
  if (values.length === 0) return "";
  const step = Math.max(1, values.length / width);
  const columns = Array.from({ length: Math.ceil(values.length / step) }, (_, i) =>
    Math.max(
      0,
      ...values.slice(Math.floor(i * step), Math.max(Math.floor(i * step) + 1, Math.floor((i + 1) * step))),
    ),
  );
  const highest = Math.max(...columns);
  return columns
    .map((value) => BARS[highest === 0 ? 0 : Math.min(7, Math.floor((value / highest) * 7.999))])
    .join("");
}

/** @returns Milliseconds with as many digits as they deserve. */
export function formatMs(ms: number): string {
  return ms >= 100 ? number(Math.round(ms)) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}

/** @returns A whole number with thousands apart. */
export function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function alarm(count: number, style: Style): string {
  return count === 0 ? "0" : style.red(number(count));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
