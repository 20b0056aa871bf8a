import { describe, expect, test } from "bun:test";
import { drawLines, paintLines } from "../../test/tui/ink_frames.tsx";
import { initialState, type State, withLink } from "../desk/state.ts";
import { type Line, line, toned } from "../spans.ts";
import { detailPanel, hiddenLines } from "./detail_panel.ts";
import { emptyRows, loaded } from "./rows.ts";
import type { ListSpec } from "./spec.ts";
import { emptyListScreen, type ListScreenState, type Opened } from "./state.ts";

const NOW = 1_000_000;
const failure = { kind: "refused", code: "NOT_FOUND", text: "it is \u202egone", details: [] } as const;

interface Row {
  readonly id: string;
}
const SPEC = {
  readDetail: async () => [],
  detailTitle: ({ id }) => id,
  detail: (_, detail) => detail ?? [line("the head")],
  actions: [line("[x] act")],
} satisfies Partial<ListSpec<Row, Line[]>> as unknown as ListSpec<Row, Line[]>;

function stateAt(now = NOW): State {
  return initialState({ size: { columns: 100, rows: 24 }, session: "signed_in", now });
}

function screenOf(opened: Partial<Opened<Line[]>>): ListScreenState<Row, Line[]> {
  return {
    ...emptyListScreen(),
    rows: loaded(emptyRows<Row>(), { rows: [{ id: "R-1" }], cursor: null }),
    opened: { id: "R-1", detail: null, failure: null, since: NOW, scroll: 0, ...opened },
  };
}

const pane = (opened: Partial<Opened<Line[]>>, state = stateAt()) =>
  detailPanel(state, SPEC, screenOf(opened));

const many = Array.from({ length: 40 }, (_, index) => line(`line ${index}`));
const drawn = (...args: Parameters<typeof pane>) => drawLines(pane(...args), 50);

describe("a detail in its pane", () => {
  test("shows what fits, how much does not, and what can be done in its last line", async () => {
    const lines = await drawn({ detail: many });
    expect(lines).toHaveLength(20);
    expect(lines[1]).toStartWith("│ line 0 ");
    expect(lines.at(-4)).toStartWith("│ line 15 ");
    expect(lines.at(-3)).toStartWith("│ 24 more below");
    expect(lines.at(-2)).toStartWith("│[x] act");
  });

  test("scrolls to its end and not further", async () => {
    const hidden = hiddenLines(stateAt(), SPEC, screenOf({ detail: many }));
    expect(hidden).toBe(24);
    const lines = await drawn({ detail: many, scroll: 999 });
    expect(lines[1]).toStartWith(`│ line ${hidden} `);
    expect(lines.at(-4)).toStartWith("│ line 39 ");
    expect(lines.join("\n")).not.toContain("more below");
  });

  test("shows what the row alone tells until the rest is there, and says so when that takes long", async () => {
    const early = (await drawn({}, stateAt(NOW + 149))).join("\n");
    expect(early).toContain("the head");
    expect(early).not.toContain("Loading");
    expect((await drawn({}, stateAt(NOW + 150))).join("\n")).toContain("Loading…");
  });

  test("says why it cannot be shown, and how to try again", async () => {
    const text = (await drawn({ failure })).join("\n");
    expect(text).toContain("the head");
    expect(text).toContain("it is gone");
    expect(text).toContain("[R] try again");
  });

  test("is dimmed, all of it, when it may be old", async () => {
    const red = [line(toned("bad", "alarm"))];
    const fresh = await paintLines(pane({ detail: red }), 50);
    const old = await paintLines(pane({ detail: red }, withLink(stateAt(), "down", NOW)), 50);
    expect(fresh).toContain("\u001b[31m");
    expect(old).not.toContain("\u001b[31m");
    expect(Bun.stripANSI(old)).toBe(Bun.stripANSI(fresh));
  });
});
