/**
 * Draws how moderation works: age of the queue, handling time, SLA, overturned decisions by moderator and reason. Pure.
 * @module
 */
import { fit } from "../../cells.ts";
import { age, count, duration } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, type Line, line, section, toned } from "../../spans.ts";
import { REASONS } from "../../theme.ts";
import type { ModerationStats } from "../../wire.ts";

const NAME = 22;
const VALUE = 11;

/** @returns The numbers of the whole, in two lines under a heading. */
export function moderationLines(stats: ModerationStats, now: number): Line[] {
  const { oldest_open_at, handling_seconds, sla_hit_rate, overturn_rate } = stats;
  const days = Math.round((Date.parse(stats.to) - Date.parse(stats.from)) / 86_400_000);
  const per = stats.reports_per_1000_conversations;
  const handling = handling_seconds
    ? `p50 ${duration(handling_seconds.p50 * 1000)}, p95 ${duration(handling_seconds.p95 * 1000)}`
    : "–";
  return [
    line("  ", ...section("MODERATION", `last ${days} days`)),
    line(
      "  oldest open ",
      bold(oldest_open_at ? age(oldest_open_at, now) : "–"),
      "  handled in ",
      bold(handling),
      "  in time ",
      bold(percent(sla_hit_rate)),
    ),
    line(
      "  decisions ",
      bold(count(stats.decisions)),
      "  overturned ",
      bold(percent(overturn_rate)),
      "  per 1,000 conversations ",
      bold(per === null ? "–" : count(per)),
    ),
  ];
}

/** @returns Decisions and how many were overturned, by moderator and by reason. */
export function overturnLines({ by_moderator, by_reason }: ModerationStats): Line[] {
  const row = (
    name: string,
    { decisions, overturn_rate }: Pick<ModerationStats, "decisions" | "overturn_rate">,
  ) =>
    line(
      `  ${fit(name, NAME)}`,
      bold(fit(count(decisions), VALUE, "right")),
      fit(percent(overturn_rate), VALUE + 1, "right"),
    );
  const decided = by_reason.filter(({ decisions }) => decisions > 0);
  if (by_moderator.length === 0 && decided.length === 0) return [];
  const heading = (name: string) =>
    line(
      toned(
        "muted",
        `  ${fit(name, NAME)}${fit("DECISIONS", VALUE, "right")}${fit("OVERTURNED", VALUE + 1, "right")}`,
      ),
    );
  return [
    heading("MODERATOR"),
    ...by_moderator.map((each) => row(sanitise(each.name ?? "gone"), each)),
    heading("CATEGORY"),
    ...decided.map((each) => row(`${REASONS[each.reason].sign} ${REASONS[each.reason].short}`, each)),
  ];
}

/** @returns A share as people read it. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 100)}%`;
}
