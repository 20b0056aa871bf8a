import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../durations.ts";
import { Random } from "../random.ts";
import { describeStages, parseStages, Schedule, type Stage } from "./schedule.ts";

const stage = fc.record({
  durationMs: fc.integer({ min: 10, max: 20_000 }),
  from: fc.integer({ min: 0, max: 300 }),
  to: fc.integer({ min: 0, max: 300 }),
});
const stages = fc.array(stage, { minLength: 1, maxLength: 4 });

test("stages are read as they are meant", () => {
  expect(parseStages("10s:100, 1m:500,500ms:0")).toEqual([
    { durationMs: 10_000, from: 0, to: 100 },
    { durationMs: 60_000, from: 100, to: 500 },
    { durationMs: 500, from: 500, to: 0 },
  ]);
  expect(parseStages("0s:100,10s:100")).toEqual([{ durationMs: 10_000, from: 100, to: 100 }]);
  for (const text of ["", "10s", "10:5", "10s:-5", "10s:5,", "0s:5", "10s:5 6"]) {
    expect([text, parseStages(text)]).toEqual([text, undefined]);
  }
  expect(describeStages(parseStages("0s:100,10s:100,1m:0")!)).toBe("100/s for 10s, 100 to 0/s in 1m");
  expect(describeStages([{ durationMs: 1_000, from: 50, to: 55.00000000000001 }])).toBe("50 to 55/s in 1s");
});

test("spans of time", () => {
  expect(["500ms", "30s", "1.5m", "2h", "7d"].map(parseDuration)).toEqual([
    500, 30_000, 90_000, 7_200_000, 604_800_000,
  ]);
  for (const text of ["", "5", "s", "-5s", "5 s", "1w", "1e3s"]) expect(parseDuration(text)).toBeUndefined();
  expect([500, 30_000, 90_000, 3_600_000, 1_234].map(formatDuration)).toEqual([
    "500ms",
    "30s",
    "90s",
    "1h",
    "1.2s",
  ]);
});

describe("a schedule", () => {
  test("has as many arrivals as the area below its rate, at moments that it agrees with", () => {
    fc.assert(
      fc.property(stages, (list) => {
        const schedule = new Schedule(list);
        const moments = [...schedule.arrivals({ index: 0, of: 1 })];
        // A schedule of nothing would be -0 otherwise, which toBe tells from 0.
        expect(moments.length).toBe(Math.max(0, Math.ceil(schedule.total - 1e-9)));
        const wrong = moments.filter((moment, i) => {
          const isPlaced = moment >= (moments[i - 1] ?? 0) && moment <= schedule.durationMs + 1e-6;
          return !isPlaced || Math.abs(schedule.countUntil(moment) - i) > 1e-4;
        });
        expect(wrong).toEqual([]);
      }),
      { examples: [[[{ durationMs: 10, from: 0, to: 0 }]]] },
    );
  });

  test("is dealt out whole, to any number of generators", () => {
    fc.assert(
      fc.property(stages, fc.integer({ min: 1, max: 5 }), (list, of) => {
        const schedule = new Schedule(list);
        const whole = [...schedule.arrivals({ index: 0, of: 1 })];
        const parts = Array.from({ length: of }, (_, index) => [...schedule.arrivals({ index, of })]).flat();
        expect(parts.sort((a, b) => a - b)).toEqual(whole);
      }),
    );
  });

  test("with chance has the same rate, and never the same gaps", () => {
    const even: Stage[] = [{ durationMs: 100_000, from: 100, to: 100 }];
    const moments = [...new Schedule(even).arrivals({ index: 1, of: 2 }, new Random("7"))];
    expect(moments.length).toBeWithin(4_700, 5_300);
    const gaps = moments.slice(1).map((moment, i) => moment - moments[i]!);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(spread / mean).toBeWithin(0.9, 1.1);
    expect([...new Schedule(even).arrivals({ index: 1, of: 2 }, new Random("7"))]).toEqual(moments);
  });

  test("knows its rate", () => {
    const schedule = new Schedule(parseStages("10s:100,10s:0")!);
    expect([0, 5_000, 10_000, 15_000, 20_000].map((ms) => schedule.rateAt(ms))).toEqual([0, 50, 100, 50, 0]);
    expect(schedule.total).toBe(1_000);
    expect(schedule.momentOf(1_000)).toBeUndefined();
  });
});
