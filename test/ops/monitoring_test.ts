/** The dashboard and the alerts ask only for what the server says: names, labels, values, kinds. */
import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { CodeEvent } from "../../server/features/auth/service.ts";
import type { TokenEvent } from "../../server/features/auth/sessions.ts";
import { openMetrics } from "../../server/metrics/instruments.ts";
import { CLOSE_CODES } from "../../server/protocol/close_codes.ts";
import { ERRORS } from "../../server/protocol/errors.ts";
import { CLIENT_EVENTS } from "../../server/protocol/events.ts";
import { Counters } from "../../server/realtime/stats/counters.ts";
import { type Expression, readPromql } from "./promql.ts";

const OPS = join(import.meta.dir, "../../ops");

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: { readonly expr: string; readonly legendFormat: string }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

const dashboard = await Bun.file(join(OPS, "grafana/vibesmatch.json")).json();
const panels: Panel[] = dashboard.panels;
const alerts = Bun.YAML.parse(await Bun.file(join(OPS, "prometheus/alerts.yml")).text()) as {
  groups: { rules: Rule[] }[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const drawn = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));
const alerted = rules.map(({ alert, expr }) => [alert, expr] as const);

/** Every series a scrape can hold, with its labels. */
const known = new Map<string, { readonly labels: ReadonlySet<string>; readonly counter: boolean }>();
const TARGET = ["instance", "job"];

beforeAll(() => {
  const metrics = openMetrics();
  metrics.observe({
    nodeId: "n",
    counters: new Counters(),
    pools: {},
    writer: () => ({ waiting: 0, inFlight: 0 }),
    parts: [],
    degraded: () => [],
    jobs: async () => [],
    webhooksDisabled: async () => 0,
    shared: () => Promise.reject(new Error("not asked")),
    moderation: () => Promise.reject(new Error("not asked")),
    audit: () => ({ broken: false, verifiedAt: null }),
  });
  known.set("up", { labels: new Set(TARGET), counter: false });
  for (const { name, type, labels } of metrics.describe()) {
    const all = [...TARGET, ...labels];
    if (type !== "histogram") known.set(name, { labels: new Set(all), counter: type === "counter" });
    else {
      for (const part of ["_sum", "_count"]) known.set(name + part, { labels: new Set(all), counter: true });
      known.set(`${name}_bucket`, { labels: new Set([...all, "le"]), counter: true });
    }
  }
});

/** What a label may be compared with. */
const AUTH_EVENTS: Record<CodeEvent | TokenEvent, true> = {
  otp_sent: true,
  otp_not_sent: true,
  otp_right: true,
  otp_wrong: true,
  signed_in: true,
  signed_up: true,
  token_refreshed: true,
  token_repeated: true,
  token_refused: true,
  token_reused: true,
};
const VALUES: Record<string, (value: string) => boolean> = {
  event: (value) => value in AUTH_EVENTS || value in CLIENT_EVENTS,
  result: (value) => value === "OK" || value in ERRORS,
  code: (value) =>
    Object.values(CLOSE_CODES).some(({ code }) => String(code) === value) || /^10\d\d$/.test(value),
  status: (value) => /^[1-5](\.\.|\d\d)$/.test(value),
  outcome: (value) => ["delivered", "refused", "unreachable"].includes(value),
  job: (value) => value === "vibesmatch",
  le: (value) => ["1", "0.25"].includes(value),
  window: (value) => ["1d", "30d"].includes(value),
};

function problemsOf({ selectors, groupings }: Expression): string[] {
  const labels = new Set(selectors.flatMap(({ metric }) => [...(known.get(metric)?.labels ?? [])]));
  return [
    ...selectors.flatMap(({ metric, matchers, rated }) => {
      const { labels, counter } = known.get(metric) ?? {};
      if (!labels) return [`there is no ${metric}`];
      return [
        ...(counter === rated ? [] : [`${metric} is ${counter ? "" : "no "}counter`]),
        ...matchers.flatMap(({ label, values }) => {
          if (!labels.has(label)) return [`${metric} has no ${label}`];
          return values
            .filter((value) => !VALUES[label]?.(value))
            .map((value) => `${label} is never ${value}`);
        }),
      ];
    }),
    ...groupings.filter((label) => !labels.has(label)).map((label) => `nothing has ${label}`),
  ];
}

test.each([...drawn, ...alerted])("%s: %s", (_, expr) => {
  expect(problemsOf(readPromql(expr))).toEqual([]);
});

test.each([
  ["sum(rate(vibes_nothing_total[5m]))", "there is no vibes_nothing_total"],
  ["sum(vibes_messages_stored_total)", "vibes_messages_stored_total is counter"],
  ["rate(vibes_socket_connections[5m])", "vibes_socket_connections is no counter"],
  ['vibes_socket_connections{node="a"}', "vibes_socket_connections has no node"],
  ['rate(vibes_socket_closes_total{code="4999"}[5m])', "code is never 4999"],
  ["sum by (user) (vibes_socket_connections)", "nothing has user"],
])("a mistake is found: %s", (expr, problem) => {
  expect(problemsOf(readPromql(expr))).toEqual([problem]);
});

test("whatever the server measures is on the dashboard", () => {
  const shown = drawn.flatMap(([, expr]) => readPromql(expr).selectors.map(({ metric }) => metric));
  const own = [...known.keys()].filter((name) => name.startsWith("vibes_"));
  const families = new Set(own.map((name) => name.replace(/_(bucket|sum|count)$/, "")));
  const seen = new Set(shown.map((name) => name.replace(/_(bucket|sum|count)$/, "")));
  expect([...families].filter((name) => !seen.has(name))).toEqual([]);
});

test("panels have names, legends and places of their own", () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24);
    return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
  });
  expect(new Set(cells).size).toBe(cells.length);
  for (const { title, type, targets = [] } of panels) {
    expect([title !== "", type === "row" || targets.length > 0]).toEqual([true, true]);
    for (const { expr, legendFormat } of targets) {
      const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
      const { groupings, selectors } = readPromql(expr);
      const kept = groupings.length > 0 ? groupings : [...(known.get(selectors[0]!.metric)?.labels ?? [])];
      expect(labels.filter((label) => !kept.includes(label))).toEqual([]);
    }
  }
});

describe("alerts", () => {
  test("have names of their own, a severity, and say what to do", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect([alert, ["page", "ticket"].includes(labels.severity ?? "")]).toEqual([alert, true]);
      expect(annotations.summary?.length).toBeGreaterThan(10);
      expect(annotations.description?.length).toBeGreaterThan(20);
    }
  });

  test("speak only of labels that their expression keeps", () => {
    for (const { alert, expr, annotations } of rules) {
      const used = [
        ...Object.values(annotations)
          .join(" ")
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, l]) => l!);
      const { groupings, selectors } = readPromql(expr);
      const kept = /\b(sum|max|min|avg)\b/.test(expr)
        ? groupings
        : [...known.get(selectors[0]!.metric)!.labels];
      expect([alert, used.filter((label) => !kept.includes(label))]).toEqual([alert, []]);
    }
  });
});
