/**
 * The orientation out of a block of EXIF, which Bun.Image applies in JPEG but neither in PNG nor in WebP, and the
 * removal of colour profiles from WebP, which it copies. Pure.
 * @module
 */

const ORIENTATION_TAG = 0x0112;

/** @param block TIFF structure, with or without `Exif\0\0` before it. @returns 1–8; 1 for anything that is no orientation. */
export function exifOrientation(block: Buffer): number {
  const tiff = block.toString("latin1", 0, 6) === "Exif\0\0" ? block.subarray(6) : block;
  const order = tiff.toString("latin1", 0, 4);
  if (tiff.length < 14 || (order !== "II*\0" && order !== "MM\0*")) return 1;
  const isLittle = order.startsWith("I");
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const start = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (start + 2 > tiff.length) return 1;
  for (let entry = 0, at = start + 2; entry < short(start) && at + 12 <= tiff.length; entry++, at += 12) {
    if (short(at) !== ORIENTATION_TAG) continue;
    const value = short(at + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** What a picture of each orientation takes to stand upright: degrees clockwise, then mirroring left and right. */
const TURNS: Readonly<Record<number, { degrees: number; isMirrored: boolean }>> = {
  2: { degrees: 0, isMirrored: true },
  3: { degrees: 180, isMirrored: false },
  4: { degrees: 180, isMirrored: true },
  5: { degrees: 90, isMirrored: true },
  6: { degrees: 90, isMirrored: false },
  7: { degrees: 270, isMirrored: true },
  8: { degrees: 270, isMirrored: false },
};

/** @returns The picture, upright. */
export function upright(image: Bun.Image, orientation: number): Bun.Image {
  const turn = TURNS[orientation];
  if (!turn) return image;
  const turned = turn.degrees === 0 ? image : image.rotate(turn.degrees);
  return turn.isMirrored ? turned.flop() : turned;
}

/** Chunks of a WebP that hold pixels; VP8X, which announces the others, is rewritten. */
const PIXELS = new Set(["VP8 ", "VP8L", "ALPH"]);
const ALPHA_FLAG = 0x10;

/** @param webp A whole, still one, of our own encoder. @returns It without profile, EXIF, XMP and unknown chunks. */
export function onlyPixels(webp: Uint8Array): Uint8Array {
  const bytes = Buffer.from(webp.buffer, webp.byteOffset, webp.byteLength);
  const kept: Buffer[] = [];
  for (let at = 12; at + 8 <= bytes.length; ) {
    const kind = bytes.toString("latin1", at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const chunk = Buffer.from(bytes.subarray(at, at + 8 + length + (length % 2)));
    if (kind === "VP8X") chunk[8]! &= ALPHA_FLAG;
    if (kind === "VP8X" || PIXELS.has(kind)) kept.push(chunk);
    at += chunk.length;
  }
  const body = Buffer.concat(kept);
  const head = Buffer.from("RIFF\0\0\0\0WEBP", "latin1");
  head.writeUInt32LE(body.length + 4, 4);
  return new Uint8Array(Buffer.concat([head, body]));
}
