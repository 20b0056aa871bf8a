/**
 * No text costs more than its length: whatever reads texts of strangers normalises nothing with a long run of
 * combining marks. Normalisation sorts a run by insertion, so its cost is counted here as the square of each run.
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { sanitise, sanitiseLines } from "../../admin-tui/sanitise.ts";
import { printable, table } from "../../cli/text.ts";
import { checkContent, cleanText, isBlank } from "../../server/domain/text.ts";
import { checkProfile } from "../../server/features/users/profile_rules.ts";
import { MARKS_MAX, textProblem, toNfc } from "../../server/protocol/text.ts";

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  textProblem,
  toNfc,
  cleanText,
  isBlank,
  "text of a message": (text) => checkContent(text, { type: "text" }),
  "emoji of a message": (text) => checkContent(text, { type: "emoji" }),
  "text of a request": (text) => checkContent(text, { type: "text", max: 250 }),
  "fields of a profile": (text) =>
    checkProfile(
      { name: text, city: text, bio: text, interests: [text], profile_photos: [text] },
      new Date(),
    ),
  "the dashboard's sanitiser": sanitise,
  "the dashboard's lines": sanitiseLines,
  "the command line's sanitiser": printable,
  "the command line's table": (text) => table(["a"], [[text]]),
};

const normalize = String.prototype.normalize;
let cost = 0;
let calls = 0;
let longest = 0;
beforeEach(() => {
  String.prototype.normalize = function (this: string, form?: string) {
    calls++;
    for (const [run] of this.matchAll(/\p{M}+/gu)) {
      cost += run.length ** 2;
      longest = Math.max(longest, [...run].length);
    }
    return normalize.call(this, form);
  };
});
afterEach(() => {
  String.prototype.normalize = normalize;
});

function costOf(read: (text: string) => unknown, text: string): number {
  cost = 0;
  calls = 0;
  read(text);
  return cost;
}

/** Marks of several classes, and what is removed, replaced or ignored between them. */
const PIECES = ["\u0345", "\u0334", "\u0301", "\u0f73", "\u0344", "\u{1d165}", "\u20e3", "a", " ", "\n"];
const BETWEEN = [
  "\u0001",
  "\r",
  "\u000b",
  "\u0085",
  "\u200d",
  "\ufe0f",
  "\u034f",
  "\u00ad",
  "\u{e0020}",
  "\u2028",
];
const hostile = fc
  .array(fc.tuple(fc.constantFrom(...PIECES, ...BETWEEN), fc.constantFrom(1, 5, 29, 30, 31, 60, 200)), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.map(([piece, times]) => piece.repeat(times)).join(""));

describe.each(Object.entries(READERS))("%s", (_, read) => {
  test("never normalises a long run, whatever stands between the marks", () => {
    longest = 0;
    const marked = [...BETWEEN, ""].map((between) => `a${`\u0345\u0334${between}`.repeat(400)}`);
    for (const text of marked) read(text);
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 30 }), (unit, times) => void read(unit.repeat(times))),
      { numRuns: 200 },
    );
    expect(longest).toBeLessThanOrEqual(MARKS_MAX);
  });

  test("twice the text costs at most twice as much", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 20 }), (unit, times) => {
        const once = costOf(read, unit.repeat(times));
        const twice = costOf(read, unit.repeat(2 * times));
        // In each call one run may have grown together where the halves meet.
        expect(twice).toBeLessThanOrEqual(2 * once + calls * (2 * MARKS_MAX) ** 2);
      }),
      { numRuns: 200 },
    );
  });
});

test.each([
  ["30 marks", `a${"\u0345".repeat(30)}`, true],
  ["31 marks", `a${"\u0345".repeat(31)}`, false],
  ["31 marks of several classes", `a${"\u0345\u0334\u0301".repeat(11)}`, false],
  ["31 marks outside the basic plane", `a${"\u{1d165}".repeat(31)}`, false],
  ["31 marks with control characters between them", `a${"\u0345\u0001".repeat(31)}`, false],
  ["30 marks twice", `a${"\u0345".repeat(30)}`.repeat(2), true],
  ["Vietnamese, decomposed", "Tiê\u0323ng Viê\u0323t".normalize("NFD"), true],
  ["Tibetan", "བསྒྲུབས", true],
  ["Hindi", "क्षत्रिय", true],
])("%s: taken %#", (_, text, taken) => {
  expect(textProblem(text) === undefined).toBe(taken);
  expect(checkContent(text, { type: "text" }).ok).toBe(taken);
});
