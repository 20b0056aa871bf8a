/**
 * Reads the facts about a database that `vibes doctor` judges, over one plain connection and for any schema version.
 * @module
 */
import { createDatabase } from "../../../server/db/client.ts";
import { type MigrationState, status } from "../../../server/db/migrate/mod.ts";
import type { DatabaseFacts } from "./checks.ts";

/** What was found. */
export interface DatabaseAnswer {
  readonly facts: DatabaseFacts;
  readonly states: readonly MigrationState[];
  readonly invalidIndexes: readonly string[];
  /** How far our clock is ahead of the database's. */
  readonly skewMs: number;
}

/** @throws Error when it does not answer. */
export async function askDatabase(url: string, now: () => number): Promise<DatabaseAnswer> {
  const database = createDatabase({ url, max: 1, applicationName: "vibes doctor" });
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
    return {
      facts: { ...facts, latencyMs },
      states: await status({ url }),
      invalidIndexes: invalid.map(({ name }) => name),
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
