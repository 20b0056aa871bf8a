import { describe, expect, test } from "bun:test";
import {
  dropped,
  emptyRows,
  filtered,
  loaded,
  loadedMore,
  moveTo,
  patched,
  type Rows,
  selectedRow,
  toggleMark,
  windowOf,
} from "./rows.ts";

interface Row {
  readonly id: string;
  readonly text?: string;
}
const rows = (...ids: string[]): Row[] => ids.map((id) => ({ id }));
const load = (list: Rows<Row>, ...ids: string[]) => loaded(list, { rows: rows(...ids), cursor: null });

describe("a list", () => {
  const list = moveTo(load(emptyRows<Row>(), "a", "b", "c"), 1);

  test("keeps the selected row over a reload, wherever it went", () => {
    expect(selectedRow(load(list, "x", "a", "c", "b"))?.id).toBe("b");
  });

  test("selects what stands in the place of a row that went away", () => {
    expect(selectedRow(load(list, "a", "c"))?.id).toBe("c");
    expect(selectedRow(dropped(list, "b"))?.id).toBe("c");
    expect(selectedRow(load(list))).toBeUndefined();
  });

  test("forgets the count of new rows when it is read again", () => {
    expect(load({ ...list, news: 2 }, "a").news).toBe(0);
  });

  test("stays within its ends, forgets marks of rows that are gone", () => {
    expect(moveTo(list, 99).index).toBe(2);
    expect(moveTo(list, -99).index).toBe(0);
    const marked = toggleMark(toggleMark(list, "a"), "b");
    expect([...load(marked, "b").marked]).toEqual(["b"]);
    expect([...toggleMark(marked, "a").marked]).toEqual(["b"]);
  });

  test("a later page replaces what it holds again", () => {
    const more = loadedMore(list, { rows: [{ id: "a", text: "new" }, { id: "d" }], cursor: null });
    expect(more.all.map(({ id }) => id)).toEqual(["b", "c", "a", "d"]);
  });

  test("a changed row stays under the cursor although the filter would hide it now", () => {
    const visible = filtered(list, ({ text }) => text === undefined);
    const changed = patched(visible, (row) => (row.id === "b" ? { ...row, text: "x" } : row));
    expect(selectedRow(changed)).toEqual({ id: "b", text: "x" });
    expect(patched(list, (row) => row)).toBe(list);
  });

  test("its window follows the selection and never leaves the list", () => {
    const shown = rows(...Array.from({ length: 100 }, (_, index) => String(index)));
    expect(windowOf({ shown, index: 0 }, 10)).toEqual({ from: 0, to: 10 });
    expect(windowOf({ shown, index: 50 }, 10)).toEqual({ from: 45, to: 55 });
    expect(windowOf({ shown, index: 99 }, 10)).toEqual({ from: 90, to: 100 });
  });
});
