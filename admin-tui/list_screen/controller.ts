/**
 * The keys of a list-and-detail screen: moving, opening, scrolling, filtering, searching, copying. What its rows are
 * stands in its spec; what can be done to them is each screen's own.
 * @module
 */
import type { Desk } from "../desk/desk.ts";
import { failureOf } from "../desk/failure.ts";
import type { Handlers } from "../screens/screen.ts";
import { hiddenLines } from "./detail_panel.ts";
import { screenOf } from "./draw.ts";
import { Loader } from "./loader.ts";
import { filtered, type Identified, moveTo, patched, type Rows, select, selectedRow } from "./rows.ts";
import type { ListSpec } from "./spec.ts";
import { isBlank, type ListScreenState, nextMatch, opening } from "./state.ts";

/** The selection must rest for so long before its detail is read: moving through a list reads nothing, ms. */
const REST_MS = 120;

export class ListController<Row extends Identified, Detail> {
  readonly desk: Desk;
  readonly spec: ListSpec<Row, Detail>;
  readonly #loader: Loader<Row>;
  #resting: ReturnType<typeof setTimeout> | undefined;
  /** Grows with every detail that is read: an older answer is dropped. */
  #turn = 0;

  constructor(desk: Desk, spec: ListSpec<Row, Detail>) {
    this.desk = desk;
    this.spec = spec;
    this.#loader = new Loader<Row>({
      get: () => this.state.rows,
      set: (rows) => this.set({ rows }),
      read: (cursor) => spec.read(desk, { ...this.state.filter.query, ...(cursor && { cursor }) }),
      now: desk.now,
      onError: (error) => desk.tell(`Cannot load ${spec.what}`, error),
    });
  }

  get state(): ListScreenState<Row, Detail> {
    return screenOf(this.desk.state, this.spec);
  }

  set(parts: Partial<ListScreenState<Row, Detail>>): void {
    this.desk.update((state) => ({
      ...state,
      lists: { ...state.lists, [this.spec.name]: { ...screenOf(state, this.spec), ...parts } },
    }));
  }

  get selected(): Row | undefined {
    return selectedRow(this.state.rows);
  }

  /** The detail on the screen, when it is the selected row's. */
  get detail(): Detail | null {
    const { opened } = this.state;
    return opened && opened.id === this.selected?.id ? opened.detail : null;
  }

  get isInDetail(): boolean {
    return this.state.focus === "detail";
  }

  changeRows(change: (rows: Rows<Row>) => Rows<Row>): void {
    const rows = change(this.state.rows);
    if (rows !== this.state.rows) this.set({ rows });
  }

  patch(id: string, change: (row: Row) => Row): void {
    this.changeRows((rows) => patched(rows, (row) => (row.id === id ? change(row) : row)));
  }

  enter(): void {
    if (isBlank(this.state.rows)) void this.refresh();
  }

  /** Reads the list anew, and the detail on the screen. */
  async refresh(): Promise<void> {
    this.desk.lookSoon();
    await this.#loader.refresh();
    const { opened } = this.state;
    if (opened && opened.id === this.selected?.id) void this.read(opened.id);
    else this.#follow();
  }

  /** Moves the selection; its detail follows after a rest. */
  move(change: (rows: Rows<Row>) => Rows<Row>): void {
    this.changeRows(change);
    this.#follow();
    void this.#loader.readAhead();
  }

  moveToIndex(index: number): void {
    this.move((rows) => moveTo(rows, index));
  }

  moveToRow(id: string): void {
    this.move((rows) => select(rows, id));
  }

  /** Reads a detail into the pane. @param how Reads it in another way than usual, and tells of a failure. */
  async read(id: string, how?: () => Promise<Detail>): Promise<void> {
    const mine = ++this.#turn;
    this.set({ opened: opening(this.state.opened, id, this.desk.now()) });
    if (!this.spec.readDetail) return;
    this.desk.lookSoon();
    try {
      const detail = await (how ? how() : this.spec.readDetail(this.desk, id));
      if (mine === this.#turn || how) this.#show(id, detail);
    } catch (error) {
      if (how) this.desk.tell("Cannot show it", error);
      const { opened } = this.state;
      if (mine === this.#turn && !how && opened?.id === id)
        this.set({ opened: { ...opened, failure: failureOf(error) } });
    }
  }

  /** Reads the detail again when it is the one on the screen. */
  reload(id: string): void {
    if (this.state.opened?.id === id) void this.read(id);
  }

  show(id: string): void {
    this.changeRows((rows) => select(rows, id));
    this.set({ focus: "detail" });
    clearTimeout(this.#resting);
    void this.read(id);
  }

  /** Filters by a line as it is typed; a wrong one is asked for again. */
  async setFilter(text: string): Promise<void> {
    const filter = this.spec.parse(text.trim(), this.desk.state.me?.id);
    if ("problem" in filter) return await this.#askFilter(text, filter.problem);
    const isSameQuery = JSON.stringify(filter.query) === JSON.stringify(this.state.filter.query);
    this.set({ filter, rows: filtered(this.state.rows, filter.lets) });
    if (isSameQuery) await this.#loader.readAhead();
    else await this.refresh();
    if (filter.search.length > 0) this.#jump(1, { stay: true });
  }

  /** A command line that every list screen knows. @returns What is wrong with it, null, or undefined: unknown. */
  command(name: string, rest: string): string | null | undefined {
    if (name !== "filter") return undefined;
    void this.setFilter(rest);
    return null;
  }

  /** The handlers of the keys that all list screens share. */
  get keys(): Handlers<"list"> {
    const page = () => Math.max(1, this.desk.state.layout.innerHeight - 2);
    return {
      down: () => this.#step(1),
      up: () => this.#step(-1),
      pageDown: () => this.#step(page()),
      pageUp: () => this.#step(-page()),
      top: () => (this.isInDetail ? this.#scroll(Number.NEGATIVE_INFINITY) : this.moveToIndex(0)),
      bottom: () => this.#goToEnd(),
      open: () => this.#focusDetail(),
      back: () => this.back(),
      filter: () => this.#askFilter(),
      nextMatch: () => this.#jump(1),
      previousMatch: () => this.#jump(-1),
      copy: () => this.#copy(),
      pane: () => (this.isInDetail ? this.set({ focus: "list" }) : this.#focusDetail()),
    };
  }

  /** Escape: from the detail to the list, then without the filter. */
  back(): void {
    if (this.isInDetail) this.set({ focus: "list" });
    else if (this.state.filter.text !== "") void this.setFilter("");
  }

  /** The selection came to rest on a row, or left all of them (null). */
  protected rested(_id: string | null): void {}

  /** @returns What to show when a detail is read again. */
  protected keep(_before: Detail | null, fresh: Detail): Detail {
    return fresh;
  }

  #show(id: string, fresh: Detail): void {
    const { opened } = this.state;
    if (opened?.id !== id) return;
    this.set({ opened: { ...opened, detail: this.keep(opened.detail, fresh), failure: null } });
  }

  #follow(): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      const { rows, opened } = this.state;
      this.rested(rows.selected);
      const isSeen = this.desk.state.layout.isWide || this.isInDetail;
      if (rows.selected !== null && rows.selected !== opened?.id && isSeen) void this.read(rows.selected);
    }, REST_MS);
  }

  #focusDetail(): void {
    const { rows, opened } = this.state;
    if (rows.selected === null) return;
    this.set({ focus: "detail" });
    clearTimeout(this.#resting);
    this.rested(rows.selected);
    if (opened?.id !== rows.selected || opened.failure) void this.read(rows.selected);
  }

  #step(by: number): void {
    if (this.isInDetail) this.#scroll(by);
    else this.moveToIndex(this.state.rows.index + by);
  }

  #scroll(by: number): void {
    const { opened } = this.state;
    if (!opened) return;
    const last = hiddenLines(this.desk.state, this.spec, this.state);
    this.set({ opened: { ...opened, scroll: Math.max(0, Math.min(last, opened.scroll + by)) } });
  }

  async #goToEnd(): Promise<void> {
    if (this.isInDetail) return this.#scroll(Number.MAX_SAFE_INTEGER);
    if (this.state.rows.cursor !== null) this.desk.say("info", "Loading the rest of the list");
    await this.#loader.readAll();
    this.moveToIndex(this.state.rows.shown.length - 1);
  }

  async #askFilter(text = this.state.filter.text, error?: string): Promise<void> {
    const hint = this.spec.filterHint;
    const answer = await this.desk.prompt({ sign: "/", hint, text, ...(error && { error }) });
    if (answer !== null) await this.setFilter(answer);
  }

  /** To the next row that the search finds, going round at the end. @param options.stay The selected row counts. */
  #jump(step: 1 | -1, { stay = false } = {}): void {
    const { searched } = this.spec;
    const { rows, filter } = this.state;
    // Where the filter hides what does not fit, every row is a match.
    const found = searched ? nextMatch(this.state, searched, { step, stay }) : rows.index + step;
    if (searched && filter.search.length === 0)
      this.desk.say("info", "Nothing to search for: type words after /");
    else if (found === undefined) this.desk.say("info", `No row here has ${filter.search.join(" ")}`);
    else this.moveToIndex(found);
  }

  #copy(): void {
    if (!this.selected) return;
    const text = this.spec.copied(this.selected);
    this.desk.copy(text);
    this.desk.say("ok", `Copied ${text}`);
  }
}
