/**
 * Sends pictures: what a chat's `sendImage` needs, uploads without a chat, and pictures whose links have expired. A part
 * of the package of its own, for apps that have pictures.
 * @module
 */
export { type LoadPicture, loadPicture } from "./load.ts";
export { pictures } from "./pictures.ts";
export { type Media, type PutFile, type UploadOptions, uploadPicture } from "./upload.ts";
