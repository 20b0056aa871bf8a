/**
 * The face of appeals: asking that somebody who had no part in a decision looks at it again. Deciding about them is the
 * staff's (../admin/appeals).
 * @module
 */

export { isInAppealTime } from "./queries.ts";
export { appealRoutes } from "./routes.ts";
export { APPEAL_TEXT_MAX } from "./schema.ts";
export { type AppealService, createAppealService } from "./service.ts";
