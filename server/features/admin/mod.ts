/**
 * The face of moderation: the services and routes of staff, the audit log, sanctions, operators' work on accounts.
 * People's own blocks and reports are the features of those names.
 * @module
 */

import { Elysia } from "elysia";
import type { Database } from "../../db/client.ts";
import type { Reader } from "../../db/replica.ts";
import type { Write } from "../../db/unit_of_work.ts";
import type { StaffEvents } from "../../domain/staff_events.ts";
import type { Http } from "../../http/mod.ts";
import type { Clock } from "../../lib/clock.ts";
import type { AuthService, SessionService } from "../auth/mod.ts";
import type { MediaStore } from "../media/mod.ts";
import type { Notices } from "../notices/mod.ts";
import type { Privacy } from "../privacy/mod.ts";
import { appealsRoutes } from "./appeals/routes.ts";
import { createStaffAppeals } from "./appeals/service.ts";
import type { AuditCheck } from "./audit/chain.ts";
import { auditRoutes } from "./audit/routes.ts";
import { createAuditService } from "./audit/service.ts";
import { staffBlocksRoutes } from "./blocks/routes.ts";
import { createStaffBlocks } from "./blocks/service.ts";
import { eventsRoutes } from "./events/routes.ts";
import { peopleRoutes } from "./people/routes.ts";
import { createOperators, createPeople } from "./people/service.ts";
import { pictureRoutes } from "./pictures/routes.ts";
import { createStaffPictures } from "./pictures/service.ts";
import { reportersRoutes, reportsRoutes } from "./reports/routes.ts";
import { createStaffReports } from "./reports/service.ts";
import { sanctionsRoutes } from "./sanctions/routes.ts";
import { createSanctioner } from "./sanctions/sanctioner.ts";
import { createSanctionService } from "./sanctions/service.ts";
import { createModerationStats } from "./stats/moderation.ts";
import { statsRoutes } from "./stats/routes.ts";
import { createStatsService, type StatsSource } from "./stats/service.ts";

export {
  AUDIT_ACTIONS,
  type AuditAction,
  type AuditCheck,
  type AuditEntry,
  audit,
  OPERATOR_ID,
  verifyAudit,
} from "./audit/chain.ts";
export type { AuditVerification } from "./audit/service.ts";
export { evidencePageRoutes } from "./pictures/routes.ts";
export { LiveStats, Stats } from "./stats/schema.ts";
export { noLiveStats, type StatsService, type StatsSource } from "./stats/service.ts";

/** What moderation needs. */
export interface AdminDeps {
  readonly db: Pick<Database, "sql">;
  /** Of lists and numbers, which may be a little behind. */
  readonly reader: Reader;
  readonly write: Write;
  readonly staffEvents: Pick<StaffEvents, "publish">;
  readonly auth: Pick<AuthService, "enroll" | "signInAs">;
  readonly notices: Pick<Notices, "tell" | "withdraw">;
  /** Signs out whoever is suspended or banned. */
  readonly sessions: Pick<SessionService, "revokeAll">;
  /** What operators export and delete for people who cannot sign in. */
  readonly privacy: Pick<Privacy, "erasure" | "exports">;
  /** Where the pictures of reports are. */
  readonly mediaStore: MediaStore | null;
  /** The live numbers; absent: none. */
  readonly statsSource?: StatsSource | undefined;
  readonly clock?: Clock | undefined;
  /** Called when a periodic verification found the audit log changed. */
  readonly onAuditBroken?: ((found: AuditCheck) => void) | undefined;
}

/** See {@link createAdmin}. */
export type Admin = ReturnType<typeof createAdmin>;

/**
 * @returns The services behind `/api/v1/admin` and behind the command line's `users` and `audit`.
 *
 * @example
 * ```ts
 * const admin = createAdmin({ db: database, write, staffEvents, auth, sessions, privacy });
 * await admin.reports.claim({ id: moderatorId, role: "moderator" }, reportId);
 * ```
 */
export function createAdmin(deps: AdminDeps) {
  const { db, mediaStore, statsSource, onAuditBroken } = deps;
  const parts = { ...deps, sanctioner: createSanctioner(deps) };
  return {
    db,
    appeals: createStaffAppeals(parts),
    audit: createAuditService({ ...deps, onBroken: onAuditBroken }),
    blocks: createStaffBlocks(deps),
    operators: createOperators(deps),
    people: createPeople(deps),
    pictures: createStaffPictures({ ...deps, store: mediaStore }),
    reports: createStaffReports(parts),
    sanctions: createSanctionService(parts),
    stats: createStatsService({ ...deps, source: statsSource }),
    moderationStats: createModerationStats(deps),
  };
}

/** Everything under `/api/v1/admin`, for staff only. */
export function adminRoutes({ http, admin }: { http: Http; admin: Admin }) {
  return new Elysia({ name: "admin", prefix: "/api/v1/admin" })
    .use(staffBlocksRoutes({ http, ...admin }))
    .use(peopleRoutes({ http, ...admin }))
    .use(appealsRoutes({ http, ...admin }))
    .use(auditRoutes({ http, ...admin }))
    .use(eventsRoutes({ http, ...admin }))
    .use(statsRoutes({ http, ...admin }))
    .use(reportsRoutes({ http, ...admin }))
    .use(reportersRoutes({ http, ...admin }))
    .use(pictureRoutes({ http, ...admin }))
    .use(sanctionsRoutes({ http, ...admin }));
}
