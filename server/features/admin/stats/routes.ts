/**
 * `/admin/stats` and `/admin/stats/moderation`.
 * @module
 */

import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok } from "../../../http/mod.ts";
import { actorOf } from "../staff/judging.ts";
import type { ModerationStatsService } from "./moderation.ts";
import { ModerationStats, ModerationStatsQuery, PERIOD_MAX_DAYS } from "./moderation_schema.ts";
import { Stats } from "./schema.ts";
import type { StatsService } from "./service.ts";

interface StatsRoutesDeps {
  readonly http: Http;
  readonly stats: StatsService;
  readonly moderationStats: ModerationStatsService;
}

export function statsRoutes({ http, stats, moderationStats }: StatsRoutesDeps) {
  return new Elysia({ name: "admin/stats", tags: ["Moderation"] })
    .use(http)
    .get("/stats", async ({ viewer }) => ok((await stats.readForStaff())(viewer.userId)), {
      auth: "staff",
      limit: "DEFAULT",
      response: { 200: Envelope(Stats), ...errors() },
      detail: {
        summary: "Read the live numbers",
        description:
          "At most a second old, without reports and bans about oneself. The same come as `admin_stats` over a staff " +
          "member's socket.",
      },
    })
    .get(
      "/stats/moderation",
      async ({ viewer, query }) => ok(await moderationStats.read(actorOf(viewer), query)),
      {
        auth: "staff",
        limit: "DEFAULT",
        query: ModerationStatsQuery,
        response: { 200: Envelope(ModerationStats), ...errors() },
        detail: {
          summary: "Read the numbers of moderation over a time",
          description:
            "Of the last 30 days unless asked otherwise, at most " +
            `${PERIOD_MAX_DAYS} days: how many reports were filed and decided, how fast, how often in time, and how often ` +
            "the decision was taken back; by moderator (moderators see themselves only), by reason, and by reason and " +
            "month for a transparency report. Without reports about oneself. A decision that its own moderator takes back " +
            "within a minute does not count.",
        },
      },
    );
}
