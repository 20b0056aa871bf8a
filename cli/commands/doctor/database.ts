/**
 * Reads the facts about a database that `vibes doctor` judges, over one plain connection and for any schema version.
 * @module
 */
import type { Pooler } from "../../../server/config/mod.ts";
import { createDatabase, type Database, type Sql } from "../../../server/db/client.ts";
import { type Histories, readHistories } from "../../../server/db/history.ts";
import { type MigrationState, status } from "../../../server/db/migrate/mod.ts";
import { type DatabaseFacts, type Finding, type ReplicationFacts, type RoleFacts, skip } from "./checks.ts";

/** What was found. */
export interface DatabaseAnswer {
  readonly facts: DatabaseFacts;
  readonly states: readonly MigrationState[];
  readonly invalidIndexes: readonly string[];
  readonly histories: Histories;
  /** How far our clock is ahead of the database's. */
  readonly skewMs: number;
  readonly replication: ReplicationFacts;
}

/**
 * Opens one connection. By default it sends no settings and prepares no statement, so that it also gets through a pooler
 * that is not configured for the server.
 */
export function open(url: string, pooler: Pooler = "transaction"): Database {
  return createDatabase({ url, max: 1, pooler, applicationName: "vibes doctor" });
}

/** @throws Error when it does not answer. */
export async function askDatabase(url: string, now: () => number): Promise<DatabaseAnswer> {
  const database = open(url);
  try {
    await database.ready();
    const askedAt = performance.now();
    const before = now();
    const [row] = await database.sql<(Omit<DatabaseFacts, "latencyMs"> & { clockMs: number })[]>`
      select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
        current_setting('fsync') = 'on' as fsync, current_setting('max_connections')::int as max_connections,
        (extract(epoch from clock_timestamp()) * 1000)::float8 as clock_ms
    `;
    const latencyMs = performance.now() - askedAt;
    const { clockMs, ...facts } = row!;
    const invalid = await database.sql<{ name: string }[]>`
      select indexrelid::regclass::text as name from pg_index where not indisvalid order by 1
    `;
    // Others' lag is hidden from roles without pg_monitor: null then.
    const [replication] = await database.sql<ReplicationFacts[]>`
      select pg_is_in_recovery() as in_recovery, count(*)::int as standbys,
        count(*) filter (where sync_state in ('sync', 'quorum'))::int as synchronous,
        extract(epoch from max(replay_lag))::float8 as lag_seconds,
        current_setting('archive_mode') <> 'off' as archiving,
        (select current_setting('archive_mode') <> 'off' and a.last_failed_time is not null
          and a.last_failed_time > coalesce(a.last_archived_time, '-infinity') from pg_stat_archiver a) as archive_fails
      from pg_stat_replication
    `;
    return {
      replication: replication!,
      facts: { ...facts, latencyMs },
      states: await status({ url }),
      invalidIndexes: invalid.map(({ name }) => name),
      histories: await readHistories(database.sql),
      // It was asked at some moment of the round trip: its middle is the best guess.
      skewMs: before + latencyMs / 2 - clockMs,
    };
  } catch (error) {
    // The driver's own words say more than what a client of the API is told.
    const { cause } = error as { cause?: Error };
    throw cause ?? error;
  } finally {
    await database.close();
  }
}

/** @throws Error when it does not answer. */
export async function askRole(url: string): Promise<RoleFacts> {
  const database = open(url);
  try {
    const [row] = await database.sql<RoleFacts[]>`
      select current_user::text as role, exists (
        select 1 from pg_tables where schemaname = 'public' and pg_has_role(tableowner, 'usage')
      ) as owns
    `;
    return row!;
  } finally {
    await database.close();
  }
}

/**
 * Judges what only the current schema has; skipped while migrations are pending.
 *
 * @throws Error when the database does not answer.
 */
export async function whenMigrated(
  { url, states }: { url: string; states: readonly MigrationState[] },
  judge: (sql: Sql) => Promise<Finding>,
): Promise<Finding> {
  if (states.some(({ state }) => state === "pending")) return skip("the schema is not up to date");
  const database = open(url);
  try {
    return await judge(database.sql);
  } finally {
    await database.close();
  }
}
