/**
 * `/admin/appeals`.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok, Paged, page } from "../../../http/mod.ts";
import { Id } from "../../../protocol/models.ts";
import { actorOf } from "../staff/judging.ts";
import { toQueueFilter } from "../staff/queue.ts";
import { REASON_MAX } from "../staff/schema.ts";
import { requireWords } from "../staff/words.ts";
import { AppealAnswer, AppealPage, AppealsQuery, DecideBody } from "./schema.ts";
import type { StaffAppeals } from "./service.ts";

const params = Type.Object({ id: Id });
const staff = { auth: "staff", limit: "DEFAULT" } as const;

export function appealsRoutes({ http, appeals }: { http: Http; appeals: StaffAppeals }) {
  return new Elysia({ name: "admin/appeals", prefix: "/appeals", tags: ["Moderation"] })
    .use(http)
    .get(
      "",
      async ({ viewer, query }) => {
        const { status, of } = query;
        const filter = { status, of, ...toQueueFilter(query, viewer.userId) };
        const { items, cursor } = await appeals.list(actorOf(viewer), filter, query);
        return page({ appeals: items }, { cursor, hasMore: cursor !== null });
      },
      {
        ...staff,
        query: AppealsQuery,
        response: { 200: Paged(AppealPage), ...errors() },
        detail: {
          summary: "List appeals",
          description: "Open ones by when they are due, unless asked otherwise; without those about oneself.",
        },
      },
    )
    .get(
      "/:id",
      async ({ viewer, params }) => ok({ appeal: await appeals.show(actorOf(viewer), params.id) }),
      {
        ...staff,
        params,
        response: { 200: Envelope(AppealAnswer), ...errors("APPEAL_NOT_FOUND") },
        detail: {
          summary: "Open an appeal",
          description: "With what is appealed. The evidence is on the page of its report.",
        },
      },
    )
    .post(
      "/:id/claim",
      async ({ viewer, params }) => ok({ appeal: await appeals.claim(actorOf(viewer), params.id) }),
      {
        ...staff,
        params,
        response: { 200: Envelope(AppealAnswer), ...errors("APPEAL_NOT_FOUND", "CONFLICT") },
        detail: {
          summary: "Claim an appeal",
          description:
            "For ten minutes; again renews it. FORBIDDEN for whoever imposed, confirmed or decided what is appealed " +
            "(`involved`), and for whoever may not judge the person; the same for release and decide. CONFLICT when " +
            "somebody else holds it or it is decided: details `{status, claimed_by, decided_by}`.",
        },
      },
    )
    .post(
      "/:id/release",
      async ({ viewer, params }) => ok({ appeal: await appeals.release(actorOf(viewer), params.id) }),
      {
        ...staff,
        params,
        response: { 200: Envelope(AppealAnswer), ...errors("APPEAL_NOT_FOUND", "CONFLICT") },
        detail: {
          summary: "Release an appeal",
          description: "Nothing happens when nobody holds it. An admin releases anybody's claim.",
        },
      },
    )
    .post(
      "/:id/decide",
      async ({ viewer, params, body }) => {
        const { decision } = body;
        const reason = requireWords(body.reason, "reason", REASON_MAX);
        return ok({ appeal: await appeals.decide(actorOf(viewer), params.id, { decision, reason }) });
      },
      {
        ...staff,
        params,
        body: DecideBody,
        response: {
          200: Envelope(AppealAnswer),
          ...errors(
            "APPEAL_NOT_FOUND",
            "REPORT_NOT_FOUND",
            "SANCTION_NOT_FOUND",
            "USER_NOT_FOUND",
            "CONFLICT",
          ),
        },
        detail: {
          summary: "Decide an appeal",
          description:
            "Needs one's own claim. `overturned` lifts the sanction, or opens the report again, claimed by the caller. " +
            "A confirmed ban takes two people to end: after the first the appeal is still open and not claimed, with " +
            "`sanction.lift_requested_by`, until somebody else overturns it within seven days. Appeals against what an admin " +
            "decided are for admins. The appellant reads `reason` when the decision is upheld.",
        },
      },
    );
}
