/**
 * The face of notices: what moderation tells people, stored, told after the time in which it may be undone, and
 * readable in the app. The words are those of whoever decides.
 * @module
 */

export { NOTICE_MAIL, noticeMailHandler, noticeTellingHandler, TELL_NOTICE } from "./jobs.ts";
export { noticeRoutes } from "./routes.ts";
export { createNotices, type NewNotice, NOTICE_GRACE_MS, type Notices } from "./service.ts";
