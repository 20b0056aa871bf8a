/**
 * The one connection of a migration command, and the lock that lets one command run at a time. It knows no files.
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import postgres from "postgres";
import { isUnavailable } from "../pg_errors.ts";
import { MigrationError } from "./errors.ts";

/** Two-part key of the advisory lock; advisory locks are per database. */
const [LOCK_HIGH, LOCK_LOW] = [0x76696265, 0x6d696772];

/** How a session is opened. */
export interface SessionOptions {
  readonly url: string;
  /** How long to wait for another run to end, ms. Default 60,000. */
  readonly waitMs?: number | undefined;
  /** How long a statement may wait for a lock, ms. Default 5,000: others queue behind the one who waits. */
  readonly lockTimeoutMs?: number | undefined;
  /** How long a statement may run, ms; 0: no limit. Default 15 minutes. */
  readonly statementTimeoutMs?: number | undefined;
  /** Aborting closes the connection; the server then ends the statement and rolls back. */
  readonly signal?: AbortSignal | undefined;
}

/** A reserved connection: it fails for good when it is lost, so that a lost lock is noticed. */
export type Session = postgres.ReservedSql;

/** Sessions of poolers: what is set or locked on one may be another client's in the next statement. */
const pooled = new WeakSet<Session>();

/**
 * Opens a connection, runs `fn` on it, closes it.
 * @throws MigrationError when the database does not answer; the signal's reason once it is aborted.
 */
export async function withSession<T>(
  options: SessionOptions,
  fn: (session: Session) => Promise<T>,
): Promise<T> {
  const { url, signal, lockTimeoutMs = 5_000, statementTimeoutMs = 900_000 } = options;
  signal?.throwIfAborted();
  const driver = postgres(url, {
    max: 1,
    // A lost answer of a name server alone takes five seconds, and nobody runs a deployment again at once.
    connect_timeout: 30,
    max_lifetime: null,
    backoff: false,
    fetch_types: false,
    // Each runs once; and a pooler may keep none.
    prepare: false,
    onnotice: () => {},
    connection: { application_name: "vibes migrate", TimeZone: "UTC" },
  });
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = () => {
    aborted.reject(signal?.reason);
    void driver.end({ timeout: 0 });
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    // Raced: a server that accepts connections and never answers would block until connect_timeout.
    // A query first: reserve() on a driver that has not connected yet never resolves when fetch_types is off.
    const first = await Promise.race([
      driver<{ pid: number }[]>`select pg_backend_pid() as pid`,
      aborted.promise,
    ]);
    const session = await driver.reserve();
    // A pooler answers a new connection with a number of its own.
    if (first[0]?.pid !== first.state.pid) pooled.add(session);
    else {
      // Without the last one, a server that is busy with a statement does not notice that its client has gone.
      await session`
        select set_config('lock_timeout', ${String(lockTimeoutMs)}, false),
          set_config('statement_timeout', ${String(statementTimeoutMs)}, false),
          set_config('client_connection_check_interval', '500', false)
      `;
    }
    try {
      return await fn(session);
    } finally {
      session.release();
    }
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (!isUnavailable(cause) || isTimeout(cause)) throw cause;
    throw new MigrationError("Unreachable", `Cannot reach the database: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await driver.end({ timeout: signal?.aborted ? 0 : 1 });
  }
}

/** Whether a statement waited too long for a lock, or ran too long. */
export function isTimeout(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "55P03" || code === "57014";
}

/**
 * Runs `fn` while this session holds the migration lock.
 *
 * The lock is polled: a session that blocks in `pg_advisory_lock` is in a transaction, and CREATE INDEX
 * CONCURRENTLY in the run it waits for would wait for that transaction in turn.
 *
 * @throws MigrationError naming the holder after `waitMs`; at once through a pooler, where two runs can hold the lock.
 */
export async function withLock<T>(session: Session, waitMs: number, fn: () => Promise<T>): Promise<T> {
  if (pooled.has(session)) {
    throw new MigrationError(
      "Target",
      "Cannot migrate through a pooler: two runs could hold the lock at once",
      {
        hint: "name PostgreSQL itself in DATABASE_DIRECT_URL",
      },
    );
  }
  const end = performance.now() + waitMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, 500)) {
    const [row] = await session<{ locked: boolean }[]>`
      select pg_try_advisory_lock(${LOCK_HIGH}, ${LOCK_LOW}) as locked
    `;
    if (row?.locked) break;
    if (performance.now() >= end) throw new MigrationError("Locked", await describeHolder(session, waitMs));
    await wait(pauseMs * (0.5 + Math.random()));
  }
  try {
    return await fn();
  } finally {
    await session`select pg_advisory_unlock(${LOCK_HIGH}, ${LOCK_LOW})`.catch(() => {});
  }
}

async function describeHolder(session: Session, waitMs: number): Promise<string> {
  const [holder] = await session<{ pid: number; name: string | null }[]>`
    select l.pid, a.application_name as name from pg_locks l left join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.classid = ${LOCK_HIGH} and l.objid = ${LOCK_LOW}
      and l.database = (select oid from pg_database where datname = current_database())
  `;
  const who = holder ? `pid ${holder.pid} (${holder.name || "unnamed"})` : "another run";
  return `Cannot migrate: ${who} still holds the migration lock after ${waitMs / 1_000} s`;
}
