/** Limits: what is written is what is meant, and nothing else parses. @module */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { defaultLimits, formatRate, LIMITS, parseCount, parseRate } from "./limits.ts";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const units = fc.constantFrom(...(["s", "m", "h", "d"] as const));

test("a written rate means its points in its window", () => {
  const cases = fc.tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: 1, max: 30 }), units);
  fc.assert(
    fc.property(cases, ([points, length, unit]) => {
      expect(parseRate(`${points}/${length}${unit}`)).toEqual({ points, seconds: length * SECONDS[unit] });
    }),
  );
});

test("a formatted rate parses back to itself", () => {
  const rates = fc.record({
    points: fc.integer({ min: 1, max: 999_999_999 }),
    seconds: fc.integer({ min: 1, max: 30 * 86_400 }),
  });
  fc.assert(fc.property(rates, (rate) => expect(parseRate(formatRate(rate))).toEqual(rate)));
});

test("whatever parses is a positive rate of at most 30 days", () => {
  const noise = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."0123456789/smhd.- +e") }),
    fc.string(),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(noise, (text) => {
      const rate = parseRate(text);
      if (!rate) return;
      expect(text).toMatch(/^[1-9]\d*\/[1-9]\d*[smhd]$/);
      expect(Number.isSafeInteger(rate.points) && rate.points >= 1).toBe(true);
      expect(Number.isSafeInteger(rate.seconds) && rate.seconds >= 1 && rate.seconds <= 2_592_000).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  "",
  "100",
  "100/h",
  "0/1h",
  "100/0h",
  "-1/1h",
  "1.5/1h",
  "100/1w",
  "100/31d",
  "100/1h ",
  " 100/1h",
  "1e3/1h",
  "100/1H",
  "0100/1h",
  "٣/1h",
  "100//1h",
  "100/1h/1h",
  "9999999999/1s",
  "100/1h\n",
])("%p is not a rate", (text) => {
  expect(parseRate(text)).toBeUndefined();
});

test.each([
  ["8", 8],
  ["0", undefined],
  ["-1", undefined],
  ["1.0", undefined],
  ["", undefined],
] as const)("the count %p is %p", (text, value) => {
  expect(parseCount(text)).toBe(value as number);
});

test("the defaults are the contract's", () => {
  const limits = defaultLimits();
  expect(limits.MESSAGE_REQUEST).toEqual({ points: 10, seconds: 3600 });
  expect(limits.WS_SEND_MESSAGE).toEqual({ points: 2, seconds: 1 });
  expect(limits.LIKES).toEqual({ points: 20, seconds: 43_200 });
  expect(limits.WS_CONNECTIONS_PER_USER).toBe(8);
  expect(Object.values(limits)).not.toContain(undefined);
  expect(Object.keys(limits)).toEqual(Object.keys(LIMITS));
});
