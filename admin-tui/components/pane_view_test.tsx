import { describe, expect, test } from "bun:test";
import { drawLines, paintLines } from "../../test/tui/drawn.tsx";
import { initialShell, reduceShell, type ShellAction } from "../desk/shell_state.ts";
import { line, toned } from "../spans.ts";
import { detailPanel, linesHidden } from "./pane_view.ts";

const NOW = 1_000_000;
const failure = { kind: "refused", code: "NOT_FOUND", text: "it is \u202egone", details: [] } as const;
const opened = { failure: null, since: NOW, scroll: 0 };

function shellOf(...actions: ShellAction[]) {
  const size = { columns: 100, rows: 24 };
  return actions.reduce(reduceShell, initialShell({ size, session: "signed_in", now: NOW }));
}

function pane(more: Partial<Parameters<typeof detailPanel>[1]>, shell = shellOf()) {
  return detailPanel(shell, {
    title: "R-1",
    head: [line("the head")],
    lines: null,
    actions: [line("[x] act")],
    open: opened,
    isFocused: false,
    ...more,
  });
}

const many = Array.from({ length: 40 }, (_, index) => line(`line ${index}`));
const drawn = (...args: Parameters<typeof pane>) => drawLines(pane(...args), 50);

describe("a detail in its pane", () => {
  test("shows what fits, how much does not, and what can be done in its last line", async () => {
    const lines = await drawn({ lines: many });
    expect(lines).toHaveLength(20);
    expect(lines[1]).toStartWith("│ line 0 ");
    expect(lines.at(-4)).toStartWith("│ line 15 ");
    expect(lines.at(-3)).toStartWith("│ 24 more below");
    expect(lines.at(-2)).toStartWith("│[x] act");
  });

  test("scrolls to its end and not further", async () => {
    const hidden = linesHidden(shellOf().layout, { lines: many.length, actions: 1 });
    expect(hidden).toBe(24);
    const lines = await drawn({ lines: many, open: { ...opened, scroll: 999 } });
    expect(lines[1]).toStartWith(`│ line ${hidden} `);
    expect(lines.at(-4)).toStartWith("│ line 39 ");
    expect(lines.join("\n")).not.toContain("more below");
  });

  test("shows what the row alone tells until the rest is there, and says so when that takes long", async () => {
    const early = (await drawn({}, shellOf({ type: "ticked", now: NOW + 149 }))).join("\n");
    expect(early).toContain("the head");
    expect(early).not.toContain("Loading");
    expect((await drawn({}, shellOf({ type: "ticked", now: NOW + 150 }))).join("\n")).toContain("Loading…");
  });

  test("says why it cannot be shown, and how to try again", async () => {
    const text = (await drawn({ open: { ...opened, failure } })).join("\n");
    expect(text).toContain("the head");
    expect(text).toContain("it is gone");
    expect(text).toContain("[R] try again");
  });

  test("is dimmed, all of it, when it may be old", async () => {
    const red = [line(toned("bad", "alarm"))];
    const fresh = await paintLines(pane({ lines: red }), 50);
    const old = await paintLines(
      pane({ lines: red }, shellOf({ type: "link", state: "down", now: NOW })),
      50,
    );
    expect(fresh).toContain("\u001b[31m");
    expect(old).not.toContain("\u001b[31m");
    expect(Bun.stripANSI(old)).toBe(Bun.stripANSI(fresh));
  });
});
