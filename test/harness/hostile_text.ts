/**
 * Hostile texts for the tests: everything that has ever broken a terminal's screen, mixed with what people write.
 * @module
 */
import fc from "fast-check";

const PIECES = [
  "\u001b[31m",
  "\u001b[2J",
  "\u001b[10;10H",
  "\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007",
  "\u001b]0;title\u0007",
  "\u001b]52;c;aGk=\u0007",
  "\u001bP1$r\u001b\\",
  "\u001b",
  "\u009b5A",
  "\u009d0;x\u009c",
  "\u0007",
  "\b\b\b",
  "\r\n",
  "\u2028",
  "\t",
  "\u0000",
  "\u202e",
  "\u2066",
  "\u200f",
  "\u061c",
  "\u200d",
  "\ufe0f",
  "\u{e0020}",
  "\u0301".repeat(20),
  "\u0489",
  "\u20e3",
  "\ud800",
  "\udfff",
  "\ue000",
  "\u{10ffff}",
  "👨‍👩‍👧‍👦",
  "🏳️‍🌈",
  "🇩🇪",
  "🏽",
  "1️⃣",
  "❤️",
  "世界",
  "ｶﾞ",
  "한국어",
  "\u1100\u1161\u11a8",
  "\u1160",
  "שלום",
  "مرحبا",
  "क्षत्रिय",
  "নমস্কার",
  "สวัสดี",
  "\u0d4e",
  "\ufdfd",
  "𒐫",
  "│",
  "Ana",
  " ",
  "  ",
  "zalgo\u0300\u0301\u0302\u0303\u0304\u0305",
] as const;

/** Pieces of the list, any characters at all, and both mixed. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: "binary", maxLength: 4 }), fc.string()), {
    maxLength: 12,
  })
  .map((pieces) => pieces.join(""));
