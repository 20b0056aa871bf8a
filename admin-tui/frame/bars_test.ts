import { describe, expect, test } from "bun:test";
import { ANA, FIXED_NOW, STATS } from "../../test/tui/fixtures.ts";
import { drawLines } from "../../test/tui/ink_frames.tsx";
import { cells } from "../cells.ts";
import { initialState, type State, ticked, withLink, withStats } from "../desk/state.ts";
import { fieldOf } from "../desk/text_field.ts";
import { footerOf } from "../key_help.ts";
import { type Context, KEYS } from "../keys.ts";
import type { Line } from "../spans.ts";
import { cursorText, footerLine, headerLine, statusLine, tabsLine } from "./bars.ts";

const DESK = { place: "prod-eu", isReadonly: false };
type Change = (state: State) => State;
const up: Change = (state) => withLink(state, "up", FIXED_NOW);
const numbers: Change = (state) => withStats(state, STATS, FIXED_NOW);
const set =
  (parts: Partial<State>): Change =>
  (state) => ({ ...state, ...parts });
const me = set({ me: { ...ANA, role: "moderator" } });

function stateOf(columns: number, ...changes: Change[]): State {
  const initial = initialState({ size: { columns, rows: 24 }, session: "signed_in", now: FIXED_NOW });
  return changes.reduce((state, change) => change(state), initial);
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
    const text = await drawn(headerLine(stateOf(columns, up, numbers, me), DESK), columns);
    for (const part of has) expect(text).toContain(part);
    for (const part of hasNot) expect(text).not.toContain(part);
  });

  test.each([
    ["before it is up", [], "CONNECTING"],
    ["when it is up", [up], "LIVE"],
    ["with the round trip", [up, set({ latency: { ms: 42, at: FIXED_NOW - 14_000 } })], "LIVE 42ms"],
    ["when it is lost", [(state) => withLink(state, "down", FIXED_NOW - 65_000)], "RECONNECTING 1m"],
    ["when the session is over", [up, set({ session: "expired" })], "SIGNED OUT, press R"],
  ] as [string, Change[], string][])("says %s how the connection is", async (_, changes, words) => {
    expect(await drawn(headerLine(stateOf(100, ...changes), DESK), 100)).toContain(words);
  });

  test("shows no round trip that was measured a while ago", async () => {
    const old = set({ latency: { ms: 42, at: FIXED_NOW - 16_000 } });
    expect(await drawn(headerLine(stateOf(100, up, old), DESK), 100)).not.toContain("42ms");
  });

  test("says whether anything can be changed, and where", async () => {
    expect(await drawn(headerLine(stateOf(80), DESK), 80)).toContain("prod-eu [READ-WRITE]");
    const careful = headerLine(stateOf(80), { place: "a\u001b[2Jb", isReadonly: true });
    expect(await drawn(careful, 80)).toContain("a�[2Jb [READ-ONLY]");
  });

  test("gives way at its left, whatever the names", async () => {
    const long = set({ me: { id: "x", name: "世界".repeat(30), role: "admin" } });
    const text = await drawn(headerLine(stateOf(80, up, numbers, long), DESK), 80);
    expect(text).toEndWith("overdue 2");
    expect(text).toMatch(/… +LIVE/);
  });
});

test("the tabs say which screen is in front, and what it says of itself as far as that fits", async () => {
  const live = stateOf(100, set({ screen: "live" }));
  expect(await drawn(tabsLine(live, []), 100)).toContain(" 2 Blocks  [3]Live  4 Users");
  const facts = ["1 marked", "sort: priority, due"];
  expect(await drawn(tabsLine(stateOf(90), facts), 90)).toMatch(
    /6 Appeals +1 marked {2}sort: priority, due$/,
  );
  const many = ["2 new: press R", "filter: cat:scam", "sort: priority, due"];
  expect(await drawn(tabsLine(stateOf(95), many), 95)).toMatch(/2 new: press R {2}filter: cat:scam$/);
});

describe("the message at the bottom", () => {
  const said = (kind: "ok" | "info" | "warn" | "error") =>
    set({ toast: { kind, text: "done", until: FIXED_NOW + 6_000 } });

  test.each([
    ["ok", " ok  done"],
    ["info", " --  done"],
    ["warn", " !   done"],
    ["error", " !!  done"],
  ] as const)("has a sign for %s, not a colour alone", async (kind, text) => {
    expect(await drawn(statusLine(stateOf(80, said(kind))), 80)).toBe(text);
  });

  test("goes away, and so does the way back, which counts down", async () => {
    const undo = set({ undo: { reportIds: ["a"], until: FIXED_NOW + 8_000 } });
    const at = (ms: number) =>
      statusLine(stateOf(80, said("ok"), undo, (state) => ticked(state, FIXED_NOW + ms)));
    expect(await drawn(at(1), 80)).toEndWith("[u] undo 8s");
    expect(await drawn(at(5_999), 80)).toStartWith(" ok  done");
    expect(await drawn(at(6_000), 80)).not.toContain("done");
    expect(await drawn(at(7_999), 80)).toEndWith("[u] undo 1s");
    expect(await drawn(at(8_000), 80)).toBe("");
  });

  test("gives way to what a line to be typed expects, or what is wrong with it; the line is in the last row", async () => {
    const prompt = (text: string, error?: string) =>
      set({
        overlay: { kind: "prompt", prompt: { sign: "/", hint: "cat:scam", line: fieldOf(text), error } },
      });
    const rows = async (state: State) => [
      await drawn(statusLine(state), 80),
      await drawn(footerLine(state, ["prompt"]), 80),
    ];
    expect(await rows(stateOf(80, said("ok"), prompt("")))).toEqual([
      " cat:scam",
      expect.stringMatching(/^ \/ ▏ +enter do it {2}esc back ?$/),
    ]);
    const wrong = `is one of ${"many ".repeat(30)}`;
    const [error, line] = await rows(stateOf(80, prompt("cat:x", wrong)));
    expect(error).toStartWith(" ! is one of many");
    expect(line).toStartWith(" / cat:x▏");
    const [, long = ""] = await rows(stateOf(80, prompt("x".repeat(300))));
    expect(long).toMatch(/x▏ +enter do it {2}esc back ?$/);
    expect(cells(long)).toBeLessThanOrEqual(80);
  });
});

test("the cursor stays in sight, wherever it stands in a line that is too long", () => {
  const { text } = fieldOf("世".repeat(50) + "x".repeat(50));
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
    ["appeals", "list", "anywhere"],
  ];

  test("fit at every width, and never leave out the way to all keys and the way out", async () => {
    for (const contexts of screens) {
      for (const width of [30, 80, 100, 200]) {
        const text = await drawn(footerLine(stateOf(width), contexts), width);
        expect(text).toEndWith("? keys  q quit");
        const first = footerOf(contexts).filter((part) => text.includes(part));
        expect(text).toBe(` ${first.join("  ")}`);
      }
    }
  });

  test("all fit at 200 columns", async () => {
    for (const contexts of screens) {
      const wanted = KEYS.filter((entry) => contexts.includes(entry.in) && "foot" in entry);
      const text = await drawn(footerLine(stateOf(200), contexts), 200);
      for (const entry of wanted) if ("foot" in entry) expect(text).toContain(entry.foot[1]);
    }
  });
});
