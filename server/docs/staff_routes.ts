/**
 * The document of the staff's routes and its page. In production both are for staff: what moderators can do is no
 * secret, but nobody else needs it.
 * @module
 */
import { Elysia } from "elysia";
import type { Http } from "../http/mod.ts";
import type { ListedRoute } from "../http/route_rules.ts";
import { Cached } from "../lib/cached.ts";
import { createOpenApi, locate } from "./openapi.ts";
import { originOf, REVALIDATED, swaggerPage } from "./swagger_page.ts";

interface StaffDocsOptions {
  readonly http: Http;
  /** Read at the first request, when every feature has been added. */
  readonly routes: () => readonly ListedRoute[];
  /** Whether anybody may read them. @default false */
  readonly openStaffDocs?: boolean | undefined;
}

/** `GET /docs/staff` and `GET /docs/staff.json`. */
export function staffDocsRoutes({ http, routes, openStaffDocs = false }: StaffDocsOptions) {
  const document = new Cached(async () => await createOpenApi(routes(), "staff"));
  // Neither handler reads `viewer`, so both kinds of access can have the type of a public route.
  const access = (openStaffDocs ? { public: true } : { auth: "staff" }) as { public: true };
  const hidden = { ...access, detail: { hide: true } };
  return new Elysia({ name: "docs/staff", prefix: "/docs" })
    .use(http)
    .get("/staff", ({ set }) => swaggerPage("staff", set.headers), hidden)
    .get(
      "/staff.json",
      async ({ request, set }) => {
        set.headers["cache-control"] = REVALIDATED;
        return locate(await document.read(), originOf(request, set.headers));
      },
      hidden,
    );
}
