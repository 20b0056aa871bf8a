/**
 * `/appeals`.
 * @module
 */

import { Elysia } from "elysia";
import { created, Envelope, errors, type Http, Paged, PageQuery, page } from "../../http/mod.ts";
import { cleanText } from "../../protocol/text.ts";
import { AppealBody, AppealFiled, OwnAppealPage } from "./schema.ts";
import type { AppealService } from "./service.ts";

export function appealRoutes({ http, appeals }: { http: Http; appeals: AppealService }) {
  return new Elysia({ name: "appeals", prefix: "/api/v1/appeals", tags: ["Appeals"] })
    .use(http)
    .post(
      "",
      async ({ appellant, body }) => {
        const { sanction_id: sanctionId, report_id: reportId } = body;
        const text = cleanText(body.text);
        return created({ appeal: await appeals.file(appellant, { text, sanctionId, reportId }) });
      },
      {
        appeal: true,
        limit: "APPEAL",
        body: AppealBody,
        response: {
          201: Envelope(AppealFiled),
          ...errors("SANCTION_NOT_FOUND", "REPORT_NOT_FOUND", "CONFLICT"),
        },
        detail: {
          summary: "Appeal against a decision",
          description:
            "Once a decision, within six months; somebody who had no part in it decides within 72 hours. Against a " +
            "sanction: `sanction_id`, or with the appeal_token of POST /auth/verify-otp nothing. Against a report of " +
            "one's own on which nothing was done: `report_id`. CONFLICT when it was appealed before " +
            "(`details.appeal_id`), withdrawn, or is too old.",
        },
      },
    )
    .get(
      "",
      async ({ appellant, query }) => {
        const { items, cursor } = await appeals.listOf(appellant.userId, query);
        return page({ appeals: items }, { cursor, hasMore: cursor !== null });
      },
      {
        appeal: true,
        limit: "DEFAULT",
        query: PageQuery({ fallback: 20, max: 50 }),
        response: { 200: Paged(OwnAppealPage), ...errors() },
        detail: {
          summary: "Read my appeals",
          description: "With what was decided, newest first; also with an appeal_token.",
        },
      },
    );
}
