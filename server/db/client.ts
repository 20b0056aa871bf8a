/**
 * The one way to the database: a bounded pool with a deadline over every query and transaction, whose failures
 * leave as the errors a client should see. It owns no SQL of the application and retries nothing.
 * @module
 */

import { SpanKind } from "@opentelemetry/api";
import postgres from "postgres";
import type { Pooler } from "../config/mod.ts";
import type { Tracing } from "../tracing.ts";
import { type DriverOptions, type DriverQuery, type Lane, Lanes } from "./lanes.ts";
import { mapPgError, unavailable } from "./pg_errors.ts";
import { DEFAULT_DEADLINE_MS, statementTimeout, timeouts } from "./timeouts.ts";

/** The tag for queries; inside a transaction it is another value of the same type. */
export type Sql = postgres.ISql;

export const APPLICATION_NAME = "vibesmatch";

/** How a {@link Database} is opened. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Connections at most. Default 10. */
  readonly max?: number;
  /** Longest a query or a transaction may take, the wait for a connection included, ms; 0: no limit. Default 3,000. */
  readonly deadlineMs?: number;
  /** Queries and transactions that may wait for a connection; further ones are refused. Default 1,000. */
  readonly maxWaiting?: number;
  /** What pg_stat_activity calls us. Default `vibesmatch`. */
  readonly applicationName?: string;
  /** Settings of every connection, such as the planner's. Default: the server's. Not sent through a pooler. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * Default `none`. Behind another, settings of the session would be another client's: timeouts stand on the role
   * instead (`roleSettings` in timeouts.ts), and `transaction` prepares no statement.
   */
  readonly pooler?: Pooler;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Called with each notice of the server. Default: ignored. */
  readonly onNotice?: (notice: postgres.Notice) => void;
}

/** Options of one transaction. */
export interface BeginOptions {
  /** Instead of the database's `deadlineMs`, milliseconds; 0: no limit. */
  readonly deadlineMs?: number;
  /** What follows `begin`: `isolation level repeatable read read only`. */
  readonly mode?: string;
}

/** An open database. */
export interface Database {
  /** Runs one statement, on whichever connection is free. @throws SERVICE_UNAVAILABLE past the deadline. */
  readonly sql: Sql;
  /**
   * Runs `fn` in one transaction: commits when it resolves, rolls back when it throws.
   * @throws SERVICE_UNAVAILABLE when it is not over within the deadline; its connection is dropped then.
   */
  begin<T>(fn: (sql: Sql) => Promise<T>, options?: BeginOptions): Promise<T>;
  /** The deadline of queries and of transactions that name no other, ms; 0: none. */
  readonly deadlineMs: number;
  /** Resolves once the database has answered a query. @throws SERVICE_UNAVAILABLE */
  ready(): Promise<void>;
  /** Refuses new work, gives what runs 5 seconds to end, then drops the connections. */
  close(): Promise<void>;
  /** Gauges of the pool. */
  stats(): { readonly max: number; readonly busy: number; readonly waiting: number };
}

/**
 * Opens a database; no connection is made before the first query.
 *
 * @example
 * ```ts
 * const database = createDatabase({ url: "postgres://localhost/vibesmatch" });
 * const [user] = await database.sql`select id from users where email = ${email}`;
 * ```
 */
