/**
 * The commands that only look: status, verify, wait.
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import type { MigrateOptions } from "./commands.ts";
import { DriftError, UnreachableError } from "./errors.ts";
import { type Migration, readMigrations } from "./files.ts";
import { type Applied, compareHistory, fileOf, selectHistory, selectInvalidIndexes } from "./history.ts";
import { withSession } from "./session.ts";

/** State of one migration. */
export interface MigrationState {
  readonly version: number;
  readonly file: string;
  readonly state: "applied" | "pending" | "changed" | "missing";
  readonly appliedAt: Date | null;
  readonly durationMs: number | null;
}

/**
 * @returns The state of every migration that has a file or was applied.
 * @throws UnreachableError
 *
 * @example
 * ```ts
 * const pending = (await status({ url })).filter(({ state }) => state === "pending");
 * ```
 */
export async function status(options: MigrateOptions): Promise<MigrationState[]> {
  const migrations = await readMigrations(options.folder);
  return merge(migrations, await withSession(options, selectHistory));
}

/**
 * Checks that the database is what the files say: everything applied, nothing changed since, no INVALID index.
 * @throws DriftError with one finding for each disagreement.
 *
 * @example
 * ```ts
 * await verify({ url });
 * ```
 */
export async function verify(options: MigrateOptions): Promise<void> {
  const migrations = await readMigrations(options.folder);
  const findings = await withSession(options, async (session) => {
    const applied = await selectHistory(session);
    const pending = merge(migrations, applied).filter(({ state }) => state === "pending");
    const invalid = await selectInvalidIndexes(session);
    return [
      ...compareHistory(applied, migrations),
      ...pending.map(({ file }) => `${file} is pending`),
      ...invalid.map((name) => `index ${name} is INVALID`),
    ];
  });
  if (findings.length > 0) throw new DriftError("Cannot vouch for the schema", findings);
}

/**
 * Resolves once the database answers and somebody else has applied all migrations.
 * @throws UnreachableError or DriftError, as things stand when `timeoutMs` is over.
 *
 * @example
 * ```ts
 * await waitUntilMigrated({ url, timeoutMs: 60_000 });
 * ```
 */
export async function waitUntilMigrated(
  options: MigrateOptions & { readonly timeoutMs: number },
): Promise<void> {
  const end = performance.now() + options.timeoutMs;
  for (;;) {
    try {
      await verify(options);
      return;
    } catch (error) {
      const mayPass = error instanceof UnreachableError || error instanceof DriftError;
      if (!mayPass || performance.now() >= end) throw error;
    }
    await wait(200);
  }
}

function merge(migrations: readonly Migration[], applied: readonly Applied[]): MigrationState[] {
  const files = new Map(migrations.map((migration) => [migration.version, migration]));
  const rows = new Map(applied.map((row) => [row.version, row]));
  const versions = [...new Set([...files.keys(), ...rows.keys()])].sort((a, b) => a - b);
  return versions.map((version) => {
    const migration = files.get(version);
    const row = rows.get(version);
    const file = migration?.file ?? fileOf(row as Applied);
    const rest = { appliedAt: row?.appliedAt ?? null, durationMs: row?.durationMs ?? null };
    return { version, file, state: stateOf(migration, row), ...rest };
  });
}

function stateOf(migration: Migration | undefined, row: Applied | undefined): MigrationState["state"] {
  if (row === undefined) return "pending";
  if (migration === undefined) return "missing";
  return migration.checksum === row.checksum ? "applied" : "changed";
}
