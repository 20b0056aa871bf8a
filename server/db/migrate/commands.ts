/**
 * The commands that change the schema: up, down, redo, baseline. They print nothing and exit nothing.
 * @module
 */

import { DriftError } from "./errors.ts";
import { type Migration, readMigrations } from "./files.ts";
import { type Applied, createHistory, insertApplied, requireUnchanged, selectHistory } from "./history.ts";
import { type Planned, planDown, planUp, requireVersion, type UpScope } from "./plan.ts";
import { type Direction, runMigration } from "./run.ts";
import { type Session, type SessionOptions, withLock, withSession } from "./session.ts";

/** What every command needs. */
export interface MigrateOptions extends SessionOptions {
  /** Absolute path. Default: the repository's sql/migrations. */
  readonly folder?: string;
  /** Called after each migration that ran. */
  readonly onStep?: (step: Step) => void;
}

/** A command that can be tried without effect. */
export interface RunOptions extends MigrateOptions {
  /** Only say what would run. */
  readonly dryRun?: boolean;
}

/** One migration that ran, or would run. */
export interface Step {
  readonly version: number;
  readonly file: string;
  readonly direction: Direction;
  /** Milliseconds; null in a dry run. */
  readonly durationMs: number | null;
}

/**
 * Applies what is pending, in order, each file in a transaction of its own.
 * @returns What ran; nothing when the database was up to date.
 * @throws MigrationError
 *
 * @example
 * ```ts
 * await up({ url, onStep: ({ file, durationMs }) => console.log(file, durationMs) });
 * ```
 */
export async function up(options: RunOptions & UpScope): Promise<Step[]> {
  return await run(options, (migrations, applied) => planUp(migrations, applied, options));
}

/**
 * Rolls back the newest migration, or with `to` everything newer than that version (0: everything).
 * @returns What ran.
 * @throws MigrationError
 *
 * @example
 * ```ts
 * await down({ url, to: 3 });
 * ```
 */
export async function down(options: RunOptions & { readonly to?: number }): Promise<Step[]> {
  return await run(options, (migrations, applied) => planDown(migrations, applied, options.to));
}

/**
 * Rolls the newest migration back and applies it again.
 * @returns What ran.
 * @throws MigrationError
 *
 * @example
 * ```ts
 * await redo({ url });
 * ```
 */
export async function redo(options: RunOptions): Promise<Step[]> {
  return await run(options, (migrations, applied) =>
    planDown(migrations, applied).flatMap((step) => [step, { ...step, direction: "up" as const }]),
  );
}

/**
 * Records the migrations up to a version as applied without running them: for a database that has their schema.
 * @returns What was recorded.
 * @throws FileError when no file has that version, DriftError when there is a history already.
 *
 * @example
 * ```ts
 * await baseline({ url, version: 3 });
 * ```
 */
export async function baseline(options: MigrateOptions & { readonly version: number }): Promise<Step[]> {
  const migrations = await readMigrations(options.folder);
  requireVersion(migrations, options.version);
  const covered = migrations.filter(({ version }) => version <= options.version);
  return await locked(options, async (session) => {
    await createHistory(session);
    const applied = await selectHistory(session);
    if (applied.length > 0)
      throw new DriftError("Cannot set the baseline", ["migrations were applied already"]);
    for (const migration of covered) await insertApplied(session, migration, 0);
    return covered.map((migration) => toStep({ migration, direction: "up" }, 0));
  });
}

async function run(
  options: RunOptions,
  plan: (migrations: readonly Migration[], applied: readonly Applied[]) => Planned[],
): Promise<Step[]> {
  const migrations = await readMigrations(options.folder);
  async function decide(session: Session): Promise<Planned[]> {
    const applied = await selectHistory(session);
    requireUnchanged(applied, migrations);
    return plan(migrations, applied);
  }

  if (options.dryRun) {
    const planned = await withSession(options, decide);
    return planned.map((step) => toStep(step, null));
  }
  return await locked(options, async (session) => {
    await createHistory(session);
    const steps: Step[] = [];
    for (const planned of await decide(session)) {
      const durationMs = await runMigration(session, planned.migration, planned.direction);
      const step = toStep(planned, durationMs);
      steps.push(step);
      options.onStep?.(step);
    }
    return steps;
  });
}

async function locked<T>(options: MigrateOptions, fn: (session: Session) => Promise<T>): Promise<T> {
  return await withSession(options, (session) =>
    withLock(session, options.waitMs ?? 60_000, () => fn(session)),
  );
}

function toStep({ migration, direction }: Planned, durationMs: number | null): Step {
  const { version, file } = migration;
  return { version, file, direction, durationMs };
}
