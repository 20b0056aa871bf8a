/** The queue by person against a server in memory: one row, one claim, one decision, one undo for all of somebody's reports. @module */
import { describe, expect, test } from "bun:test";
import type { Overlay } from "../../admin-tui/desk/state.ts";
import { selectedRow } from "../../admin-tui/list_screen/rows.ts";
import type { ReportedRow } from "../../admin-tui/wire.ts";
import { eventually } from "../harness/eventually.ts";
import { type RunningDashboard, startDashboard } from "./dashboard_harness.ts";
import { bodies, conflict, facts, settled } from "./dashboard_views.ts";
import { ANA, ago, BEN, crowdedQueue, reportRow } from "./fixtures.ts";

const REPORTS = crowdedQueue();
const idsOf = (name: string) => REPORTS.filter(({ reported }) => reported.name === name).map(({ id }) => id);
const MIA = idsOf("mia_29") as [string, string, string];

const start = () => startDashboard({ reports: REPORTS, group: "person" });
const people = ({ dashboard }: RunningDashboard) => dashboard.desk.state.lists.people;
const selected = (run: RunningDashboard) => selectedRow(people(run).rows)?.reported.name;
const person = (run: RunningDashboard, name: string): ReportedRow =>
  people(run).rows.all.find(({ reported }) => reported.name === name)!;
const calls = (run: RunningDashboard) =>
  run.server.calls.filter(({ name }) => /claim|release|resolve|undo/.test(name)).map(({ name }) => name);
const statuses = (run: RunningDashboard, ids: readonly string[]) =>
  ids.map((id) => run.server.report(id).status);

/** The reports in the dialog in front, with their ticks. */
function choices({ dashboard }: RunningDashboard): readonly string[] {
  const { overlay } = dashboard.desk.state as { overlay: Overlay | null };
  if (overlay?.kind !== "dialog") return [];
  const [field] = overlay.dialog.fields;
  const left = field?.line.text.split(" ") ?? [];
  return (field?.spec.choices ?? []).map(({ id, label }) => `${left.includes(id) ? "[ ]" : "[x]"} ${label}`);
}

/** At mia_29, whose case has been read. */
async function atMia(): Promise<RunningDashboard> {
  const run = await start();
  run.press("j");
  await eventually(() => people(run).opened?.detail?.reports.length === 3, { what: "the case" });
  return run;
}

test("has one row a person, with the number of their open reports", async () => {
  await using run = await start();
  expect(
    people(run)
      .rows.shown.slice(0, 4)
      .map(({ reported, reports }) => [reported.name, reports]),
  ).toEqual([
    ["kit", 1],
    ["mia_29", 3],
    ["leo", 1],
    ["sam", 4],
  ]);
});

