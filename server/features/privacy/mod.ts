/**
 * People's rights over their data: the export, deleting the account, and the retention of data. It reads the tables of
 * every feature; what it changes between two people it changes through theirs.
 * @module
 */
export type { RetentionReport } from "./retention.ts";
export { privacyRoutes } from "./routes.ts";
export { createPrivacy, type Privacy } from "./service.ts";
