/**
 * The table of what was applied, and what it and the files say about each other.
 * @module
 */

import { DriftError } from "./errors.ts";
import type { Migration } from "./files.ts";
import type { Session } from "./session.ts";

/** One row of schema_migrations. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: Date;
  readonly durationMs: number;
}

/** @returns The name that the file had. */
export function fileOf({ version, name }: Pick<Applied, "version" | "name">): string {
  return `${String(version).padStart(6, "0")}_${name}.sql`;
}

/** Makes the table; call it under the lock. */
export async function createHistory(session: Session): Promise<void> {
  if (await hasHistory(session)) return;
  await session`
    create table schema_migrations (
      version integer not null,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now(),
      duration_ms integer not null,
      constraint schema_migrations_pkey primary key (version)
    )
  `;
}

async function hasHistory(session: Session): Promise<boolean> {
  const [row] = await session<{ found: boolean }[]>`
    select to_regclass('schema_migrations') is not null as found
  `;
  return row?.found ?? false;
}

/** @returns What was applied, in order of version; nothing when there is no table yet. */
export async function selectHistory(session: Session): Promise<Applied[]> {
  if (!(await hasHistory(session))) return [];
  return await session<Applied[]>`
    select version, name, checksum, applied_at as "appliedAt", duration_ms as "durationMs"
    from schema_migrations order by version
  `;
}

export async function insertApplied(
  session: Session,
  ...[migration, durationMs]: [Migration, number]
): Promise<void> {
  const { version, name, checksum } = migration;
  await session`
    insert into schema_migrations (version, name, checksum, duration_ms)
    values (${version}, ${name}, ${checksum}, ${Math.round(durationMs)})
  `;
}

export async function deleteApplied(session: Session, version: number): Promise<void> {
  await session`delete from schema_migrations where version = ${version}`;
}

/** Indexes that a failed CREATE INDEX CONCURRENTLY left behind: maintained, but of no use to any query. */
export async function selectInvalidIndexes(session: Session): Promise<string[]> {
  const rows = await session<{ name: string }[]>`
    select indexrelid::regclass::text as name from pg_index where not indisvalid order by 1
  `;
  return rows.map((row) => row.name);
}

/** @returns One line for each applied migration whose file is gone or was changed since. */
export function compareHistory(applied: readonly Applied[], migrations: readonly Migration[]): string[] {
  const files = new Map(migrations.map((migration) => [migration.version, migration]));
  return applied.flatMap((row) => {
    const migration = files.get(row.version);
    if (migration === undefined) return [`${fileOf(row)} was applied, but its file is gone`];
    if (migration.checksum === row.checksum) return [];
    return [
      `${migration.file} was changed after it was applied on ${row.appliedAt.toISOString().slice(0, 10)}`,
    ];
  });
}

/** @throws DriftError when the files are not those that were applied. */
export function requireUnchanged(applied: readonly Applied[], migrations: readonly Migration[]): void {
  const findings = compareHistory(applied, migrations);
  if (findings.length > 0) throw new DriftError("Cannot migrate", findings);
}
