import { expect, test } from "bun:test";
import { COUNTS, type Counts, type Report } from "./report_shape.ts";
import { judge, parseGate } from "./slo.ts";

const counts = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Counts;
const delivery = {
  min: 1,
  mean: 20,
  p50: 15,
  p90: 40,
  p95: 80,
  p99: 184,
  "p99.9": 300,
  max: 400,
  count: 1000,
};
const report: Pick<Report, "latencies" | "counts" | "rate"> = {
  latencies: { delivery },
  counts: { ...counts, started: 1000, errors: 5, lost: 3 },
  rate: { target: 500, achieved: 499.7, reached: 100, min_reached: 95, problem: null },
};

test.each([
  ["delivery.p99<250ms", true, 184, "ms"],
  ["delivery.p99 < 184ms", false, 184, "ms"],
  ["delivery.p99<=184ms", true, 184, "ms"],
  ["delivery.p99.9<0.25s", false, 300, "ms"],
  ["delivery.p50>14000us", true, 15, "ms"],
  ["delivery.count>=1000", true, 1000, ""],
  ["lost==0", false, 3, ""],
  ["errors<1%", true, 0.5, "%"],
  ["errors<0.5%", false, 0.5, "%"],
  ["achieved>=490/s", true, 499.7, "/s"],
  ["achieved>500", false, 499.7, "/s"],
  ["ack.p99<1s", false, null, "ms"],
] as const)("%s", (text, passed, got, unit) => {
  expect(judge(parseGate(text), report)).toMatchObject({ passed, got, unit });
});

test.each([
  ["", "is no gate"],
  ["delivery", "is no gate"],
  ["delivery.p99<fast", "is no gate"],
  ["deliverie.p99<1s", "there is no deliverie"],
  ["delivery<1s", "write it like delivery.p99<250ms"],
  ["delivery.p98<1s", "there is no p98"],
  ["delivery.p99<5", "needs us or ms or s"],
  ["delivery.p99<5%", "needs us or ms or s"],
  ["lost.p99==0", "write it like lost==0"],
  ["lost==0ms", "needs no unit or %"],
  ["achieved>5%", "needs no unit or /s"],
])("%j is refused", (text, why) => {
  expect(() => parseGate(text)).toThrow(why);
});
