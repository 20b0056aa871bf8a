/**
 * `/admin/reports`: the queue and the work on a report.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { created, Envelope, errors, type Http, ok, Paged, page } from "../../../http/mod.ts";
import { Id } from "../../../protocol/models.ts";
import { actorOf } from "../staff/judging.ts";
import { toQueueFilter } from "../staff/queue.ts";
import { REASON_MAX, ReasonBody } from "../staff/schema.ts";
import { requireWords } from "../staff/words.ts";
import { DetailQuery, NoteAnswer, ReportDetail } from "./detail_schema.ts";
import type { ReportFilter } from "./list_queries.ts";
import {
  DismissAnswer,
  NOTE_MAX,
  NoteBody,
  PeoplePage,
  ReportAnswer,
  ReportPage,
  type ReportsQuery,
  ReportsQuery as ReportsQuerySchema,
  ResolveAnswer,
  ResolveBody,
  TogetherBody,
  UndoAnswer,
} from "./schema.ts";
import type { StaffReports } from "./service.ts";

const params = Type.Object({ id: Id });
const staff = { auth: "staff", limit: "DEFAULT" } as const;

/** What follows from reports for those who filed them. */
export function reportersRoutes({ http, reports }: { http: Http; reports: StaffReports }) {
  return new Elysia({ name: "admin/reporters", tags: ["Moderation"] }).use(http).post(
    "/users/:id/reports/dismiss",
    async ({ viewer, params, body }) => {
      const reason = requireWords(body.reason, "reason", REASON_MAX);
      return ok(await reports.dismissFiledBy(actorOf(viewer), params.id, reason));
    },
    {
      ...staff,
      params,
      body: ReasonBody,
      response: { 200: Envelope(DismissAnswer), ...errors("USER_NOT_FOUND", "CONFLICT") },
      detail: {
        summary: "Dismiss everything that somebody reported",
        description:
          "For reports in bad faith: one decision that dismisses the person's open reports, at most a hundred a call, " +
          "without claiming them first. It leaves out what somebody else holds, reports about members of staff, and what " +
          "the caller may not judge. Taken back as any decision, by `undo` on one of the reports. FORBIDDEN about " +
          "oneself, about a member of staff unless one is an admin, and while one's own report about the person is open; " +
          "CONFLICT when nothing is left to dismiss.",
      },
    },
  );
}

