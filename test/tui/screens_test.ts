/** What the screens look like, with fixed data and a fixed clock. @module */
import { expect, test } from "bun:test";
import { openEmulatedTerminal } from "./emulated_terminal.tsx";
import {
  appealRow,
  auditRow,
  blockRow,
  crowdedQueue,
  dossier,
  personRow,
  queue,
  reportRow,
  STATS,
  sanction,
  twoMinutes,
  waitingBan,
} from "./fixtures.ts";

const REPORTS = Array.from({ length: 40 }, (_, index) => reportRow(index));

test.each([
  [80, 24],
  [100, 30],
  [200, 60],
])("reports at %i×%i", async (columns, rows) => {
  await using terminal = await openEmulatedTerminal({ columns, rows, reports: REPORTS });
  terminal.tell({ type: "stats", stats: STATS });
  terminal.press("j", "space", "j");
  await terminal.shows(/^│> {2}R-000003/m);
  await terminal.shows(/open 40/);
  // Beside the queue the selected report is read after a rest.
  if (columns >= 100) await terminal.shows(/EVIDENCE/);
  expect(terminal.screen()).toMatchSnapshot();
});

test("a dialog, help and the filter line lie over the screen", async () => {
  await using terminal = await openEmulatedTerminal({ columns: 100, rows: 30, reports: REPORTS });
  await terminal.shows(/EVIDENCE/);
  terminal.press("?");
  await terminal.shows(/› Keys ─/);
  expect(terminal.screen()).toMatchSnapshot();
  terminal.press("escape", "/");
  await terminal.shows(/cat:scam/);
  terminal.press("c", "a", "t", ":", "x", "enter");
  await terminal.shows(/cat: is one of/);
});

test("the queue by report", async () => {
  await using terminal = await openEmulatedTerminal({ columns: 80, rows: 24, reports: queue() });
  terminal.tell({ type: "stats", stats: { ...STATS, reports: { ...STATS.reports, open: 37, overdue: 1 } } });
  terminal.press("j", "space", "space");
  await terminal.shows(/^│> {2}R-\w{6} sam/m);
  await terminal.shows(/2 marked/);
  await terminal.shows(/open 37/);
  expect(terminal.screen()).toMatchSnapshot();
});

test("a report beside the queue", async () => {
  await using terminal = await openEmulatedTerminal({ columns: 100, rows: 30, reports: queue() });
  for (const stats of twoMinutes()) terminal.tell({ type: "stats", stats });
  terminal.press("j", "c");
  await terminal.shows(/is yours for 10 minutes/);
  await terminal.shows(/hidden, \d+ chars/);
  await terminal.shows(/claimed {3}you/);
  expect(terminal.screen()).toMatchSnapshot();
});

// The README shows the next four: test/readme_screens.ts.
const BY_PERSON = { reports: crowdedQueue(), group: "person" } as const;

test("the queue", async () => {
  await using terminal = await openEmulatedTerminal({ columns: 80, rows: 24, ...BY_PERSON });
  terminal.tell({ type: "stats", stats: { ...STATS, reports: { ...STATS.reports, open: 17, overdue: 1 } } });
  terminal.press("j", "space", "space");
  await terminal.shows(/^│> {2}sam/m);
  await terminal.shows(/2 marked/);
  await terminal.shows(/open 17/);
  expect(terminal.screen()).toMatchSnapshot();
});

test("a person beside the queue", async () => {
  await using terminal = await openEmulatedTerminal({ columns: 100, rows: 30, ...BY_PERSON });
  for (const stats of twoMinutes()) terminal.tell({ type: "stats", stats });
  terminal.press("j", "c");
  await terminal.shows(/is yours for 10 minutes/);
  await terminal.shows(/hidden, \d+ chars/);
  await terminal.shows(/claimed {3}you/);
  expect(terminal.screen()).toMatchSnapshot();
});

test("a decision about a person", async () => {
  await using terminal = await openEmulatedTerminal({ columns: 80, rows: 24, ...BY_PERSON });
  terminal.press("j", "enter");
  await terminal.shows(/hidden, \d+ chars/);
  terminal.press("w", "shift+tab", "down", "down", "space", "tab", "down");
  await terminal.shows(/2 of 3/);
  await terminal.shows(/Reason: \w/);
  expect(terminal.screen()).toMatchSnapshot();
});

