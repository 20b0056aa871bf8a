/**
 * The process that decodes one picture: reads it from standard input, writes what is stored to standard output, and ends.
 * It runs under limits of memory and processor time, without the server's environment, so that neither a bomb nor a
 * fault of a decoder reaches the server. decoder.ts starts it.
 * @module
 */

import type { ChildAnswer } from "./decoder.ts";
import { onlyPixels, upright } from "./exif.ts";
import { MAX_PIXELS, readHeader, UnusablePicture } from "./header.ts";
import { HASHED_EDGE, thumbhashOf } from "./pixels.ts";

/** Longest edge of what is stored, in pixels. */
const PICTURE_EDGE = 2_048;
const THUMB_EDGE = 512;
const PICTURE_QUALITY = 82;
const THUMB_QUALITY = 75;

async function decode(bytes: Uint8Array): Promise<void> {
  const { orientation } = readHeader(bytes);
  const source = new Bun.Image(bytes, { maxPixels: MAX_PIXELS });
  const picture = onlyPixels(await encode(upright(source, orientation), PICTURE_EDGE, PICTURE_QUALITY));
  const thumb = onlyPixels(await encode(new Bun.Image(picture), THUMB_EDGE, THUMB_QUALITY));
  const small = fitted(new Bun.Image(thumb), HASHED_EDGE);
  const placeholder = thumbhashOf(await small.png().bytes());
  const { width, height } = await new Bun.Image(picture).metadata();
  await answer({ ok: true, width, height, placeholder, picture: picture.length }, picture, thumb);
}

function fitted(image: Bun.Image, edge: number): Bun.Image {
  return image.resize(edge, edge, { fit: "inside", withoutEnlargement: true });
}

function encode(image: Bun.Image, edge: number, quality: number): Promise<Uint8Array> {
  return fitted(image, edge).webp({ quality }).bytes();
}

/** One line of JSON, then the bytes. */
async function answer(head: ChildAnswer, ...parts: readonly Uint8Array[]): Promise<void> {
  await Bun.write(Bun.stdout, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...parts]));
}

/** Decodes standard input to standard output. */
export async function decodeOnce(): Promise<void> {
  try {
    await decode(await Bun.stdin.bytes());
  } catch (error) {
    const isKnown = error instanceof UnusablePicture;
    const reason = isKnown ? error.reason : "undecodable";
    await answer({ ok: false, reason, message: isKnown ? error.message : "cannot be decoded" });
  }
}
