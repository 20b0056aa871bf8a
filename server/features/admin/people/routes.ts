/**
 * `/admin/users`: looking people up.
 * @module
 */

import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok, Paged, page } from "../../../http/mod.ts";
import { Id } from "../../../protocol/models.ts";
import { actorOf } from "../staff/judging.ts";
import { Dossier, PeopleQuery, PersonPage } from "./schema.ts";
import type { People } from "./service.ts";

const staff = { auth: "staff", limit: "DEFAULT" } as const;

export function peopleRoutes({ http, people }: { http: Http; people: People }) {
  return new Elysia({ name: "admin/people", tags: ["Moderation"] })
    .use(http)
    .get(
      "/users",
      async ({ viewer, query }) => {
        const { items, cursor } = await people.search(actorOf(viewer), query.query, query);
        return page({ users: items }, { cursor, hasMore: cursor !== null });
      },
      {
        ...staff,
        query: PeopleQuery,
        response: { 200: Paged(PersonPage), ...errors() },
        detail: {
          summary: "Look people up",
          description: "By id, by whole e-mail address, or by the beginning of a name; sorted by name.",
        },
      },
    )
    .get("/users/:id", async ({ viewer, params }) => ok(await people.show(actorOf(viewer), params.id)), {
      ...staff,
      params: Type.Object({ id: Id }),
      response: { 200: Envelope(Dossier), ...errors("USER_NOT_FOUND") },
      detail: {
        summary: "Open a person's dossier",
        description: "Profile, sanctions, reports, blocks, activity. FORBIDDEN for one's own.",
      },
    });
}
