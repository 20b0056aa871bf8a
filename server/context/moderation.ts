/**
 * The area of moderation: reports and blocks as people file them, and the work of staff and operators on them.
 * @module
 */
import type { StaffEvent, StaffEvents } from "../domain/staff_events.ts";
import { type Admin, createAdmin } from "../features/admin/mod.ts";
import { type AppealService, createAppealService } from "../features/appeals/mod.ts";
import { type BlockService, createBlockService } from "../features/blocks/mod.ts";
import { createNotices, type Notices } from "../features/notices/mod.ts";
import { createReportService, type ReportService } from "../features/reports/mod.ts";
import { Emitter } from "../lib/emitter.ts";
import type { ContextOverrides, Core } from "./core.ts";
import type { Identity } from "./identity.ts";
import type { Node } from "./node.ts";
import type { Notifications } from "./notifications.ts";
import type { Storage } from "./storage.ts";

/** See the module. */
export interface Moderation {
  readonly admin: Admin;
  readonly appeals: AppealService;
  readonly blocks: BlockService;
  readonly notices: Notices;
  readonly reports: ReportService;
  readonly staffEvents: StaffEvents;
}

export function createModeration(
  built: Core & Storage & Node & Identity & Notifications,
  overrides: ContextOverrides,
): Moderation {
  const {
    log,
    clock,
    metrics,
    onError,
    database: db,
    reader,
    write,
    people,
    auth,
    sessions,
    privacy,
    jobs,
    mediaStore,
  } = built;
  const staffEvents = new Emitter<StaffEvent>(onError);
  staffEvents.subscribe(({ event, data, except }) => people.hub.tellStaff(event, data, { except }));
  if (metrics) staffEvents.subscribe(metrics.onStaffEvent);
  const notices = createNotices({ db, graceMs: overrides.noticeGraceMs });
  const admin = createAdmin({
    db,
    reader,
    write,
    staffEvents,
    auth,
    notices,
    sessions,
    privacy,
    mediaStore,
    statsSource: overrides.statsSource ?? people.hub,
    clock,
    onAuditBroken: (found) =>
      log.error(found, "The audit log is not what was written: run `vibes audit verify`"),
  });
  return {
    admin,
    appeals: createAppealService({ db, write }),
    blocks: createBlockService({ db, write, staffEvents, part: (a, b) => people.hub.part(a, b) }),
    notices,
    reports: createReportService({ write, staffEvents, wakeJobs: () => jobs.wake() }),
    staffEvents,
  };
}
