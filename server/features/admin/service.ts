/**
 * The services of moderation, made together: they share who may be sanctioned and whom to tell.
 * @module
 */

import type { Database } from "../../db/client.ts";
import type { Write } from "../../db/unit_of_work.ts";
import type { StaffEvents } from "../../domain/staff_events.ts";
import type { Clock } from "../../lib/clock.ts";
import type { SendMail, SessionEvents } from "../auth/mod.ts";
import { createAuditView } from "./audit/service.ts";
import { createBlockCases } from "./blocks/service.ts";
import { createPeople } from "./people/service.ts";
import { createDecisionService } from "./reports/decisions.ts";
import { createCaseDetail } from "./reports/detail.ts";
import { createReportList } from "./reports/list.ts";
import { createCaseService } from "./reports/service.ts";
import { createSanctioner } from "./sanctions/sanctions.ts";
import { createSanctionService } from "./sanctions/service.ts";
import { createStatsService, type StatsSource } from "./stats/service.ts";

/** What moderation stands on. */
export interface AdminDeps {
  readonly db: Pick<Database, "sql">;
  readonly write: Write;
  readonly staffEvents: Pick<StaffEvents, "publish">;
  /** Hears of whoever may not be served any more. */
  readonly sessionEvents: Pick<SessionEvents, "revoked">;
  /** Brings the statement of reasons to whoever cannot sign in any more. */
  readonly sendMail: SendMail;
  /** What real time knows; nothing live without it. */
  readonly statsSource?: StatsSource;
  readonly clock?: Clock;
}

/** See {@link createAdmin}. */
export type Admin = ReturnType<typeof createAdmin>;

/**
 * @returns The services behind `/api/v1/admin`.
 *
 * @example
 * ```ts
 * const admin = createAdmin({ db: database, write, staffEvents, sessionEvents, sendMail });
 * await admin.cases.claim({ id: moderatorId, role: "moderator" }, reportId);
 * ```
 */
export function createAdmin(deps: AdminDeps) {
  const { db, write, staffEvents, statsSource, clock } = deps;
  const sanctioner = createSanctioner(deps);
  return {
    audit: createAuditView({ db }),
    blocks: createBlockCases({ db, write }),
    cases: createCaseService({ write, staffEvents }),
    decisions: createDecisionService({ write, staffEvents, sanctioner }),
    people: createPeople({ db }),
    reports: { ...createReportList({ db }), ...createCaseDetail({ db, write }) },
    sanctions: createSanctionService({ db, write, sanctioner }),
    stats: createStatsService({ db, source: statsSource, clock }),
  };
}
