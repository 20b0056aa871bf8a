/**
 * Reads type, size and orientation of a picture from its first bytes, and whether its end is there, without decoding it.
 * What it refuses never reaches a decoder. Pure.
 * @module
 */
import { exifOrientation } from "./exif.ts";

/** Why a picture is refused, for clients to translate. */
export type Refusal = "format" | "heic" | "animated" | "truncated" | "too_large" | "undecodable";

/** A picture that is refused. */
export class UnusablePicture extends Error {
  readonly reason: Refusal;

  constructor(reason: Refusal, message: string) {
    super(message);
    this.name = "UnusablePicture";
    this.reason = reason;
  }
}

/** What the header says. */
export interface PictureHeader {
  readonly format: "jpeg" | "png" | "webp";
  /** As stored, before its orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** Of EXIF, 1–8; 1 for a JPEG, whose orientation the decoder applies itself. */
  readonly orientation: number;
}

/** Pixels of a picture at most: the decoder's memory and time depend on them. */
export const MAX_PIXELS = 40_000_000;

/** Brands of ISO base media files that are HEIC or HEIF, beside AVIF's. */
const HEIC_BRANDS = /^(?:hei[cfmsx]|hev[cmsx]|mif1|msf1)$/;

/**
 * @returns What the header says of a JPEG, PNG or WebP.
 * @throws UnusablePicture for another format, an animation that has no first picture, a picture whose end is missing, or
 *   one of more than 40 megapixels.
 */
export function readHeader(bytes: Uint8Array): PictureHeader {
  const header = parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const { width, height } = header;
  if (width < 1 || height < 1) throw new UnusablePicture("undecodable", "has no pixels");
  if (width * height > MAX_PIXELS) {
    throw new UnusablePicture("too_large", `has more than ${MAX_PIXELS / 1_000_000} megapixels`);
  }
  return header;
}

function parse(bytes: Buffer): PictureHeader {
  const start = bytes.toString("latin1", 0, 12);
  if (start.startsWith("\xff\xd8\xff")) return parseJpeg(bytes);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return parsePng(bytes);
  if (start.startsWith("RIFF") && start.endsWith("WEBP")) return parseWebp(bytes);
  if (start.slice(4, 8) === "ftyp" && HEIC_BRANDS.test(start.slice(8))) {
    throw new UnusablePicture("heic", "is HEIC: convert it to JPEG first");
  }
  throw new UnusablePicture("format", "is no JPEG, PNG or WebP");
}

const truncated = () => new UnusablePicture("truncated", "is cut off: its end is missing");

/**
 * Walks over the segments to the frame header, then over the scans to the end marker: the decoder fills the missing part
 * of a JPEG that is cut off with grey and accepts it.
 */
function parseJpeg(bytes: Buffer): PictureHeader {
  let size: { width: number; height: number } | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw new UnusablePicture("undecodable", "is no well-formed JPEG");
    const marker = bytes[at + 1]!;
    // Fill bytes before a marker.
    if (marker === 0xff) at += 1;
    else {
      const length = bytes.readUInt16BE(at + 2);
      const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
      if (isFrame && at + 9 <= bytes.length) {
        size ??= { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
      }
      at += 2 + length;
      if (marker !== 0xda) continue;
      if (!size) throw new UnusablePicture("undecodable", "is no well-formed JPEG");
      at = nextMarker(bytes, at);
      if (bytes[at + 1] === 0xd9) return { format: "jpeg", ...size, orientation: 1 };
    }
  }
  throw truncated();
}

/** @returns Where the entropy-coded data ends: at the next marker that is neither stuffing nor a restart. */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = from; ; at += 2) {
    at = bytes.indexOf(0xff, at);
    if (at === -1 || at + 1 >= bytes.length) throw truncated();
    const marker = bytes[at + 1]!;
    if (marker === 0xff) at -= 1;
    else if (marker !== 0 && (marker < 0xd0 || marker > 0xd7)) return at;
  }
}

function parsePng(bytes: Buffer): PictureHeader {
  if (bytes.length < 33 || bytes.toString("latin1", 12, 16) !== "IHDR") throw truncated();
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  let orientation = 1;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString("latin1", at + 4, at + 8);
    if (kind === "eXIf") orientation = exifOrientation(bytes.subarray(at + 8, at + 8 + length));
    if (kind === "IEND") return { format: "png", width, height, orientation };
    at += 12 + length;
  }
  throw truncated();
}

function parseWebp(bytes: Buffer): PictureHeader {
  if (bytes.length < 30 || bytes.length < bytes.readUInt32LE(4) + 8) throw truncated();
  const end = bytes.readUInt32LE(4) + 8;
  let size: { width: number; height: number } | undefined;
  let orientation = 1;
  for (let at = 12; at + 8 <= end; ) {
    const kind = bytes.toString("latin1", at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const data = bytes.subarray(at + 8, Math.min(at + 8 + length, end));
    if (kind === "ANIM") throw new UnusablePicture("animated", "is an animation: send a picture");
    if (kind === "EXIF") orientation = exifOrientation(data);
    size ??= webpSize(kind, data);
    at += 8 + length + (length % 2);
  }
  if (!size) throw new UnusablePicture("undecodable", "is no well-formed WebP");
  return { format: "webp", ...size, orientation };
}

function webpSize(kind: string, data: Buffer): { width: number; height: number } | undefined {
  if (data.length < 10) return undefined;
  if (kind === "VP8X") return { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 };
  if (kind === "VP8 ") return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff };
  if (kind !== "VP8L") return undefined;
  const bits = data.readUInt32LE(1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}
