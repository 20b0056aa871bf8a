/**
 * `vibes admin stats` and `vibes admin transparency`: the numbers of moderation over a time, as text, JSON or CSV. The
 * server counts them.
 * @module
 */
import type { App } from "../../server/app.ts";
import { CliError, EXIT } from "../output.ts";
import { csv, pairs, table } from "../text.ts";

type Route = App["~Routes"]["api"]["v1"]["admin"]["stats"]["moderation"]["get"];
type ModerationStats = Route["response"][200]["data"];

/** What both commands take. */
export interface StatsOptions {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly csv?: boolean | undefined;
}

/** @throws CliError for --csv with --json. */
export function requireOneFormat(
  options: StatsOptions,
  { json = false }: { json?: boolean | undefined },
): void {
  if (!options.csv || !json) return;
  throw new CliError("Cannot print the numbers: --csv and --json are both given", {
    code: "USAGE",
    exitCode: EXIT.usage,
    hint: "give one of them",
  });
}

/** @returns The lead's numbers as text. */
export function statsText(stats: ModerationStats): string {
  const {
    handling_seconds: handling,
    oldest_open_at: oldest,
    reports_per_1000_conversations: density,
  } = stats;
  const sums = pairs({
    period: `${stats.from} to ${stats.to}`,
    "open now": String(stats.open),
    "oldest open": oldest ?? "none",
    filed: String(stats.filed),
    decided: String(stats.decisions),
    "handling p50": handling ? duration(handling.p50) : "–",
    "handling p95": handling ? duration(handling.p95) : "–",
    "decided within SLA": percent(stats.sla_hit_rate),
    overturned: `${stats.overturned} (${percent(stats.overturn_rate)})`,
    "reports per 1,000 conversations": density === null ? "–" : String(density),
  });
  const moderators = table(
    ["MODERATOR", "DECISIONS", "OVERTURNED", "RATE"],
    stats.by_moderator.map((row) => [row.name ?? row.id, ...countCells(row)]),
  );
  const reasons = table(
    ["REASON", "FILED", "DECISIONS", "OVERTURNED", "RATE"],
    stats.by_reason.map((row) => [row.reason, String(row.filed), ...countCells(row)]),
  );
  return [sums, moderators, reasons].join("\n\n");
}

/** @returns The same as CSV, a number a line. */
export function statsCsv(stats: ModerationStats): string {
  const { by_moderator, by_reason, by_month: _, handling_seconds: handling, from, to, ...numbers } = stats;
  const rows = [
    ["from", "", from],
    ["to", "", to],
    ...Object.entries(numbers).map(([metric, value]) => [metric, "", value]),
    ["handling_seconds", "p50", handling?.p50 ?? null],
    ["handling_seconds", "p95", handling?.p95 ?? null],
    ...by_moderator.flatMap(({ id, name, ...counts }) => metrics("moderator", name ?? id, counts)),
    ...by_reason.flatMap(({ reason, ...counts }) => metrics("reason", reason, counts)),
  ];
  return csv(["metric", "of", "value"], rows);
}

function metrics(group: string, of: string, counts: Readonly<Record<string, number | null>>) {
  return Object.entries(counts).map(([metric, value]) => [`${group}_${metric}`, of, value]);
}

type Month = ModerationStats["by_month"][number];
const COLUMNS = [
  "month",
  "reason",
  "filed",
  "dismissed",
  "no_action",
  "warn",
  "mute",
  "suspend",
  "ban",
  "overturned",
] as const satisfies readonly (keyof Month)[];

/** @returns The transparency report as text. */
export function transparencyText({ from, to, by_month }: ModerationStats): string {
  const rows = by_month.map((month) => COLUMNS.map((column) => String(month[column])));
  const headings = COLUMNS.map((column) => column.replaceAll("_", " ").toUpperCase());
  return `Reports and decisions from ${from} to ${to}\n\n${table(headings, rows)}`;
}

/** @returns The same as CSV. */
export function transparencyCsv({ by_month }: ModerationStats): string {
  return csv(
    COLUMNS,
    by_month.map((month) => COLUMNS.map((column) => month[column])),
  );
}

function countCells(row: { decisions: number; overturned: number; overturn_rate: number | null }): string[] {
  return [String(row.decisions), String(row.overturned), percent(row.overturn_rate)];
}

/** `33.3 %` */
function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 1000) / 10} %`;
}

/** `25m`, `3h 20m`, `2d 4h` */
function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
  return `${Math.floor(minutes / 1440)}d ${Math.floor((minutes % 1440) / 60)}h`;
}
