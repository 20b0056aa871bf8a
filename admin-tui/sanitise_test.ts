import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hostileText } from "../test/harness/hostile_text.ts";
import { cells, characters, clip, fit, shorten, wrap } from "./cells.ts";
import { sanitise, sanitiseLines } from "./sanitise.ts";

const RUNS = { numRuns: 10_000 };
const FORBIDDEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

describe("sanitise", () => {
  test("10,000 hostile texts lose everything that could act on a terminal", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(sanitise(text)).not.toMatch(FORBIDDEN);
      }),
      RUNS,
    );
  });

  test("10,000 hostile texts take the cells they say, whatever stands beside them", () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 0, max: 40 }), (text, width) => {
        const clean = sanitise(text);
        expect(cells(fit(clean, width))).toBe(width);
        expect(cells(`│ ${clean}│`)).toBe(cells(clean) + 3);
        expect(cells(`${clean}x${clean}`)).toBe(2 * cells(clean) + 1);
        expect(characters(`a${clean}|`).at(0)).toBe("a");
        expect(characters(`a${clean}|`).at(-1)).toBe("|");
      }),
      RUNS,
    );
  });

  test("once more changes nothing", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(sanitise(sanitise(text))).toBe(sanitise(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["plain", "plain"],
    ["\u001b[31mred\u001b[0m", "�[31mred�[0m"],
    ["\u001b]8;;http://x\u0007here", "�]8;;http://x�here"],
    ["safe\u202egnp.exe", "safegnp.exe"],
    ["👨‍👩‍👧 🏽 🇩🇪 ❤️ 1️⃣", "👨👩👧  DE ❤ 1"],
    ["a\tb\nc\r\nd\u2028e\u3000f", "a b c d e f"],
    ["e\u0301", "é"],
    ["\u0301x", "x"],
    ["क्षत्रिय שלום مرحبا 世界", "क्षत्रिय שלום مرحبا 世界"],
    ["\ud800|\ue000|\u0000", "�|�|�"],
  ])("%j becomes %j", (text, clean) => {
    expect(sanitise(text)).toBe(clean);
  });

  test("lines stay lines", () => {
    expect(sanitiseLines("a\r\n\u001bb\n\nc")).toEqual(["a", "�b", "", "c"]);
  });
});

describe("cells", () => {
  test("wide characters are never cut in half", () => {
    expect(clip("世界", 3)).toBe("世");
    expect(shorten("世界世界", 5)).toBe("世界…");
    expect(fit("世界世界", 4)).toBe("世… ");
    expect(fit("7", 4, "right")).toBe("   7");
    expect(shorten("abc", 0)).toBe("");
  });

  test("text breaks at spaces, and in a word only when it must", () => {
    expect(wrap("hello my world", 8)).toEqual(["hello my", "world"]);
    expect(wrap("a looooooong word", 6)).toEqual(["a", "looooo", "oong", "word"]);
    expect(wrap("", 6)).toEqual([""]);
    expect(wrap("世界世界", 1)).toEqual(["世", "界", "世", "界"]);
  });

  test("10,000 hostile texts break into lines that fit", () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 5, max: 30 }), (text, width) => {
        const clean = sanitise(text);
        const lines = wrap(clean, width);
        for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(width);
        expect(lines.join("").replaceAll(" ", "")).toBe(clean.replaceAll(" ", ""));
      }),
      RUNS,
    );
  });
});
