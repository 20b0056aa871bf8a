/**
 * The commands that change the schema (up, down, redo) and the list of what is applied (status). They print nothing
 * and end no process.
 * @module
 */

import { grantServerRole } from "../server_role.ts";
import { MigrationError } from "./errors.ts";
import { type Migration, readMigrations, readSections } from "./files.ts";
import {
  type Applied,
  createHistory,
  deleteApplied,
  describeDrift,
  driftError,
  fileOf,
  insertApplied,
  isUnchanged,
  type MigrationState,
  mergeStates,
  selectHistory,
  updateApplied,
} from "./history.ts";
import { type Run, runSections } from "./run.ts";
import { requireNoServers } from "./servers.ts";
import { type Session, type SessionOptions, withLock, withSession } from "./session.ts";

/** What every command takes. */
export interface MigrateOptions extends SessionOptions {
  /** Absolute path. Default: the repository's sql/migrations. */
  readonly folder?: string | undefined;
}

/** A command that changes the schema. */
export interface RunOptions extends MigrateOptions {
  /** Called after each migration that ran. */
  readonly onStep?: (step: Step) => void;
  /** Only say what would run. */
  readonly dryRun?: boolean | undefined;
  /** The role of the server, where it is not the owner: it gets its privileges on what the migrations made. */
  readonly serverRole?: string | undefined;
  /** Refuse what is marked `-- stop-servers` while servers are connected. @default false */
  readonly refuseServers?: boolean | undefined;
}

/** One migration that ran, or would run. */
export interface Step {
  readonly version: number;
  readonly file: string;
  readonly direction: "up" | "down";
  /** Milliseconds; null in a dry run. */
  readonly durationMs: number | null;
}

interface Planned extends Run {
  readonly version: number;
  /** Up: what to record. */
  readonly migration?: Migration;
}

/**
 * Applies what is pending, in order, each file in a transaction of its own.
 *
 * @param options.to Stop after this version.
 * @param options.outOfOrder Also apply files that are older than the newest applied one.
 * @returns What ran; nothing when the database was up to date.
 * @throws MigrationError
 *
 * @example
 * ```ts
 * await up({ url, onStep: ({ file, durationMs }) => console.log(file, durationMs) });
 * ```
 */
export async function up(
  options: RunOptions & { readonly to?: number | undefined; readonly outOfOrder?: boolean | undefined },
): Promise<Step[]> {
  const { to = Number.POSITIVE_INFINITY, outOfOrder = false } = options;
  return await run(options, (files, applied) => {
    const drift = describeDrift(mergeStates(files, applied));
    if (drift.length > 0) throw driftError("Cannot migrate", drift);
    if (to !== Number.POSITIVE_INFINITY) requireVersion(files, to);
    const done = new Set(applied.map(({ version }) => version));
    const newest = applied.at(-1);
    const pending = files.filter(({ version }) => !done.has(version) && version <= to);
    const late = pending.filter(({ version }) => newest !== undefined && version < newest.version);
    if (newest && late.length > 0 && !outOfOrder) {
      const findings = late.map(({ file }) => `${file} is older than ${fileOf(newest)}, which was applied`);
      throw new MigrationError("Drift", `Cannot migrate out of order: ${findings.join("; ")}`, {
        findings,
        hint: "give it a newer number, or apply it with --out-of-order",
      });
    }
    return pending.map(forward);
  });
}

/**
 * Rolls back the newest migration by the `-- down` section with which it was applied.
 *
 * @param options.to Roll back everything newer than this version; 0: everything.
 * @returns What ran.
 * @throws MigrationError before anything runs when one of them has no `-- down` section.
 *
 * @example
 * ```ts
 * await down({ url, to: 3 });
 * ```
 */
export async function down(options: RunOptions & { readonly to?: number | undefined }): Promise<Step[]> {
  const { to } = options;
  return await run(options, (files, applied) => {
    if (to) requireVersion(files, to);
    const newestFirst = applied.toReversed();
    const chosen = to === undefined ? newestFirst.slice(0, 1) : newestFirst.filter((row) => row.version > to);
    return chosen.map((row) => backward(row, files));
  });
}

