/**
 * Renders a report as one self-contained HTML page with charts, without scripts or network access. Pure.
 * @module
 */
import pc from "picocolors";
import { describeIssue, describeModel, describeVerdict, formatMs, number } from "./render_text.ts";
import { COUNTS, type CountName, LATENCIES, type Report, STATISTICS } from "./report_shape.ts";
import { type Chart, escapeXml, renderChart } from "./svg.ts";

const PLAIN = pc.createColors(false);
const BLUE = "#2563eb";
const ORANGE = "#d97706";
const RED = "#dc2626";
const GREY = "#9ca3af";

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:58rem;margin:2rem auto;padding:0 1rem;color:#1c1c1e;background:#fff}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{padding:.25rem .8rem;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}code{font:13px ui-monospace,monospace}svg{width:100%;min-width:40rem;height:auto;margin:.5rem 0}.wide{overflow-x:auto}
.title{font:600 14px system-ui}.tick{font:11px system-ui;fill:#666}.grid{stroke:#e5e5e5}.passed{color:#15803d}.failed,.invalid{color:#dc2626}
@media(prefers-color-scheme:dark){body{color:#e6e6e9;background:#151517}td,th{border-color:#3a3a3f}.grid{stroke:#333}.tick{fill:#aaa}.title{fill:#eee}}`;

/** @returns The page. */
export function renderHtml(report: Report): string {
  const { scenario, verdict } = report;
  const sections = [heading, gates, latency, counted, failures, verification, surroundings].map((section) =>
    section(report),
  );
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escapeXml(`${scenario}: ${verdict}`)}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    ...sections.filter((section) => section !== ""),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function heading({
  scenario,
  verdict,
  model,
  url,
  started_at,
  seconds,
  interrupted,
  run_id,
  seed,
  population,
  generator,
  rate,
}: Report): string {
  const { users, devices, conversations, workers } = population;
  const when = `begun ${started_at}, ${seconds} s${interrupted ? ", interrupted" : ""}`;
  const who =
    `${number(users)} people with ${many(devices, "device")} each in ${number(conversations)} conversations, ` +
    `from ${many(workers, "generator")}`;
  return [
    `<h1>${escapeXml(scenario)} <span class="${verdict}">${verdict}</span></h1>`,
    `<p>${escapeXml(describeModel(model))}, against <code>${escapeXml(url)}</code>, ${escapeXml(when)}. ${who}.`,
    `Run <code>${escapeXml(run_id)}</code>, seed ${seed}.</p>`,
    ...[generator.problem, rate.problem].flatMap((problem) =>
      problem === null ? [] : [`<p class="invalid">INVALID: ${escapeXml(problem)}.</p>`],
    ),
  ].join("\n");
}

function many(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? "" : "s"}`;
}

function gates({ slo }: Report): string {
  if (slo.length === 0) return "";
  const items = slo.map(
    (one) => `<li class="${one.passed ? "passed" : "failed"}">${escapeXml(describeVerdict(one, PLAIN))}</li>`,
  );
  return `<h2>Gates</h2>\n<ul>${items.join("\n")}</ul>`;
}

function latency(report: Report): string {
  const rows = LATENCIES.flatMap((name) => {
    const summary = report.latencies[name];
    if (!summary) return [];
    return [
      [name, ...STATISTICS.map((key) => (key === "count" ? number(summary[key]) : formatMs(summary[key])))],
    ];
  });
  return [
    "<h2>Latency</h2>",
    "<p>Milliseconds from the moment at which each operation was meant to begin: what a server is late for counts,",
    "however long the generator had to wait for it.</p>",
    table(["", ...STATISTICS], rows),
    ...charts(report).map(renderChart),
  ].join("\n");
}

function counted({ counts, rate, generator }: Report): string {
  const shown = (COUNTS as readonly CountName[]).filter((name) => counts[name] > 0 || name === "lost");
  const lag = generator.lag ? `, lag p99 ${formatMs(generator.lag.p99)} ms` : "";
  const state = generator.valid ? "valid" : "invalid";
  return [
    "<h2>Counts</h2>",
    table(
      [],
      shown.map((name) => [name, number(counts[name])]),
    ),
    `<p>Target ${rate.target ?? "none"}, achieved ${rate.achieved} operations a second.`,
    `Generator: ${escapeXml(state)}${lag}.</p>`,
  ].join("\n");
}

function failures({ errors }: Report): string {
  const rows = Object.entries(errors).map(([code, count]) => [code, number(count)]);
  return rows.length === 0 ? "" : `<h2>Errors</h2>\n${table(["code", "times"], rows)}`;
}

function verification({ verified }: Report): string {
  if (!verified) return "";
  const { messages, read_back, issues, issues_total } = verified;
  const items = issues.map((issue) => `<li><code>${escapeXml(describeIssue(issue))}</code></li>`);
  return [
    "<h2>Verified</h2>",
    `<p>${number(messages)} confirmed messages, ${number(read_back)} read back: ${number(issues_total)} issues.</p>`,
    `<ul>${items.join("\n")}</ul>`,
  ].join("\n");
}

function surroundings({ environment: { bun, platform, cores } }: Report): string {
  return `<p>${escapeXml(`Bun ${bun}, ${platform}, ${cores} cores`)}.</p>`;
}

function charts({ series, main, distribution }: Report): Chart[] {
  if (series.length === 0) return [];
  const step = Math.max(1, Math.ceil(series.length / 10));
  const xTicks = series
    .filter(({ second }) => second % step === 0)
    .map(({ second }) => [second, `${second} s`] as const);
  const line = (
    name: string,
    {
      key,
      color,
      dashed,
    }: { key: "p50" | "p99" | "max" | "target" | "done" | "errors"; color: string; dashed?: boolean },
  ) => ({
    name,
    color,
    dashed,
    points: series.map((slice) => [slice.second, slice[key]] as const),
  });
  return [
    {
      title: `${main}: latency by the second`,
      unit: " ms",
      lines: [
        line("max", { key: "max", color: RED }),
        line("p99", { key: "p99", color: ORANGE }),
        line("p50", { key: "p50", color: BLUE }),
      ],
      xTicks,
    },
    {
      title: "Operations a second",
      unit: "",
      lines: [
        line("target", { key: "target", color: GREY, dashed: true }),
        line("done", { key: "done", color: BLUE }),
        line("errors", { key: "errors", color: RED }),
      ],
      xTicks,
    },
    {
      title: `${main}: distribution`,
      unit: " ms",
      lines: [{ name: "latency", color: BLUE, points: distribution.map(([, ms], i) => [i, ms] as const) }],
      xTicks: distribution.map(([percent], i) => [i, `p${percent}`] as const),
    },
  ];
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  const head = headings.length === 0 ? "" : row(headings, "th");
  return `<div class="wide"><table>${head}${rows.map((cells) => row(cells, "td")).join("\n")}</table></div>`;
}
