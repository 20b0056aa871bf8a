import { describe, expect, test } from "bun:test";
import { drawLines } from "../../test/tui/drawn.tsx";
import { ANA, STAGE_NOW, STATS } from "../../test/tui/fixtures.ts";
import { cells } from "../cells.ts";
import { lineOf } from "../desk/line_edit.ts";
import { initialShell, openPrompt, reduceShell, type ShellAction } from "../desk/shell_state.ts";
import { type Context, footerOf, KEYS } from "../keys.ts";
import type { Line } from "../spans.ts";
import { cursorText, footerLine, headerLine, statusLine, tabsLine } from "./frame_lines.ts";

const DESK = { place: "prod-eu", isReadonly: false };
const UP: ShellAction = { type: "link", state: "up", now: STAGE_NOW };
const NUMBERS: ShellAction = { type: "stats", stats: STATS, now: STAGE_NOW };
const ME: ShellAction = { type: "identified", me: { ...ANA, role: "moderator" } };

function shellOf(columns: number, ...actions: ShellAction[]) {
  const size = { columns, rows: 24 };
  return actions.reduce(reduceShell, initialShell({ size, session: "signed_in", now: STAGE_NOW }));
}

/** One line as it is drawn; it must fill the screen and not more. */
async function drawn(made: Line, width: number): Promise<string> {
  const lines = await drawLines([made], width);
  expect(lines).toHaveLength(1);
  expect(made.reduce((sum, { text }) => sum + cells(text), 0)).toBeLessThanOrEqual(width);
  return lines[0] ?? "";
}

describe("the header", () => {
  test.each([
    [80, ["@ana", "LIVE  open 40  overdue 2"], ["conns", "bans to confirm"]],
    [100, ["@ana", "open 40  overdue 2  conns 12,481"], ["bans to confirm"]],
    [120, ["overdue 2  bans to confirm 1  conns 12,481"], []],
  ])("at %i columns has what fits", async (columns, has, hasNot) => {
    const text = await drawn(headerLine(shellOf(columns, UP, NUMBERS, ME), DESK), columns);
    for (const part of has) expect(text).toContain(part);
    for (const part of hasNot) expect(text).not.toContain(part);
  });

  test.each([
    ["before the line is up", [], "CONNECTING"],
    ["when it is", [UP], "LIVE"],
    ["after a call", [UP, { type: "called", ms: 41.7, offsetMs: 0 }], "LIVE 42ms"],
    ["when it is lost", [UP, { type: "link", state: "down", now: STAGE_NOW - 65_000 }], "RECONNECTING 1m"],
    ["when the session is over", [UP, { type: "session", phase: "expired" }], "SIGNED OUT, press R"],
  ] as [string, ShellAction[], string][])("says %s how the line is", async (_, actions, words) => {
    expect(await drawn(headerLine(shellOf(100, ...actions), DESK), 100)).toContain(words);
  });

  test("says whether anything can be changed, and where", async () => {
    expect(await drawn(headerLine(shellOf(80), DESK), 80)).toContain("prod-eu [READ-WRITE]");
    const careful = headerLine(shellOf(80), { place: "a\u001b[2Jb", isReadonly: true });
    expect(await drawn(careful, 80)).toContain("a�[2Jb [READ-ONLY]");
  });

  test("gives way at its left, whatever the names", async () => {
    const me: ShellAction = { type: "identified", me: { id: "x", name: "世界".repeat(30), role: "admin" } };
    const text = await drawn(headerLine(shellOf(80, UP, NUMBERS, me), DESK), 80);
    expect(text).toEndWith("overdue 2");
    expect(text).toMatch(/… +LIVE/);
  });
});

test("the tabs say which screen is in front, and leave a blank before what it says of itself", async () => {
  const live: ShellAction = { type: "went", screen: "live" };
  expect(await drawn(tabsLine(shellOf(100, live), ""), 100)).toContain(" 2 Blocks  [3]Live  4 Users");
  const facts = "1 marked  sort:SLA  filter: none";
  expect(await drawn(tabsLine(shellOf(80), facts), 80)).toEndWith(`5 Audit ${facts}`);
});