export function createDatabase(options: DatabaseOptions): Database {
  const { max = 10, deadlineMs = DEFAULT_DEADLINE_MS, maxWaiting = 1_000, tracing } = options;
  const pool = options.applicationName ?? APPLICATION_NAME;
  const front = createFront(options, deadlineMs);
  const lanes = new Lanes(front.options as DriverOptions, { max, maxWaiting });

  /**
   * Gives `use` a lane for itself until it is done. Past the deadline the caller is answered and the connection
   * thrown away, without a cancel request: a server that is alive has cancelled the statement by itself
   * (`statement_timeout` is shorter), one that is not would not hear it.
   */
  async function occupy<T>(use: (lane: Lane) => Promise<T>, limitMs: number): Promise<T> {
    const expired = Promise.withResolvers<never>();
    let lane = lanes.take();
    const ticket = lane === undefined ? lanes.queue() : undefined;

    function expire(): void {
      if (lane !== undefined) lanes.discard(lane);
      else if (ticket !== undefined) lanes.withdraw(ticket);
      expired.reject(unavailable(new Error(`Cannot finish the query: no answer within ${limitMs} ms`)));
    }

    async function run(): Promise<T> {
      lane ??= await (ticket as NonNullable<typeof ticket>).lane;
      try {
        return await use(lane);
      } catch (error) {
        throw mapPgError(error);
      } finally {
        lanes.release(lane);
      }
    }

    const timer = limitMs > 0 ? setTimeout(expire, limitMs) : undefined;
    try {
      return await Promise.race([run(), expired.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A statement's text holds no value, but nothing of it is needed either: the span around it says what it is for. */
  function traced<T>(operation: string, work: () => Promise<T>): Promise<T> {
    if (!tracing) return work();
    const attributes = { "db.system.name": "postgresql", "db.operation.name": operation, "vibes.pool": pool };
    return tracing.span(`postgres ${operation}`, { kind: SpanKind.CLIENT, attributes }, work);
  }

  /** Stands in for the driver's dispatch, which calls it once, when a query is first awaited. */
  function dispatch(query: DriverQuery): void {
    const { resolve, reject } = query;
    const operation = tracing ? firstWord(query) : "";
    if (query.cursorFn !== undefined) {
      reject(new Error("Cannot open a cursor: it needs a transaction"));
      return;
    }
    const answer = Promise.withResolvers<unknown>();
    query.resolve = answer.resolve;
    query.reject = answer.reject;
    traced(operation, () =>
      occupy((lane) => {
        lane.run(query);
        return answer.promise;
      }, deadlineMs),
    ).then(resolve, reject);
  }

  const sql = withDispatch(front, dispatch);
  return {
    sql,
    deadlineMs,
    begin<T>(fn: (sql: Sql) => Promise<T>, options: BeginOptions = {}) {
      const { deadlineMs: limitMs = deadlineMs, mode = "" } = options;
      async function run(tx: Sql): Promise<T> {
        // A number of ours, which `set` does not take as a parameter.
        if (limitMs !== deadlineMs)
          await tx.unsafe(`set local statement_timeout = ${statementTimeout(limitMs)}`);
        return await fn(tx);
      }
      return traced("transaction", () => occupy((lane) => lane.sql.begin(mode, run) as Promise<T>, limitMs));
    },
    async ready() {
      await sql`select 1`;
    },
    close: () => lanes.close(5_000),
    stats: () => lanes.stats(),
  };
}

/**
 * Runs `use` on a connection of its own with ten times the usual deadline: for what a process asks once, at its start,
 * and does not ask again when the answer is late.
 * @throws SERVICE_UNAVAILABLE
 */
export async function askOnce<T>(
  options: Pick<DatabaseOptions, "url" | "pooler">,
  use: (sql: Sql) => Promise<T>,
): Promise<T> {
  const database = createDatabase({ ...options, max: 1, deadlineMs: 10 * DEFAULT_DEADLINE_MS });
  try {
    return await use(database.sql);
  } finally {
    await database.close();
  }
}

/** `select`, `with` … */
function firstWord({ strings }: DriverQuery): string {
  return /^\s*([a-z]+)/i.exec(strings[0] ?? "")?.[1]?.toLowerCase() ?? "statement";
}

/** The driver whose tag builds the queries; it never connects. */
function createFront(options: DatabaseOptions, deadlineMs: number): postgres.Sql {
  const { pooler = "none" } = options;
  return postgres(options.url, {
    max: 1,
    connect_timeout: deadlineMs > 0 ? deadlineMs / 1_000 : 30,
    // A lane serves one caller: when the server is down, that caller is told at once.
    backoff: false,
    prepare: pooler !== "transaction",
    onnotice: options.onNotice ?? (() => {}),
    // Column names only: `postgres.camel` would also rewrite the keys inside jsonb.
    transform: { column: { from: postgres.toCamel, to: postgres.fromCamel } },
    connection: {
      ...(pooler === "none" && { ...options.settings, ...timeouts(deadlineMs) }),
      // Poolers know these two, and set them again on each session that they lend.
      application_name: options.applicationName ?? APPLICATION_NAME,
      TimeZone: "UTC",
    },
  });
}

/** The front's tag, whose queries go to `dispatch` instead of the front's own pool. */
function withDispatch(front: postgres.Sql, dispatch: (query: DriverQuery) => void): Sql {
  function redirect<T>(built: T): T {
    if (typeof built === "object" && built !== null && "handler" in built) built.handler = dispatch;
    return built;
  }

  // Fragments and helpers (`sql(rows)`) come out of the same call; they are never dispatched.
  const call = front as unknown as (...args: unknown[]) => unknown;
  const unsafe = front.unsafe as unknown as (...args: unknown[]) => unknown;
  function tag(...args: unknown[]): unknown {
    return redirect(call(...args));
  }
  return Object.assign(tag, {
    types: front.types,
    typed: front.typed,
    array: front.array,
    json: front.json,
    unsafe: (...args: unknown[]) => redirect(unsafe(...args)),
    notify: (channel: string, payload: string) => redirect(front`select pg_notify(${channel}, ${payload})`),
    file: () => {
      throw new Error("Cannot run a file: use a query");
    },
  }) as unknown as Sql;
}
