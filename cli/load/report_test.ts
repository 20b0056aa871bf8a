/** Reports: what is put together, what is shown, what is compared. */
import { describe, expect, test } from "bun:test";
import pc from "picocolors";
import { countPeople, SCENARIOS, type Scenario, type ScenarioName } from "./catalogue.ts";
import { compare, readReport, renderComparison } from "./compare.ts";
import { linksOf, share } from "./people.ts";
import type { Plan } from "./plan.ts";
import { findProblem } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { renderHtml } from "./render_html.ts";
import { renderReport, sparkline } from "./render_text.ts";
import { makeReport } from "./report.ts";
import type { Report } from "./report_shape.ts";
import { parseGate } from "./slo.ts";

const PLAIN = pc.createColors(false);
const PLAN: Plan = {
  runId: "abc",
  scenario: "chat-pairs",
  url: "http://127.0.0.1:3000",
  model: { kind: "open", stages: [{ durationMs: 2_000, from: 100, to: 100 }], arrivals: "even" },
  main: "delivery",
  users: 4,
  devices: 1,
  size: 60,
  workers: 2,
  verify: true,
  seed: 1,
  maxLagMs: 50,
  drainMs: 1_000,
};

/** What one of two generators leaves after an even run with one slow second. */
function generate(extra: (recorder: Recorder) => void = () => {}) {
  const recorder = new Recorder("delivery");
  const slices = [0, 1].map((second) => {
    for (let i = 0; i < 50; i++) {
      for (const name of ["due", "started", "done", "sent", "acked", "delivered"] as const)
        recorder.count(name);
      recorder.latency("delivery", second === 1 && i === 0 ? 900 : 10 + i / 10);
      recorder.latency("lag", 1);
    }
    if (second === 1) extra(recorder);
    return recorder.takeSlice(second);
  });
  return {
    outcome: { records: recorder.records(), ranMs: 2_000, issues: [], issuesTotal: 0, readBack: 100 },
    slices,
  };
}

function reportOf(
  options: { extra?: (recorder: Recorder) => void; gates?: string[]; plan?: Partial<Plan> } = {},
): Report {
  const parts = [generate(options.extra), generate()];
  return makeReport({
    plan: { ...PLAN, ...options.plan },
    result: {
      outcomes: parts.map(({ outcome }) => outcome),
      slices: parts.flatMap(({ slices }) => slices),
      interrupted: false,
      startedAt: "2026-01-15T10:35:00.000Z",
    },
    gates: (options.gates ?? []).map(parseGate),
    people: 4,
    conversations: 2,
  });
}

