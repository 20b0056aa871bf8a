/** What was typed or claimed survives a lost connection and an expired session. @module */
import { describe, expect, test } from "bun:test";
import { AppError } from "../../server/protocol/errors.ts";
import { eventually } from "../harness/eventually.ts";
import { startDashboard } from "./dashboard_harness.ts";
import { bodies, claims, KIT, MIA, REPORTS, selected, settled, typed } from "./dashboard_views.ts";
import { reportDetail } from "./fixtures.ts";

const UNREACHABLE = new AppError("SERVICE_UNAVAILABLE", "the server cannot be reached");
const DOWN = { type: "down", retryInMs: 9_000 } as const;

describe("a typed reason", () => {
  test("stays in its form while the connection is lost, and is sent when it is back", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("w");
    run.type("rude words");
    run.tell(DOWN);
    run.press("enter", "y");
    await run.says(/Not possible now: the connection is lost/);
    await run.asks(/^Warn kit$/);
    expect(typed(run, "reason")).toBe("rude words");
    run.tell({ type: "up" });
    run.press("enter", "y");
    await run.says(/R-F34739 warned/);
    expect(bodies(run, "reports.resolve")).toEqual([
      [KIT.id, { decision: "resolved", action: "warn", reason: "rude words" }],
    ]);
  });

  test.each([
    ["w", "y", "reports.resolve", "reason"],
    ["m", "y", "reports.resolve", "reason"],
    ["e", "", "reports.note", "text"],
  ])("is in the form again after a call that did not get through (%s)", async (key, confirm, call, field) => {
    await using run = await startDashboard({ reports: REPORTS });
    run.server.answer({ [call]: () => Promise.reject(UNREACHABLE) });
    const fill = () => {
      run.press(key, ...(key === "m" ? ["enter"] : []));
      run.type("seen before");
      run.press("enter", ...(confirm === "" ? [] : [confirm]));
    };
    fill();
    await run.says(/cannot be reached \(what you typed is kept\)/);
    run.dashboard.screens.reports.list.moveToRow(KIT.id);
    run.press(key);
    expect(typed(run, field)).toBe("seen before");
    // Cancelled by hand, it is gone.
    run.press("escape");
    await settled();
    run.press(key);
    expect(typed(run, field)).toBe("");
  });

  test("is there again after the session has ended and somebody has signed in or left the sign-in", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("b");
    run.type("Asked people for money");
    run.become("expired");
    await run.asks(/^The session has ended$/);
    run.press("escape");
    await run.asks(/^Ban kit$/);
    expect(typed(run, "reason")).toBe("Asked people for money");
    run.press("enter");
    run.type("kit");
    run.press("enter");
    await run.says(/the session has ended, press R/);
    run.become("signed_in");
    await settled();
    run.press("b");
    expect([typed(run, "reason"), typed(run, "handle")]).toEqual(["Asked people for money", "kit"]);
  });
});

describe("a claim", () => {
  test("that was left during an outage is released when the connection is back", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("c");
    await run.says(/is yours for 10 minutes/);
    run.tell(DOWN);
    run.server.answer({ "reports.release": () => Promise.reject(UNREACHABLE) });
    run.press("j");
    await eventually(() => bodies(run, "reports.release").length === 1);
    await settled();
    expect(claims(run).has(KIT.id)).toBe(false);
    run.server.answer({ "reports.release": (id: string) => ({ ...run.server.report(id), claim: null }) });
    run.tell({ type: "up" });
    await eventually(() => bodies(run, "reports.release").length === 2);
    expect(bodies(run, "reports.release")).toEqual([[KIT.id], [KIT.id]]);
    // Once is enough.
    run.tell(DOWN);
    run.tell({ type: "up" });
    await settled();
    expect(bodies(run, "reports.release")).toHaveLength(2);
  });

  test("that got no answer is released as well: the server may have heard it", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.server.answer({ "reports.claim": () => Promise.reject(UNREACHABLE) });
    run.press("c");
    await run.says(/Cannot claim/);
    run.tell(DOWN);
    run.tell({ type: "up" });
    await eventually(() => bodies(run, "reports.release").length === 1);
  });

  test("that was taken again meanwhile is kept", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("c");
    await run.says(/is yours for 10 minutes/);
    run.server.answer({ "reports.release": () => Promise.reject(UNREACHABLE) });
    run.press("c");
    await run.says(/released/);
    run.press("c");
    await run.says(/is yours for 10 minutes/);
    run.tell(DOWN);
    run.tell({ type: "up" });
    await settled();
    expect(claims(run).has(KIT.id)).toBe(true);
    expect(bodies(run, "reports.release")).toHaveLength(1);
  });
});