test("the live numbers", async () => {
  await using terminal = await openEmulatedTerminal({ columns: 100, rows: 30, reports: [] });
  for (const stats of twoMinutes()) terminal.tell({ type: "stats", stats });
  terminal.press("3");
  await terminal.shows(/eu-2/);
  await terminal.shows(/overturned 2%/);
  expect(terminal.screen()).toMatchSnapshot();
});

test.each([
  [80, 24],
  [100, 30],
])("every live number can be scrolled to at %i×%i", async (columns, rows) => {
  await using terminal = await openEmulatedTerminal({ columns, rows, reports: [] });
  for (const stats of twoMinutes()) terminal.tell({ type: "stats", stats });
  terminal.press("3");
  await terminal.shows(/more below/);
  expect(terminal.screen()).toMatch(/connections .*\d/);
  for (let below = 0; below < 10; below++) terminal.press("j");
  await terminal.shows(/\$ scam +322/);
  expect(terminal.screen()).not.toContain("more below");
  for (let above = 0; above < 10; above++) terminal.press("k");
  await terminal.shows(/1 MIN AGO/);
});

test("the blocks", async () => {
  const blocks = Array.from({ length: 5 }, (_, index) => blockRow(index));
  await using terminal = await openEmulatedTerminal({ columns: 100, rows: 30, reports: [], blocks });
  terminal.press("2");
  await terminal.shows(/Blocks 1-5 of 5/);
  terminal.press("j", "j");
  await terminal.shows(/B-000302 +BLOCK/);
  await terminal.shows(/archived, 12 messages/);
  expect(terminal.screen()).toMatchSnapshot();
});

test("the people, with a ban that waits", async () => {
  const user = personRow(1, { name: "sam" });
  const answers = {
    "users.show": () =>
      dossier(user, { sanctions: [waitingBan(), sanction({ state: "lifted", kind: "mute" })] }),
  };
  const waiting = [waitingBan({ user })];
  await using terminal = await openEmulatedTerminal({
    columns: 100,
    rows: 30,
    reports: [],
    waiting,
    answers,
  });
  terminal.press("4");
  await terminal.shows(/Bans to confirm 1-1 of 1/);
  await terminal.shows(/ban awaiting confirmation/);
  terminal.press("enter", "a");
  await terminal.shows(/Confirm the ban of sam/);
  expect(terminal.screen()).toMatchSnapshot();
});

test("the appeals", async () => {
  const report = reportRow(3, { status: "resolved" });
  const appealed = { id: report.id, reason: "harassment", status: "resolved", resolution: null } as const;
  const appeals = [appealRow(0, { report: appealed }), appealRow(1, { involved: true }), appealRow(2)];
  await using terminal = await openEmulatedTerminal({ columns: 80, rows: 24, reports: [report], appeals });
  terminal.press("6");
  await terminal.shows(/Appeals 1-3 of 3/);
  expect(terminal.screen()).toMatchSnapshot();
  terminal.press("enter");
  await terminal.shows(/hidden, \d+ chars/);
  expect(terminal.screen()).toMatchSnapshot();
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
  await using terminal = await openEmulatedTerminal({ columns: 100, rows: 30, reports: [], answers });
  terminal.press("5");
  await terminal.shows(/Audit 1-3 of 3/);
  await terminal.shows(/over this entry and the one before/);
  expect(terminal.screen()).toMatchSnapshot();
});

test("an empty queue is said to be clear; a lost line dims what is old", async () => {
  await using terminal = await openEmulatedTerminal({ columns: 80, rows: 24, reports: [] });
  await terminal.shows(/Queue clear/);
  terminal.tell({ type: "down", retryInMs: 100 });
  await terminal.shows(/RECONNECTING/);
  terminal.press("x");
  await terminal.shows(/the connection is lost/);
  terminal.tell({ type: "report_created", data: { report_id: "a", reported_id: "b", reason: "spam" } });
  await terminal.shows(/1 new: press R/);
});
