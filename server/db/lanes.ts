/**
 * A pool of lanes: each is one connection, used by one query or transaction at a time, with a bounded queue
 * before it. It knows nothing of deadlines or of SQL.
 *
 * The driver has a pool of its own; we use `max` drivers of one connection instead, because the driver cannot
 * drop the connection that a given query runs on, and a query on a silent connection would hang for ever.
 * (Its `query.cancel()` opens another connection to the same silent server, and cancelling a query that is
 * pipelined behind another one shifts every later answer on that connection to the wrong query.)
 * @module
 */

import net from "node:net";
import postgres from "postgres";
import { unavailable } from "./pg_errors.ts";

/** A query of the driver, as far as we reach into it: it dispatches itself through `handler` when awaited. */
export interface DriverQuery extends Promise<unknown> {
  handler: (query: DriverQuery) => void;
  resolve: (rows: unknown) => void;
  reject: (error: unknown) => void;
  readonly cursorFn?: unknown;
  /** The texts between the values. */
  readonly strings: readonly string[];
}

/** A place in the queue before the pool. */
export interface Ticket {
  readonly lane: Promise<Lane>;
  readonly serve: (lane: Lane) => void;
}

/** A lane's options are the front driver's parsed ones. */
export type DriverOptions = postgres.ParsedOptions & { path?: string };

/** `text[]`: a driver that has a parser for it has asked for all array types, and what one lane learns is known to all. */
const TEXT_ARRAY = 1009;

/** One connection, opened by its first query. */
export class Lane {
  readonly sql: postgres.Sql;
  /** Runs a query that another tag has built. */
  readonly run: (query: DriverQuery) => void;
  #socket: net.Socket | undefined;
  #attempts = 0;

  constructor(options: DriverOptions) {
    const socket = () => this.#connect(options);
    // Asking takes longer than the rest of opening a connection: 5 ms of this process's time instead of 2.
    const fetch_types = options.parsers[TEXT_ARRAY] === undefined;
    const laneOptions = { ...options, max: 1, no_subscribe: true, fetch_types, socket };
    this.sql = postgres(laneOptions as unknown as postgres.Options<Record<string, never>>);
    this.run = (this.sql`` as unknown as DriverQuery).handler;
  }

  /** Drops the connection whatever state it is in; whatever runs on it fails. */
  destroy(): void {
    // end() alone waits for a server that does not answer, and keeps the descriptor until it does.
    void this.sql.end({ timeout: 0 }).finally(() => this.#socket?.destroy());
  }

  #connect({ host: hosts, port: ports, path }: DriverOptions): net.Socket {
    const index = this.#attempts++ % hosts.length;
    const host = hosts[index] as string;
    this.#socket = path ? net.connect({ path }) : net.connect({ host, port: ports[index] as number });
    return Object.assign(this.#socket, { host });
  }
}

/** See the module. */
export class Lanes {
  readonly #options: DriverOptions;
  readonly #max: number;
  readonly #maxWaiting: number;
  readonly #idle: Lane[] = [];
  readonly #busy = new Set<Lane>();
  readonly #waiting = new Set<Ticket>();
  #closed: PromiseWithResolvers<void> | undefined;

  constructor(options: DriverOptions, limits: { readonly max: number; readonly maxWaiting: number }) {
    this.#options = options;
    this.#max = limits.max;
    this.#maxWaiting = limits.maxWaiting;
  }

  /** @returns A lane for the caller alone, or undefined when all are taken: then {@link Lanes.queue}. */
  take(): Lane | undefined {
    if (this.#closed) throw unavailable(new Error("Cannot query: the database is closed"));
    if (this.#waiting.size > 0 || this.#busy.size >= this.#max) return undefined;
    // The one used last: its connection is the most likely to be open, and surplus ones can grow old.
    const lane = this.#idle.pop() ?? new Lane(this.#options);
    this.#busy.add(lane);
    return lane;
  }

  /** @throws SERVICE_UNAVAILABLE when the queue is full. */
  queue(): Ticket {
    if (this.#waiting.size >= this.#maxWaiting) {
      throw unavailable(
        new Error(`Cannot query: ${this.#waiting.size} queries are waiting for a connection`),
      );
    }
    const { promise, resolve } = Promise.withResolvers<Lane>();
    const ticket = { lane: promise, serve: resolve };
    this.#waiting.add(ticket);
    return ticket;
  }

  /** Leaves the queue. */
  withdraw(ticket: Ticket): void {
    this.#waiting.delete(ticket);
  }

  /** Gives a lane back in order; nothing happens if it was discarded meanwhile. */
  release(lane: Lane): void {
    if (!this.#busy.delete(lane)) return;
    this.#idle.push(lane);
    this.#serveNext();
  }

  /** Gives a lane back whose connection is lost or must not be used again. */
  discard(lane: Lane): void {
    if (!this.#busy.delete(lane)) return;
    lane.destroy();
    this.#serveNext();
  }

  /** Refuses new work; drops the connections when nothing runs any more, or after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    if (this.#closed) return await this.#closed.promise;
    const closed = Promise.withResolvers<void>();
    this.#closed = closed;
    const timer = setTimeout(closed.resolve, graceMs);
    if (this.#busy.size === 0) closed.resolve();
    await closed.promise;
    clearTimeout(timer);
    for (const lane of this.#busy) lane.destroy();
    await Promise.all(this.#idle.map((lane) => lane.sql.end({ timeout: 1 })));
  }

  stats(): { readonly max: number; readonly busy: number; readonly waiting: number } {
    return { max: this.#max, busy: this.#busy.size, waiting: this.#waiting.size };
  }

  #serveNext(): void {
    for (const ticket of this.#waiting) {
      this.#waiting.delete(ticket);
      const lane = this.#idle.pop() ?? new Lane(this.#options);
      this.#busy.add(lane);
      ticket.serve(lane);
      return;
    }
    if (this.#closed && this.#busy.size === 0) this.#closed.resolve();
  }
}
