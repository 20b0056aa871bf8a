/**
 * `/admin/stats`.
 * @module
 */

import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok } from "../../../http/mod.ts";
import { Stats } from "./schema.ts";
import type { StatsService } from "./service.ts";

export function statsRoutes({ http, stats }: { http: Http; stats: StatsService }) {
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
    });
}
