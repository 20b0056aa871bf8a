/**
 * The route by which staff ask for a picture of a report, and the page that it leads to.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { created, Envelope, errors, type Http } from "../../../http/mod.ts";
import { Id, Timestamp } from "../../../protocol/models.ts";
import { actorOf } from "../staff/judging.ts";
import type { StaffPictures } from "./service.ts";

const View = Type.Object({
  url: Type.String({
    description: "A page of this server that shows the picture once",
    examples: ["/evidence/3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
  }),
  expires_at: Timestamp,
});

/** @returns The route under `/api/v1/admin/reports`. */
export function pictureRoutes({ http, pictures }: { http: Http; pictures: StaffPictures }) {
  return new Elysia({ name: "admin/pictures", prefix: "/reports", tags: ["Moderation"] }).use(http).post(
    "/:id/pictures/:media_id",
    async ({ viewer, params }) => {
      const order = { reportId: params.id, mediaId: params.media_id };
      return created(await pictures.link(actorOf(viewer), order));
    },
    {
      auth: "staff",
      limit: "DEFAULT",
      params: Type.Object({ id: Id, media_id: Id }),
      response: { 201: Envelope(View), ...errors("REPORT_NOT_FOUND", "MEDIA_NOT_FOUND") },
      detail: {
        summary: "Look at a picture of a report",
        description:
          "Makes a link that works once, within two minutes, in any browser, and writes that to the audit log. The page " +
          "shows the picture blurred and grey until it is clicked. Pictures about a member of staff are for admins " +
          "(FORBIDDEN).",
      },
    },
  );
}

/** @returns The page `/evidence/<token>`. */
export function evidencePageRoutes({ http, pictures }: { http: Http; pictures: StaffPictures }) {
  return new Elysia({ name: "evidence page" }).use(http).get(
    "/evidence/:token",
    async ({ params, set }) => {
      const { html, policy } = await pictures.show(params.token);
      const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
      Object.assign(set.headers, headers);
      return new Response(html, { headers });
    },
    {
      public: true,
      params: Type.Object({ token: Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" }) }),
      detail: { hide: true },
    },
  );
}
