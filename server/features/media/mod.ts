/**
 * The face of the media feature: pictures that people upload and send.
 * @module
 */
export { decodeOnce } from "./decode/child.ts";
export { DECODE_COMMAND, Decoder } from "./decode/decoder.ts";
export { keyOf } from "./life.ts";
export { createLinks, type Links } from "./links.ts";
export { mediaLinkRoutes, mediaRoutes } from "./routes.ts";
export { createScanner, SCAN_PICTURE, type Scanner, scanHandler, type Verdict } from "./scanning.ts";
export { createMediaService, type MediaService } from "./service.ts";
export { type MediaStore, openStore, type StoreSettings } from "./store/mod.ts";