describe("a decision", () => {
  test("is about all of the open reports: one call, and one to take it back", async () => {
    await using run = await atMia();
    run.press("w");
    expect(run.dialog()).toBe("Warn mia_29");
    expect(choices(run)).toEqual([
      "[x] R-2AC0EA  harassment  by Pat  12m ago",
      expect.stringMatching(/^\[x\] R-\w{6} {2}harassment {2}by Kim {2}25m ago$/),
      expect.stringMatching(/^\[x\] R-\w{6} {2}spam {2}by Lou {2}33m ago$/),
    ]);
    run.press("down", "enter", "y");
    await run.says(/^mia_29 warned; 3 reports resolved$/);
    expect(statuses(run, MIA)).toEqual(["resolved", "resolved", "resolved"]);
    const [[named, body]] = bodies(run, "reports.resolve") as [[string, object]];
    expect(named).toBe(MIA[0]);
    expect(body).toMatchObject({ scope: "person", except: [], action: "warn" });
    expect(person(run, "mia_29")).toMatchObject({ status: "resolved", resolution: { action: "warn" } });
    run.press("u");
    await run.says(/^mia_29 is open again, claimed by you$/);
    expect(bodies(run, "reports.undo")).toEqual([[MIA[0], "Taken back within seconds"]]);
    expect(person(run, "mia_29")).toMatchObject({ status: "pending", reports: 3, claim: { by: ANA } });
    expect(selected(run)).toBe("mia_29");
  });

  test("leaves out what is not ticked, and releases it", async () => {
    await using run = await atMia();
    run.press("x", "shift+tab", "down", "space");
    expect(choices(run).map((text) => text.slice(0, 3))).toEqual(["[x]", "[ ]", "[x]"]);
    run.press("enter", "down", "enter");
    await run.says(/^2 reports about mia_29 dismissed; 1 report left open$/);
    expect(statuses(run, MIA)).toEqual(["dismissed", "reviewed", "dismissed"]);
    expect(run.server.report(MIA[1]).claim).toBeNull();
    expect(person(run, "mia_29")).toMatchObject({ status: "pending", reports: 1, ids: [MIA[1]] });
  });

  test("is named by a ticked report, and by none when all are left out", async () => {
    await using run = await atMia();
    run.press("x", "shift+tab", "space", "down", "space", "down", "space", "enter");
    expect(run.dialog()).toBe("Dismiss what was reported about mia_29");
    run.press("space", "tab", "down", "enter");
    await run.says(/^1 report about mia_29 dismissed; 2 reports left open$/);
    expect(statuses(run, MIA)).toEqual(["reviewed", "reviewed", "dismissed"]);
  });

  test("leaves alone a report that came while the form was open", async () => {
    const late = reportRow(60, { reported: REPORTS[1]!.reported });
    const before = REPORTS.filter(({ id }) => id !== MIA[2]);
    await using run = await startDashboard({
      reports: [...before, { ...late, status: "dismissed" }],
      group: "person",
    });
    run.press("j", "x");
    expect(run.dialog()).toBe("Dismiss what was reported about mia_29");
    await eventually(() => calls(run).includes("people.claim"));
    run.server.change(late.id, { status: "pending" });
    run.press("down", "enter");
    await run.says(/^2 reports about mia_29 dismissed; 1 report left open$/);
    expect(run.server.report(late.id).status).toBe("pending");
    expect(person(run, "mia_29")).toMatchObject({ reports: 1, ids: [late.id] });
  });

  test("goes on to the next person, who is claimed already", async () => {
    await using run = await start();
    run.press("x", "down", "enter");
    await run.says(/^1 report about kit dismissed$/);
    expect(selected(run)).toBe("mia_29");
    await eventually(() => person(run, "mia_29").claim?.by.id === ANA.id);
    expect(MIA.map((id) => run.server.report(id).claim?.by)).toEqual([ANA, ANA, ANA]);
  });

  test("of many people is one call each", async () => {
    await using run = await start();
    run.press("j", "space", "j", "space", "x");
    expect(run.dialog()).toBe("Dismiss 2 people: 7 open reports");
    expect(facts(run)).toContain("  mia_29  3 reports  harassment, spam");
    run.press("down", "enter", "y");
    await run.says(/^7 reports about 2 people dismissed$/);
    expect(bodies(run, "reports.resolve")).toHaveLength(2);
    run.press("u");
    await run.says(/^2 people are open again$/);
    expect(bodies(run, "reports.undo")).toHaveLength(2);
  });
});

describe("a claim", () => {
  test("takes the reports that nobody else holds, and is released with them", async () => {
    await using run = await start();
    run.server.change(MIA[0], { status: "reviewed", claim: { by: BEN, until: ago(-5) } });
    run.server.answer({
      "people.claim": (id: string) => {
        if (id === MIA[0]) throw conflict({ status: "reviewed", claimed_by: BEN, claimed_until: ago(-5) });
        const claim = { by: ANA, until: ago(-10) };
        run.server.change(id, { status: "reviewed", claim });
        return { report: run.server.report(id), also: [MIA[2]] };
      },
    });
    run.press("j", "c");
    await run.says(/^mia_29 is yours for 10 minutes/);
    run.press("c");
    await run.says(/^mia_29 released$/);
    expect(bodies(run, "people.release")).toEqual([[MIA[1]]]);
  });

  test("is refused with who holds all of them", async () => {
    await using run = await start();
    const claim = { by: BEN, until: ago(-5) };
    for (const id of MIA) run.server.change(id, { status: "reviewed", claim });
    const held = conflict({ status: "reviewed", claimed_by: BEN, claimed_until: ago(-5) });
    run.server.answer({ "people.claim": () => Promise.reject(held) });
    run.press("j", "b");
    await run.says(/^mia_29 is claimed by ben until 12:05$/);
    expect(run.dialog()).toBeUndefined();
    expect(person(run, "mia_29").claim?.by).toEqual(BEN);
  });
});