export function reportsRoutes({ http, reports }: { http: Http; reports: StaffReports }) {
  return new Elysia({ name: "admin/reports", prefix: "/reports", tags: ["Moderation"] })
    .use(http)
    .get(
      "",
      async ({ viewer, query }) => {
        const { limit, cursor, sort = "sla", group } = query;
        const asked = { filter: toFilter(query, viewer.userId), sort, limit, cursor };
        if (group === "person") {
          const { items, cursor: next } = await reports.listPeople(actorOf(viewer), asked);
          return page({ people: items }, { cursor: next, hasMore: next !== null });
        }
        const { items, cursor: next } = await reports.list(actorOf(viewer), asked);
        return page({ reports: items }, { cursor: next, hasMore: next !== null });
      },
      {
        ...staff,
        query: ReportsQuerySchema,
        response: { 200: Paged(Type.Union([ReportPage, PeoplePage])), ...errors() },
        detail: {
          summary: "List reports",
          description:
            "Open ones by urgency, unless asked otherwise; by person with `group=person`. Reports about oneself are not " +
            "in it.",
        },
      },
    )
    .get(
      "/:id",
      async ({ viewer, params, query }) => {
        const hidden = query.evidence === "hidden";
        return ok({ report: await reports.show(actorOf(viewer), params.id, { hidden }) });
      },
      {
        ...staff,
        params,
        query: DetailQuery,
        response: { 200: Envelope(ReportDetail), ...errors("REPORT_NOT_FOUND") },
        detail: {
          summary: "Open a report",
          description:
            "With its evidence, the person's history, their other open reports, notes and timeline. Opening it " +
            "with the texts of the evidence is written to the audit log; `?evidence=hidden` masks them and is not. Texts " +
            "about a member of staff are for admins (FORBIDDEN).",
        },
      },
    )
    .post(
      "/:id/claim",
      async ({ viewer, params, body }) =>
        ok(await reports.claim(actorOf(viewer), params.id, body ?? undefined)),
      {
        ...staff,
        params,
        body: TogetherBody,
        response: { 200: Envelope(ReportAnswer), ...errors("REPORT_NOT_FOUND", "CONFLICT") },
        detail: {
          summary: "Claim a report",
          description:
            "For ten minutes; again renews it. With the scope `person` also the other open reports about the same person. CONFLICT when somebody else holds it or it is decided: details " +
            "`{status, claimed_by: {id, name}, claimed_until, resolved_by, resolved_at}`. FORBIDDEN for a report about a " +
            "member of staff unless one is an admin, for one's own report, and while one's own report about the person " +
            "is open; the same for release, resolve and undo.",
        },
      },
    )
    .post(
      "/:id/release",
      async ({ viewer, params, body }) =>
        ok(await reports.release(actorOf(viewer), params.id, body ?? undefined)),
      {
        ...staff,
        params,
        body: TogetherBody,
        response: { 200: Envelope(ReportAnswer), ...errors("REPORT_NOT_FOUND", "CONFLICT") },
        detail: {
          summary: "Release a report",
          description: "Nothing happens when nobody holds it. An admin releases anybody's claim.",
        },
      },
    )
    .post(
      "/:id/notes",
      async ({ viewer, params, body }) => {
        const text = requireWords(body.text, "text", NOTE_MAX);
        return created({ note: await reports.note(actorOf(viewer), params.id, text) });
      },
      {
        ...staff,
        params,
        body: NoteBody,
        response: { 201: Envelope(NoteAnswer), ...errors("REPORT_NOT_FOUND") },
        detail: { summary: "Add a note", description: "For staff only; needs no claim, also when decided." },
      },
    )
    .post(
      "/:id/resolve",
      async ({ viewer, params, body }) => {
        const reason = requireWords(body.reason, "reason", REASON_MAX);
        return ok(await reports.resolve(actorOf(viewer), params.id, { ...body, reason }, body));
      },
      {
        ...staff,
        params,
        body: ResolveBody,
        response: { 200: Envelope(ResolveAnswer), ...errors("REPORT_NOT_FOUND", "CONFLICT") },
        detail: {
          summary: "Decide a report",
          description:
            "Needs one's own claim (CONFLICT otherwise, with who holds or decided it). `dismissed` goes with the " +
            "action `none` only; `mute` takes `hours`, `suspend` takes `until`. A ban acts as a suspension of seven " +
            "days until somebody else confirms it. The person gets a statement of reasons with `reason` in it, the " +
            "reporter the outcome in general words.",
        },
      },
    )
    .post(
      "/:id/undo",
      async ({ viewer, params, body }) => {
        const reason = requireWords(body.reason, "reason", REASON_MAX);
        return ok(await reports.undo(actorOf(viewer), params.id, reason));
      },
      {
        ...staff,
        params,
        body: ReasonBody,
        response: { 200: Envelope(UndoAnswer), ...errors("REPORT_NOT_FOUND", "CONFLICT") },
        detail: {
          summary: "Take a decision back",
          description:
            "Lifts what the decision imposed and opens the report again, claimed by whoever undid it. CONFLICT when " +
            "it is open, when the reporter has filed a newer report that is open (`details.open_report_id`), or when its " +
            "ban was confirmed (`details.sanction_id`: lift that first). What an admin decided is undone by admins.",
        },
      },
    );
}

function toFilter(query: ReportsQuery, viewerId: string): ReportFilter {
  return {
    ...toQueueFilter(query, viewerId),
    status: query.status,
    reason: query.reason,
    reportedId: query.reported_id,
    olderThanMinutes: query.older_than_minutes,
    newerThanMinutes: query.newer_than_minutes,
  };
}
