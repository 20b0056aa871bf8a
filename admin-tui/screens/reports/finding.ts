/**
 * Finding reports: the filter and the search in it, the order, a row by its number or id.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import type { ListAction } from "../../desk/list_state.ts";
import type { Store } from "../../desk/store.ts";
import { handle } from "../../format.ts";
import type { ReportRow } from "../../wire.ts";
import { FILTER_HINT, parseFilter } from "./filter.ts";
import { nextMatch, type ReportsAction, type ReportsState, SORTS } from "./state.ts";

interface FindingOptions {
  readonly desk: Desk;
  readonly store: Store<ReportsState, ReportsAction>;
  /** Moves the selection. */
  readonly move: (action: ListAction<ReportRow>) => void;
  /** Reads the list anew. */
  readonly reload: () => Promise<void>;
  /** Reads on where the filter leaves too few rows. */
  readonly readAhead: () => Promise<void>;
}

/** @returns The commands. */
export function createFinding({ desk, store, move, reload, readAhead }: FindingOptions) {
  const { get, dispatch } = store;

  async function askFilter(text = get().filter.text, error?: string): Promise<void> {
    const answer = await desk.prompt({ sign: "/", hint: FILTER_HINT, text, error });
    if (answer !== null) await setFilter(answer);
  }

  async function setFilter(text: string): Promise<void> {
    const filter = parseFilter(text);
    if ("problem" in filter) return await askFilter(text, filter.problem);
    const isSameQuery = JSON.stringify(filter.query) === JSON.stringify(get().filter.query);
    dispatch({ type: "filtered", filter });
    if (!isSameQuery) await reload();
    else await readAhead();
    if (filter.search.length > 0) jump(1, { stay: true });
  }

  /** @param options.stay The selected row may be the match. */
  function jump(by: 1 | -1, { stay = false } = {}): void {
    const { filter } = get();
    if (filter.search.length === 0) {
      desk.say("info", "Nothing to search for: type words after /");
      return;
    }
    const from = stay ? { ...get(), list: { ...get().list, index: get().list.index - 1 } } : get();
    const index = nextMatch(from, by);
    if (index === undefined) desk.say("info", `No report here has ${filter.search.join(" ")}`);
    else move({ type: "movedTo", index });
  }

  function setSort(sort: (typeof SORTS)[number]): void {
    dispatch({ type: "sorted", sort });
    desk.say("info", `Sorted by ${sort === "sla" ? "SLA" : sort}`);
    void reload();
  }

  /** A row's number, or the beginning of an id or handle. */
  function goTo(word: string): string | null | undefined {
    const { shown } = get().list;
    if (/^\d{1,5}$/.test(word)) {
      move({ type: "movedTo", index: Number(word) - 1 });
      return null;
    }
    const wanted = word.toLowerCase();
    const isMeant = ({ id }: ReportRow) =>
      id.startsWith(wanted) ||
      handle("R", id).toLowerCase() === wanted ||
      handle("R", id).slice(2).toLowerCase() === wanted;
    const index = shown.findIndex(isMeant);
    if (index < 0) return /^r-|^[0-9a-f-]{6,}$/.test(wanted) ? `${word} is not in this list` : undefined;
    move({ type: "movedTo", index });
    return null;
  }

  return {
    askFilter: () => askFilter(),
    setFilter,
    jump,

    /** The next order. */
    turnSort: () => setSort(SORTS[(SORTS.indexOf(get().sort) + 1) % SORTS.length] ?? "sla"),

    /** A command line. @returns What is wrong with it, null when it is done, undefined when it is none of these. */
    command(name: string, rest: string): string | null | undefined {
      if (name === "sort") {
        const sort = SORTS.find((known) => known === rest);
        if (!sort) return `sort takes ${SORTS.join(", ")}`;
        setSort(sort);
        return null;
      }
      if (name === "filter") {
        void setFilter(rest);
        return null;
      }
      return goTo(name);
    },
  };
}