describe("what others do", () => {
  test("changes the row: a report more, a claim, a decision", async () => {
    const late = reportRow(60, { reported: REPORTS[1]!.reported, status: "dismissed" });
    await using run = await startDashboard({ reports: [...REPORTS, late], group: "person" });
    run.server.change(late.id, { status: "pending" });
    const created = { report_id: late.id, reported_id: late.reported.id, reason: late.reason };
    run.tell({ type: "report_created", data: created });
    await eventually(() => person(run, "mia_29").reports === 4);
    expect(people(run).rows.news).toBe(0);
    run.tell({ type: "report_created", data: { ...created, reported_id: ANA.id } });
    expect(people(run).rows.news).toBe(1);

    const told = (status: string, claimed_by: string | null) =>
      run.tell({
        type: "report_updated",
        data: { report_id: MIA[1], status, claimed_by, actor_id: BEN.id } as never,
      });
    run.server.change(MIA[1], { status: "reviewed", claim: { by: BEN, until: ago(-9) } });
    told("reviewed", BEN.id);
    await eventually(() => person(run, "mia_29").claim?.by.name === "ben");
    for (const id of [...MIA, late.id]) run.server.change(id, { status: "resolved", claim: null });
    told("resolved", null);
    await eventually(() => person(run, "mia_29").status === "resolved");
    await eventually(() => person(run, "mia_29").claim === null);
  });
});

test("p shows single reports and people again, with the same filter, and keeps no claim", async () => {
  await using run = await atMia();
  run.press("c");
  await run.says(/is yours/);
  await run.dashboard.screens.reports.people.setFilter("cat:harassment");
  run.press("p");
  await eventually(() => run.dashboard.desk.state.lists.reports.rows.phase === "ready");
  expect(run.dashboard.desk.state.group).toBe("report");
  expect(run.dashboard.desk.state.lists.reports.filter.text).toBe("cat:harassment");
  await eventually(() => calls(run).at(-1) === "people.release");
  expect(run.server.report(MIA[0]).claim).toBeNull();
  run.press("p");
  await settled();
  expect(run.dashboard.desk.state.group).toBe("person");
});

test("a line reaches a person by a report's handle; decided reports are looked for one by one", async () => {
  await using run = await start();
  run.press(":");
  run.type(`R-${MIA[2].slice(-6).toUpperCase()}`);
  run.press("enter");
  await eventually(() => selected(run) === "mia_29");
  run.press("/");
  run.type("status:closed");
  run.press("enter");
  const problem = () => {
    const { overlay } = run.dashboard.desk.state;
    return overlay?.kind === "prompt" ? overlay.prompt.error : undefined;
  };
  await eventually(() => problem() === "status:closed is for single reports: p shows those");
});

test("one reveal shows the texts of all reports, and one hides them", async () => {
  await using run = await atMia();
  run.press("v");
  await run.says(/^Evidence of mia_29 shown/);
  const isHidden = () => people(run).opened?.detail?.reports.map(({ evidence }) => evidence.hidden);
  expect(isHidden()).toEqual([false, false, false]);
  run.press("v");
  expect(isHidden()).toEqual([true, true, true]);
});

test("all that a reporter filed in bad faith is dismissed after a look at their record, and open again by one undo", async () => {
  const kim = { id: ANA.id.replace("a1", "c1"), name: "Kim" };
  const reports = REPORTS.map((row) => (row.reporter.name === "Kim" ? { ...row, reporter: kim } : row));
  const filed = reports.filter(({ reporter }) => reporter.id === kim.id).map(({ id }) => id);
  await using run = await startDashboard({ reports, group: "person" });
  run.press("j");
  await eventually(() => people(run).opened?.detail?.reports.length === 3);
  run.press("B");
  expect(run.dialog()).toBe("Dismiss everything that somebody reported");
  expect(facts(run)[1]).toBe("Kim U-0000C1 (4 filed, 2 upheld)");
  run.press("down", "enter", "down", "enter", "enter");
  expect(run.dialog()).toBeUndefined();
  expect(statuses(run, filed)).toEqual(["pending", "pending"]);
  run.press("B", "down", "enter", "down", "enter", "y");
  await run.says(/^2 reports of Kim dismissed$/);
  expect(bodies(run, "users.dismissReports")).toEqual([[kim.id, "Reports in bad faith"]]);
  expect(statuses(run, filed)).toEqual(["dismissed", "dismissed"]);
  await eventually(() => person(run, "mia_29").reports === 2);
  run.press("u");
  await run.says(/^2 reports open again$/);
  await eventually(() => person(run, "mia_29").reports === 3);
  expect(filed.map((id) => run.server.report(id).claim)).toEqual([null, null]);
});
