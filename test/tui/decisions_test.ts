/** Deciding reports, one or many, and undo, against a server in memory. @module */
import { describe, expect, test } from "bun:test";
import { AppError } from "../../server/protocol/errors.ts";
import { eventually } from "../harness/eventually.ts";
import { type RunningDashboard, startDashboard } from "./dashboard_harness.ts";
import {
  bodies,
  conflict,
  facts,
  KIT,
  MIA,
  REPORTS,
  reports,
  row,
  SAM,
  selected,
  settled,
} from "./dashboard_views.ts";
import { ANA, ago, BEN, queue, reportDetail, reportRow } from "./fixtures.ts";

describe("many at a time", () => {
  test("are previewed, decided one by one, and taken back together", async () => {
    const done = reportRow(30, { status: "dismissed" });
    await using run = await startDashboard({ reports: [...REPORTS, done] });
    run.press("space", "space", "j", "space", "G");
    await eventually(() => selected(run) === done.reported.name);
    run.press("space", "x");
    await run.asks(/^Dismiss 3 reports$/);
    expect(facts(run)).toEqual([
      "Nothing happens to the person. About 3 people.",
      "  R-F34739  kit  underage",
      "  R-2AC0EA  mia_29  harassment",
      "  R-99B44C  sam  scam  claimed by ben",
      "1 of the marked are decided already and left out",
      "1 will be refused unless their claim ends before",
    ]);
    run.server.change(SAM.id, { status: "reviewed" });
    run.server.answer({
      "reports.claim": async (id: string) => {
        if (id === SAM.id) throw conflict({ status: "reviewed", claimed_by: BEN, claimed_until: ago(-5) });
        return { ...run.server.report(id), claim: { by: ANA, until: ago(-10) } };
      },
    });
    run.press("down", "enter", "y");
    await run.says(/^2 dismissed, 1 refused \(Somebody was faster\)$/);
    expect(bodies(run, "reports.resolve").map(([id]) => id)).toEqual([KIT.id, MIA.id]);
    expect([row(run, KIT.id).status, row(run, MIA.id).status]).toEqual(["dismissed", "dismissed"]);
    expect(row(run, SAM.id)).toMatchObject({ status: "reviewed", claim: { by: BEN } });
    // What was refused stays marked, what was done does not.
    expect([...reports(run).rows.marked].toSorted()).toEqual([SAM.id, done.id].toSorted());
    run.press("u");
    await run.says(/^2 reports are open again$/);
    expect(bodies(run, "reports.undo").map(([id]) => id)).toEqual([KIT.id, MIA.id]);
  });

  test("of more than fit in the preview are counted; nothing happens without the word", async () => {
    await using run = await startDashboard({ reports: queue(12) });
    run.press(...Array(12).fill("space"), "w");
    await run.asks(/^Warn 12 reports$/);
    expect(facts(run)).toContain("  and 4 more");
    run.press("down", "enter", "enter");
    expect(run.dialog()).toBeUndefined();
    await settled();
    expect(run.server.changes()).toEqual([]);
  });

  test.each(["b", "S"])("cannot be banned or suspended (%s)", async (key) => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("space", "space", key);
    await run.says(/works on one report at a time: esc takes the marks away/);
    expect(run.dialog()).toBeUndefined();
    run.press("escape");
    expect(reports(run).rows.marked.size).toBe(0);
  });
});

