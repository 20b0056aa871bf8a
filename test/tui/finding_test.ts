/** Filtering, searching, sorting and jumping in the queue. @module */
import { describe, expect, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { startDashboard } from "./dashboard_harness.ts";
import { bodies, KIT, MIA, REPORTS, reports, SAM, selected, settled } from "./dashboard_views.ts";

describe("finding", () => {
  test("sorting asks the server, in a round, and by command", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("j");
    const sorts = () => bodies(run, "reports.list").map(([query]) => (query as { sort: string }).sort);
    for (const key of ["s", "s", "s"]) {
      run.press(key);
      await eventually(() => reports(run).rows.phase === "ready");
    }
    expect(sorts()).toEqual(["sla", "age", "newest", "sla"]);
    // The cursor stays on its report.
    expect(selected(run)).toBe("mia_29");
    run.press(":");
    run.type("sort newest");
    run.press("enter");
    await run.says(/Sorted by age, the newest first/);
    expect(sorts().at(-1)).toBe("newest");
  });

  test("searching jumps from match to match and hides nothing", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("/");
    run.type("s");
    run.press("enter");
    await eventually(() => selected(run) === "mia_29");
    for (const [key, name] of [
      ["n", "leo"],
      ["n", "sam"],
      ["n", "mr.invest"],
      ["n", "mia_29"],
      ["N", "mr.invest"],
      ["N", "sam"],
    ] as const) {
      run.press(key);
      expect(selected(run)).toBe(name);
    }
    expect(reports(run).rows.shown).toHaveLength(6);
    run.press("/");
    // Ctrl-U empties the line.
    run.press("ctrl+u");
    run.type("nobody");
    run.press("enter");
    await run.says(/No row here has nobody/);
    expect(selected(run)).toBe("sam");
  });

  test("jumping goes to a row's number, a handle, an id, and says what is not there", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    const go = async (words: string) => {
      run.press(":");
      run.type(words);
      run.press("enter");
      await settled();
    };
    for (const [words, name] of [
      ["3", "leo"],
      ["R-2AC0EA", "mia_29"],
      ["99b44c", "sam"],
      [KIT.id, "kit"],
      ["999", "Noor"],
    ] as const) {
      await go(words);
      expect(selected(run)).toBe(name);
    }
    await go("R-ABCDEF");
    const { overlay } = run.dashboard.desk.state;
    expect(overlay?.kind === "prompt" && overlay.prompt.error).toBe("R-ABCDEF is not in this list");
    run.press("escape");
    await go("audit");
    expect(run.dashboard.desk.state.screen).toBe("audit");
    await go("q");
    expect(run.quits()).toBe(1);
  });

  test("a key typed right behind a command means what the command went to", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press(":");
    run.type("R-99B44C");
    run.press("enter", "c");
    await run.says(/R-99B44C is yours/);
    expect(bodies(run, "reports.claim")).toEqual([[SAM.id]]);
  });

  test("a filter goes to the server as far as it knows it", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("/");
    run.type("cat:scam owner:none age>2h user:sam");
    run.press("enter");
    await eventually(() => bodies(run, "reports.list").length === 2);
    expect(bodies(run, "reports.list")[1]).toEqual([
      { reason: "scam", assignee: "none", older_than_minutes: 120, sort: "sla" },
    ]);
    await eventually(() => reports(run).rows.shown.length === 1);
  });

  test("y puts the whole id on the clipboard", async () => {
    await using run = await startDashboard({ reports: REPORTS });
    run.press("j", "y");
    expect(run.copied).toEqual([MIA.id]);
  });
});
