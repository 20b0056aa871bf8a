/**
 * The rows of a list that is read page by page: which one is selected, which are marked, what is being loaded. The
 * selection is an id and survives every reload; new rows are counted, never inserted under the cursor. Pure.
 * @module
 */
import type { Failure } from "../desk/failure.ts";

export interface Identified {
  readonly id: string;
}

/** See the module. */
export interface Rows<Row extends Identified> {
  readonly all: readonly Row[];
  /** The rows that the filter lets through; what is drawn and moved over. */
  readonly shown: readonly Row[];
  lets(row: Row): boolean;
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
  readonly phase: "idle" | "first" | "more" | "ready";
  /** When the load that is under way began, ms. */
  readonly since: number;
  readonly failure: Failure | null;
  readonly selected: string | null;
  /** Where the selection stands in `shown`; kept when its row goes away. */
  readonly index: number;
  readonly marked: ReadonlySet<string>;
  /** How many rows exist on the server and are not here yet. */
  readonly news: number;
}

/** @returns A list of which nothing is known. */
export function emptyRows<Row extends Identified>(): Rows<Row> {
  return {
    all: [],
    shown: [],
    lets: () => true,
    cursor: null,
    phase: "idle",
    since: 0,
    failure: null,
    selected: null,
    index: 0,
    marked: new Set(),
    news: 0,
  };
}

/** @returns The selected row, if there is one. */
export function selectedRow<Row extends Identified>({ shown, index }: Rows<Row>): Row | undefined {
  return shown[index];
}

/** @returns The part of the list in a window of so many rows, the selection as near its middle as possible. */
export function windowOf(
  { shown, index }: Pick<Rows<Identified>, "shown" | "index">,
  height: number,
): { from: number; to: number } {
  const last = Math.max(0, shown.length - height);
  const from = Math.min(last, Math.max(0, index - Math.floor(height / 2)));
  return { from, to: Math.min(shown.length, from + height) };
}

/** A load begins. @param phase `first` reads the list anew. */
export function loading<Row extends Identified>(
  rows: Rows<Row>,
  phase: "first" | "more",
  now: number,
): Rows<Row> {
  return { ...rows, phase, since: now, failure: null };
}

/** The list was read anew. */
export function loaded<Row extends Identified>(
  rows: Rows<Row>,
  { rows: all, cursor }: { rows: readonly Row[]; cursor: string | null },
): Rows<Row> {
  const known = new Set(all.map(({ id }) => id));
  const marked = new Set([...rows.marked].filter((id) => known.has(id)));
  return keepSelection({ ...rows, all, cursor, marked, phase: "ready", failure: null, news: 0 });
}

/** One more page came. */
export function loadedMore<Row extends Identified>(
  rows: Rows<Row>,
  page: { rows: readonly Row[]; cursor: string | null },
): Rows<Row> {
  // A row may have moved to a later page since the page before was read.
  const fresh = new Set(page.rows.map(({ id }) => id));
  const all = [...rows.all.filter(({ id }) => !fresh.has(id)), ...page.rows];
  return keepSelection({ ...rows, all, cursor: page.cursor, phase: "ready", failure: null });
}

export function failed<Row extends Identified>(rows: Rows<Row>, failure: Failure): Rows<Row> {
  return { ...rows, phase: "ready", failure };
}

/** Selects by position, as far as the list goes. */
export function moveTo<Row extends Identified>(rows: Rows<Row>, index: number): Rows<Row> {
  const at = Math.max(0, Math.min(rows.shown.length - 1, index));
  const selected = rows.shown[at]?.id ?? null;
  return at === rows.index && selected === rows.selected ? rows : { ...rows, index: at, selected };
}

/** Selects by id; an id that is not shown changes nothing. */
export function select<Row extends Identified>(rows: Rows<Row>, id: string): Rows<Row> {
  const index = rows.shown.findIndex((row) => row.id === id);
  return index < 0 ? rows : moveTo(rows, index);
}

export function filtered<Row extends Identified>(rows: Rows<Row>, lets: (row: Row) => boolean): Rows<Row> {
  return keepSelection({ ...rows, lets });
}

/** Changes rows. One that no longer fits the filter stays shown: it must not vanish under the cursor. */
export function patched<Row extends Identified>(rows: Rows<Row>, change: (row: Row) => Row): Rows<Row> {
  const all = rows.all.map(change);
  if (all.every((row, index) => row === rows.all[index])) return rows;
  return { ...rows, all, shown: rows.shown.map(change) };
}

export function dropped<Row extends Identified>(rows: Rows<Row>, id: string): Rows<Row> {
  return keepSelection({
    ...rows,
    all: rows.all.filter((row) => row.id !== id),
    marked: without(rows.marked, id),
  });
}

/** Marks a row, or takes its mark away. */
export function toggleMark<Row extends Identified>(rows: Rows<Row>, id: string): Rows<Row> {
  const marked = rows.marked.has(id) ? without(rows.marked, id) : new Set([...rows.marked, id]);
  return { ...rows, marked };
}

/** The selected row stays selected where it went; when it is gone, the row in its place is. */
function keepSelection<Row extends Identified>(rows: Rows<Row>): Rows<Row> {
  const shown = rows.all.filter(rows.lets);
  const found = shown.findIndex(({ id }) => id === rows.selected);
  return moveTo({ ...rows, shown }, found < 0 ? rows.index : found);
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...ids].filter((each) => each !== id));
}
