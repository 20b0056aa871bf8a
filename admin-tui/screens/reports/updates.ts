/**
 * What other moderators do, as the live stream tells it: shown on the rows that are here. New reports are counted and
 * wait for R.
 * @module
 */
import { REPORT_STATUSES } from "../../../server/protocol/models.ts";
import type { LiveEvent } from "../../live_stream.ts";
import type { ReportRow } from "../../wire.ts";
import type { ReportsList } from "./reports_list.ts";
import { isOpen, rowOf } from "./rows.ts";

type Updated = Extract<LiveEvent, { type: "report_updated" }>["data"];

/** A claim lasts so long; its true end comes with the row, ms. */
const LEASE_MS = 10 * 60_000;
/** Rows that changed are read again at most so many at a time. */
const AT_A_TIME = 4;

export class ReportUpdates {
  readonly #reports: ReportsList;
  /** Rows that are to be read again. */
  readonly #waiting = new Set<string>();
  /** New reports that polling has counted. */
  readonly #counted = new Set<string>();
  #running = 0;

  constructor(reports: ReportsList) {
    this.#reports = reports;
  }

  hear(event: LiveEvent): void {
    if (event.type === "report_created") this.#announce();
    else if (event.type === "report_updated") this.#updated(event.data);
  }

  /** Reads what the stream would have told, of the first page: rows that changed, came, or went. */
  async poll(): Promise<void> {
    const { desk, spec, state } = this.#reports;
    if (state.rows.phase !== "ready") return;
    const { rows } = await spec.read(desk, state.filter.query);
    const here = this.#reports.state.rows.all;
    const byId = new Map(here.map((row) => [row.id, row]));
    for (const row of rows) this.#compare(row, byId.get(row.id));
    const seen = new Set(rows.map(({ id }) => id));
    for (const row of here.slice(0, rows.length))
      if (isOpen(row) && !seen.has(row.id)) this.#waiting.add(row.id);
    await this.#readWaiting();
  }

  #announce(): void {
    this.#reports.changeRows((rows) => ({ ...rows, news: rows.news + 1 }));
  }

  #updated({ report_id: id, status, claimed_by, actor_id }: Updated): void {
    const { state, desk } = this.#reports;
    const isHere = state.rows.all.some((row) => row.id === id);
    if (!isHere || (actor_id !== null && actor_id === desk.state.me?.id)) return;
    const at = desk.serverNow();
    this.#reports.patch(id, (row) => withEvent(row, { status, claimedBy: claimed_by, at }));
    // The event has no names: the row is read for them.
    this.#waiting.add(id);
    void this.#readWaiting();
  }

  async #readWaiting(): Promise<void> {
    if (this.#running >= AT_A_TIME) return;
    this.#running++;
    const { desk } = this.#reports;
    for (const id of this.#waiting) {
      this.#waiting.delete(id);
      try {
        const row = rowOf(await desk.api.reports.show(id, { reveal: false }));
        this.#reports.take(row);
        this.#reports.reloadPerson(row.reported.id);
      } catch {
        // The next refresh brings it.
      }
    }
    this.#running--;
  }

  #compare(row: ReportRow, known: ReportRow | undefined): void {
    const { claims } = this.#reports;
    if (known) {
      // What is claimed here may be about to change: its own calls bring that.
      if (claims.has(row.id) || JSON.stringify(known) === JSON.stringify(row)) return;
      this.#reports.take(row);
      this.#reports.reloadPerson(row.reported.id);
    } else if (!this.#counted.has(row.id)) {
      this.#counted.add(row.id);
      this.#announce();
    }
  }
}

/** @returns The row as far as an event tells it. */
function withEvent(
  row: ReportRow,
  { status, claimedBy, at }: { status: string; claimedBy: string | null; at: number },
): ReportRow {
  const known = REPORT_STATUSES.find((one) => one === status) ?? row.status;
  if (claimedBy === null) return { ...row, status: known, claim: null };
  if (row.claim?.by.id === claimedBy) return { ...row, status: known };
  const until = new Date(at + LEASE_MS).toISOString();
  return { ...row, status: known, claim: { by: { id: claimedBy, name: "…" }, until } };
}
