/**
 * `/admin/audit`.
 * @module
 */

import { Elysia } from "elysia";
import { errors, type Http, Paged, page } from "../../../http/mod.ts";
import { actorOf } from "../staff/judging.ts";
import { AuditPage, AuditQuery } from "./schema.ts";
import type { AuditService } from "./service.ts";

export function auditRoutes({ http, audit }: { http: Http; audit: AuditService }) {
  return new Elysia({ name: "admin/audit", tags: ["Moderation"] }).use(http).get(
    "/audit",
    async ({ viewer, query }) => {
      const filter = {
        actorId: query.actor_id,
        action: query.action,
        targetType: query.target_type,
        targetId: query.target_id,
      };
      const { items, cursor } = await audit.list(actorOf(viewer), filter, query);
      return page({ entries: items }, { cursor, hasMore: cursor !== null });
    },
    {
      auth: "staff",
      limit: "DEFAULT",
      query: AuditQuery,
      response: { 200: Paged(AuditPage), ...errors() },
      detail: {
        summary: "Read the audit log",
        description:
          "Newest first. Nobody can change or delete an entry; each holds the hash of the one before. Entries about " +
          "oneself are left out; about members of staff, only admins see any.",
      },
    },
  );
}
