/**
 * The case in the detail pane: it follows the selection, is read without its texts, and shows them when asked to.
 * Leaving a case gives its claim back.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import { failureOf } from "../../desk/failure.ts";
import type { Store } from "../../desk/store.ts";
import { handle } from "../../format.ts";
import type { ReportRow } from "../../wire.ts";
import { caseHidden } from "./case_panel.ts";
import type { Claims } from "./claims.ts";
import type { ReportsAction, ReportsState } from "./state.ts";

interface ReadingOptions {
  readonly desk: Desk;
  readonly store: Store<ReportsState, ReportsAction>;
  readonly claims: Claims;
  /** List and detail do not fit beside each other. */
  readonly isNarrow: () => boolean;
}

/** The selection must rest for so long before its case is read: moving through a list reads nothing, ms. */
const REST_MS = 120;

/** @returns The commands of the detail pane. */
export function createReading({ desk, store, claims, isNarrow }: ReadingOptions) {
  const { get, dispatch } = store;
  const { api } = desk;
  let resting: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;

  async function read(id: string, { reveal }: { reveal: boolean }): Promise<void> {
    const mine = ++turn;
    dispatch({ type: "opening", id, now: desk.now() });
    desk.lookSoon();
    try {
      const detail = await api.reports.show(id, { reveal });
      if (mine === turn || reveal) dispatch({ type: "opened", detail });
    } catch (error) {
      const failure = failureOf(error);
      if (reveal) desk.tell("Cannot show the evidence", error);
      else if (mine === turn) dispatch({ type: "openFailed", id, failure });
    }
  }

  /** Nobody waits for a case that nobody looks at. */
  function releaseOthers(id: string | null): void {
    for (const held of claims.ids()) if (held !== id) void claims.release(held);
  }

  function lastScroll(): number {
    const detail = get().open?.detail;
    return detail ? caseHidden(detail, desk.shell.get().layout) : 0;
  }

  return {
    /** The selection may have moved: after a rest its case is read. */
    follow(): void {
      const { list, open, focus } = get();
      clearTimeout(resting);
      if (list.selected === open?.id) return;
      resting = setTimeout(() => {
        const id = get().list.selected;
        releaseOthers(id);
        if (id !== null && id !== get().open?.id && (!isNarrow() || focus === "detail"))
          void read(id, { reveal: false });
      }, REST_MS);
    },

    /** Goes into the case. */
    focus(): void {
      const { list, open } = get();
      if (list.selected === null) return;
      dispatch({ type: "focused", focus: "detail" });
      clearTimeout(resting);
      releaseOthers(list.selected);
      if (open?.id !== list.selected || open.failure) void read(list.selected, { reveal: false });
    },

    /** Goes back to the list. */
    close(): void {
      dispatch({ type: "focused", focus: "list" });
      dispatch({ type: "hidden" });
      releaseOthers(null);
    },

    /** Reads the case again if it is the one on the screen. */
    reload(id: string): void {
      if (get().open?.id === id) void read(id, { reveal: false });
    },

    /** The row has news: the head of the case shows them at once. */
    update(row: ReportRow): void {
      const { open } = get();
      if (open?.id === row.id && open.detail)
        dispatch({ type: "opened", detail: { ...open.detail, ...row } });
    },

    /** Shows the texts of the evidence, which the server writes down, or hides them again. */
    async reveal(): Promise<void> {
      const { list, open } = get();
      const id = list.selected;
      if (id === null) return;
      if (open?.id === id && open.isRevealed) return dispatch({ type: "hidden" });
      if (isNarrow()) dispatch({ type: "focused", focus: "detail" });
      await read(id, { reveal: true });
      if (get().open?.isRevealed)
        desk.say("info", `Evidence of ${handle("R", id)} shown: the audit log has it`);
    },

    scroll(by: number): void {
      const from = get().open?.scroll ?? 0;
      dispatch({ type: "scrolled", to: Math.max(0, Math.min(lastScroll(), from + by)) });
    },
  };
}
