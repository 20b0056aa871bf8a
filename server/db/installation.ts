/**
 * Which database this is, for what several servers share outside of it: installations with databases of their own may use
 * one Redis, and must not hear, count or reap each other there.
 * @module
 */
import { createHash } from "node:crypto";
import type { Sql } from "./client.ts";

const DIGITS = 12;
const EVERY_MS = 5_000;

/**
 * @returns What the names of all keys and channels in Redis begin with, `vibes-3f9a1c2b7d0e`: the same for every server
 *   of a database, another for a database of another cluster or name, also for one that was restored from a dump. A copy
 *   of the files of a whole cluster has the same; it needs a Redis of its own.
 * @throws SERVICE_UNAVAILABLE
 */
export async function readRedisPrefix(sql: Sql): Promise<string> {
  const [row] = await sql<{ identity: string }[]>`
    select (select system_identifier from pg_control_system()) || '/' || oid as identity
    from pg_database where datname = current_database()
  `;
  return `vibes-${createHash("sha256").update(row!.identity).digest("hex").slice(0, DIGITS)}`;
}

/** The connection leads to another database than when the server started. */
export class OtherDatabaseError extends Error {
  readonly exitCode = 1;

  constructor(before: string, after: string) {
    super(
      `Cannot go on: DATABASE_URL leads to another database than at the start, whose servers share Redis as ${after}, ` +
        `not as ${before}; start this server again`,
    );
    this.name = "OtherDatabaseError";
  }
}

interface WatchOptions {
  /** What {@link readRedisPrefix} said at the start. */
  readonly prefix: string;
  /** Called once. */
  readonly onChanged: (error: OtherDatabaseError) => void;
}

/**
 * Asks every five seconds whether it is still the same database: after a restore under the same name, or a failover to a
 * logical replica, servers that go on and servers that start would share Redis under different names, and miss each
 * other's messages.
 *
 * @returns What stops it.
 */
export function watchDatabase(sql: Sql, { prefix, onChanged }: WatchOptions): () => void {
  const timer = setInterval(async () => {
    // A database that is away is reported elsewhere.
    const now = await readRedisPrefix(sql).catch(() => prefix);
    if (now === prefix) return;
    clearInterval(timer);
    onChanged(new OtherDatabaseError(prefix, now));
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
