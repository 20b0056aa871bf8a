/**
 * The reports screen without its picture: the queue, the case beside it, claims, decisions, what others do meanwhile.
 * @module
 */
import type { Decision } from "../../desk/decisions.ts";
import type { Desk } from "../../desk/desk.ts";
import { failureOf, rivalOf } from "../../desk/failure.ts";
import type { ListAction } from "../../desk/list_state.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { createLoader } from "../../desk/loader.ts";
import type { Handlers, Screen } from "../../desk/screen.ts";
import { createStore, type Store } from "../../desk/store.ts";
import { handle } from "../../format.ts";
import type { LiveEvent } from "../../live.ts";
import type { ReportRow } from "../../wire.ts";
import { createClaims } from "./claims.ts";
import { createDeciding } from "./deciding.ts";
import { createFinding } from "./finding.ts";
import { createOthers } from "./others.ts";
import { createReading } from "./reading.ts";
import { rivalWords } from "./rows.ts";
import { INITIAL_REPORTS, nextOpen, type ReportsAction, type ReportsState, reduceReports } from "./state.ts";

/** The reports screen. */
export interface ReportsScreen extends Screen {
  readonly store: Store<ReportsState, ReportsAction>;
}

interface ReportsOptions {
  readonly desk: Desk;
  readonly showPerson: (id: string) => void;
}

/** A case that is open on a screen that nobody looks at keeps its lease for so long, ms. */
const AWAY_MS = 10 * 60_000;

