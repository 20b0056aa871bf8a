/** Appeals against a server in memory: the queue, claims, verdicts, and who may give them. @module */
import { expect, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { type RunningDashboard, startDashboard } from "./dashboard_harness.ts";
import { bodies, facts } from "./dashboard_views.ts";
import { appealRow, idOf, reportRow } from "./fixtures.ts";

const REPORT = reportRow(1, { claim: null, status: "resolved" });
const OWN = appealRow(1, { involved: true });
const APPEALS = [
  appealRow(0, { report: { id: REPORT.id, reason: "harassment", status: "resolved", resolution: null } }),
  OWN,
  appealRow(2),
];

const list = ({ dashboard }: RunningDashboard) => dashboard.desk.state.lists.appeals;

async function onAppeals(): Promise<RunningDashboard> {
  const run = await startDashboard({ appeals: APPEALS, reports: [REPORT] });
  run.press("6");
  await eventually(() => list(run).rows.phase === "ready");
  return run;
}

test("an appeal is overturned with a reason, after a claim, and the next one that may be decided is selected", async () => {
  await using run = await onAppeals();
  run.press("l");
  await run.asks(/^Overturn A-000850$/);
  expect(facts(run)).toEqual([
    "appellant_0 appeals the mute.",
    "The mute ends.",
    "appellant_0 is told, with the reason.",
  ]);
  run.press("down", "enter", "enter");
  expect(bodies(run, "appeals.decide")).toEqual([]);
  run.press("l", "down", "enter", "y");
  await run.says(/^A-000850 overturned$/);
  expect(run.server.changes()).toEqual(["appeals.claim", "appeals.decide"]);
  const reason = "The evidence does not support the decision";
  expect(bodies(run, "appeals.decide")).toEqual([[idOf(850), { decision: "overturned", reason }]]);
  expect(list(run).rows.selected).toBe(idOf(852));
});

test("an appeal is upheld; a decided one is not decided again", async () => {
  await using run = await onAppeals();
  run.press("h", "down", "enter", "y");
  await run.says(/^A-000850 upheld$/);
  run.press("k", "k", "h");
  await run.says(/^A-000850 is upheld already$/);
});

test("who had a part in the decision does not decide about it", async () => {
  await using run = await onAppeals();
  run.press("j", "l");
  await run.says(/^Somebody who had no part in the decision decides the appeal$/);
  expect(run.dialog()).toBeUndefined();
  expect(run.server.changes()).toEqual([]);
});

test("a ban that needs a second person is said to wait for one", async () => {
  await using run = await onAppeals();
  run.server.answer({ "appeals.decide": () => APPEALS[0] });
  run.press("l", "down", "enter", "y");
  await run.says(/^A-000850 waits for a second person, who overturns it as well$/);
});

test("the evidence of its report is read hidden, and revealed on request", async () => {
  await using run = await onAppeals();
  run.press("enter");
  await eventually(() => list(run).opened?.detail?.report);
  expect(list(run).opened?.detail?.report?.evidence.hidden).toBe(true);
  run.press("v");
  await eventually(() => list(run).opened?.detail?.report?.evidence.hidden === false);
  run.press("escape");
  expect(list(run).opened?.detail?.report?.evidence.hidden).toBe(true);
});

test("an empty list of appeals is read again when its screen comes to the front", async () => {
  await using run = await startDashboard({ reports: [REPORT] });
  run.press("6");
  await eventually(() => list(run).rows.phase === "ready");
  run.server.answer({ "appeals.list": () => ({ rows: APPEALS, cursor: null }) });
  run.press("1", "6");
  await eventually(() => list(run).rows.shown.length === APPEALS.length);
});
