/**
 * A list that is read page by page: its rows, which of them is selected, which are marked, what is on its way.
 * The selection is an id and survives every reload; new rows are counted, never pushed under the cursor. Pure.
 * @module
 */
import type { Failure } from "./failure.ts";

interface Identified {
  readonly id: string;
}

/** See the module. */
export interface ListState<Row extends Identified> {
  readonly rows: readonly Row[];
  /** The rows that the filter of this screen lets through; what is drawn and moved over. */
  readonly shown: readonly Row[];
  readonly lets: (row: Row) => boolean;
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
  readonly phase: "idle" | "first" | "more" | "ready";
  /** When the load that is under way began, ms. */
  readonly since: number;
  /** When the rows were read, ms; 0: never. */
  readonly readAt: number;
  readonly failure: Failure | null;
  readonly selected: string | null;
  /** Where the selection stands in `shown`; kept when its row goes away. */
  readonly index: number;
  readonly marked: ReadonlySet<string>;
  /** Rows that exist on the server and are not here yet. */
  readonly news: number;
}

export type ListAction<Row extends Identified> =
  | { readonly type: "loading"; readonly more: boolean; readonly now: number }
  | {
      readonly type: "loaded";
      readonly rows: readonly Row[];
      readonly cursor: string | null;
      readonly more: boolean;
      readonly now: number;
    }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "moved"; readonly by: number }
  | { readonly type: "movedTo"; readonly index: number }
  | { readonly type: "selected"; readonly id: string }
  | { readonly type: "filtered"; readonly lets: (row: Row) => boolean }
  | { readonly type: "patched"; readonly id: string; readonly change: (row: Row) => Row }
  | { readonly type: "dropped"; readonly id: string }
  | { readonly type: "marked"; readonly id: string }
  | { readonly type: "unmarked" }
  | { readonly type: "announced" };

/** @returns A list of which nothing is known. */
export function emptyList<Row extends Identified>(): ListState<Row> {
  return {
    rows: [],
    shown: [],
    lets: () => true,
    cursor: null,
    phase: "idle",
    since: 0,
    readAt: 0,
    failure: null,
    selected: null,
    index: 0,
    marked: new Set(),
    news: 0,
  };
}

/** @returns The list after an action. */
export function reduceList<Row extends Identified>(
  list: ListState<Row>,
  action: ListAction<Row>,
): ListState<Row> {
  switch (action.type) {
    case "loading":
      return { ...list, phase: action.more ? "more" : "first", since: action.now, failure: null };
    case "loaded":
      return load(list, action);
    case "failed":
      return { ...list, phase: "ready", failure: action.failure };
    case "moved":
      return moveTo(list, list.index + action.by);
    case "movedTo":
      return moveTo(list, action.index);
    case "selected": {
      const index = list.shown.findIndex(({ id }) => id === action.id);
      return index < 0 ? list : moveTo(list, index);
    }
    case "filtered":
      return keepSelection({ ...list, lets: action.lets });
    case "patched":
      return patch(list, action.id, action.change);
    case "dropped":
      return keepSelection({
        ...list,
        rows: list.rows.filter(({ id }) => id !== action.id),
        marked: without(list.marked, action.id),
      });
    case "marked":
      return {
        ...list,
        marked: list.marked.has(action.id)
          ? without(list.marked, action.id)
          : new Set([...list.marked, action.id]),
      };
    case "unmarked":
      return list.marked.size === 0 ? list : { ...list, marked: new Set() };
    case "announced":
      return { ...list, news: list.news + 1 };
  }
}

/** @returns The selected row, if there is one. */
export function selectedRow<Row extends Identified>({ shown, index }: ListState<Row>): Row | undefined {
  return shown[index];
}

/** @returns The part of the list that is in a window of so many rows, the selection as near its middle as can be. */
export function windowOf(
  list: Pick<ListState<Identified>, "shown" | "index">,
  height: number,
): { from: number; to: number } {
  const { shown, index } = list;
  const last = Math.max(0, shown.length - height);
  const from = Math.min(last, Math.max(0, index - Math.floor(height / 2)));
  return { from, to: Math.min(shown.length, from + height) };
}

function load<Row extends Identified>(
  list: ListState<Row>,
  { rows, cursor, more, now }: Extract<ListAction<Row>, { type: "loaded" }>,
): ListState<Row> {
  // A row may have moved to a later page since the page before was read.
  const fresh = new Set(rows.map(({ id }) => id));
  const all = more ? [...list.rows.filter(({ id }) => !fresh.has(id)), ...rows] : rows;
  const known = new Set(all.map(({ id }) => id));
  const marked = new Set([...list.marked].filter((id) => known.has(id)));
  const next = { ...list, rows: all, cursor, marked, phase: "ready", failure: null, readAt: now } as const;
  return keepSelection(more ? next : { ...next, news: 0 });
}

/** The selected row stays selected where it went; when it is gone, the row in its place is. */
function keepSelection<Row extends Identified>(list: ListState<Row>): ListState<Row> {
  const shown = list.rows.filter(list.lets);
  const found = shown.findIndex(({ id }) => id === list.selected);
  return moveTo({ ...list, shown }, found < 0 ? list.index : found);
}

function moveTo<Row extends Identified>(list: ListState<Row>, index: number): ListState<Row> {
  const at = Math.max(0, Math.min(list.shown.length - 1, index));
  const selected = list.shown[at]?.id ?? null;
  return at === list.index && selected === list.selected ? list : { ...list, index: at, selected };
}

/** A row that no longer fits the filter stays where it is: it must not vanish under the cursor. */
function patch<Row extends Identified>(
  list: ListState<Row>,
  ...[id, change]: [string, (row: Row) => Row]
): ListState<Row> {
  const at = list.rows.findIndex((row) => row.id === id);
  const old = list.rows[at];
  if (old === undefined) return list;
  const row = change(old);
  if (row === old) return list;
  const shownAt = list.shown.findIndex((other) => other.id === id);
  return {
    ...list,
    rows: list.rows.with(at, row),
    shown: shownAt < 0 ? list.shown : list.shown.with(shownAt, row),
  };
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const rest = new Set(ids);
  rest.delete(id);
  return rest;
}
