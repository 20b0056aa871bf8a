/**
 * The pixels of a small PNG that Bun.Image made, and the thumbhash of them: Bun.Image hands out no pixels, and its own
 * placeholder is a picture of 1–2 kB instead of the hash of about 25 bytes.
 * @module
 */
import { inflateSync } from "node:zlib";
import { rgbaToThumbHash } from "thumbhash";

/** Pixels a side at most: what thumbhash takes. */
export const HASHED_EDGE = 100;

/** @param png Of our own encoder, at most 100 × 100. @returns The thumbhash, in base64. */
export function thumbhashOf(png: Uint8Array): string {
  const { width, height, rgba } = decodePng(Buffer.from(png.buffer, png.byteOffset, png.byteLength));
  return Buffer.from(rgbaToThumbHash(width, height, rgba)).toString("base64");
}

/** 8 bits a channel, RGB or RGBA, not interlaced: what the encoder writes. @throws Error for anything else. */
function decodePng(png: Buffer): { width: number; height: number; rgba: Uint8Array } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [depth, colour, interlaced] = [png[24], png[25], png[28]];
  const channels = { 2: 3, 6: 4 }[colour ?? -1];
  if (depth !== 8 || channels === undefined || interlaced !== 0) throw new Error("Cannot read the PNG");
  const data: Buffer[] = [];
  for (let at = 8; at + 12 <= png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") {
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    }
  }
  const lines = inflateSync(Buffer.concat(data));
  const stride = width * channels;
  const rgba = new Uint8Array(width * height * 4).fill(255);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const line = new Uint8Array(lines.subarray(start + 1, start + 1 + stride));
    unfilter(line, { above, filter: lines[start]!, channels });
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) rgba[(y * width + x) * 4 + c] = line[x * channels + c]!;
    }
    above = line;
  }
  return { width, height, rgba };
}

interface Filtered {
  readonly above: Uint8Array;
  readonly filter: number;
  readonly channels: number;
}

/** The five filters of PNG, section 9 of its specification. */
function unfilter(line: Uint8Array, { above, filter, channels }: Filtered): void {
  for (let i = 0; i < line.length; i++) {
    const left = i < channels ? 0 : line[i - channels]!;
    const up = above[i]!;
    const corner = i < channels ? 0 : above[i - channels]!;
    const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
    line[i] = line[i]! + predicted;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
