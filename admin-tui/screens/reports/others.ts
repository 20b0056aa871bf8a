/**
 * What other moderators do, as the live stream tells it: it shows on the rows that are here. New reports are counted
 * and wait for R.
 * @module
 */

import { REPORT_STATUSES } from "../../../server/protocol/models.ts";
import type { Desk } from "../../desk/desk.ts";
import type { Rival } from "../../desk/failure.ts";
import type { Store } from "../../desk/store.ts";
import type { LiveEvent } from "../../live.ts";
import type { ReportRow } from "../../wire.ts";
import { isOpen, overtaken, rivalWords, rowOf } from "./rows.ts";
import type { ReportsAction, ReportsState } from "./state.ts";

interface OthersOptions {
  readonly desk: Desk;
  readonly store: Store<ReportsState, ReportsAction>;
  readonly patch: (id: string, change: (row: ReportRow) => ReportRow) => void;
  readonly reload: (id: string) => void;
}

type Updated = Extract<LiveEvent, { type: "report_updated" }>["data"];

/** A lease lasts so long; its true end comes with the row, ms. */
const LEASE_MS = 10 * 60_000;
/** Rows that changed are read again at most so many at a time. */
const AT_A_TIME = 4;

/** @returns The ear of the screen. */
export function createOthers({ desk, store, patch, reload }: OthersOptions) {
  const { get, dispatch } = store;
  const { api } = desk;
  const waiting = new Set<string>();
  const counted = new Set<string>();
  let running = 0;

  function updated({ report_id: id, status, claimed_by, actor_id }: Updated): void {
    const row = get().list.rows.find((known) => known.id === id);
    if (!row || (actor_id !== null && actor_id === desk.shell.get().me?.id)) return;
    patch(id, (now) => glimpse(now, { status, claimedBy: claimed_by, at: desk.serverNow() }));
    // The event has no names: the row is read for them.
    waiting.add(id);
    void readWaiting();
  }

  async function readWaiting(): Promise<void> {
    if (running >= AT_A_TIME) return;
    running++;
    for (const id of waiting) {
      waiting.delete(id);
      try {
        if (get().open?.id === id) reload(id);
        const row = rowOf(await api.reports.show(id, { reveal: false }));
        patch(id, () => row);
      } catch {
        // The next refresh brings it.
      }
    }
    running--;
  }

  /** A row of the server's first page. */
  function compare(row: ReportRow, known: ReportRow | undefined): void {
    if (known) {
      // What is held here may be on its way to another state: its own calls bring that.
      if (get().held.has(row.id) || JSON.stringify(known) === JSON.stringify(row)) return;
      patch(row.id, () => row);
      if (get().open?.id === row.id) reload(row.id);
    } else if (!counted.has(row.id)) {
      counted.add(row.id);
      dispatch({ type: "list", action: { type: "announced" } });
    }
  }

  return {
    /** Asks for what the stream would have told, of the first page: rows that changed, came, or went. */
    async ask(): Promise<void> {
      const { filter, sort, list } = get();
      if (list.phase !== "ready") return;
      const { rows } = await api.reports.list({ ...filter.query, sort });
      const { rows: here } = get().list;
      const byId = new Map(here.map((row) => [row.id, row]));
      for (const row of rows) compare(row, byId.get(row.id));
      const seen = new Set(rows.map(({ id }) => id));
      for (const row of here.slice(0, rows.length)) if (isOpen(row) && !seen.has(row.id)) waiting.add(row.id);
      await readWaiting();
    },

    hear(event: LiveEvent): void {
      if (event.type === "report_created") dispatch({ type: "list", action: { type: "announced" } });
      else if (event.type === "report_updated") updated(event.data);
    },

    /** A refusal said who was faster. */
    show(id: string, rival: Rival): void {
      patch(id, (row) => overtaken(row, rival));
      desk.say("error", rivalWords(id, rival, desk.serverNow()));
    },
  };
}

/** @returns The row as far as an event tells it. */
function glimpse(
  row: ReportRow,
  { status, claimedBy, at }: { status: string; claimedBy: string | null; at: number },
): ReportRow {
  const known = REPORT_STATUSES.find((one) => one === status) ?? row.status;
  const until = new Date(at + LEASE_MS).toISOString();
  const claim =
    claimedBy === null
      ? null
      : row.claim?.by.id === claimedBy
        ? row.claim
        : { by: { id: claimedBy, name: "…" }, until };
  return { ...row, status: known, claim };
}
