/** Claims, and what other moderators do, against a server in memory and a clock that tests move. @module */
import { describe, expect, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { type RunningDashboard, startDashboard } from "./dashboard_harness.ts";
import { claims, conflict, KIT, LEO, REPORTS, reports, row, selected, settled } from "./dashboard_views.ts";
import { ago, BEN, reportRow } from "./fixtures.ts";

const MINUTE = 60_000;

describe("a claim", () => {
  const changes = (run: RunningDashboard) => run.server.changes();
  const turn = async (run: RunningDashboard, ms: number) => {
    run.pass(ms);
    run.dashboard.screens.reports.tick?.();
    await settled();
  };

  async function claimed(): Promise<RunningDashboard> {
    const run = await startDashboard({ reports: REPORTS });
    run.press("c");
    await run.says(/R-F34739 is yours for 10 minutes/);
    return run;
  }

  test("is renewed while its report is looked at, when less than six minutes are left", async () => {
    await using run = await claimed();
    await turn(run, 4 * MINUTE);
    expect(changes(run)).toEqual(["reports.claim"]);
    await turn(run, 1_000);
    expect(changes(run)).toEqual(["reports.claim", "reports.claim"]);
    expect(claims(run).until(KIT.id)).toBe(Date.parse(ago(-10)) + 4 * MINUTE + 1_000);
    for (let minute = 0; minute < 60; minute++) await turn(run, MINUTE);
    expect(claims(run).has(KIT.id)).toBe(true);
    expect(changes(run).length).toBeGreaterThan(10);
  });

  test("is renewed for ten minutes on another screen, then runs out", async () => {
    await using run = await claimed();
    run.press("3");
    for (let minute = 0; minute < 10; minute++) await turn(run, MINUTE);
    const renewed = changes(run).length;
    expect(renewed).toBeGreaterThanOrEqual(2);
    for (let minute = 0; minute < 10; minute++) await turn(run, MINUTE);
    expect(changes(run)).toHaveLength(renewed);
    expect(claims(run).ids().length).toBe(0);
    // Back in front of it, nothing is claimed by itself.
    run.press("1");
    await turn(run, MINUTE);
    expect(changes(run)).toHaveLength(renewed);
  });

  test("that somebody else has got meanwhile is said, with who", async () => {
    await using run = await claimed();
    const lost = conflict({ status: "reviewed", claimed_by: BEN, claimed_until: ago(-15) });
    run.server.answer({ "reports.claim": () => Promise.reject(lost) });
    await turn(run, 5 * MINUTE);
    await run.says(/Your claim is gone: R-F34739 is claimed by ben until 12:15/);
    expect(claims(run).ids().length).toBe(0);
  });

  test("outlives a line that is gone for a moment", async () => {
    await using run = await claimed();
    run.server.answer({ "reports.claim": () => Promise.reject(new Error("no route")) });
    await turn(run, 5 * MINUTE);
    expect(claims(run).has(KIT.id)).toBe(true);
    run.server.answer({ "reports.claim": (id: string) => run.server.report(id) });
    await turn(run, 1_000);
    expect(changes(run)).toHaveLength(3);
  });

  test.each([
    ["moves on to the next", (run: RunningDashboard) => run.press("j")],
    ["presses Escape", (run: RunningDashboard) => run.press("escape")],
    ["presses c again", (run: RunningDashboard) => run.press("c")],
    ["leaves the dashboard", (run: RunningDashboard) => run.dashboard.close()],
  ])("is given back when its holder %s", async (_, leave) => {
    await using run = await claimed();
    void leave(run);
    await eventually(() => changes(run).includes("reports.release"), { what: "the release" });
    expect(claims(run).ids().length).toBe(0);
  });
});

describe("what others do", () => {
  test("shows on the row at once, and with a name as soon as it is read", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    const read = Promise.withResolvers<unknown>();
    run.server.answer({ "reports.show": () => read.promise });
    run.tell({
      type: "report_updated",
      data: { report_id: LEO.id, status: "reviewed", claimed_by: BEN.id, actor_id: BEN.id } as never,
    });
    expect(row(run, LEO.id)).toMatchObject({ status: "reviewed", claim: { by: { id: BEN.id, name: "…" } } });
    read.resolve({ ...LEO, status: "reviewed", claim: { by: BEN, until: ago(-10) } });
    await eventually(() => row(run, LEO.id).claim?.by.name === "ben");
  });

  test("never moves the cursor: new reports are counted and wait for R", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("j", "j");
    for (let count = 0; count < 3; count++)
      run.tell({ type: "report_created", data: { report_id: "a", reported_id: "b", reason: "spam" } });
    expect([reports(run).rows.news, reports(run).rows.all.length, selected(run)]).toEqual([3, 6, "leo"]);
    run.server.answer({ "reports.list": () => ({ rows: [reportRow(40), ...REPORTS], cursor: null }) });
    run.press("R");
    await eventually(() => reports(run).rows.all.length === 7);
    expect([reports(run).rows.news, selected(run)]).toEqual([0, "leo"]);
  });
});
