/**
 * Reads a list page by page: from the beginning, further when the selection comes near the end, everything when
 * somebody goes to the bottom. An answer that was overtaken by another load is dropped.
 * @module
 */
import type { Page } from "../api.ts";
import type { Failure } from "../desk/failure.ts";
import { failed, type Identified, loaded, loadedMore, loading, type Rows } from "./rows.ts";

interface LoaderOptions<Row extends Identified> {
  readonly get: () => Rows<Row>;
  readonly set: (rows: Rows<Row>) => void;
  readonly read: (cursor: string | undefined) => Promise<Page<Row>>;
  readonly now: () => number;
  /** Tells of it. @returns The failure. */
  readonly onError: (error: unknown) => Failure;
}

/** Rows that are loaded below the selection. */
const AHEAD = 100;
/** Nobody reads further than this. */
const MAX_ROWS = 20_000;

export class Loader<Row extends Identified> {
  readonly #options: LoaderOptions<Row>;
  #turn = 0;
  #reading: Promise<void> | undefined;

  constructor(options: LoaderOptions<Row>) {
    this.#options = options;
  }

  /** Reads the list anew, down to where the selection stands. */
  async refresh(): Promise<void> {
    const { get, set, read, now, onError } = this.#options;
    const mine = ++this.#turn;
    const wanted = Math.min(get().all.length, get().index + AHEAD, MAX_ROWS);
    set(loading(get(), "first", now()));
    try {
      const rows: Row[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await read(cursor ?? undefined);
        if (mine !== this.#turn) return;
        rows.push(...page.rows);
        cursor = page.cursor;
      } while (cursor !== null && rows.length < wanted);
      set(loaded(get(), { rows, cursor }));
    } catch (error) {
      if (mine === this.#turn) set(failed(get(), onError(error)));
      return;
    }
    await this.readAhead();
  }

  /** Reads on when too few shown rows are left below the selection. */
  async readAhead(): Promise<void> {
    const isEnough = () => this.#options.get().shown.length - this.#options.get().index > AHEAD;
    this.#reading ??= this.#readMore(isEnough).finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  /** Reads everything. */
  async readAll(): Promise<void> {
    await this.#reading;
    await this.#readMore(() => false);
  }

  async #readMore(isEnough: () => boolean): Promise<void> {
    const { get, set, read, now, onError } = this.#options;
    const mine = this.#turn;
    while (mine === this.#turn && !isEnough()) {
      const { cursor, all, phase } = get();
      if (cursor === null || all.length >= MAX_ROWS || phase === "first") return;
      set(loading(get(), "more", now()));
      try {
        const page = await read(cursor);
        if (mine !== this.#turn) return;
        set(loadedMore(get(), page));
      } catch (error) {
        if (mine === this.#turn) set(failed(get(), onError(error)));
        return;
      }
    }
  }
}
