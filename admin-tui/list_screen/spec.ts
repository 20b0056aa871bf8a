/**
 * What makes one list-and-detail screen differ from another: where its rows come from, how its filter reads, how rows
 * and details are drawn. Types only.
 * @module
 */
import type { Page } from "../api.ts";
import type { Desk } from "../desk/desk.ts";
import type { ListScreens, State } from "../desk/state.ts";
import type { Line } from "../spans.ts";
import type { Identified } from "./rows.ts";
import type { Filter, FilterProblem } from "./state.ts";

/** What a row or a detail is drawn for. */
export interface DrawOptions {
  /** In cells. */
  readonly width: number;
  /** The server's time, ms. */
  readonly now: number;
  /** Id of who is signed in. */
  readonly me: string | undefined;
}

/** See the module. */
export interface ListSpec<Row extends Identified, Detail> {
  readonly name: keyof ListScreens;
  /** For failures: `the blocks`. */
  readonly what: string;
  readonly filterHint: string;
  parse(text: string, me: string | undefined): Filter<Row> | FilterProblem;
  /** @param query Of the filter, and the cursor. */
  read(desk: Desk, query: object): Promise<Page<Row>>;
  /** Null: the row is all there is. */
  readonly readDetail: ((desk: Desk, id: string) => Promise<Detail>) | null;
  /** What the words of a search are looked for in; absent: every row matches. Lower case. */
  searched?(row: Row): string;
  /** What `y` copies. */
  copied(row: Row): string;

  title(filter: Filter<Row>): string;
  /** Rows on the server, when they are known. */
  total?(state: State): number | undefined;
  /** Shown when there is nothing, with what to do about it. */
  empty(isFiltered: boolean): readonly [title: string, hint: string];
  /** The names of the columns, for so many cells. */
  heading(width: number): Line;
  /** One row; its first two cells are kept for the signs of selection and mark. */
  row(row: Row, options: DrawOptions): Line;
  detailTitle(row: Row, now: number): string;
  /** @param detail Null: only the row is known. */
  detail(row: Row, detail: Detail | null, options: DrawOptions): Line[];
  /** What can be done, below the detail. */
  readonly actions: readonly Line[];
}
