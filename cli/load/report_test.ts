/** Reports: what is put together, what is shown, what is compared. */
import { describe, expect, test } from "bun:test";
import pc from "picocolors";
import { countPeople, SCENARIOS, type Scenario, type ScenarioName } from "./catalogue.ts";
import { compare, readReport, renderComparison } from "./compare.ts";
import { mergeReports } from "./merge.ts";
import { linksOf, readPopulation, share } from "./people.ts";
import type { Plan } from "./plan.ts";
import { findProblem } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { renderHtml } from "./render_html.ts";
import { renderCsv, renderPrometheus } from "./render_metrics.ts";
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
  minRate: 95,
  warmupMs: 0,
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
  expect(report.rate).toEqual({
    target: 100,
    achieved: 100,
    reached: 100,
    min_reached: 95,
    problem: null,
  });
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

describe("a rate that is not reached", () => {
  /** Two generators of 50 a second each for three seconds, of which one answers less than what is due. */
  function overloaded(ended: readonly number[], plan: Partial<Plan> = {}): Report {
    const recorder = new Recorder("delivery");
    const slices = ended.map((done, second) => {
      for (let i = 0; i < 100; i++) for (const name of ["due", "started"] as const) recorder.count(name);
      for (let i = 0; i < done; i++) recorder.count("done");
      return recorder.takeSlice(second);
    });
    const outcome = { records: recorder.records(), ranMs: 3_000, issues: [], issuesTotal: 0, readBack: 0 };
    const stages = [{ durationMs: 3_000, from: 100, to: 100 }];
    return makeReport({
      plan: { ...PLAN, verify: false, model: { kind: "open", stages, arrivals: "even" }, ...plan },
      result: { outcomes: [outcome], slices, interrupted: false, startedAt: "2026-01-15T10:35:00.000Z" },
      gates: [],
      people: 2,
      conversations: 1,
    });
  }

  test("makes the run INVALID and says why, although all was answered in the end", () => {
    const report = overloaded([60, 60, 60, 120]);
    expect([report.verdict, report.counts.done, report.generator.valid]).toEqual(["invalid", 300, true]);
    expect(report.rate.reached).toBe(90);
    expect(report.rate.problem).toContain(
      "of 200 operations due in the first 2 s only 180 (90%, at least 95%)",
    );
    expect(renderReport(report, PLAIN)).toContain("INVALID: of 200 operations");
    expect(renderHtml(report)).toContain("INVALID: of 200 operations");
  });

  test("what is under way in the last second does not count against it; --min-rate says how much may be missing", () => {
    expect(overloaded([80, 80, 80, 60]).rate).toMatchObject({ reached: 100, problem: null });
    expect(overloaded([60, 60, 60, 120], { minRate: 90 }).verdict).toBe("passed");
  });
});

describe("merging", () => {
  const parts = ["one", "two"].map((runId) => reportOf({ gates: ["delivery.p99<2s"], plan: { runId } })) as [
    Report,
    Report,
  ];

  test("adds up counts, rates and people, merges histograms, and judges the whole", () => {
    const merged = mergeReports(parts, [parseGate("delivery.count==400")]);
    expect(merged.counts).toMatchObject({ due: 400, done: 400, delivered: 400, unsent: 0 });
    expect(merged.rate).toMatchObject({ target: 200, achieved: 200, reached: 100 });
    expect(merged.latencies.delivery).toMatchObject({ count: 400, p50: parts[0].latencies.delivery!.p50 });
    expect(merged.series.map(({ target, done }) => [target, done])).toEqual([
      [200, 200],
      [200, 200],
    ]);
    expect(merged.slo.map(({ gate, passed }) => [gate, passed])).toEqual([
      ["delivery.p99 < 2s", true],
      ["delivery.count == 400", true],
    ]);
    expect([merged.run_id, merged.population.users, merged.population.workers]).toEqual(["one+two", 8, 4]);
    expect(merged.verified?.messages).toBe(400);
    // Of a merged one as well: three machines.
    const third = reportOf({ plan: { runId: "three" } });
    expect(mergeReports([readReport(JSON.stringify(merged)), third], []).counts.done).toBe(600);
  });

  test.each([
    ["two reports or more", [parts[0]]],
    ["given twice", [parts[0], parts[0]]],
    ["scenarios differ", [parts[0], { ...parts[1], scenario: "hot-inbox" }]],
    [
      "models differ",
      [
        parts[0],
        reportOf({
          plan: { runId: "x", model: { kind: "closed", vus: 1, think_ms: 0, duration_ms: 2_000 } },
        }),
      ],
    ],
  ])("refuses what is not of one test: %s", (why, reports) => {
    expect(() => mergeReports(reports, [])).toThrow(why);
  });
});

test("CSV has a line a second; Prometheus gets base units and the verdict", async () => {
  const report = reportOf({ gates: ["delivery.p99<1ms"] });
  const [head, ...rows] = renderCsv(report).trimEnd().split("\n");
  expect(head).toBe("second,target,started,done,errors,p50,p99,max");
  expect(rows.map((row) => row.split(",").slice(0, 5).join())).toEqual([
    "0,100,100,100,0",
    "1,100,100,100,0",
  ]);
  const text = await renderPrometheus(report);
  expect(text).toContain('vibes_load_operations{scenario="chat-pairs",run="abc",kind="done"} 200');
  expect(text).toMatch(/vibes_load_latency_seconds\{.*latency="delivery",quantile="1"\} 0\.9\d*\n/);
  expect(text).toContain(
    'vibes_load_gate_passed{scenario="chat-pairs",run="abc",gate="delivery.p99 < 1ms"} 0',
  );
  expect(text).toContain('vibes_load_valid{scenario="chat-pairs",run="abc"} 1');
});

test("people of a file are checked", () => {
  const people = ["a", "b"].map((id) => ({ id, token: "t" }));
  const good = { people, links: [{ id: "c", a: 0, b: 1 }] };
  expect(readPopulation(JSON.stringify(good))).toEqual(good);
  expect(readPopulation(JSON.stringify({ schema: 1, ok: true, data: good }))).toEqual(good);
  expect(() => readPopulation("nope")).toThrow("not JSON");
  expect(() => readPopulation('{"people":[],"links":[]}')).toThrow("/people");
  expect(() => readPopulation(JSON.stringify({ people, links: [{ id: "c", a: 0, b: 2 }] }))).toThrow(
    "conversation c",
  );
});

test("parts of several machines are disjoint and together everybody", () => {
  const people = Array.from({ length: 10 }, (_, i) => ({ id: `p${i}`, token: "" }));
  const links = [0, 2, 4, 6, 8].map((a) => ({ id: `c${a}`, a, b: a + 1 }));
  const parts = [1, 2].map((part) =>
    share({ people, links }, 2, { part, of: 2 }).flatMap((one) => one.people),
  );
  expect(parts.map(({ length }) => length)).toEqual([6, 4]);
  expect(new Set(parts.flat().map(({ id }) => id)).size).toBe(10);
});

describe("comparing", () => {
  const before = reportOf();
  const slower: Report = {
    ...before,
    latencies: { delivery: { ...before.latencies.delivery!, p99: before.latencies.delivery!.p99 * 1.5 } },
    counts: { ...before.counts, errors: 7 },
    rate: { ...before.rate, achieved: 70 },
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
    const shares = share({ people, links }, 3);
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
