/**
 * What other moderators do, as the live stream tells it: shown on the rows that are here. New rows are counted and wait
 * for R.
 * @module
 */
import type { LiveEvent } from "../../live_stream.ts";
import type { QueueList, ReportEvent } from "./queue_list.ts";
import { isOpen, type QueueRow } from "./rows.ts";

/** Rows that changed are read again at most so many at a time. */
const AT_A_TIME = 4;

export class QueueUpdates<Row extends QueueRow, Detail> {
  readonly #queue: QueueList<Row, Detail>;
  /** Rows that are to be read again. */
  readonly #waiting = new Set<string>();
  /** New rows that polling has counted. */
  readonly #counted = new Set<string>();
  #running = 0;

  constructor(queue: QueueList<Row, Detail>) {
    this.#queue = queue;
  }

  hear(event: LiveEvent): void {
    if (event.type === "report_created") this.#created(event.data);
    else if (event.type === "report_updated") this.#updated(event.data);
  }

  /** Reads what the stream would have told, of the first page: rows that changed, came, or went. */
  async poll(): Promise<void> {
    const { desk, spec, state } = this.#queue;
    if (state.rows.phase !== "ready") return;
    const { rows } = await spec.read(desk, state.filter.query);
    const here = this.#queue.state.rows.all;
    const byId = new Map(here.map((row) => [row.id, row]));
    for (const row of rows) this.#compare(row, byId.get(row.id));
    const seen = new Set(rows.map(({ id }) => id));
    for (const row of here.slice(0, rows.length))
      if (isOpen(row) && !seen.has(row.id)) this.#waiting.add(row.id);
    await this.#readWaiting();
  }

  #announce(): void {
    this.#queue.changeRows((rows) => ({ ...rows, news: rows.news + 1 }));
  }

  #created(data: ReportEvent<"report_created">): void {
    const row = this.#queue.rowGaining(data);
    if (row) this.#readSoon(row.id);
    else this.#announce();
  }

  #updated(data: ReportEvent<"report_updated">): void {
    const row = this.#queue.rowWith(data.report_id);
    const isOwn = data.actor_id !== null && data.actor_id === this.#queue.desk.state.me?.id;
    if (!row || isOwn) return;
    this.#queue.patch(row.id, (now) => this.#queue.heard(now, data));
    // The event has no names: the row is read for them.
    this.#readSoon(row.id);
  }

  #readSoon(id: string): void {
    this.#waiting.add(id);
    void this.#readWaiting();
  }

  async #readWaiting(): Promise<void> {
    if (this.#running >= AT_A_TIME) return;
    this.#running++;
    for (const id of this.#waiting) {
      this.#waiting.delete(id);
      try {
        const row = await this.#queue.readRow(id);
        this.#queue.take(row);
        this.#queue.reloadPerson(row.reported.id);
      } catch {
        // The next refresh brings it.
      }
    }
    this.#running--;
  }

  #compare(row: Row, known: Row | undefined): void {
    const { claims } = this.#queue;
    if (known) {
      // What is claimed here may be about to change: its own calls bring that.
      if (claims.has(row.id) || JSON.stringify(known) === JSON.stringify(row)) return;
      this.#queue.take(row);
      this.#queue.reloadPerson(row.reported.id);
    } else if (!this.#counted.has(row.id)) {
      this.#counted.add(row.id);
      this.#announce();
    }
  }
}
