/**
 * The metrics of moderation: how it worked in the last seven days.
 * @module
 */
import type { Row } from "./rows.ts";

/** What moderation did in the last seven days; every node shows the same. */
export interface Moderation {
  /** When they were counted. */
  readonly to: string;
  readonly oldest_open_at: string | null;
  readonly handling_seconds: { readonly p50: number; readonly p95: number } | null;
  readonly sla_hit_rate: number | null;
  readonly overturn_rate: number | null;
  readonly by_reason: readonly { readonly reason: string; readonly decisions: number }[];
}

/** Of the last seven days, at most a minute old. Without decisions there is no time and no ratio. */
export const MODERATION: readonly Row<Moderation>[] = [
  [
    "vibes_reports_oldest_open_seconds",
    "How long the oldest open report has waited; 0 without any",
    ({ oldest_open_at, to }) =>
      oldest_open_at === null ? 0 : (Date.parse(to) - Date.parse(oldest_open_at)) / 1000,
  ],
  [
    "vibes_report_handling_seconds",
    "From filing to decision, over the reports decided in the last seven days",
    ({ handling_seconds: found }) => (found ? { "0.5": found.p50, "0.95": found.p95 } : {}),
    "quantile",
  ],
  [
    "vibes_report_decisions_7d",
    "Reports decided in the last seven days",
    ({ by_reason }) => Object.fromEntries(by_reason.map(({ reason, decisions }) => [reason, decisions])),
    "reason",
  ],
  [
    "vibes_report_ratio_7d",
    "Of the reports decided in the last seven days, the part decided in time and the part taken back since, 0 to 1",
    ({ sla_hit_rate, overturn_rate }) =>
      sla_hit_rate === null ? {} : { in_time: sla_hit_rate, overturned: overturn_rate ?? 0 },
    "what",
  ],
];
