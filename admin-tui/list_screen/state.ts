/**
 * A list and the detail of its selected row: the state of Reports, Blocks, Users and Audit. Pure.
 * @module
 */
import type { Failure } from "../desk/failure.ts";
import { emptyRows, type Identified, type Rows } from "./rows.ts";

/** A filter line, parsed. */
export interface Filter<Row> {
  /** As it was typed. */
  readonly text: string;
  /** Sent to the server; another one means that the list is read again. */
  readonly query: object;
  /** Judges what the server cannot: names. */
  lets(row: Row): boolean;
  /** Words to jump to with n and N; they hide nothing. Lower case. */
  readonly search: readonly string[];
}

/** What is wrong with a filter line. */
export interface FilterProblem {
  readonly problem: string;
}

/** The detail of a row. */
export interface Opened<Detail> {
  readonly id: string;
  readonly detail: Detail | null;
  readonly failure: Failure | null;
  /** When its load began, ms. */
  readonly since: number;
  readonly scroll: number;
}

/** See the module. */
export interface ListScreenState<Row extends Identified, Detail> {
  readonly rows: Rows<Row>;
  readonly focus: "list" | "detail";
  readonly filter: Filter<Row>;
  readonly opened: Opened<Detail> | null;
}

/** Lets everything through. */
export const NO_FILTER = { text: "", query: {}, lets: () => true, search: [] } satisfies Filter<never>;

/** @returns A screen that nobody has entered yet. */
export function emptyListScreen<Row extends Identified, Detail>(): ListScreenState<Row, Detail> {
  return { rows: emptyRows(), focus: "list", filter: NO_FILTER, opened: null };
}

/** @returns The detail of another row, or the same one that is read again. */
export function opening<Detail>(opened: Opened<Detail> | null, id: string, now: number): Opened<Detail> {
  if (opened?.id === id) return { ...opened, failure: null };
  return { id, detail: null, failure: null, since: now, scroll: 0 };
}

/**
 * @param searched What the words of the search are looked for in.
 * @param options.stay The selected row counts.
 * @returns Where the next row is that the search finds, going round at the end.
 */
export function nextMatch<Row extends Identified>(
  { rows, filter }: ListScreenState<Row, unknown>,
  searched: (row: Row) => string,
  { step, stay }: { step: 1 | -1; stay: boolean },
): number | undefined {
  const { length } = rows.shown;
  const from = rows.index - (stay ? step : 0);
  const ring = rows.shown.map((_, distance) => (from + step * (distance + 1) + 2 * length) % length);
  return ring.find((index) => {
    const text = searched(rows.shown[index]!);
    return filter.search.every((word) => text.includes(word));
  });
}

/** Whether a list is to be read when it comes to the front: it never was, or had no row, which does not look old. */
export function isBlank({ phase, all }: Rows<Identified>): boolean {
  return phase === "idle" || (phase === "ready" && all.length === 0);
}
