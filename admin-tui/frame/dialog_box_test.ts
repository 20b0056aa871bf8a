import { describe, expect, test } from "bun:test";
import { AppError } from "../../server/protocol/errors.ts";
import { queue } from "../../test/tui/fixtures.ts";
import { type DrawnApp, drawApp, drawLines } from "../../test/tui/ink_frames.tsx";
import { openDialog } from "../desk/dialog_state.ts";
import { SCREENS } from "../desk/state.ts";
import type { Context } from "../keys.ts";
import { layoutOf } from "../layout.ts";
import { textOf } from "../spans.ts";
import { dialogBox, helpBox, helpHidden } from "./dialog_box.ts";

const REPORTS = queue(3);
const KEY = {
  enter: "\r",
  escape: "\u001b",
  down: "\u001b[B",
  tab: "\t",
  shiftTab: "\u001b[Z",
  emptied: "\u0015",
};

/** The dashboard with a report under the cursor, and a key pressed. */
async function asked(key: string, title: string): Promise<DrawnApp> {
  const app = await drawApp({ reports: REPORTS });
  app.send("j");
  await app.shows(">  R-2AC0EA");
  app.send(key);
  await app.shows(title);
  return app;
}

describe("a dialog", () => {
  test("stands in the middle, whole, over what stays where it was", async () => {
    await using app = await asked("x", "Dismiss R-2AC0EA");
    const lines = app.frame().split("\n");
    const top = lines.findIndex((line) => line.includes("Dismiss R-2AC0EA"));
    const height = lines.findIndex((line) => line.includes("╯") || /└─{70}┘/.test(line)) - top + 1;
    for (const line of lines.slice(top, top + height))
      expect(line.slice(14, 86)).toMatch(/^[┌│└].{70}[┐│┘]$/u);
    expect(Math.abs(top - (30 - height - top))).toBeLessThanOrEqual(1);
    expect(lines[4]).toStartWith("│   R-F34739 kit");
  });

  test("has Cancel where Enter comes first, and a sign where the cursor is", async () => {
    await using app = await asked("w", "Warn mia_29");
    expect(app.frame()).toContain("> Reason: ▏");
    expect(app.frame()).toContain("↑↓ suggestions, or type");
    app.send(KEY.down);
    await app.shows("Reason: Repeated insults after being asked to stop▏");
    app.send(KEY.enter);
    await app.shows(">[ Cancel ]<    [ Warn mia_29 ]");
    app.send(KEY.enter);
    await app.hides("Warn mia_29");
    expect(app.server.changes()).not.toContain("reports.resolve");
  });

  test("is left by Escape from anywhere, and nothing happens", async () => {
    await using app = await asked("w", "Warn mia_29");
    app.send(KEY.tab);
    await app.shows(">[ Cancel ]<");
    app.send(KEY.tab);
    await app.shows(">[ Warn mia_29 ]<");
    app.send(KEY.escape);
    await app.hides("Warn mia_29");
    expect(app.server.changes()).not.toContain("reports.resolve");
  });

  test("says at the field what is wrong with it, and goes there", async () => {
    await using app = await asked("m", "Mute mia_29");
    expect(app.frame()).toContain("> Hours: 24▏");
    app.send(`${KEY.emptied}900${KEY.enter}`);
    await app.shows("! must be a number from 1 to 720");
    expect(app.frame()).toContain("> Hours: 900▏");
    app.send(`${KEY.emptied}48${KEY.enter}${KEY.enter}`);
    await app.shows("! is required: type it, or choose with ↓");
    app.send(`rude${KEY.enter}y`);
    await app.says(/R-2AC0EA muted/);
    const body = { decision: "resolved", action: "mute", hours: 48, reason: "rude" };
    expect(app.server.calls.find(({ name }) => name === "reports.resolve")?.args[1]).toEqual(body);
  });

  test("of a ban wants the name typed, exactly, whatever is pressed", async () => {
    await using app = await asked("b", "Ban mia_29");
    expect(app.frame()).toContain("  Type mia_29: ");
    app.send(`${KEY.down}${KEY.enter}`);
    await app.shows("> Type mia_29: ▏");
    for (const wrong of ["", "mia", "MIA_29", "mia_29x"]) {
      app.send(`${KEY.emptied}${wrong}${KEY.tab}${KEY.tab}`);
      await app.shows(">[ Ban mia_29 ]<");
      app.send("y");
      await app.shows("! must be mia_29");
      expect(app.frame()).toContain(`> Type mia_29: ${wrong}▏`);
    }
    expect(app.server.changes()).toEqual(["reports.claim"]);
    // The name is the confirmation.
    app.send(`${KEY.emptied}mia_29${KEY.enter}`);
    await app.says(/R-2AC0EA suspended, the ban waits/);
    expect(app.server.changes().slice(0, 2)).toEqual(["reports.claim", "reports.resolve"]);
  });

  test("is there again with what was typed when the server takes exception to it", async () => {
    await using app = await asked("x", "Dismiss R-");
    const refusal = new AppError("VALIDATION_ERROR", "Cannot dismiss: see the details", [
      { path: "body.reason", message: "names the reporter" },
    ]);
    app.server.answer({ "reports.resolve": () => Promise.reject(refusal) });
    app.send(`Pat says so${KEY.enter}`);
    const frame = await app.shows("! names the reporter");
    expect(frame).toContain("Cannot dismiss: see the details");
    expect(frame).toContain("> Reason: Pat says so▏");
  });

  test("that is pasted into presses nothing", async () => {
    await using app = await asked("x", "Dismiss R-");
    app.send("\u001b[200~y\ry\r\u001b[201~");
    await app.shows("Reason: y y ▏");
    expect(app.frame()).toContain("Dismiss R-");
  });

  test("breaks its words and stays on the screen, at the smallest size too", async () => {
    const spec = {
      title: "T".repeat(200),
      lines: ["word ".repeat(60), "世".repeat(80)],
      fields: [{ id: "a", label: "A", value: "世".repeat(90) }],
      confirm: "Do it",
    };
    const layout = layoutOf({ columns: 80, rows: 24 });
    const box = dialogBox(openDialog(spec), layout);
    expect([box.left + box.width, box.top + box.lines.length].every((end, at) => end <= [80, 24][at]!)).toBe(
      true,
    );
    for (const line of await drawLines(box.lines, box.width)) expect(Bun.stringWidth(line)).toBe(box.width);
  });
});

