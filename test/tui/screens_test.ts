/** What the screens look like, with fixed data and a fixed clock. @module */
import { expect, test } from "bun:test";
import {
  auditRow,
  blockRow,
  dossier,
  personRow,
  queue,
  reportRow,
  STATS,
  sanction,
  twoMinutes,
  waitingBan,
} from "./fixtures.ts";
import { openStage } from "./stage.tsx";

const REPORTS = Array.from({ length: 40 }, (_, index) => reportRow(index));

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
  // Beside the queue the selected case is read after a rest.
  if (columns >= 100) await stage.shows(/EVIDENCE/);
  expect(stage.screen()).toMatchSnapshot();
});

test("a dialog, help and the filter line lie over the screen", async () => {
  await using stage = await openStage({ columns: 100, rows: 30, reports: REPORTS });
  await stage.shows(/EVIDENCE/);
  stage.press("?");
  await stage.shows(/Keys 1-/);
  expect(stage.screen()).toMatchSnapshot();
  stage.press("escape", "/");
  await stage.shows(/cat:scam/);
  stage.press("c", "a", "t", ":", "x", "enter");
  await stage.shows(/cat: is one of/);
});

// The README shows the next three: test/readme_screens.ts.
test("the queue", async () => {
  await using stage = await openStage({ columns: 80, rows: 24, reports: queue() });
  stage.tell({ type: "stats", stats: { ...STATS, reports: { ...STATS.reports, open: 37, overdue: 1 } } });
  stage.press("j", "space", "space");
  await stage.shows(/^│> {2}R-\w{6} sam/m);
  await stage.shows(/2 marked/);
  await stage.shows(/open 37/);
  expect(stage.screen()).toMatchSnapshot();
});

test("a case beside the queue", async () => {
  await using stage = await openStage({ columns: 100, rows: 30, reports: queue() });
  for (const stats of twoMinutes()) stage.tell({ type: "stats", stats });
  stage.press("j", "c");
  await stage.shows(/is yours for 10 minutes/);
  await stage.shows(/hidden, \d+ chars/);
  await stage.shows(/claimed {3}you/);
  expect(stage.screen()).toMatchSnapshot();
});

test("the live numbers", async () => {
  await using stage = await openStage({ columns: 100, rows: 30, reports: [] });
  for (const stats of twoMinutes()) stage.tell({ type: "stats", stats });
  stage.press("3");
  await stage.shows(/eu-2/);
  expect(stage.screen()).toMatchSnapshot();
});

test("the blocks", async () => {
  const blocks = Array.from({ length: 5 }, (_, index) => blockRow(index));
  await using stage = await openStage({ columns: 100, rows: 30, reports: [], blocks });
  stage.press("2");
  await stage.shows(/Blocks 1-5 of 5/);
  stage.press("j", "j");
  await stage.shows(/archived, 12 messages/);
  expect(stage.screen()).toMatchSnapshot();
});

test("the people, with a ban that waits", async () => {
  const user = personRow(1, { name: "sam" });
  const answers = {
    "users.show": () =>
      dossier(user, { sanctions: [waitingBan(), sanction({ state: "lifted", kind: "mute" })] }),
  };
  const waiting = [waitingBan({ user })];
  await using stage = await openStage({ columns: 100, rows: 30, reports: [], waiting, answers });
  stage.press("4");
  await stage.shows(/Bans to confirm 1-1 of 1/);
  await stage.shows(/ban awaiting confirmation/);
  stage.press("enter", "a");
  await stage.shows(/Confirm the ban of sam/);
  expect(stage.screen()).toMatchSnapshot();
});

test("the audit log", async () => {
  const rows = [
    auditRow(3, {
      action: "sanction.imposed",
      target: { type: "sanction", id: waitingBan().id },
      reason: "Threats",
    }),
    auditRow(2, { action: "report.resolved", before: { status: "reviewed" }, after: { status: "resolved" } }),
    auditRow(1, { before: null }),
  ];
  const answers = { "audit.list": () => ({ rows, cursor: null }) };
  await using stage = await openStage({ columns: 100, rows: 30, reports: [], answers });
  stage.press("5");
  await stage.shows(/Audit 1-3 of 3/);
  await stage.shows(/over this entry and the one before/);
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
