/** What the screens look like, with fixed data and a fixed clock. @module */
import { expect, test } from "bun:test";
import type { Stats } from "../../admin-tui/wire.ts";
import { openStage, reportRow, STAGE_NOW } from "./stage.tsx";

const REPORTS = Array.from({ length: 40 }, (_, index) => reportRow(index));

const STATS: Stats = {
  at: new Date(STAGE_NOW).toISOString(),
  reports: { open: 40, overdue: 2, unclaimed: 39, awaiting_confirmation: 1 },
  users_online: 8_120,
  connections: 12_481,
  messages_per_minute: 25_000,
  messages_per_second: 416.7,
  nodes: [{ id: "node1", connections: 12_481, users: 8_120, started_at: "2026-01-14T12:00:00.000Z" }],
  delivery_ms: { p50: 21, p99: 184 },
  reconnects_per_minute: 12,
  rate_limit_hits_per_minute: 3,
};

test.each([
  [80, 24],
  [100, 30],
  [200, 60],
])("reports at %i×%i", async (columns, rows) => {
  await using stage = await openStage({ columns, rows, reports: REPORTS });
  stage.tell({ type: "stats", stats: STATS });
  stage.press("j", "space", "j");
  await stage.shows(/^│> {2}R-000003/m);
  await stage.shows(/open 40/);
  expect(stage.screen()).toMatchSnapshot();
});

test("a dialog, help and the filter line lie over the screen", async () => {
  await using stage = await openStage({ columns: 100, rows: 30, reports: REPORTS });
  stage.press("?");
  await stage.shows(/Keys 1-/);
  expect(stage.screen()).toMatchSnapshot();
  stage.press("escape", "/");
  await stage.shows(/cat:scam/);
  stage.press("c", "a", "t", ":", "x", "enter");
  await stage.shows(/cat: is one of/);
});

test("the live numbers", async () => {
  await using stage = await openStage({ columns: 100, rows: 30, reports: [] });
  stage.tell({ type: "stats", stats: { ...STATS, at: "2026-01-15T11:58:59.000Z", connections: 11_000 } });
  stage.tell({ type: "stats", stats: STATS });
  stage.press("3");
  await stage.shows(/messages a second/);
  expect(stage.screen()).toMatchSnapshot();
});

test("an empty queue is said to be clear; a lost line dims what is old", async () => {
  await using stage = await openStage({ columns: 80, rows: 24, reports: [] });
  await stage.shows(/Queue clear/);
  stage.tell({ type: "down", retryInMs: 100 });
  await stage.shows(/RECONNECTING/);
  stage.press("x");
  await stage.shows(/the connection is lost/);
  stage.tell({ type: "report_created", data: { report_id: "a", reported_id: "b", reason: "spam" } });
  await stage.shows(/1 new: press R/);
});

test("ten thousand reports scroll in milliseconds", async () => {
  const reports = Array.from({ length: 10_000 }, (_, index) => reportRow(index));
  await using stage = await openStage({ columns: 100, rows: 30, reports, isBlind: true });
  const times: number[] = [];
  for (let turn = 0; turn < 60; turn++) {
    const frame = stage.frame();
    const start = performance.now();
    stage.press("j");
    await frame;
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  times.sort((a, b) => a - b);
  // The promise is 10 ms, measured by test/bench/tui_bench.ts on a quiet machine; this catches a list that draws all.
  expect(times[30]).toBeLessThan(50);
});
