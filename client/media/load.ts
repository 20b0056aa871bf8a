/**
 * Loads a picture whose links have ended: those of a history are good for one to two minutes.
 * @module
 */
import { restAddress } from "../address.ts";

/** See {@link loadPicture}. */
export interface LoadPicture {
  /** The server, as `https://host`. */
  readonly url: string;
  /** An access token. */
  readonly token: string;
  readonly signal?: AbortSignal;
}

/**
 * @param content Of the image message: its address.
 * @returns The picture; null when it is gone, or may not be seen any more.
 *
 * @example
 * ```ts
 * image.onerror = async () => {
 *   const picture = await loadPicture(message.content, { url, token });
 *   if (picture) image.src = URL.createObjectURL(picture);
 * };
 * ```
 */
export async function loadPicture(
  content: string,
  { url, token, signal }: LoadPicture,
): Promise<Blob | null> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(restAddress(url) + content, { headers, signal: signal ?? null });
  return response.ok ? await response.blob() : null;
}
