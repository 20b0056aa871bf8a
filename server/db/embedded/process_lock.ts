/**
 * Locks between processes that vanish with their holder, even after kill -9. They are SQLite's: the one file
 * lock in the runtime that the kernel releases by itself.
 * @module
 */

import { Database } from "bun:sqlite";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** A lock that is held until released or until the process ends. */
export interface ProcessLock {
  release(): void;
}

/** Many may hold `shared`, and only while nobody holds `exclusive`. */
export type LockMode = "shared" | "exclusive";

/** Keeps the handles from the garbage collector, which would close them. */
const held = new Set<Database>();

/**
 * @param path A file of its own, made when absent; it must not be removed while somebody may use it.
 * @returns The lock, or undefined when somebody else is in the way.
 */
export function tryLock(path: string, mode: LockMode): ProcessLock | undefined {
  const database = new Database(path, { create: true });
  try {
    database.run("pragma busy_timeout = 0");
    // An empty file cannot be locked for reading.
    if (!hasTable(database)) database.run("create table if not exists held (x)");
    database.run(mode === "exclusive" ? "begin exclusive" : "begin");
    if (mode === "shared") database.query("select x from held").all();
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code?.startsWith("SQLITE_BUSY")) return undefined;
    throw error;
  }
  held.add(database);
  if (mode === "exclusive") writeFileSync(`${path}.pid`, String(process.pid));
  return {
    release() {
      if (held.delete(database)) database.close();
    },
  };
}

/** Like {@link tryLock}, waiting up to `waitMs`. */
export async function lockWithin(
  path: string,
  mode: LockMode,
  waitMs: number,
): Promise<ProcessLock | undefined> {
  const end = performance.now() + waitMs;
  for (;;) {
    const lock = tryLock(path, mode);
    if (lock !== undefined || performance.now() >= end) return lock;
    await wait(10 + Math.random() * 20);
  }
}

/** @returns The process that took the exclusive lock last. */
export function lockHolder(path: string): number | undefined {
  try {
    return Number(readFileSync(`${path}.pid`, "utf8"));
  } catch {
    return undefined;
  }
}

function hasTable(database: Database): boolean {
  return database.query("select 1 from sqlite_schema where name = 'held'").get() !== null;
}
