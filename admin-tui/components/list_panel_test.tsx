import { describe, expect, test } from "bun:test";
import { drawLines, paintLines } from "../../test/tui/drawn.tsx";
import { emptyList, type ListAction, reduceList } from "../desk/list_state.ts";
import { line } from "../spans.ts";
import { listPanel } from "./list_panel.ts";

interface Row {
  readonly id: string;
}
const SIZE = { width: 30, height: 9 };
const rows = (length: number): Row[] => Array.from({ length }, (_, index) => ({ id: `row ${index}` }));
const loaded = (more: readonly Row[], cursor: string | null = null): ListAction<Row> => ({
  type: "loaded",
  rows: more,
  cursor,
  more: false,
  now: 0,
});

function panelOf(
  actions: readonly ListAction<Row>[],
  more: Partial<Parameters<typeof listPanel<Row>>[0]> = {},
) {
  return listPanel<Row>({
    name: "Things",
    list: actions.reduce(reduceList<Row>, emptyList<Row>()),
    ...SIZE,
    heading: line("   HEADING"),
    row: ({ id }) => line(`   ${id}`),
    empty: ["Nothing", "do this"],
    isFocused: false,
    isStale: false,
    now: 0,
    ...more,
  });
}

const shown = (...args: Parameters<typeof panelOf>) => drawLines(panelOf(...args), SIZE.width);

describe("a list in its pane", () => {
  test("shows its window, what is selected, and how much more there is", async () => {
    expect(await shown([loaded(rows(12)), { type: "movedTo", index: 5 }])).toEqual([
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

  test("is as high with fewer rows than it has room for", async () => {
    const lines = await shown([loaded(rows(2))]);
    expect(lines).toHaveLength(SIZE.height);
    expect(lines[0]).toContain("Things 1-2 of 2");
    expect(lines.slice(4, 8)).toEqual(Array(4).fill(`│${" ".repeat(28)}│`));
  });

  test("says that there is more on the server, and how much when that is known", async () => {
    expect((await shown([loaded(rows(2), "next")])).join("\n")).toContain("more on the server: G");
    expect((await shown([loaded(rows(2), "next")]))[0]).toContain("1-2 of 2+");
    expect((await shown([loaded(rows(2), "next")], { total: 1_234 }))[0]).toContain("1-2 of 1,234");
    const loading: ListAction<Row> = { type: "loading", more: true, now: 0 };
    expect((await shown([loaded(rows(2), "next"), loading])).join("\n")).toContain("loading more");
  });

  test("marks the selected row by a sign and by its colours turned round", async () => {
    const painted = await paintLines(panelOf([loaded(rows(3))]), SIZE.width);
    const inverse = painted.split("\n").filter((each) => each.includes("\u001b[7m"));
    expect(inverse.map((each) => Bun.stripANSI(each))).toEqual(["│>  row 0                    │"]);
  });

  test("that has the focus says so by a sign in its border, not by colour alone", async () => {
    expect((await shown([loaded(rows(1))], { isFocused: true }))[0]).toStartWith("┌ › Things");
    expect((await shown([loaded(rows(1))]))[0]).toStartWith("┌ Things");
  });
});

describe("a list without rows", () => {
  const loading: ListAction<Row> = { type: "loading", more: false, now: 0 };
  const failure = { kind: "unreachable", code: "X", text: "no \u001b[31mline", details: [] } as const;

  test.each([
    ["says nothing in the first moments", [loading], { now: 149 }, "", "Loading"],
    ["says that it loads when that takes long", [loading], { now: 150 }, "Loading…", "Nothing"],
    ["says that there is nothing, and what to do", [loaded([])], {}, "Nothing", "Loading"],
    ["says what is wrong", [loading, { type: "failed", failure }], {}, "no �[31mline", "Nothing"],
    ["says how to try again", [loading, { type: "failed", failure }], {}, "[R] try again", "Loading"],
  ] as [string, ListAction<Row>[], object, string, string][])("%s", async (_, actions, more, has, hasNot) => {
    const lines = await shown(actions, more);
    expect(lines).toHaveLength(SIZE.height);
    expect(lines.join("\n")).toContain(has);
    expect(lines.join("\n")).not.toContain(hasNot);
  });

  test("keeps the rows that it has when it cannot be read again", async () => {
    const lines = await shown([loaded(rows(2)), loading, { type: "failed", failure }]);
    expect(lines.join("\n")).toContain("row 1");
  });
});
