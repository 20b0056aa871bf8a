/**
 * The stable address of a picture that was uploaded here: what the content of an image message is. A path, so that it is
 * the same on every host that serves the API. Pure.
 * @module
 */

const PATH = "/api/v1/media/";
const URL_OF_MEDIA = /^\/api\/v1\/media\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** @returns The address of a picture. */
export function mediaUrl(id: string): string {
  return PATH + id;
}

/** @returns The picture that an address names; undefined when it is none of ours. */
export function mediaIdOf(content: string): string | undefined {
  return URL_OF_MEDIA.exec(content)?.[1]?.toLowerCase();
}
