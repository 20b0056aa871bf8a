/**
 * Pictures made by code, and the parts that hostile ones are made of. No file of a picture is in the repository.
 * @module
 */
import { writePng } from "../../../cli/load/photo.ts";

interface PngOptions {
  /** Chunks before the pixels, made by `pngChunk` of cli/load/photo.ts. @default none */
  readonly chunks?: readonly Uint8Array[];
  /** Only the header says the size; there are no pixels. @default false */
  readonly isEmpty?: boolean;
}

/** @returns A PNG whose left half is red and whose right half is a gradient to blue, from top to bottom. */
export function png(
  width: number,
  height: number,
  { chunks = [], isEmpty = false }: PngOptions = {},
): Uint8Array {
  const lines = isEmpty ? Buffer.alloc(0) : Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height && !isEmpty; y++) {
    for (let x = 0; x < width; x++) {
      const down = Math.floor((255 * y) / height);
      lines.set(x < width / 2 ? [255, 0, 0] : [0, 255 - down, down], y * (width * 3 + 1) + 1 + x * 3);
    }
  }
  return writePng({ width, height }, lines, chunks);
}

/** The same as a JPEG. */
export async function jpeg(width: number, height: number): Promise<Uint8Array> {
  return await new Bun.Image(png(width, height)).jpeg({ quality: 90 }).bytes();
}

/** @returns EXIF with an orientation and a place (52° N, 13° E), as TIFF. */
export function exif(orientation: number): Buffer {
  const tiff = Buffer.alloc(26 + 6 + 54 + 24);
  tiff.write("MM\0*", 0, "latin1");
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(2, 8);
  const entry = (at: number, [tag, type, count, value]: readonly [number, number, number, number]) => {
    tiff.writeUInt16BE(tag, at);
    tiff.writeUInt16BE(type, at + 2);
    tiff.writeUInt32BE(count, at + 4);
    if (type === 3) tiff.writeUInt16BE(value, at + 8);
    else tiff.writeUInt32BE(value, at + 8);
  };
  entry(10, [0x0112, 3, 1, orientation]);
  // The GPS directory follows the first one, whose end is at 38.
  entry(22, [0x8825, 4, 1, 38]);
  tiff.writeUInt16BE(2, 38);
  entry(40, [0x0001, 2, 2, "N".charCodeAt(0) << 24]);
  entry(52, [0x0002, 5, 3, 68]);
  for (const [index, value] of [52, 1, 30, 1, 0, 1].entries()) tiff.writeUInt32BE(value, 68 + index * 4);
  return tiff;
}

/** @returns The JPEG with EXIF as its first segment. */
export function jpegWithExif(picture: Uint8Array, orientation: number): Uint8Array {
  const block = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), exif(orientation)]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(block.length + 2, 2);
  return new Uint8Array(Buffer.concat([picture.subarray(0, 2), head, block, picture.subarray(2)]));
}

/** @returns The WebP with EXIF and a colour profile, as an extended file. */
export function webpWithMetadata(webp: Uint8Array, { width, height, orientation }: WebpFacts): Uint8Array {
  const chunk = (kind: string, data: Uint8Array) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return Buffer.concat([Buffer.from(kind, "latin1"), size, data, Buffer.alloc(data.length % 2)]);
  };
  const extended = Buffer.alloc(10);
  extended[0] = 0x28;
  extended.writeUIntLE(width - 1, 4, 3);
  extended.writeUIntLE(height - 1, 7, 3);
  const body = Buffer.concat([
    chunk("VP8X", extended),
    chunk("ICCP", Buffer.from("a profile that says where the picture was taken: SECRET-PLACE")),
    webp.subarray(12),
    chunk("EXIF", exif(orientation)),
  ]);
  const head = Buffer.from("RIFF\0\0\0\0WEBP", "latin1");
  head.writeUInt32LE(body.length + 4, 4);
  return new Uint8Array(Buffer.concat([head, body]));
}

interface WebpFacts {
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
}
