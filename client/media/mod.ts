/**
 * Sends pictures: uploads a file, shows meanwhile how far it is and what it shows, and sends it as a message of the chat.
 * A part of the package of its own, for apps that have it.
 * @module
 */
export { type LoadPicture, loadPicture } from "./load.ts";
export {
  createPictures,
  type PendingPicture,
  type Pictures,
  type PicturesOptions,
} from "./pictures.ts";
export { type Media, type PutFile, type UploadOptions, uploadPicture } from "./upload.ts";
