/**
 * The table schema_migrations: what was applied, as which SQL, and how to roll it back.
 * @module
 */

import { MigrationError } from "./errors.ts";
import type { Migration } from "./files.ts";
import type { Session } from "./session.ts";

/** One row of schema_migrations. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  /** Of the whole file as it was applied: versions before this one, to which somebody may roll back, compare it. */
  readonly checksum: string;
  /** Of its `-- up` statements; null in rows of earlier versions. */
  readonly upChecksum: string | null;
  /** The `-- down` section as it was when the file was applied; null in rows of earlier versions. */
  readonly down: string | null;
  readonly appliedAt: Date;
  readonly durationMs: number;
}

/** State of one migration. */
export interface MigrationState {
  readonly version: number;
  readonly file: string;
  /** Changed: the file's `-- up` is not the SQL that was applied. Missing: applied, but there is no file. */
  readonly state: "applied" | "pending" | "changed" | "missing";
  readonly appliedAt: Date | null;
  readonly durationMs: number | null;
}

/** @returns The name that the file had. */
export function fileOf({ version, name }: Pick<Applied, "version" | "name">): string {
  return `${String(version).padStart(6, "0")}_${name}.sql`;
}

/** Makes the table, and gives one of an earlier version its new columns; call it under the lock. */
export async function createHistory(session: Session): Promise<void> {
  await session`
    create table if not exists schema_migrations (
      version integer not null,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now(),
      duration_ms integer not null,
      constraint schema_migrations_pkey primary key (version)
    )
  `;
  await session`
    alter table schema_migrations add column if not exists down text, add column if not exists up_checksum text
  `;
}

/** @returns What was applied, in order of version; nothing when there is no table yet. */
export async function selectHistory(session: Session): Promise<Applied[]> {
  const [found] = await session`select 1 where to_regclass('schema_migrations') is not null`;
  if (!found) return [];
  // By way of jsonb: the columns are missing until the first `up` after an upgrade.
  return await session<Applied[]>`
    select version, name, checksum, to_jsonb(m) ->> 'up_checksum' as "upChecksum", to_jsonb(m) ->> 'down' as down,
      applied_at as "appliedAt", duration_ms as "durationMs"
    from schema_migrations m order by version
  `;
}

export async function insertApplied(session: Session, migration: Migration, ms: number): Promise<void> {
  const { version, name, textChecksum, checksum } = migration;
  await session`
    insert into schema_migrations (version, name, checksum, up_checksum, down, duration_ms)
    values (${version}, ${name}, ${textChecksum}, ${checksum}, ${downText(migration)}, ${Math.round(ms)})
  `;
}

export async function deleteApplied(session: Session, version: number): Promise<void> {
  await session`delete from schema_migrations where version = ${version}`;
}

/**
 * Records these files as what was applied: their checksums and their `-- down` sections. The checksum of a whole file
 * stays while its `-- up` statements do, so that the version that applied it still knows it after a rollback.
 */
export async function updateApplied(session: Session, migrations: readonly Migration[]): Promise<void> {
  const files = migrations.map((migration) => ({
    version: migration.version,
    checksum: migration.textChecksum,
    up_checksum: migration.checksum,
    down: downText(migration),
  }));
  await session`
    update schema_migrations m set
      checksum = case when m.up_checksum = f.up_checksum then m.checksum else f.checksum end,
      up_checksum = f.up_checksum,
      down = f.down
    from jsonb_to_recordset(${JSON.stringify(files)}::text::jsonb)
      as f (version int, checksum text, up_checksum text, down text)
    where m.version = f.version and (m.up_checksum, m.down) is distinct from (f.up_checksum, f.down)
  `;
}

/** As a file that rolls back and does nothing else. */
function downText({ transactional, down }: Migration): string {
  const marker = transactional ? "" : "-- no-transaction\n";
  return `${marker}-- up\n-- down\n${down.map(({ text }) => `${text}\n;\n`).join("")}`;
}

/** Indexes that a failed CREATE INDEX CONCURRENTLY left behind: maintained, but of no use to any query. */
export async function selectInvalidIndexes(session: Session): Promise<string[]> {
  const rows = await session<{ name: string }[]>`
    select indexrelid::regclass::text as name from pg_index where not indisvalid order by 1
  `;
  return rows.map((row) => row.name);
}

/** Whether the file is what was applied, apart from comments, white space and its `-- down` section. */
export function isUnchanged(applied: Applied | undefined, file: Migration): boolean {
  if (applied === undefined) return false;
  const { upChecksum, checksum } = applied;
  return upChecksum === null
    ? [file.checksum, file.textChecksum].includes(checksum)
    : upChecksum === file.checksum;
}

/** @returns The state of every migration that has a file or was applied. */
export function mergeStates(files: readonly Migration[], applied: readonly Applied[]): MigrationState[] {
  const filed = new Map(files.map((file) => [file.version, file]));
  const rows = new Map(applied.map((row) => [row.version, row]));
  const versions = [...new Set([...filed.keys(), ...rows.keys()])].sort((a, b) => a - b);
  return versions.map((version) => {
    const [file, row] = [filed.get(version), rows.get(version)];
    const changed = file && row && !isUnchanged(row, file);
    return {
      version,
      file: file?.file ?? fileOf(row as Applied),
      state: row === undefined ? "pending" : file === undefined ? "missing" : changed ? "changed" : "applied",
      appliedAt: row?.appliedAt ?? null,
      durationMs: row?.durationMs ?? null,
    };
  });
}

/** @returns One line for each file that is not what was applied. */
export function describeDrift(states: readonly MigrationState[]): string[] {
  return states.flatMap(({ file, state, appliedAt }) => {
    if (state === "missing") return [`${file} was applied, but its file is gone`];
    if (state !== "changed") return [];
    return [`${file} was changed after it was applied on ${appliedAt?.toISOString().slice(0, 10)}`];
  });
}

/** The error for files that are not what was applied. */
export function driftError(action: string, findings: readonly string[]): MigrationError {
  return new MigrationError("Drift", `${action}: ${findings.join("; ")}`, {
    findings,
    hint:
      "restore the file as it was applied; or `vibes migrate redo` rolls back what was applied and applies what is " +
      "written now; or, when the schema is what the files make, `vibes migrate verify --accept` records them",
  });
}