describe("the word at the bottom", () => {
  const said = (kind: "ok" | "info" | "warn" | "error"): ShellAction => ({
    type: "said",
    toast: { kind, text: "done", until: STAGE_NOW + 6_000 },
  });

  test.each([
    ["ok", " ok  done"],
    ["info", " --  done"],
    ["warn", " !   done"],
    ["error", " !!  done"],
  ] as const)("has a sign for %s, not a colour alone", async (kind, text) => {
    expect(await drawn(statusLine(shellOf(80, said(kind))), 80)).toBe(text);
  });

  test("goes away, and so does the way back, which counts down", async () => {
    const undo: ShellAction = {
      type: "undoable",
      undo: { reportIds: ["a"], until: STAGE_NOW + 8_000 },
    };
    const at = (ms: number) =>
      statusLine(shellOf(80, said("ok"), undo, { type: "ticked", now: STAGE_NOW + ms }));
    expect(await drawn(at(1), 80)).toEndWith("[u] undo 8s");
    expect(await drawn(at(5_999), 80)).toStartWith(" ok  done");
    expect(await drawn(at(6_000), 80)).not.toContain("done");
    expect(await drawn(at(7_999), 80)).toEndWith("[u] undo 1s");
    expect(await drawn(at(8_000), 80)).toBe("");
  });

  test("gives way to a line to be typed, with a hint, what is typed, and what is wrong with it", async () => {
    const prompt = (text: string, error?: string): ShellAction => ({
      type: "overlay",
      overlay: { kind: "prompt", prompt: openPrompt({ sign: "/", hint: "cat:scam", text, error }) },
    });
    expect(await drawn(statusLine(shellOf(80, said("ok"), prompt(""))), 80)).toMatch(/^ \/ ▏ +cat:scam $/);
    expect(await drawn(statusLine(shellOf(80, prompt("cat:x"))), 80)).toBe(" / cat:x▏");
    expect(await drawn(statusLine(shellOf(80, prompt("cat:x", "is one of a, b"))), 80)).toMatch(
      /^ \/ cat:x▏ +is one of a, b $/,
    );
    const long = await drawn(statusLine(shellOf(80, prompt("x".repeat(300)))), 80);
    expect(long).toEndWith("x▏");
    expect(cells(long)).toBeLessThanOrEqual(80);
  });
});

test("the cursor stays in sight, wherever it stands in a line that is too long", () => {
  const { text } = lineOf("世".repeat(50) + "x".repeat(50));
  for (const at of [0, 10, 50, 77, 100]) {
    const parts = cursorText({ text, at }, 20);
    expect(cells(parts[0]!.text)).toBeLessThanOrEqual(18);
    expect(parts[1]!.text).toBe("▏");
    expect(parts.map((part) => part.text).join("")).toEndWith(text.slice(at));
  }
});

describe("the key hints", () => {
  const screens: Context[][] = [
    ["reports", "list", "anywhere"],
    ["blocks", "list", "anywhere"],
    ["live", "anywhere"],
    ["users", "list", "anywhere"],
    ["audit", "list", "anywhere"],
  ];

  test("fit at every width, and never leave out the way to all keys and the way out", async () => {
    for (const contexts of screens) {
      for (const width of [30, 80, 100, 200]) {
        const text = await drawn(footerLine(contexts, width), width);
        expect(text).toEndWith("? all keys  q quit");
        const first = footerOf(contexts).filter((part) => text.includes(part));
        expect(text).toBe(` ${first.join("  ")}`);
      }
    }
  });

  test("all fit at 200 columns", async () => {
    for (const contexts of screens) {
      const wanted = KEYS.filter((entry) => contexts.includes(entry.in) && "foot" in entry);
      const text = await drawn(footerLine(contexts, 200), 200);
      for (const entry of wanted) if ("foot" in entry) expect(text).toContain(entry.foot[1]);
    }
  });
});
