/**
 * The face of the reports feature: filing a report and the evidence sealed with it. What moderators do with a
 * report is the admin feature's.
 * @module
 */

export { type Evidence, isEvidenceReadable, openEvidence, verifyEvidence } from "./evidence.ts";
export {
  type EvidenceContent,
  MessageCopy,
  type OpenedItem,
  PictureCopy,
  ProfileSnapshot,
  Statement,
} from "./evidence_items.ts";
export { deleteView, insertView, selectHeld } from "./picture_queries.ts";
export { openPicture, removeUnreadablePictures, SEAL_PICTURES, sealPicturesHandler } from "./pictures.ts";
export { isMoreUrgent, URGENCY, type Urgency } from "./priorities.ts";
export { reportRoutes } from "./routes.ts";
export { type ChainCheck, type SealedItem, sealChain } from "./seal.ts";
export { createReportService, type Filed, type Filing, type ReportService } from "./service.ts";
