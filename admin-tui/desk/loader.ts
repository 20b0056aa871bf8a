/**
 * Reads a list page by page into its state: the first page again, more when the selection comes near the end,
 * everything when somebody goes to the bottom. An answer that was overtaken is dropped.
 * @module
 */
import type { Page } from "../api.ts";
import type { Failure } from "./failure.ts";
import type { ListAction, ListState } from "./list_state.ts";

interface LoaderOptions<Row extends { readonly id: string }> {
  readonly get: () => ListState<Row>;
  readonly dispatch: (action: ListAction<Row>) => void;
  readonly read: (cursor: string | undefined) => Promise<Page<Row>>;
  readonly now: () => number;
  /** @returns The failure, after it was told where that is due. */
  readonly onError: (error: unknown) => Failure;
  /** Something is awaited: the screen looks again when that has taken long enough to be said. */
  readonly onWait: () => void;
}

/** See {@link createLoader}. */
export interface Loader {
  /** Reads the list anew, down to where the selection stands. */
  refresh(): Promise<void>;
  /** Reads on when fewer than this many shown rows are left below the selection. */
  readAhead(rows?: number): Promise<void>;
  /** Reads everything. */
  readAll(): Promise<void>;
}

const AHEAD = 100;
/** No list of this size is read by a person to its end. */
const MAX_ROWS = 20_000;

/** @returns The reader of a list. */
export function createLoader<Row extends { readonly id: string }>(options: LoaderOptions<Row>): Loader {
  const { get, dispatch, read, now, onError, onWait } = options;
  let turn = 0;
  let reading: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    const mine = ++turn;
    const wanted = Math.min(get().rows.length, get().index + AHEAD);
    dispatch({ type: "loading", more: false, now: now() });
    onWait();
    try {
      const rows: Row[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await read(cursor ?? undefined);
        if (mine !== turn) return;
        rows.push(...page.rows);
        cursor = page.cursor;
      } while (cursor !== null && rows.length < wanted && rows.length < MAX_ROWS);
      dispatch({ type: "loaded", rows, cursor, more: false, now: now() });
    } catch (error) {
      if (mine === turn) dispatch({ type: "failed", failure: onError(error) });
      return;
    }
    await readAhead();
  }

  async function readMore(isEnough: () => boolean): Promise<void> {
    const mine = turn;
    while (mine === turn && !isEnough()) {
      const { cursor, rows, phase } = get();
      if (cursor === null || rows.length >= MAX_ROWS || phase === "first") return;
      dispatch({ type: "loading", more: true, now: now() });
      try {
        const page = await read(cursor);
        if (mine !== turn) return;
        dispatch({ type: "loaded", ...page, more: true, now: now() });
      } catch (error) {
        if (mine === turn) dispatch({ type: "failed", failure: onError(error) });
        return;
      }
    }
  }

  async function readAhead(rows = AHEAD): Promise<void> {
    const isEnough = () => get().shown.length - get().index > rows;
    reading ??= readMore(isEnough).finally(() => {
      reading = undefined;
    });
    await reading;
  }

  return {
    refresh,
    readAhead,
    async readAll() {
      await reading;
      await readMore(() => false);
    },
  };
}