describe("a decision", () => {
  async function dismissing(): Promise<RunningDashboard & { answer: PromiseWithResolvers<unknown> }> {
    const run = await startDashboard({ reports: REPORTS });
    const answer = Promise.withResolvers<unknown>();
    run.server.answer({ "reports.resolve": () => answer.promise });
    run.press("x", "down", "enter");
    await eventually(() => bodies(run, "reports.resolve").length === 1);
    return { ...run, answer };
  }

  test("shows before the server has answered, and the next report is there", async () => {
    await using run = await dismissing();
    expect(row(run, KIT.id)).toMatchObject({ status: "dismissed", resolution: { by: { name: "ana" } } });
    expect(selected(run)).toBe("mia_29");
    run.answer.resolve({ report: { ...KIT, status: "dismissed" } });
    await run.says(/R-F34739 dismissed/);
    expect(run.dashboard.desk.state.undo?.reportIds).toEqual([KIT.id]);
  });

  test("that came too late is put back as the server has it, with who made the other one", async () => {
    await using run = await dismissing();
    expect(row(run, KIT.id).status).toBe("dismissed");
    const read = Promise.withResolvers<unknown>();
    run.server.answer({ "reports.show": () => read.promise });
    run.answer.reject(conflict({ status: "resolved", resolved_by: BEN, resolved_at: ago(1) }));
    await run.says(/R-F34739 was resolved by ben 1m ago/);
    expect(row(run, KIT.id)).toMatchObject({ status: "resolved", resolution: { by: BEN }, claim: null });
    // What ben has done comes with the report itself.
    const resolution = { action: "warn", reason: "Insults", by: BEN, at: ago(1) } as const;
    read.resolve(reportDetail({ ...KIT, status: "resolved", resolution }));
    await eventually(() => row(run, KIT.id).resolution?.action === "warn");
    expect(run.dashboard.desk.state.undo).toBeNull();
  });

  test("that the server does not take for another reason is put back as it was", async () => {
    await using run = await dismissing();
    const away = new AppError("SERVICE_UNAVAILABLE", "Try again");
    run.server.answer({ "reports.release": () => Promise.reject(away) });
    run.answer.reject(away);
    await run.says(/R-F34739 was not dismissed: Try again/);
    expect(row(run, KIT.id)).toEqual(KIT);
    // The selection has moved on: the claim that it needed is given back, too.
    await eventually(() => run.server.changes().at(-1) === "reports.release");
    expect(run.dashboard.desk.state.undo).toBeNull();
  });

  test("is not asked about any further when somebody else has the report", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    const held = conflict({ status: "reviewed", claimed_by: BEN, claimed_until: ago(-5) });
    run.server.change(KIT.id, { status: "reviewed", claim: { by: BEN, until: ago(-5) } });
    run.server.answer({ "reports.claim": () => Promise.reject(held) });
    run.press("b");
    expect(run.dialog()).toBe("Ban kit");
    await run.says(/R-F34739 is claimed by ben until 12:05/);
    expect(run.dialog()).toBeUndefined();
    expect(row(run, KIT.id).claim?.by).toEqual(BEN);
  });
});

describe("undo", () => {
  test("takes the last decision back at once within 8 seconds", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("x", "down", "enter");
    await run.says(/dismissed/);
    run.pass(7_999);
    run.press("u");
    await run.says(/R-F34739 is open again, claimed by you/);
    expect(run.dialog()).toBeUndefined();
    expect(bodies(run, "reports.undo")).toEqual([[KIT.id, "Taken back within seconds"]]);
    expect(selected(run)).toBe("kit");
  });

  test("asks for a reason after that, of the report under the cursor", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("x", "down", "enter");
    await run.says(/dismissed/);
    run.pass(8_000);
    run.press("u");
    await run.says(/There is nothing to undo here/);
    run.press("k", "u");
    await run.asks(/^Take back R-F34739$/);
    run.press("enter", "y");
    expect(run.dialog()).toBe("Take back R-F34739");
    run.press("down", "enter", "y");
    await run.says(/is open again/);
    expect(bodies(run, "reports.undo")).toEqual([[KIT.id, "Decided by mistake"]]);
  });
});

test("a note is written with the report, and never empty", async () => {
  await using run = await startDashboard({ reports: REPORTS });
  run.press("e", "enter");
  expect(run.dialog()).toBe("Note on R-F34739");
  run.type("seen before");
  run.press("enter");
  await run.says(/Note added to R-F34739/);
  expect(bodies(run, "reports.note")).toEqual([[KIT.id, "seen before"]]);
});
