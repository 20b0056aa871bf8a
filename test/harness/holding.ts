/**
 * Makes one transaction wait for a lock that another holds, to test what it sees once it gets it.
 * @module
 */
import type { Database, Sql } from "../../server/db/client.ts";
import { eventually } from "./eventually.ts";

interface Scene<T> {
  /** Takes the locks, in a transaction that commits once `meanwhile` waits for one. */
  readonly hold: (tx: Sql) => Promise<unknown>;
  readonly meanwhile: () => Promise<T>;
  /** In the same transaction, while the other one waits. */
  readonly next?: (tx: Sql) => Promise<unknown>;
}

/** @returns What came of `meanwhile`. */
export async function holding<T>(database: Database, { hold: take, meanwhile, next }: Scene<T>): Promise<T> {
  const held = await hold(database, take);
  const result = meanwhile();
  result.catch(() => {});
  try {
    await waitingFor(database.sql);
    await next?.(held.tx);
  } finally {
    await held.release();
  }
  return await result;
}

/** A transaction that keeps its locks until it is told to commit. */
export interface Held {
  readonly tx: Sql;
  release(): Promise<void>;
}

/** Begins a transaction and takes locks in it. */
export async function hold(database: Database, take: (tx: Sql) => Promise<unknown>): Promise<Held> {
  const taken = Promise.withResolvers<Sql>();
  const released = Promise.withResolvers<void>();
  const over = database.begin(
    async (tx) => {
      // In a deadlock it is the other one who has to give way.
      await tx`set local deadlock_timeout = '10s'`;
      await take(tx);
      taken.resolve(tx);
      await released.promise;
    },
    { deadlineMs: 10_000 },
  );
  over.catch(taken.reject);
  return {
    tx: await taken.promise,
    async release() {
      released.resolve();
      await over;
    },
  };
}

/** Resolves once somebody waits for a lock. */
export async function waitingFor(sql: Sql): Promise<void> {
  await eventually(
    async () => {
      const rows = await sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      `;
      return rows.length > 0;
    },
    { what: "somebody to wait for a lock" },
  );
}
