/**
 * The face of moderation: the routes of staff, the audit log, sanctions, operators' work on accounts. People's own blocks
 * and reports are the features of those names.
 * @module
 */

export {
  AUDIT_ACTIONS,
  type AuditAction,
  type AuditCheck,
  type AuditEntry,
  audit,
  OPERATOR_ID,
  verifyAudit,
} from "./audit/chain.ts";
export type { AuditVerification } from "./audit/watch.ts";
export { type Admin, type AdminDeps, adminRoutes, createAdmin } from "./service.ts";
export { LiveStats, Stats } from "./stats/schema.ts";
export { noLiveStats, type StatsService, type StatsSource } from "./stats/service.ts";
