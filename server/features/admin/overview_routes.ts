/**
 * `/admin/users` (look-ups), `/admin/audit` and `/admin/stats`: what staff read.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok, Paged, page } from "../../http/mod.ts";
import { Id } from "../../protocol/models.ts";
import { AuditPage, AuditQuery } from "./audit/schema.ts";
import { Dossier, PeopleQuery, PersonPage } from "./people/schema.ts";
import type { Admin } from "./service.ts";
import { actorOf } from "./staff/actor.ts";
import { Stats } from "./stats/schema.ts";

const staff = { auth: "staff", limit: "DEFAULT" } as const;

export function overviewRoutes({ http, admin }: { http: Http; admin: Admin }) {
  return new Elysia({ name: "admin/overview", tags: ["Moderation"] })
    .use(http)
    .get(
      "/users",
      async ({ query }) => {
        const { items, cursor } = await admin.people.search(query.query, query);
        return page({ users: items }, { cursor, hasMore: cursor !== null });
      },
      {
        ...staff,
        query: PeopleQuery,
        response: { 200: Paged(PersonPage), ...errors() },
        detail: {
          summary: "Look people up",
          description: "By id, by whole e-mail address, or by the beginning of a name; by name in the list.",
        },
      },
    )
    .get(
      "/users/:id",
      async ({ viewer, params }) => ok(await admin.people.show(actorOf(viewer), params.id)),
      {
        ...staff,
        params: Type.Object({ id: Id }),
        response: { 200: Envelope(Dossier), ...errors("USER_NOT_FOUND") },
        detail: {
          summary: "Open a person's dossier",
          description: "Profile, sanctions, reports, blocks, activity. FORBIDDEN for one's own.",
        },
      },
    )
    .get(
      "/audit",
      async ({ query }) => {
        const { limit, cursor, actor_id, target_type, target_id, action } = query;
        const filter = { actorId: actor_id, action, targetType: target_type, targetId: target_id };
        const { items, cursor: next } = await admin.audit.list(filter, { limit, cursor });
        return page({ entries: items }, { cursor: next, hasMore: next !== null });
      },
      {
        ...staff,
        query: AuditQuery,
        response: { 200: Paged(AuditPage), ...errors() },
        detail: {
          summary: "Read the audit log",
          description:
            "Newest first. Nobody can change or delete an entry; each holds the hash of the one before.",
        },
      },
    )
    .get("/stats", async () => ok(await admin.stats.read()), {
      ...staff,
      response: { 200: Envelope(Stats), ...errors() },
      detail: {
        summary: "Read the live numbers",
        description: "At most a second old. The same come as `admin_stats` over a staff member's socket.",
      },
    });
}
