/**
 * Decides which migrations a command runs, in which order. Pure.
 * @module
 */

import { DriftError, FileError } from "./errors.ts";
import type { Migration } from "./files.ts";
import { type Applied, fileOf } from "./history.ts";
import type { Direction } from "./run.ts";

/** A migration to run, and which way. */
export interface Planned {
  readonly migration: Migration;
  readonly direction: Direction;
}

/** How far {@link planUp} goes. */
export interface UpScope {
  /** Stop after this version. */
  readonly to?: number | undefined;
  /** Also apply files older than the newest applied one. */
  readonly outOfOrder?: boolean | undefined;
}

/** @throws DriftError when a pending file is older than an applied one, FileError when no file has version `to`. */
export function planUp(
  migrations: readonly Migration[],
  ...[applied, scope]: [readonly Applied[], UpScope]
): Planned[] {
  const { to, outOfOrder = false } = scope;
  if (to !== undefined) requireVersion(migrations, to);
  const done = new Set(applied.map(({ version }) => version));
  const newest = applied.at(-1);
  const pending = migrations.filter(
    ({ version }) => !done.has(version) && version <= (to ?? Number.POSITIVE_INFINITY),
  );
  const late = pending.filter(({ version }) => newest !== undefined && version < newest.version);
  if (late.length > 0 && !outOfOrder) {
    const findings = late.map(
      ({ file }) => `${file} is older than ${fileOf(newest as Applied)}, which was applied`,
    );
    throw new DriftError("Cannot migrate out of order", findings);
  }
  return pending.map((migration) => ({ migration, direction: "up" }));
}

/**
 * @param to Everything newer than it is rolled back; absent: only the newest one.
 * @throws FileError when one of them has no `-- down` section, before anything runs.
 */
export function planDown(
  migrations: readonly Migration[],
  ...[applied, to]: [readonly Applied[], number?]
): Planned[] {
  if (to !== undefined && to !== 0) requireVersion(migrations, to);
  const files = new Map(migrations.map((migration) => [migration.version, migration]));
  const newestFirst = applied.toReversed();
  const chosen =
    to === undefined ? newestFirst.slice(0, 1) : newestFirst.filter(({ version }) => version > to);
  return chosen.map(({ version }) => {
    const migration = files.get(version) as Migration;
    if (migration.down.length === 0)
      throw new FileError(`Cannot roll back ${migration.file}: it has no -- down section`);
    return { migration, direction: "down" };
  });
}

/** @throws FileError */
export function requireVersion(migrations: readonly Migration[], wanted: number): void {
  if (migrations.some(({ version }) => version === wanted)) return;
  const newest = migrations.at(-1)?.version ?? 0;
  throw new FileError(`Cannot migrate to ${wanted}: no file has that version, the newest is ${newest}`);
}
