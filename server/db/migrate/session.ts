/**
 * The one connection of a migration run, and the lock that makes runs exclusive. It knows nothing of files.
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import postgres from "postgres";
import { isUnavailable } from "../pg_errors.ts";
import { LockedError, UnreachableError } from "./errors.ts";

/** Two-part key of the advisory lock; advisory locks are per database. */
const LOCK_KEY = [0x76696265, 0x6d696772] as const;

/** How a session is opened. */
export interface SessionOptions {
  readonly url: string;
  /** How long to wait for another run to end, ms. Default 60,000. */
  readonly waitMs?: number;
  /** How long a statement may wait for a lock, ms. Default 5,000: it queues everybody else behind it. */
  readonly lockTimeoutMs?: number;
  /** How long a statement may run, ms; 0: no limit. Default 15 minutes. */
  readonly statementTimeoutMs?: number;
  /** Aborting ends the session on the server, too: what runs there is rolled back instead of running on. */
  readonly signal?: AbortSignal | undefined;
}

/** A reserved connection: it fails for good when it is lost, so that a lost lock is noticed. */
export type Session = postgres.ReservedSql;

/**
 * Opens a connection, runs `fn` on it, closes it.
 * @throws UnreachableError when the database does not answer; the signal's reason once it is aborted.
 */
export async function withSession<T>(
  options: SessionOptions,
  fn: (session: Session) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  signal?.throwIfAborted();
  const driver = open(options);
  let backend: number | undefined;
  const onAbort = () =>
    void (backend === undefined ? driver.end({ timeout: 0 }) : terminate(options, backend));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    // reserve() on a driver that has not connected yet never resolves when fetch_types is off.
    const [row] = await unlessAborted(driver<{ pid: number }[]>`select pg_backend_pid() as pid`, signal);
    backend = row?.pid;
    signal?.throwIfAborted();
    const session = await driver.reserve();
    try {
      return await fn(session);
    } finally {
      session.release();
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    // Only what says that the database is away; a lock timeout is the business of whoever ran the statement.
    if (!isUnavailable(error) || isTimeout(error)) throw error;
    throw new UnreachableError(`Cannot reach the database: ${(error as Error).message}`, error);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await driver.end({ timeout: 1 });
  }
}

/** A server that takes connections and says nothing would keep us for the whole connect timeout. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  return Promise.race([work, promise]);
}

function open({ url, lockTimeoutMs = 5_000, statementTimeoutMs = 900_000 }: SessionOptions): postgres.Sql {
  return postgres(url, {
    max: 1,
    connect_timeout: 5,
    max_lifetime: null,
    backoff: false,
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: "vibes migrate",
      TimeZone: "UTC",
      lock_timeout: lockTimeoutMs,
      statement_timeout: statementTimeoutMs,
    },
  });
}

/** Closing the connection would not do: a server that is busy with a statement does not look. */
async function terminate(options: SessionOptions, pid: number): Promise<void> {
  const driver = open(options);
  try {
    await driver`select pg_terminate_backend(${pid})`;
  } catch {
    // It is gone already, or nothing can be done about it.
  } finally {
    await driver.end({ timeout: 1 });
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
 * CONCURRENTLY in the run it waits for would in turn wait for that transaction, for ever.
 *
 * @throws LockedError naming the holder after `waitMs`.
 */
export async function withLock<T>(session: Session, ...[waitMs, fn]: [number, () => Promise<T>]): Promise<T> {
  const [high, low] = LOCK_KEY;
  const end = performance.now() + waitMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, 500)) {
    const [row] = await session<
      { locked: boolean }[]
    >`select pg_try_advisory_lock(${high}, ${low}) as locked`;
    if (row?.locked) break;
    if (performance.now() >= end) throw new LockedError(await holderMessage(session, waitMs));
    await wait(pauseMs * (0.5 + Math.random()));
  }
  try {
    return await fn();
  } finally {
    await session`select pg_advisory_unlock(${high}, ${low})`.catch(() => {});
  }
}

async function holderMessage(session: Session, waitMs: number): Promise<string> {
  const [high, low] = LOCK_KEY;
  const [holder] = await session<{ pid: number; application_name: string | null; since: Date | null }[]>`
    select l.pid, a.application_name, a.backend_start as since
    from pg_locks l left join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.classid = ${high} and l.objid = ${low}
      and l.database = (select oid from pg_database where datname = current_database())
  `;
  const who = holder
    ? `pid ${holder.pid} (${holder.application_name || "unnamed"}) has held the migration lock`
    : "another run held the migration lock";
  return `Cannot migrate: ${who} for ${waitMs / 1_000} s`;
}
