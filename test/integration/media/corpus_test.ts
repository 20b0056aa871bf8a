/** What the decoder makes of good, odd and hostile files. Pictures are made by code; exiftool reads what is stored. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { pngChunk } from "../../../cli/load/photo.ts";
import { type DecodedPicture, Decoder } from "../../../server/features/media/decode/decoder.ts";
import { readHeader, UnusablePicture } from "../../../server/features/media/decode/header.ts";
import { exif, jpeg, jpegWithExif, png, webpWithMetadata } from "../../harness/media/pictures.ts";

// Each picture is decoded by a process of its own.
const decoder = new Decoder();
const opened = (file: Uint8Array) => async () => new Blob([new Uint8Array(file)]).stream();
const decode = (file: Uint8Array) => decoder.decode(opened(file));
const append = (file: Uint8Array, tail: string) =>
  new Uint8Array(Buffer.concat([file, Buffer.from(tail, "latin1")]));

/** @returns Why the file is refused; undefined when it is not. */
async function refusalOf(file: Uint8Array): Promise<string | undefined> {
  try {
    await decode(file);
    return undefined;
  } catch (error) {
    if (error instanceof UnusablePicture) return error.reason;
    throw error;
  }
}

/** Corners of the stored picture, as `r`, `g` or `b` for what is strongest: top left, top right, bottom left, bottom right. */
async function cornersOf({ picture, width, height }: DecodedPicture): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "vibes-corpus-"));
  try {
    await Bun.write(join(folder, "picture.webp"), picture);
    const raw = await Bun.$`convert ${join(folder, "picture.webp")} -depth 8 rgb:-`.quiet();
    const bytes = new Uint8Array(raw.stdout);
    const at = (x: number, y: number) => {
      const channels = [...bytes.slice((y * width + x) * 3, (y * width + x) * 3 + 3)];
      return "rgb"[channels.indexOf(Math.max(...channels))];
    };
    return [at(2, 2), at(width - 3, 2), at(2, height - 3), at(width - 3, height - 3)].join("");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const hasTools = Bun.which("convert") !== null && Bun.which("exiftool") !== null;
const withTools = hasTools ? describe : describe.skip;

/** The picture is red on its left, green to blue on its right; each orientation stores it turned. */
const UPRIGHT: readonly (readonly [orientation: number, corners: string, isTurned: boolean])[] = [
  [1, "rgrb", false],
  [2, "grbr", false],
  [3, "brgr", false],
  [4, "rbrg", false],
  [5, "rrgb", true],
  [6, "rrbg", true],
  [7, "bgrr", true],
  [8, "gbrr", true],
];

withTools("orientation", () => {
  const [width, height] = [96, 64];
  test.each(UPRIGHT)("%i is applied in JPEG, PNG and WebP", async (orientation, corners, isTurned) => {
    const plain = png(width, height);
    const webp = await new Bun.Image(plain).webp({ lossless: true }).bytes();
    const files = [
      jpegWithExif(await jpeg(width, height), orientation),
      png(width, height, { chunks: [pngChunk("eXIf", exif(orientation))] }),
      webpWithMetadata(webp, { width, height, orientation }),
    ];
    for (const file of files) {
      const decoded = await decode(file);
      expect([decoded.width, decoded.height]).toEqual(isTurned ? [height, width] : [width, height]);
      expect(await cornersOf(decoded)).toBe(corners);
    }
  });
});

withTools("what is stored", () => {
  test("has no place, comment, profile or tail, in either size", async () => {
    const webp = await new Bun.Image(png(64, 64)).webp().bytes();
    const commented = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 18]), Buffer.from("SECRET-PLACE<svg>")]);
    const base = jpegWithExif(await jpeg(64, 64), 1);
    const files = [
      append(
        new Uint8Array(Buffer.concat([base.subarray(0, 2), commented.subarray(0, 20), base.subarray(2)])),
        "",
      ),
      append(base, "<html><script>alert('SECRET-PLACE')</script></html>"),
      append(base, "PK\x03\x04SECRET-PLACE.zip"),
      png(64, 64, {
        chunks: [
          pngChunk("tEXt", Buffer.from("Comment\0SECRET-PLACE<svg onload=alert(1)>")),
          pngChunk("iCCP", Buffer.concat([Buffer.from("SECRET-PLACE\0\0"), deflateSync(Buffer.alloc(200))])),
          pngChunk("eXIf", exif(1)),
        ],
      }),
      webpWithMetadata(webp, { width: 64, height: 64, orientation: 1 }),
    ];
    for (const [index, file] of files.entries()) {
      const given = await Bun.$`exiftool -s -G1 - < ${Buffer.from(file)}`.quiet().nothrow();
      if (index === 1) expect(given.stdout.toString()).toContain("GPSLatitude");
      const { picture, thumb } = await decode(file);
      for (const stored of [picture, thumb]) {
        expect(Buffer.from(stored).toString("latin1")).not.toMatch(/SECRET|Exif|ICCP|XMP|<svg|script/);
        const { stdout } =
          await Bun.$`exiftool -s -G1 -GPS:all -EXIF:all -XMP:all -ICC_Profile:all -Comment - < ${Buffer.from(stored)}`
            .quiet()
            .nothrow();
        expect(stdout.toString().trim()).toBe("");
      }
    }
  });

  test.each([
    ["CMYK", ["-colorspace", "CMYK", "jpg:-"]],
    ["16 bits a channel", ["-depth", "16", "PNG48:-"]],
    ["a palette", ["-colors", "16", "PNG8:-"]],
    ["grey", ["-colorspace", "Gray", "jpg:-"]],
    ["interlaced PNG", ["-interlace", "PNG", "png:-"]],
    ["progressive JPEG", ["-interlace", "JPEG", "jpg:-"]],
  ])("%s is taken", async (_, options) => {
    const made = await Bun.$`convert png:- ${options} < ${Buffer.from(png(96, 64))}`.quiet();
    expect(await decode(new Uint8Array(made.stdout))).toMatchObject({ width: 96, height: 64 });
  });

  test("an animated PNG gives its first picture, an animated WebP is refused", async () => {
    const animation = pngChunk("acTL", Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]));
    expect(await decode(png(96, 64, { chunks: [animation] }))).toMatchObject({ width: 96, height: 64 });
    const webp = await Bun.$`convert -delay 10 -size 20x20 xc:red xc:blue webp:-`.quiet();
    expect(await refusalOf(new Uint8Array(webp.stdout))).toBe("animated");
  });
});

