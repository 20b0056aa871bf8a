import { expect, test } from "bun:test";
import { rgbaToThumbHash } from "thumbhash";
import { pictureText } from "./picture_text.ts";

const NOTHING = { media_id: "1", sealed_picture_sha256: null, sealed_thumb_sha256: null };

/** Of a picture in one colour. */
function placeholder(colour: readonly [number, number, number]): string {
  const pixels = Array.from({ length: 64 }, () => [...colour, 255]).flat();
  return Buffer.from(rgbaToThumbHash(8, 8, pixels)).toString("base64");
}

test.each([
  [[120, 10, 20], "dark red"],
  [[230, 200, 40], "yellow"],
  [[20, 90, 40], "dark green"],
  [[40, 80, 220], "blue"],
  [[255, 150, 190], "light pink"],
  [[10, 10, 10], "black"],
  [[250, 250, 250], "white"],
  [[128, 128, 128], "grey"],
] as const)("a placeholder of %p is mostly %s", (colour, name) => {
  const picture = { ...NOTHING, width: 640, height: 480, size: 8_200, placeholder: placeholder(colour) };
  expect(pictureText(picture)).toBe(`640 × 480, 9 kB, mostly ${name}`);
});

test("what is not known is left out", () => {
  const unknown = { ...NOTHING, width: null, height: null, size: 1_000 };
  expect(pictureText(unknown)).toBe("1 kB");
  expect(pictureText({ ...unknown, size: 0 })).toBe("was deleted before it was sealed");
});
