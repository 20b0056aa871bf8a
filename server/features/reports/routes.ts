/**
 * `POST /users/{id}/report`.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { optionalText } from "../../domain/text.ts";
import { created, Envelope, errors, type Http, ok } from "../../http/mod.ts";
import { Id } from "../../protocol/models.ts";
import { type ReportBody, ReportBody as ReportBodySchema, ReportFiled } from "./schema.ts";
import type { Filing, ReportService } from "./service.ts";

export function reportRoutes({ http, reports }: { http: Http; reports: ReportService }) {
  return new Elysia({ name: "reports", prefix: "/api/v1/users", tags: ["Reports"] }).use(http).post(
    "/:id/report",
    async ({ viewer, params, body }) => {
      const filed = await reports.file(toFiling(body, { reporterId: viewer.userId, reportedId: params.id }));
      if (filed.created)
        return created({ message: "Report submitted successfully", report_id: filed.reportId });
      return ok({ message: "Added to your open report", report_id: filed.reportId });
    },
    {
      auth: "user",
      limit: "REPORT",
      params: Type.Object({ id: Id }),
      body: ReportBodySchema,
      response: {
        201: Envelope(ReportFiled, { description: "A new report" }),
        200: Envelope(ReportFiled, { description: "Added to the report that was open" }),
        ...errors("USER_NOT_FOUND", "MESSAGE_NOT_FOUND"),
      },
      detail: {
        summary: "Report somebody",
        description:
          "Moderators see copies, sealed now, of the profile, of the messages named and of what surrounds them. " +
          "The person never learns who reported them. While a report is open, another one about the same " +
          "person is added to it. Works after unmatching and blocking too.",
      },
    },
  );
}

function toFiling(body: ReportBody, ids: { reporterId: string; reportedId: string }): Filing {
  return {
    reporterId: ids.reporterId,
    reportedId: ids.reportedId,
    reason: body.reason,
    description: optionalText(body.description),
    messageIds: [...new Set(body.message_ids)],
  };
}
