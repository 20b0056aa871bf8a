/**
 * People's rights over their data and the terms after which data goes: the export, leaving for good, retention.
 * It reads the tables of every feature; what it changes between two people it changes through theirs.
 * @module
 */
export type { RetentionReport } from "./retention.ts";
export { privacyRoutes } from "./routes.ts";
export { createPrivacy, type Privacy } from "./service.ts";