describe("decide and next", () => {
  /** Presses keys one by one; a text in angle brackets is typed and counts as one. */
  const DECISIONS = [
    ["dismiss", ["x", "down", "enter"], 3],
    ["warn", ["w", "down", "enter", "y"], 5],
    ["mute", ["m", "enter", "down", "enter", "y"], 5],
    ["ban", ["b", "down", "enter", "<kit>", "enter"], 5],
  ] as const;

  test.each(DECISIONS)("%s takes few keys, and the next report is claimed", async (_, keys, most) => {
    await using run = await startDashboard({ reports: REPORTS });
    expect(keys.length).toBeLessThanOrEqual(most);
    for (const key of keys) {
      if (key === "<kit>") run.type("kit");
      else run.press(key);
    }
    await eventually(() => bodies(run, "reports.resolve").length === 1);
    await eventually(() => claims(run).has(MIA.id));
    expect(selected(run)).toBe("mia_29");
  });

  test("passes over reports that somebody else holds", async () => {
    const [kit, mia, leo] = REPORTS as [typeof KIT, typeof MIA, typeof KIT];
    const held = { ...mia, claim: { by: { id: "x", name: "ben" }, until: "2026-01-15T12:09:00.000Z" } };
    await using run = await startDashboard({ reports: [kit, held, leo] });
    run.press("x", "down", "enter");
    await eventually(() => claims(run).has(leo.id));
    expect(selected(run)).toBe("leo");
  });

  test("does not keep a claim for ever that nobody works with", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("x", "down", "enter");
    await eventually(() => claims(run).has(MIA.id));
    const claimed = bodies(run, "reports.claim").length;
    for (let minute = 0; minute < 11; minute++) {
      run.pass(60_000);
      run.dashboard.screens.reports.tick?.();
      await settled();
    }
    expect(bodies(run, "reports.claim")).toHaveLength(claimed);
    expect(claims(run).has(MIA.id)).toBe(false);
  });
});

test("what one event says of a person counts for all of their rows, and for the report on the screen", async () => {
  const [kit, mia, leo] = REPORTS as [typeof KIT, typeof MIA, typeof KIT];
  const same = { ...leo, reported: kit.reported, other_open: 1, prior_reports: 0 };
  await using run = await startDashboard({
    reports: [{ ...kit, other_open: 1, prior_reports: 0 }, mia, same],
  });
  await eventually(() => run.dashboard.desk.state.lists.reports.opened?.detail);
  const reads = bodies(run, "reports.show").length;
  // Ben bans the person by the other report.
  run.server.change(leo.id, {
    status: "resolved",
    other_open: 1,
    prior_reports: 0,
    reported: { ...kit.reported, banned: true },
  });
  run.server.answer({
    // The report on the screen is read again, and that takes its time.
    "reports.show": (id: string) =>
      id === leo.id ? reportDetail(run.server.report(id)) : new Promise(() => {}),
  });
  run.tell({
    type: "report_updated",
    data: { report_id: leo.id, status: "resolved", claimed_by: null, actor_id: "ben" } as never,
  });
  const head = () => run.dashboard.desk.state.lists.reports.rows.all.find(({ id }) => id === kit.id)!;
  await eventually(() => head().reported.banned);
  expect(head()).toMatchObject({ other_open: 0, prior_reports: 1 });
  await eventually(() => bodies(run, "reports.show").filter(([id]) => id === kit.id).length > 1);
  expect(bodies(run, "reports.show").length).toBeGreaterThan(reads + 1);
});
