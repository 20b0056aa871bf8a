/**
 * The face of the media feature: pictures that people upload and send.
 * @module
 */
export { Decoder } from "./decode/decoder.ts";
export { createLinks, type Links } from "./links.ts";
export { mediaLinkRoutes, mediaRoutes } from "./routes.ts";
export { createMediaService, type MediaService } from "./service.ts";
export { type MediaStore, openStore, type StoreSettings } from "./store/mod.ts";