test("generators are summed, histograms merged, seconds put side by side", () => {
  const report = reportOf();
  expect(report.counts).toMatchObject({ due: 200, started: 200, done: 200, unsent: 0, lost: 0 });
  expect(report.rate).toEqual({ target: 100, achieved: 100 });
  expect(report.latencies.delivery).toMatchObject({ count: 200 });
  expect(report.latencies.delivery!.max).toBeCloseTo(900, 0);
  expect(report.latencies.delivery!.p50).toBeCloseTo(12.5, 0);
  expect(report.series.map(({ second, target, done, max }) => [second, target, done, max! > 800])).toEqual([
    [0, 100, 100, false],
    [1, 100, 100, true],
  ]);
  expect(report.verdict).toBe("passed");
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test("work that was due and not handed out is unsent, never forgotten", () => {
  const report = reportOf({
    plan: { model: { kind: "open", stages: [{ durationMs: 2_000, from: 150, to: 150 }], arrivals: "even" } },
  });
  expect(report.counts).toMatchObject({ due: 300, started: 200, unsent: 100 });
});

test("a failed gate fails; a late generator is invalid, whatever the gates say", () => {
  expect(reportOf({ gates: ["delivery.p99<1ms", "lost==0"] }).verdict).toBe("failed");
  const late = reportOf({
    gates: ["lost==0"],
    extra: (recorder) => {
      for (let i = 0; i < 10; i++) recorder.latency("lag", 400);
    },
  });
  expect(late.verdict).toBe("invalid");
  expect(renderReport(late, PLAIN)).toContain("INVALID: 1 of 100 operations left");
});

test("people read gates first, then counts, then latencies", () => {
  const report = reportOf({
    gates: ["delivery.p99<250ms", "errors==0"],
    extra: (recorder) => recorder.error("FORBIDDEN"),
  });
  const text = renderReport(report, PLAIN);
  expect(text).toContain("FAIL errors == 0   got 1");
  expect(text).toContain("ERRORS    FORBIDDEN 1");
  expect(text).toMatch(/MSG +sent 200 {2}confirmed 200 {2}delivered 200 {2}lost 0 {2}dup 0 {2}reordered 0/);
  expect(text.indexOf("SLO")).toBeLessThan(text.indexOf("delivery   "));
  expect(text).toContain("nothing is wrong");
  expect(sparkline([], 5)).toBe("");
  expect(sparkline([0, 0], 5)).toBe("▁▁");
  expect(sparkline([1, 2, 4, 8], 2)).toBe("▂█");
});

test("the page has charts, needs nothing else, and what strangers wrote stays text", () => {
  const report: Report = { ...reportOf({ gates: ["lost==0"] }), url: "http://<script>alert(1)</script>" };
  const page = renderHtml(report);
  expect(page.match(/<svg/g)?.length).toBe(3);
  expect(page).not.toMatch(/<script|https:|src=|href=|undefined|NaN|\[object/);
  expect(page).toContain("&lt;script&gt;");
  for (const [, points] of page.matchAll(/points="([^"]+)"/g)) expect(points).toMatch(/^[\d., ]+$/);
  const open: string[] = [];
  for (const [, slash, name = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(?<!\/)>/g)) {
    if (name === "meta") continue;
    if (slash === "") open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
});

describe("comparing", () => {
  const before = reportOf();
  const slower: Report = {
    ...before,
    latencies: { delivery: { ...before.latencies.delivery!, p99: before.latencies.delivery!.p99 * 1.5 } },
    counts: { ...before.counts, errors: 7 },
    rate: { target: 100, achieved: 70 },
  };

  test("names what is worse by more than the tolerance, and by how much", () => {
    const { regressions, differences, warnings } = compare(before, slower, { tolerance: 20 });
    expect(regressions).toEqual(["rate", "delivery.p99", "errors"]);
    expect(differences.find(({ metric }) => metric === "delivery.p99")?.change).toBe(50);
    expect(warnings).toEqual([]);
    expect(compare(before, slower, { tolerance: 60 }).regressions).toEqual(["errors"]);
    expect(compare(slower, before, { tolerance: 20 }).regressions).toEqual([]);
    expect(renderComparison(compare(before, slower, { tolerance: 20 }), PLAIN)).toMatch(
      /delivery\.p99 .* \+50% {2}worse/,
    );
  });

  test("warns where the two are not of a kind", () => {
    const other: Report = { ...before, scenario: "hot-inbox", interrupted: true, verdict: "invalid" };
    expect(compare(before, other, { tolerance: 10 }).warnings).toEqual([
      "two scenarios: chat-pairs and hot-inbox",
      "the second run is INVALID",
      "the second run was interrupted",
    ]);
  });

  test("reads what --out and --json write, and nothing else", () => {
    expect(readReport(JSON.stringify(before))).toEqual(before);
    expect(readReport(JSON.stringify({ schema: 1, ok: true, data: before }))).toEqual(before);
    for (const text of ["", "{}", "null", "[]", '{"report":99}', '{"data":{}}']) {
      expect(() => readReport(text)).toThrow(RangeError);
    }
  });
});

test("what cannot be run is refused", () => {
  expect(findProblem(PLAN)).toBeUndefined();
  const open = (durationMs: number, rate: number) =>
    ({ kind: "open", stages: [{ durationMs, from: rate, to: rate }], arrivals: "even" }) as const;
  const broken: [Partial<Plan>, string][] = [
    [{ model: open(46 * 60_000, 1) }, "45m"],
    [{ model: open(60_000, 50_000) }, "operations are too many"],
    [{ model: open(1_000, 200_000) }, "at most 100000"],
    [{ model: open(1_000, 0.5) }, "nothing would be sent"],
    [{ users: 30_000 }, "at most 20000 users"],
    [{ model: { kind: "closed", vus: 9, think_ms: 0, duration_ms: 1_000 } }, "--users 9"],
  ];
  for (const [change, why] of broken) expect(findProblem({ ...PLAN, ...change })).toContain(why);
});

test.each(Object.keys(SCENARIOS) as ScenarioName[])(
  "people of %s are dealt out whole, with their conversations",
  (name) => {
    const scenario: Scenario = SCENARIOS[name];
    const layout = scenario.layout(23);
    const count = countPeople(layout);
    expect(count).toBeGreaterThanOrEqual(23);
    const people = Array.from({ length: count }, (_, i) => ({ id: `p${i}`, token: "" }));
    const links = linksOf(layout).map(({ a, b }, i) => ({ id: `c${i}`, a, b }));
    const shares = share({ people, links }, { layout, workers: 3 });
    const named = (population: {
      people: readonly { id: string }[];
      links: readonly { id: string; a: number; b: number }[];
    }) =>
      population.links.map(({ id, a, b }) =>
        [id, population.people[a]?.id, population.people[b]?.id].join(" "),
      );
    expect(shares.flatMap((one) => one.people.map(({ id }) => id)).sort()).toEqual(
      people.map(({ id }) => id).sort(),
    );
    expect(shares.flatMap(named).sort()).toEqual(named({ people, links }).sort());
  },
);