describe("refused", () => {
  test.each([
    ["HTML", "<!doctype html><script>alert(1)</script>", "format"],
    ["SVG", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "format"],
    ["GIF", "GIF89a\x01\0\x01\0\0\0\0;", "format"],
    ["a ZIP", "PK\x03\x04", "format"],
    ["HEIC", "\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"],
    ["HEIF", "\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"],
    ["AVIF", "\0\0\0\x18ftypavif\0\0\0\0avifmif1", "format"],
    ["nothing", "", "format"],
    ["one byte", "\xff", "format"],
    ["the beginning of a JPEG", "\xff\xd8\xff", "truncated"],
    ["a PNG's signature", "\x89PNG\r\n\x1a\n", "truncated"],
    ["a PNG that holds HTML", "\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>", "truncated"],
    ["a path", "/etc/passwd", "format"],
  ])("%s", async (_, text, reason) => {
    expect(await refusalOf(new Uint8Array(Buffer.from(text, "latin1")))).toBe(reason);
  });

  test("whatever is cut off, at every tenth of its length", async () => {
    const whole = [await jpeg(96, 64), png(96, 64), await new Bun.Image(png(96, 64)).webp().bytes()];
    for (const file of whole) {
      expect(() => readHeader(file)).not.toThrow();
      for (let tenth = 1; tenth < 10; tenth++) {
        const part = file.subarray(0, Math.floor((file.length * tenth) / 10));
        expect(() => readHeader(part)).toThrow(UnusablePicture);
      }
    }
  });

  test("bombs, by their header, before anything is decoded", async () => {
    expect(() => readHeader(png(16_000, 16_000, { isEmpty: true }))).toThrow("more than 40 megapixels");
    const lying = new Uint8Array(await jpeg(96, 64));
    const frame = Buffer.from(lying.buffer).indexOf(Buffer.from([0xff, 0xc0]));
    lying.set([0xff, 0xff, 0xff, 0xff], frame + 5);
    expect(() => readHeader(lying)).toThrow("more than 40 megapixels");
    // Just within the limit and full of nothing: the limits of the process hold whatever the decoder does.
    expect(await refusalOf(png(6_300, 6_300, { isEmpty: true }))).toBe("undecodable");
  });

  test("random changes never do more than refuse", async () => {
    const whole = [await jpeg(96, 64), png(96, 64), await new Bun.Image(png(96, 64)).webp().bytes()];
    let state = 42;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state % below;
    };
    for (let round = 0; round < 3_000; round++) {
      const file = new Uint8Array(whole[round % 3]!);
      for (let change = 0; change < 4; change++) file[random(Math.min(file.length, 200))] = random(256);
      try {
        readHeader(file.subarray(0, random(file.length) + 1));
      } catch (error) {
        if (!(error instanceof UnusablePicture)) throw error;
      }
    }
  });
});

test("a picture that is not decoded in time may be tried again, and the next one has its turn", async () => {
  const impatient = new Decoder({ timeoutMs: 1 });
  const late = { code: "SERVICE_UNAVAILABLE", details: { retry_after_ms: 5_000 } };
  await expect(impatient.decode(opened(png(96, 64)))).rejects.toMatchObject(late);
  await expect(decode(png(96, 64))).resolves.toMatchObject({ width: 96 });
});

test("a file that breaks off in the store may be tried again, and is not called unusable", async () => {
  const [whole, sent] = [png(96, 64), { parts: 0 }];
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (++sent.parts > 1) controller.error(new Error("the store is gone"));
      else controller.enqueue(whole.subarray(0, 40));
    },
  });
  await expect(decoder.decode(async () => broken)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
});

test("too many at once are refused, the others have their turn one after the other", async () => {
  const small = new Decoder({ maxWaiting: 2 });
  const file = png(20, 20);
  const results = await Promise.allSettled([1, 2, 3].map(() => small.decode(opened(file))));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
});
