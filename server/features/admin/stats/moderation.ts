/**
 * The numbers of moderation over a time: for the lead, the transparency report and the metrics.
 * @module
 */

import type { Reader } from "../../../db/replica.ts";
import { Cached } from "../../../lib/cached.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { parseDate } from "../../../lib/time.ts";
import { invalid } from "../../../protocol/errors.ts";
import type { Actor } from "../staff/judging.ts";
import { selectModerationStats } from "./moderation_queries.ts";
import { type ModerationStats, PERIOD_DAYS, PERIOD_MAX_DAYS } from "./moderation_schema.ts";

interface Deps {
  readonly reader: Reader;
  readonly clock?: Clock | undefined;
}

/** Which time somebody asks about: days or times in RFC 3339. */
export interface Period {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const DAY_MS = 86_400_000;
/** The time that the metrics are about, in days. */
const RECENT_DAYS = 7;
/** Metrics are scraped often, by node; the statement reads every decision. */
const RECENT_MAX_AGE_MS = 60_000;

/** See {@link createModerationStats}. */
export type ModerationStatsService = ReturnType<typeof createModerationStats>;

/** @returns The service of these numbers. */
export function createModerationStats({ reader, clock = systemClock }: Deps) {
  const recent = new Cached(
    () => {
      const to = clock.now();
      const period = { from: new Date(to - RECENT_DAYS * DAY_MS), to: new Date(to) };
      return reader.read((sql) =>
        selectModerationStats(sql, { ...period, viewerId: null, moderatorId: null }),
      );
    },
    { maxAgeMs: RECENT_MAX_AGE_MS, now: () => clock.now() },
  );

  return {
    /** Without what is about the viewer. @throws VALIDATION_ERROR for a time that is empty, too long or none. */
    async read(viewer: Actor, period: Period): Promise<ModerationStats> {
      const moderatorId = viewer.role === "admin" ? null : viewer.id;
      const asked = { ...readPeriod(period, clock.now()), viewerId: viewer.id, moderatorId };
      return await reader.read((sql) => selectModerationStats(sql, asked));
    },

    /** @returns Of the last seven days, at most a minute old, of everything: for operators. */
    recent: (): Promise<ModerationStats> => recent.read(),
  };
}

function readPeriod({ from, to }: Period, now: number): { from: Date; to: Date } {
  const end = to === undefined ? now : timeOf(to);
  const start = from === undefined ? end - PERIOD_DAYS * DAY_MS : timeOf(from);
  if (start >= end) {
    throw invalid({ path: "query.from", code: "not_allowed", message: "must be before `to`" });
  }
  if (end - start > PERIOD_MAX_DAYS * DAY_MS) {
    const message = `must be at most ${PERIOD_MAX_DAYS} days before \`to\``;
    throw invalid({ path: "query.from", code: "not_allowed", message, limit: PERIOD_MAX_DAYS });
  }
  return { from: new Date(start), to: new Date(end) };
}

/** The schema has checked it. A day begins at midnight, UTC. */
function timeOf(text: string): number {
  return Date.parse(parseDate(text) ? `${text}T00:00:00Z` : text.replace(/([+-]\d{2})$/, "$1:00"));
}
