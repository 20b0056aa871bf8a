/**
 * Makes pictures as people send them. No file of one is in the repository.
 * @module
 */
import { crc32, deflateSync } from "node:zlib";

/** Pixels of a picture as cameras of phones take it, 12 megapixels: 2.4 MB. */
export const FULL_SIZE = { width: 4_032, height: 3_024 } as const;
/** Pixels of one that an app has made smaller before it uploads it: 0.4 MB. */
const SHRUNK = { width: 1_600, height: 1_200 } as const;

/** @returns A JPEG; the same each time. */
export async function makePhoto({ width, height }: PhotoSize = SHRUNK): Promise<Blob> {
  const small = new Bun.Image(noise(Math.ceil(width / 8), Math.ceil(height / 8)));
  const bytes = await small.resize(width, height).jpeg({ quality: 85 }).bytes();
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/jpeg" });
}

interface PhotoSize {
  readonly width: number;
  readonly height: number;
}

/** @returns A PNG whose pixels are random around a gradient: as hard to encode as the details of a photo. */
function noise(width: number, height: number): Uint8Array {
  const line = width * 3 + 1;
  const pixels = Buffer.alloc(line * height);
  let state = 1;
  for (let at = 0; at < pixels.length; at++) {
    if (at % line === 0) continue;
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[at] = (at / pixels.length) * 128 + (state >>> 25);
  }
  return writePng({ width, height }, pixels);
}

/**
 * @param lines Of the picture: a zero, then three bytes a pixel.
 * @param chunks Before the pixels, made by {@link pngChunk}. Default: none.
 */
export function writePng(
  { width, height }: PhotoSize,
  lines: Uint8Array,
  chunks: readonly Uint8Array[] = [],
): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
      pngChunk("IHDR", header),
      ...chunks,
      pngChunk("IDAT", deflateSync(lines)),
      pngChunk("IEND", Buffer.alloc(0)),
    ]),
  );
}

/** A chunk of PNG with its checksum. */
export function pngChunk(kind: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