/** @returns The screen. */
export function createReports({ desk, showPerson }: ReportsOptions): ReportsScreen {
  const store = createStore(reduceReports, INITIAL_REPORTS);
  const { api, shell, serverNow } = desk;
  const { get, dispatch } = store;
  const list = (action: ListAction<ReportRow>) => dispatch({ type: "list", action });
  const patch = (id: string, change: (row: ReportRow) => ReportRow) => list({ type: "patched", id, change });
  let seenAt = desk.now();

  const loader = createLoader({
    get: () => get().list,
    dispatch: list,
    read: (cursor) =>
      api.reports.list({ ...get().filter.query, sort: get().sort, ...(cursor && { cursor }) }),
    now: desk.now,
    onError: (error) => desk.tell("Cannot load the reports", error),
    onWait: desk.lookSoon,
  });
  const claims = createClaims({
    api: api.reports,
    now: serverNow,
    onChange: (held) => dispatch({ type: "held", held }),
    onRow: (row) => {
      patch(row.id, () => row);
      reading.update(row);
    },
    onLost: (id, failure) =>
      desk.say("error", `Your claim is gone: ${rivalWords(id, rivalOf(failure), serverNow())}`),
  });
  const reading = createReading({ desk, store, claims, isNarrow: () => !shell.get().layout.isWide });
  const others = createOthers({ desk, store, patch, reload: (id) => reading.reload(id) });
  const deciding = createDeciding({
    desk,
    claims,
    get,
    patch,
    moveOn() {
      const index = nextOpen(get());
      if (index !== undefined) move({ type: "movedTo", index });
    },
    moveTo: (id) => move({ type: "selected", id }),
    unmark: (ids) => {
      for (const id of ids) if (get().list.marked.has(id)) list({ type: "marked", id });
    },
    reload: (id) => reading.reload(id),
  });
  const finding = createFinding({ desk, store, move, reload, readAhead: () => loader.readAhead() });

  function move(action: ListAction<ReportRow>): void {
    list(action);
    reading.follow();
    void loader.readAhead();
  }

  async function reload(): Promise<void> {
    await loader.refresh();
    reading.follow();
  }

  function step(by: number): void {
    if (get().focus === "detail") reading.scroll(by);
    else move({ type: "moved", by });
  }

  function page(direction: 1 | -1): void {
    step(direction * Math.max(1, shell.get().layout.innerHeight - 2));
  }

  async function goToEnd(): Promise<void> {
    if (get().focus === "detail") return reading.scroll(Number.MAX_SAFE_INTEGER);
    if (get().list.cursor !== null) desk.say("info", "Loading the rest of the list");
    await loader.readAll();
    move({ type: "movedTo", index: get().list.shown.length - 1 });
  }

  async function toggleClaim(): Promise<void> {
    const row = selectedRow(get().list);
    if (!row || !desk.mayAct()) return;
    if (claims.has(row.id)) {
      await claims.release(row.id);
      return desk.say("ok", `${handle("R", row.id)} released`);
    }
    try {
      await claims.take(row.id);
      desk.say("ok", `${handle("R", row.id)} is yours for 10 minutes, and while you look at it`);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === "conflict") others.show(row.id, rivalOf(failure));
      else desk.tell("Cannot claim", error);
    }
  }

  async function addNote(): Promise<void> {
    const row = selectedRow(get().list);
    if (!row || !desk.mayAct()) return;
    const values = await desk.ask({
      title: `Note on ${handle("R", row.id)}`,
      lines: ["For staff only. It stays with the case for ever."],
      fields: [
        {
          id: "text",
          label: "Note",
          limit: 2000,
          check: (text) => (text === "" ? "is required" : undefined),
        },
      ],
      confirm: "Add",
      isHarmless: true,
    });
    if (!values || !desk.mayAct()) return;
    try {
      await api.reports.note(row.id, values.text ?? "");
      desk.say("ok", `Note added to ${handle("R", row.id)}`);
      reading.reload(row.id);
    } catch (error) {
      desk.tell("The note was not added", error);
    }
  }

  function back(): void {
    const { focus, list: queue, filter } = get();
    if (focus === "detail") reading.close();
    else if (queue.marked.size > 0) list({ type: "unmarked" });
    else if (claims.ids().length > 0) for (const id of claims.ids()) void claims.release(id);
    else if (filter.text !== "") void finding.setFilter("");
  }

  const listKeys: Handlers<"list"> = {
    down: () => step(1),
    up: () => step(-1),
    pageDown: () => page(1),
    pageUp: () => page(-1),
    top: () =>
      get().focus === "detail"
        ? reading.scroll(Number.NEGATIVE_INFINITY)
        : move({ type: "movedTo", index: 0 }),
    bottom: goToEnd,
    open: () => reading.focus(),
    back,
    filter: finding.askFilter,
    nextMatch: () => finding.jump(1),
    previousMatch: () => finding.jump(-1),
    copy() {
      const row = selectedRow(get().list);
      if (!row) return;
      desk.copy(row.id);
      desk.say("ok", `Copied ${row.id}`);
    },
    pane: () => (get().focus === "detail" ? dispatch({ type: "focused", focus: "list" }) : reading.focus()),
  };
  const decide = (decision: Decision) => () => deciding.decide(decision);
  const ownKeys: Handlers<"reports"> = {
    dismiss: decide("dismiss"),
    done: decide("done"),
    warn: decide("warn"),
    mute: decide("mute"),
    suspend: decide("suspend"),
    ban: decide("ban"),
    undo: () => deciding.undo(),
    claim: toggleClaim,
    note: addNote,
    reveal: () => reading.reveal(),
    mark() {
      const row = selectedRow(get().list);
      if (!row) return;
      list({ type: "marked", id: row.id });
      if (get().focus === "list") move({ type: "moved", by: 1 });
    },
    sort: finding.turnSort,
    person() {
      const row = selectedRow(get().list);
      if (row) showPerson(row.reported.id);
    },
  };

  return {
    name: "reports",
    store,
    keys: { reports: ownKeys, list: listKeys },
    enter() {
      if (get().list.phase === "idle") void reload();
    },
    refresh() {
      void reload().then(() => reading.reload(get().open?.id ?? ""));
    },
    onLive: (event: LiveEvent) => others.hear(event),
    poll: () => others.ask(),
    turn() {
      if (shell.get().screen === "reports") seenAt = desk.now();
      const isAway = desk.now() - seenAt > AWAY_MS;
      claims.turn((id) => !isAway && (id === get().open?.id || id === get().list.selected));
    },
    command: finding.command,
    async close() {
      await Promise.all(claims.ids().map((id) => claims.release(id)));
    },
  };
}
