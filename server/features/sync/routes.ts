/**
 * The route of the event log.
 * @module
 */

import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok } from "../../http/mod.ts";
import { SyncAnswer, SyncQuery } from "./schema.ts";
import type { SyncService } from "./service.ts";

export function syncRoutes({ http, sync }: { http: Http; sync: SyncService }) {
  return new Elysia({ name: "sync", prefix: "/api/v1/sync", tags: ["Sync"] }).use(http).get(
    "",
    async ({ viewer, query }) => {
      const { events, seq, hasMore, resyncRequired } = await sync.readLog(viewer.userId, query);
      return ok({ events: [...events], seq, has_more: hasMore, resync_required: resyncRequired });
    },
    {
      auth: "user",
      limit: "DEFAULT",
      query: SyncQuery,
      response: { 200: Envelope(SyncAnswer), ...errors() },
      detail: {
        summary: "Get the events since a position",
        description: [
          "The durable events of one's own log, in order: the same that the socket pushes and replays. Ask again",
          "with `since` = the `seq` of the answer while `has_more`. Positions may be missing: what a block hides",
          "is left out. With `resync_required` there are no events: load the lists, then go on from `seq`.",
        ].join(" "),
      },
    },
  );
}