/**
 * Rolls back the newest migration as it was applied, and applies its file as it is now.
 *
 * @returns What ran.
 * @throws MigrationError
 *
 * @example
 * ```ts
 * await redo({ url });
 * ```
 */
export async function redo(options: RunOptions): Promise<Step[]> {
  return await run(options, (files, applied) => {
    const newest = applied.at(-1);
    if (newest === undefined) return [];
    const file = files.find(({ version }) => version === newest.version);
    if (file) return [backward(newest, files), forward(file)];
    throw new MigrationError("File", `Cannot redo ${fileOf(newest)}: its file is gone`, {
      hint: "`vibes migrate down` rolls it back",
    });
  });
}

/**
 * @returns The state of every migration that has a file or was applied.
 * @throws MigrationError when the database does not answer.
 *
 * @example
 * ```ts
 * const pending = (await status({ url })).filter(({ state }) => state === "pending");
 * ```
 */
export async function status(options: MigrateOptions): Promise<MigrationState[]> {
  const files = await readMigrations(options.folder);
  return mergeStates(files, await withSession(options, selectHistory));
}

async function run(
  options: RunOptions,
  plan: (files: readonly Migration[], applied: readonly Applied[]) => Planned[],
): Promise<Step[]> {
  const files = await readMigrations(options.folder);
  return await withSession(options, async (session) => {
    if (options.dryRun) {
      return plan(files, await selectHistory(session)).map((planned) => toStep(planned, null));
    }
    return await withLock(session, options.waitMs ?? 60_000, async () => {
      await createHistory(session);
      const applied = await selectHistory(session);
      const rows = new Map(applied.map((row) => [row.version, row]));
      await updateApplied(
        session,
        files.filter((file) => isUnchanged(rows.get(file.version), file)),
      );
      const steps: Step[] = [];
      const all = plan(files, applied);
      const marked = files.find(
        (file) => file.stopsServers && all.some(({ version }) => version === file.version),
      );
      if (options.refuseServers && applied.length > 0 && marked) {
        const cannot = `Cannot migrate: ${marked.file} changes what servers write`;
        await requireNoServers(session, {
          cannot,
          stop: "stop every server, migrate, start the new version",
        });
      }
      for (const planned of all) {
        const step = toStep(planned, await runPlanned(session, planned));
        steps.push(step);
        options.onStep?.(step);
      }
      if (options.serverRole !== undefined) await grantServerRole(session, options.serverRole);
      return steps;
    });
  });
}

async function runPlanned(session: Session, planned: Planned): Promise<number> {
  const start = performance.now();
  await runSections(session, planned, () =>
    planned.migration
      ? insertApplied(session, planned.migration, performance.now() - start)
      : deleteApplied(session, planned.version),
  );
  return performance.now() - start;
}

function toStep({ version, file, direction }: Planned, durationMs: number | null): Step {
  return { version, file, direction, durationMs };
}

function forward(migration: Migration): Planned {
  const { version, file, up } = migration;
  // A file that was just begun; recording it would make its first real text a change.
  if (up.length === 0)
    throw new MigrationError("File", `Cannot apply ${file}: it has no statement under -- up`);
  return { version, file, direction: "up", sections: migration, migration };
}

/** By the file while it is what was applied (its `-- down` may have been mended), else by the record. */
function backward(row: Applied, files: readonly Migration[]): Planned {
  const migration = files.find(({ version }) => version === row.version);
  const isFile = migration !== undefined && (row.down === null || isUnchanged(row, migration));
  const file = isFile ? migration.file : `${fileOf(row)} (as it was applied)`;
  const sections = isFile ? migration : readSections(row.down ?? "-- up", file);
  if (sections.down.length === 0) {
    throw new MigrationError("File", `Cannot roll back ${file}: it has no -- down section`);
  }
  return { version: row.version, file: fileOf(row), direction: "down", sections };
}

function requireVersion(files: readonly Migration[], wanted: number): void {
  if (files.some(({ version }) => version === wanted)) return;
  const newest = files.at(-1)?.version ?? 0;
  throw new MigrationError(
    "File",
    `Cannot migrate to ${wanted}: no file has that version, the newest is ${newest}`,
  );
}
