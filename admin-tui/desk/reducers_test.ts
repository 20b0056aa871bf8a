import { describe, expect, test } from "bun:test";
import { type DialogState, isCancel, openDialog, pressDialog } from "./dialog_state.ts";
import { editLine, lineOf } from "./line_edit.ts";
import {
  emptyList,
  type ListAction,
  type ListState,
  reduceList,
  selectedRow,
  windowOf,
} from "./list_state.ts";
import { pressesOf } from "./press.ts";

interface Row {
  readonly id: string;
  readonly text?: string;
}
const rows = (...ids: string[]): Row[] => ids.map((id) => ({ id }));
const play = (list: ListState<Row>, ...actions: ListAction<Row>[]) => actions.reduce(reduceList<Row>, list);
const loaded = (more: Row[], cursor: string | null = null): ListAction<Row> => ({
  type: "loaded",
  rows: more,
  cursor,
  more: false,
  now: 1,
});

describe("a list", () => {
  const list = play(emptyList<Row>(), loaded(rows("a", "b", "c")), { type: "movedTo", index: 1 });

  test("keeps the selected row over a reload, wherever it went", () => {
    expect(selectedRow(play(list, loaded(rows("x", "a", "c", "b"))))?.id).toBe("b");
  });

  test("selects what stands in the place of a row that went away", () => {
    expect(selectedRow(play(list, loaded(rows("a", "c"))))?.id).toBe("c");
    expect(selectedRow(play(list, { type: "dropped", id: "b" }))?.id).toBe("c");
    expect(selectedRow(play(list, loaded([])))).toBeUndefined();
  });

  test("counts new rows and does not insert them", () => {
    const told = play(list, { type: "announced" }, { type: "announced" });
    expect([told.news, told.rows.length]).toEqual([2, 3]);
    expect(play(told, loaded(rows("a"))).news).toBe(0);
  });

  test("stays within its ends, forgets marks of rows that are gone", () => {
    expect(play(list, { type: "moved", by: 99 }).index).toBe(2);
    expect(play(list, { type: "moved", by: -99 }).index).toBe(0);
    const marked = play(list, { type: "marked", id: "a" }, { type: "marked", id: "b" }, loaded(rows("b")));
    expect([...marked.marked]).toEqual(["b"]);
  });

  test("a later page replaces what it holds again", () => {
    const more: ListAction<Row> = {
      type: "loaded",
      rows: [{ id: "a", text: "new" }, { id: "d" }],
      cursor: null,
      more: true,
      now: 1,
    };
    expect(play(list, more).rows.map(({ id }) => id)).toEqual(["b", "c", "a", "d"]);
  });

  test("a changed row stays under the cursor although the filter would hide it now", () => {
    const filtered = play(list, { type: "filtered", lets: ({ text }) => text === undefined });
    const changed = play(filtered, { type: "patched", id: "b", change: (row) => ({ ...row, text: "x" }) });
    expect(selectedRow(changed)).toEqual({ id: "b", text: "x" });
  });

  test("its window follows the selection and never leaves the list", () => {
    const shown = rows(...Array.from({ length: 100 }, (_, index) => String(index)));
    expect(windowOf({ shown, index: 0 }, 10)).toEqual({ from: 0, to: 10 });
    expect(windowOf({ shown, index: 50 }, 10)).toEqual({ from: 45, to: 55 });
    expect(windowOf({ shown, index: 99 }, 10)).toEqual({ from: 90, to: 100 });
  });
});

describe("a dialog", () => {
  const spec = {
    title: "Ban",
    lines: [],
    confirm: "Ban",
    fields: [
      {
        id: "reason",
        label: "Reason",
        suggestions: ["one", "two"],
        check: (text: string) => (text ? undefined : "is required"),
      },
      {
        id: "handle",
        label: "Type mia",
        check: (text: string) => (text === "mia" ? undefined : "must be mia"),
      },
    ],
  };
  const type = (state: DialogState, ...keys: string[]) => {
    let step = { kind: "stay", state } as ReturnType<typeof pressDialog>;
    for (const key of keys) {
      if (step.kind !== "stay") break;
      step = pressDialog(step.state, key.length === 1 ? { key, text: key } : { key });
    }
    return step;
  };

  test("Enter all the way through ends on Cancel, and Enter there cancels", () => {
    const step = type(openDialog(spec), "down", "enter", "m", "i", "a", "enter");
    expect(step.kind === "stay" && isCancel(step.state)).toBe(true);
    expect(type(openDialog(spec), "down", "enter", "m", "i", "a", "enter", "enter").kind).toBe("cancelled");
  });

  test("nothing is confirmed with a wrong field", () => {
    const step = type(openDialog(spec), "down", "enter", "x", "tab", "y");
    expect(step.kind === "stay" && step.state.fields[1]?.error).toBe("must be mia");
    expect(type(openDialog(spec), "down", "enter", "m", "i", "a", "enter", "y")).toEqual({
      kind: "confirmed",
      values: { reason: "one", handle: "mia" },
    });
  });

  test("a paste fills a field and presses nothing", () => {
    const step = pressDialog(openDialog(spec), { key: "paste", text: "y\n\u001b[31m" });
    expect(step.kind === "stay" && step.state.fields[0]?.line.text).toBe("y �[31m");
  });
});

test("several keys in one input are several keys", () => {
  const none = {} as Parameters<typeof pressesOf>[1];
  expect(pressesOf("jj\rG", none).map(({ key }) => key)).toEqual(["j", "j", "enter", "G"]);
  expect(pressesOf("", { ...none, tab: true, shift: true })).toEqual([{ key: "shift+tab" }]);
  expect(pressesOf("x", { ...none, meta: true })).toEqual([]);
});

test("a line is edited by characters, not by code units", () => {
  const line = lineOf("a世b");
  expect(editLine(line, { key: "backspace" }, 9)).toEqual({ text: "a世", at: 2 });
  expect(editLine({ ...line, at: 2 }, { key: "backspace" }, 9)).toEqual({ text: "ab", at: 1 });
  expect(editLine(line, { key: "x", text: "long" }, 4)).toEqual({ text: "a世bl", at: 4 });
  expect(editLine(lineOf("one two"), { key: "ctrl+w" }, 9)).toEqual({ text: "one ", at: 4 });
});
