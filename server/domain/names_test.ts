import { describe, expect, test } from "bun:test";
import { foldings, refuseName, skeleton } from "./names.ts";

describe("a name", () => {
  test.each([
    "Ana",
    "Zoë",
    "Ana María",
    "O’Neil-Smith",
    "علی\u200cرضا",
    "क्\u200dष",
    "👩‍🚀 Ana",
    "❤️ Ana",
    "1️⃣ Ana",
    "Mark Supporter",
    "Admiral Ana",
    "Deleted",
    "Match",
  ])("may be %j", (name) => expect(refuseName(name)).toBeNull());

  test.each([
    "Ana\u202e",
    "\u2066Ana\u2069",
    "Ana\u200f",
    "A\u200bna",
    "An\u200da",
    "An\u200ca",
    "\u200dAna",
    "An\u00ada",
    "Ana \u3164",
    "An\ufe0fa",
    "Ana1\ufe0f",
    "Ana\u2060",
    "\ufeffAna",
    "An\u034fa",
    "An\u{e0061}a",
    "An\ufff9a",
  ])("may not hold what nobody can see: %j", (name) => expect(refuseName(name)).toContain("invisible"));

  test.each([
    "Deleted account",
    "DELETED  ACCOUNT",
    "Dеleted аccount",
    "deleted-account.",
    "VibesMatch Support",
    "Vibes Match",
    "V1besMatch",
    "VlbesMatch",
    "vibesrnatch",
    "VIBESMATCH",
    "ＶibesＭatch",
    "𝐕𝐢𝐛𝐞𝐬match",
    "Víbés Mätch Team",
    "Vibes\u039catch",
    "Vibes\u{1d40c}atch",
    "Supp0rt",
    "Customer Support",
    "Admin",
    "M0derator",
  ])("may not look like ours: %j", (name) => expect(refuseName(name)).toContain("use ourselves"));
});

test("no look-alike of any letter, in either case, makes a name another one", () => {
  const alike = Array.from({ length: 0x2_0000 }, (_, code) => String.fromCodePoint(code)).filter(
    (char) => /[\p{L}\p{N}]/u.test(char) && skeleton(char) !== char,
  );
  /** The name with each of its letters replaced by each of the characters that look like it. */
  function* writtenOtherwise(name: string): Generator<string> {
    const letters = [...name.toUpperCase()];
    for (const [at, letter] of letters.entries()) {
      const looks = [letter, letter.toLowerCase()].map(skeleton);
      for (const char of alike) if (looks.includes(skeleton(char))) yield letters.with(at, char).join("");
    }
  }
  const passing = [...writtenOtherwise("vibesmatch")].filter((name) => refuseName(name) === null);
  const [plain] = foldings("Emma Brown");
  const different = [...writtenOtherwise("Emma Brown")].filter((name) => foldings(name)[0] !== plain);
  expect({ passing, different }).toEqual({ passing: [], different: [] });
});

test("a skeleton is the same for what looks the same", () => {
  for (const [a, b] of [
    ["Аlicе", "Alice"],
    ["A\u200blice", "Alice"],
    ["Ａlice", "Alice"],
    ["modern", "modem"],
    ["Zoë", "Zoe"],
    ["lise", "1ise"],
  ] as const) {
    expect([a, skeleton(a)]).toEqual([a, skeleton(b)]);
  }
  expect(foldings("ILSE")[0]).toBe(foldings("llse")[0]);
  expect(foldings("ILSE")[1]).toBe(foldings("ilse")[1]);
});