describe("the help", () => {
  test("has the keys of the screen in front on one page of the smallest terminal, its own first", async () => {
    await using app = await drawApp({ reports: REPORTS, size: { columns: 80, rows: 24 } });
    for (const [screen, own, words] of [
      ["1", "Reports", "warn the reported person"],
      ["2", "Blocks", "uphold the block"],
      ["4", "Users", "confirm a ban that waits"],
      ["3", "Live", "freeze the numbers"],
    ] as const) {
      app.send(`${screen}?`);
      const text = await app.shows("┌ › Keys ─");
      expect(text).toContain(words);
      expect(text).toContain("everywhere");
      expect(text.indexOf(` ${own} `)).toBeLessThan(text.indexOf("everywhere"));
      app.send("x");
      await app.hides("┌ › Keys ─");
    }
    expect(app.frame()).not.toContain("Dismiss");
  });

  test("is whole on every screen at 80×24", () => {
    for (const screen of SCREENS) {
      const contexts: Context[] = [screen, ...(screen === "live" ? [] : (["list"] as const)), "anywhere"];
      const layout = layoutOf({ columns: 80, rows: 24 });
      expect(helpHidden(contexts, layout)).toBe(0);
      expect(helpBox(contexts, 0, layout).lines.map(textOf).join("\n")).not.toContain("…");
    }
  });

  test("scrolls where it does not fit, stops at its end, and the first key up leads back", async () => {
    const contexts: Context[] = ["reports", "list", "anywhere"];
    const layout = layoutOf({ columns: 80, rows: 14 });
    const hidden = helpHidden(contexts, layout);
    expect(hidden).toBeGreaterThan(0);
    const titleAt = (scroll: number) => textOf(helpBox(contexts, scroll, layout).lines[0]!);
    expect(titleAt(0)).toContain("Keys 1-10 of");
    expect(titleAt(10_000)).toBe(titleAt(hidden));
  });
});

describe("the filter line", () => {
  test("is typed at the bottom with its hint, and filters by what the server cannot", async () => {
    await using app = await drawApp({ reports: REPORTS });
    app.send("/");
    await app.shows(/cat:scam user:mia.*\n \/ ▏/);
    app.send("user:mia");
    await app.shows(" / user:mia▏");
    app.send(KEY.enter);
    await app.shows("filter: user:mia");
    expect(app.frame()).toContain("Reports 1-1 of 1");
    app.send(KEY.escape);
    await app.shows("Reports 1-3 of 3");
    expect(app.frame()).not.toContain("filter:");
  });

  test("that is wrong comes back with what is wrong, and Escape leaves it", async () => {
    await using app = await drawApp({ reports: REPORTS });
    app.send(`/age>x${KEY.enter}`);
    await app.shows(/! age is written age>30m.*\n \/ age>x▏/);
    app.send("\u007f");
    await app.shows(/ \/ age>▏ +enter do it/);
    app.send(KEY.escape);
    await app.hides(" / age>");
    expect(app.frame()).not.toContain("filter:");
  });

  test("that nothing fits says so, and how to get out of it", async () => {
    await using app = await drawApp({ reports: REPORTS });
    app.send(`/user:nobody${KEY.enter}`);
    await app.shows("No report fits the filter");
    expect(app.frame()).toContain("esc takes the filter away");
    expect(app.frame()).toContain("Nothing selected");
  });
});
