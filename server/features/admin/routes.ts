/**
 * Everything under `/api/v1/admin`, for staff only.
 * @module
 */

import { Elysia } from "elysia";
import type { Http } from "../../http/mod.ts";
import { adminBlocksRoutes } from "./blocks/routes.ts";
import { overviewRoutes } from "./overview_routes.ts";
import { reportsRoutes } from "./reports/routes.ts";
import { sanctionsRoutes } from "./sanctions/routes.ts";
import type { Admin } from "./service.ts";

export function adminRoutes(deps: { http: Http; admin: Admin }) {
  return new Elysia({ name: "admin", prefix: "/api/v1/admin" })
    .use(adminBlocksRoutes(deps))
    .use(overviewRoutes(deps))
    .use(reportsRoutes(deps))
    .use(sanctionsRoutes(deps));
}
