/**
 * `/users/me/notices`.
 * @module
 */

import { Elysia } from "elysia";
import { errors, type Http, Paged, PageQuery, page } from "../../http/mod.ts";
import { NoticePage } from "./schema.ts";
import type { Notices } from "./service.ts";

export function noticeRoutes({ http, notices }: { http: Http; notices: Pick<Notices, "list"> }) {
  return new Elysia({ name: "notices", prefix: "/api/v1/users/me", tags: ["Appeals"] }).use(http).get(
    "/notices",
    async ({ viewer, query }) => {
      const { items, cursor } = await notices.list(viewer.userId, query);
      return page({ notices: items }, { cursor, hasMore: cursor !== null });
    },
    {
      auth: "user",
      limit: "DEFAULT",
      query: PageQuery({ fallback: 20, max: 50 }),
      response: { 200: Paged(NoticePage), ...errors() },
      detail: {
        summary: "Read what moderation told me",
        description:
          "Every statement of reasons, its end, outcomes of one's own reports and appeals, newest first. Whoever is " +
          "suspended or banned reads theirs by mail, and in the answer of POST /auth/verify-otp.",
      },
    },
  );
}
