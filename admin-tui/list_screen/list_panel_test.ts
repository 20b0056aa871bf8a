import { describe, expect, test } from "bun:test";
import { drawLines, paintLines } from "../../test/tui/ink_frames.tsx";
import type { Failure } from "../desk/failure.ts";
import { initialState, type State } from "../desk/state.ts";
import type { Layout } from "../layout.ts";
import { line } from "../spans.ts";
import { listPanel } from "./list_panel.ts";
import { emptyRows, failed, loaded, loading, moveTo, type Rows, toggleMark } from "./rows.ts";
import type { ListSpec } from "./spec.ts";
import { emptyListScreen, type ListScreenState } from "./state.ts";

interface Row {
  readonly id: string;
}
const SIZE = { width: 30, height: 9 };
const LAYOUT = { listWidth: SIZE.width, bodyHeight: SIZE.height, innerHeight: SIZE.height - 2 } as Layout;
const EMPTY_LIST = emptyRows<Row>();
const rows = (length: number): Row[] => Array.from({ length }, (_, index) => ({ id: `row ${index}` }));
const load = (more: readonly Row[], cursor: string | null = null) =>
  loaded(EMPTY_LIST, { rows: more, cursor });

interface Facts {
  readonly now?: number;
  readonly total?: number;
  readonly focus?: ListScreenState<Row, never>["focus"];
  /** Called for every row that is drawn. */
  readonly onRow?: () => void;
}

function panelOf(list: Rows<Row>, { now = 0, total, focus = "detail", onRow = () => {} }: Facts = {}) {
  const spec: Partial<ListSpec<Row, never>> = {
    title: () => "Things",
    total: () => total,
    heading: () => line("   HEADING"),
    row({ id }) {
      onRow();
      return line(`   ${id}`);
    },
    empty: () => ["Nothing", "do this"],
  };
  const initial = initialState({ size: { columns: 80, rows: 24 }, session: "signed_in", now });
  const state: State = { ...initial, layout: LAYOUT };
  return listPanel(state, spec as ListSpec<Row, never>, { ...emptyListScreen(), rows: list, focus });
}

const shown = (list: Rows<Row>, facts?: Facts) => drawLines(panelOf(list, facts), SIZE.width);

describe("a list in its pane", () => {
  test("shows its window, what is selected, and how much more there is", async () => {
    expect(await shown(moveTo(load(rows(12)), 5))).toEqual([
      "┌ Things 4-8 of 12 ──────────┐",
      "│   HEADING                  │",
      "│   row 3                    │",
      "│   row 4                    │",
      "│>  row 5                    │",
      "│   row 6                    │",
      "│   row 7                    │",
      "│  4 more below              │",
      "└────────────────────────────┘",
    ]);
  });

  test("draws the rows that are seen, however many there are", () => {
    let drawn = 0;
    panelOf(moveTo(load(rows(10_000)), 5_000), { onRow: () => void drawn++ });
    expect(drawn).toBe(5);
  });

  test("is as high with fewer rows than it has room for", async () => {
    const lines = await shown(load(rows(2)));
    expect(lines).toHaveLength(SIZE.height);
    expect(lines[0]).toContain("Things 1-2 of 2");
    expect(lines.slice(4, 8)).toEqual(Array(4).fill(`│${" ".repeat(28)}│`));
  });

  test("says that there is more on the server, and how much when that is known", async () => {
    expect((await shown(load(rows(2), "next"))).join("\n")).toContain("more on the server: G");
    expect((await shown(load(rows(2), "next")))[0]).toContain("1-2 of 2+");
    expect((await shown(load(rows(2), "next"), { total: 1_234 }))[0]).toContain("1-2 of 1,234");
    const more = loading(load(rows(2), "next"), "more", 0);
    expect((await shown(more)).join("\n")).toContain("loading more");
  });

  test("marks the selected row by a sign and by its colours turned round", async () => {
    const painted = await paintLines(panelOf(load(rows(3))), SIZE.width);
    const inverse = painted.split("\n").filter((each) => each.includes("\u001b[7m"));
    expect(inverse.map((each) => Bun.stripANSI(each))).toEqual(["│>  row 0                    │"]);
  });

  test("marks marked rows by a sign, the selected one too", async () => {
    const marked = toggleMark(toggleMark(load(rows(3)), "row 0"), "row 1");
    expect((await shown(marked)).slice(2, 5).map((each) => each.slice(1, 9))).toEqual([
      ">* row 0",
      " * row 1",
      "   row 2",
    ]);
  });

  test("that has the focus says so by a sign in its border, not by colour alone", async () => {
    expect((await shown(load(rows(1)), { focus: "list" }))[0]).toStartWith("┌ › Things");
    expect((await shown(load(rows(1))))[0]).toStartWith("┌ Things");
  });
});

describe("a list without rows", () => {
  const begun = loading(EMPTY_LIST, "first", 0);
  const failure: Failure = { kind: "unreachable", code: "X", text: "no \u001b[31mline", details: [] };

  test.each([
    ["says nothing in the first moments", begun, { now: 149 }, "", "Loading"],
    ["says that it loads when that takes long", begun, { now: 150 }, "Loading…", "Nothing"],
    ["says that there is nothing, and what to do", load([]), {}, "Nothing", "Loading"],
    ["says what is wrong", failed(begun, failure), {}, "no �[31mline", "Nothing"],
    ["says how to try again", failed(begun, failure), {}, "[R] try again", "Loading"],
  ] as [string, Rows<Row>, Facts, string, string][])("%s", async (_, list, facts, has, hasNot) => {
    const lines = await shown(list, facts);
    expect(lines).toHaveLength(SIZE.height);
    expect(lines.join("\n")).toContain(has);
    expect(lines.join("\n")).not.toContain(hasNot);
  });

  test("keeps the rows that it has when it cannot be read again", async () => {
    const lines = await shown(failed(loading(load(rows(2)), "first", 0), failure));
    expect(lines.join("\n")).toContain("row 1");
  });
});
