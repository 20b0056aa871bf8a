/** Dates, timestamps and ages. @module */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ageOn, isAdult, isRfc3339, isTimestamp, parseDate } from "./time.ts";

const NOW = new Date("2026-03-01T00:30:00Z");
const days = fc.date({ min: new Date("0001-01-01Z"), max: new Date("9999-12-31Z"), noInvalidDate: true });

test("every day of the calendar parses to itself", () => {
  fc.assert(
    fc.property(days, (date) => {
      const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
      expect(parseDate(date.toISOString().slice(0, 10))).toEqual(expected);
    }),
  );
});

test.each([
  "2026-02-29",
  "2025-13-01",
  "2025-00-10",
  "2025-01-32",
  "2025-04-31",
  "1900-02-29",
  "0000-01-01",
  "2025-1-1",
  "95-01-01",
  "2025-01-01T00:00:00Z",
  " 2025-01-01",
  "2025-01-01\n",
  "",
])("%j is no date", (text) => {
  expect(parseDate(text)).toBeUndefined();
});

describe("age", () => {
  test.each([
    ["2008-03-01", 18],
    ["2008-03-02", 17],
    ["2008-02-29", 18],
    ["1995-05-15", 30],
    ["2026-03-02", -1],
  ])("born %s is %d on 2026-03-01", (birth, age) => {
    expect(ageOn(birth, NOW)).toBe(age);
  });

  test("a leap day's birthday comes on 1 March", () => {
    expect(ageOn("2008-02-29", new Date("2026-02-28T23:59:59.999Z"))).toBe(17);
    expect(ageOn("2008-02-29", NOW)).toBe(18);
  });

  test("grows by one in a year, and never shrinks", () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 0, max: 40_000 }), (birth, later) => {
        const text = birth.toISOString().slice(0, 10);
        const then = new Date(birth.getTime() + later * 86_400_000);
        if (Number.isNaN(then.getTime())) return;
        const age = ageOn(text, then)!;
        expect(age).toBeGreaterThanOrEqual(0);
        expect(Math.abs(age - later / 365.2425)).toBeLessThan(1.01);
        expect(ageOn(text, new Date(then.getTime() + 86_400_000))).toBeGreaterThanOrEqual(age);
      }),
    );
  });

  test("18 is adult; younger, to come, impossible and nonsense are not", () => {
    expect(isAdult("2008-03-01", NOW)).toBe(true);
    expect(
      ["2008-03-02", "2030-01-01", "1800-01-01", "nonsense", ""].map((text) => isAdult(text, NOW)),
    ).toEqual(Array(5).fill(false));
  });
});

describe("timestamps", () => {
  test("every moment's ISO form is one, and RFC 3339", () => {
    fc.assert(
      fc.property(days, (date) =>
        expect([isTimestamp(date.toISOString()), isRfc3339(date.toISOString())]).toEqual([true, true]),
      ),
    );
  });

  test.each(["2026-01-15 10:30:00.123456+00", "2026-01-15 10:30:00-0730", "2026-01-15 10:30:00+05:30"])(
    "Postgres' %s is one, but not RFC 3339",
    (text) => {
      expect(isTimestamp(text)).toBe(true);
      expect(isRfc3339(text)).toBe(false);
    },
  );

  test.each([
    "2026-01-15",
    "2026-01-15T24:00:00Z",
    "2026-01-15T10:60:00Z",
    "2026-01-15T10:00:60Z",
    "2026-01-15T10:00:00+15:00",
    "2026-01-15T10:00:00.Z",
    "2026-01-15T10:00:00",
    "infinity",
    "2026-01-15T10:00:00Z; drop",
  ])("%j is none", (text) => {
    expect(isTimestamp(text)).toBe(false);
  });
});
