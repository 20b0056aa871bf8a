/**
 * `/admin/events`.
 * @module
 */
import { Elysia } from "elysia";
import type { Database } from "../../../db/client.ts";
import { type OperatorEvent, selectOperatorEvents } from "../../../db/operator_events.ts";
import { Envelope, errors, type Http, ok } from "../../../http/mod.ts";
import { type FeedEvent, FeedPage, FeedQuery } from "./schema.ts";

export function eventsRoutes({ http, db }: { http: Http; db: Pick<Database, "sql"> }) {
  return new Elysia({ name: "admin/events", tags: ["Moderation"] }).use(http).get(
    "/events",
    async ({ viewer, query: { after, limit } }) => {
      const rows = await selectOperatorEvents(db.sql, { after, limit: limit + 1, viewerId: viewer.userId });
      return ok(pageOf(rows.slice(0, limit), { after, hasMore: rows.length > limit }));
    },
    {
      auth: "admin",
      limit: "DEFAULT",
      query: FeedQuery,
      response: { 200: Envelope(FeedPage), ...errors() },
      detail: {
        summary: "Read events for the operator's own systems",
        description:
          "The same events as the webhooks, the oldest first, for systems that poll: reports, decisions, sanctions, " +
          "erased accounts, matches. Kept for thirty days. No event holds anybody's words. Those about oneself are " +
          "left out. After a restore of the database begin at 0 again, and know events by their `id`.",
      },
    },
  );
}

function pageOf(
  rows: readonly OperatorEvent[],
  { after, hasMore }: { after: number; hasMore: boolean },
): FeedPage {
  const events = rows.map(({ seq, id, type, data, createdAt }) => {
    return { seq, id, type, data, timestamp: createdAt.toISOString() } as FeedEvent;
  });
  return { events, last_seq: rows.at(-1)?.seq ?? after, has_more: hasMore };
}
