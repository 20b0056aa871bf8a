/**
 * The commands that the simpler screens share: moving, opening, filtering, searching, copying. What a row is, where
 * it comes from and what can be done to it is each screen's own.
 * @module
 */
import type { Page } from "../api.ts";
import type { Desk } from "./desk.ts";
import { failureOf } from "./failure.ts";
import { type ListAction, selectedRow } from "./list_state.ts";
import { createLoader } from "./loader.ts";
import { emptyPane, type PaneAction, type PaneState, reducePane } from "./pane_state.ts";
import type { Handlers } from "./screen.ts";
import { createStore, type Store } from "./store.ts";

/** A filter line, read. */
export interface PaneFilter<Row> {
  readonly lets: (row: Row) => boolean;
  /** Asked of the server; another one means that the list is read again. */
  readonly query: object;
}

interface PaneOptions<Row extends { readonly id: string }, Detail> {
  readonly desk: Desk;
  /** For failures: `the blocks`. */
  readonly what: string;
  readonly hint: string;
  readonly parse: (text: string) => PaneFilter<Row> | { readonly problem: string };
  readonly read: (query: object, cursor: string | undefined) => Promise<Page<Row>>;
  /** Null: the row is all there is. */
  readonly readDetail: ((id: string) => Promise<Detail>) | null;
  /** Lines of the detail that do not fit on the screen. */
  readonly hiddenLines: (state: PaneState<Row, Detail>) => number;
  readonly copied: (row: Row) => string;
}

/** See {@link createPane}. */
export interface Pane<Row extends { readonly id: string }, Detail> {
  readonly store: Store<PaneState<Row, Detail>, PaneAction<Row, Detail>>;
  readonly listKeys: Handlers<"list">;
  enter(): void;
  refresh(): Promise<void>;
  setFilter(text: string): Promise<void>;
  list(action: ListAction<Row>): void;
  /** Reads the detail again when it is the one on the screen. */
  reload(id: string): void;
  /** Opens a row's detail, which need not be in the list. */
  show(id: string): void;
}

/** The selection must rest for so long before its detail is read, ms. */
const REST_MS = 120;

/** @returns The commands and the state behind them. */
export function createPane<Row extends { readonly id: string }, Detail>(
  options: PaneOptions<Row, Detail>,
): Pane<Row, Detail> {
  const { desk, what, hint, parse, read, readDetail, hiddenLines, copied } = options;
  const store = createStore(reducePane<Row, Detail>, emptyPane<Row, Detail>());
  const { get, dispatch } = store;
  const list = (action: ListAction<Row>) => dispatch({ type: "list", action });
  let query: object = {};
  let resting: ReturnType<typeof setTimeout> | undefined;
  const loader = createLoader<Row>({
    get: () => get().list,
    dispatch: list,
    read: (cursor) => read(query, cursor),
    now: desk.now,
    onError: (error) => desk.tell(`Cannot load ${what}`, error),
    onWait: desk.lookSoon,
  });

  async function readOne(id: string): Promise<void> {
    dispatch({ type: "opening", id, now: desk.now() });
    if (!readDetail) return;
    desk.lookSoon();
    try {
      dispatch({ type: "opened", id, detail: await readDetail(id) });
    } catch (error) {
      dispatch({ type: "openFailed", id, failure: failureOf(error) });
    }
  }

  function follow(): void {
    clearTimeout(resting);
    resting = setTimeout(() => {
      const { list: rows, open, focus } = get();
      const isSeen = desk.shell.get().layout.isWide || focus === "detail";
      if (rows.selected !== null && rows.selected !== open?.id && isSeen) void readOne(rows.selected);
    }, REST_MS);
  }

  function move(action: ListAction<Row>): void {
    list(action);
    follow();
    void loader.readAhead();
  }

  function scroll(by: number): void {
    const from = get().open?.scroll ?? 0;
    dispatch({ type: "scrolled", to: Math.min(hiddenLines(get()), from + by) });
  }

  function step(by: number): void {
    if (get().focus === "detail") scroll(by);
    else move({ type: "moved", by });
  }

  function focusDetail(): void {
    const { list: rows, open } = get();
    if (rows.selected === null) return;
    dispatch({ type: "focused", focus: "detail" });
    if (open?.id !== rows.selected || open.failure) void readOne(rows.selected);
  }

  async function refresh(): Promise<void> {
    await loader.refresh();
    const { open, list: rows } = get();
    if (open && open.id === rows.selected) void readOne(open.id);
    else follow();
  }

  async function askFilter(text = get().filter, error?: string): Promise<void> {
    const answer = await desk.prompt({ sign: "/", hint, text, error });
    if (answer !== null) await setFilter(answer);
  }

  async function setFilter(text: string): Promise<void> {
    const filter = parse(text.trim());
    if ("problem" in filter) return await askFilter(text, filter.problem);
    const isSameQuery = JSON.stringify(filter.query) === JSON.stringify(query);
    query = filter.query;
    dispatch({ type: "filtered", filter: text.trim(), lets: filter.lets });
    if (isSameQuery) await loader.readAhead();
    else await refresh();
  }

  const page = () => Math.max(1, desk.shell.get().layout.innerHeight - 2);
  const inDetail = () => get().focus === "detail";

  return {
    store,
    refresh,
    setFilter,
    list,
    enter() {
      if (get().list.phase === "idle") void refresh();
    },
    reload(id) {
      if (get().open?.id === id) void readOne(id);
    },
    show(id) {
      list({ type: "selected", id });
      dispatch({ type: "focused", focus: "detail" });
      clearTimeout(resting);
      void readOne(id);
    },
    listKeys: {
      down: () => step(1),
      up: () => step(-1),
      pageDown: () => step(page()),
      pageUp: () => step(-page()),
      top: () => (inDetail() ? scroll(Number.NEGATIVE_INFINITY) : move({ type: "movedTo", index: 0 })),
      async bottom() {
        if (inDetail()) return scroll(Number.MAX_SAFE_INTEGER);
        await loader.readAll();
        move({ type: "movedTo", index: get().list.shown.length - 1 });
      },
      open: focusDetail,
      back() {
        if (inDetail()) dispatch({ type: "focused", focus: "list" });
        else if (get().filter !== "") void setFilter("");
      },
      filter: () => askFilter(),
      // The filter of these screens hides what does not fit: every row is a match.
      nextMatch: () => move({ type: "moved", by: 1 }),
      previousMatch: () => move({ type: "moved", by: -1 }),
      copy() {
        const row = selectedRow(get().list);
        if (!row) return;
        desk.copy(copied(row));
        desk.say("ok", `Copied ${copied(row)}`);
      },
      pane: () => (inDetail() ? dispatch({ type: "focused", focus: "list" }) : focusDetail()),
    },
  };
}
