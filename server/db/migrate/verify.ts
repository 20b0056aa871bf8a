/**
 * Compares a database with what its migrations make. Both are read through the same server: the files are applied
 * to an empty database beside it, which is dropped afterwards.
 * @module
 */

import { randomBytes } from "node:crypto";
import { makeDatabase, removeDatabase } from "./database.ts";
import { type SchemaObject, selectSchema } from "./dump.ts";
import { MigrationError } from "./errors.ts";
import { type Migration, readMigrations } from "./files.ts";
import {
  describeDrift,
  driftError,
  mergeStates,
  selectHistory,
  selectInvalidIndexes,
  updateApplied,
} from "./history.ts";
import type { MigrateOptions } from "./migrate.ts";
import { runSections } from "./run.ts";
import { type Session, type SessionOptions, withLock, withSession } from "./session.ts";
import { selectWhole } from "./whole.ts";

/**
 * Checks that everything is applied, that no applied file was changed since, that no index is INVALID, and that the
 * schema is what the applied files make.
 *
 * @param options.accept Records changed files as what was applied, when the schema is what they make.
 * @returns The files that were recorded.
 * @throws MigrationError with one finding for each difference.
 *
 * @example
 * ```ts
 * await verify({ url });
 * ```
 */
export async function verify(
  options: MigrateOptions & { readonly accept?: boolean | undefined },
): Promise<string[]> {
  const files = await readMigrations(options.folder);
  const { applied, actual, invalid } = await withSession(options, async (session) => ({
    applied: await selectHistory(session),
    actual: await selectWhole(session),
    invalid: await selectInvalidIndexes(session),
  }));
  const states = mergeStates(files, applied);
  const done = new Set(applied.map(({ version }) => version));
  const findings = [
    ...states.filter(({ state }) => state === "pending").map(({ file }) => `${file} is pending`),
    ...invalid.map((name) => `index ${name} is INVALID`),
    ...(await compare(
      options,
      files.filter(({ version }) => done.has(version)),
      actual,
    )),
  ];
  const drift = describeDrift(states);
  const changed = states.filter(({ state }) => state === "changed").map(({ version }) => version);
  const mayAccept = options.accept && findings.length === 0 && drift.length === changed.length;
  if (!mayAccept) {
    if (drift.length > 0)
      throw driftError("The schema is not what the migrations make", [...drift, ...findings]);
    if (findings.length > 0) throw schemaError(findings);
    return [];
  }
  const accepted = files.filter(({ version }) => changed.includes(version));
  await withSession(options, (session) =>
    withLock(session, options.waitMs ?? 60_000, () => updateApplied(session, accepted)),
  );
  return accepted.map(({ file }) => file);
}

function schemaError(findings: readonly string[]): MigrationError {
  return new MigrationError("Drift", `The schema is not what the migrations make: ${findings.join("; ")}`, {
    findings,
    hint: "write a migration for what shall stay and undo the rest by hand; `vibes migrate up` applies what is pending",
  });
}

async function compare(
  options: SessionOptions,
  migrations: readonly Migration[],
  actual: readonly SchemaObject[],
): Promise<string[]> {
  const expected = await inScratch(options, async (session) => {
    for (const sections of migrations) {
      await runSections(session, { sections, direction: "up", file: sections.file });
    }
    return await selectSchema(session);
  });
  const differences = compareSchemas(expected, actual);
  if (differences.length === 0) return [];
  // PostgreSQL prints some expressions otherwise once they have gone through a dump and a restore: compare both as
  // they are after that. Where one of them cannot be restored, the first comparison stands.
  const restored = await Promise.all([restore(options, expected), restore(options, actual)]).catch(
    () => null,
  );
  return restored === null ? differences : compareSchemas(restored[0], restored[1]);
}

async function restore(options: SessionOptions, objects: readonly SchemaObject[]): Promise<SchemaObject[]> {
  return await inScratch(options, async (session) => {
    await session`set check_function_bodies = off`;
    for (const { sql } of objects) await session.unsafe(sql).simple();
    return await selectSchema(session);
  });
}

async function inScratch<T>(options: SessionOptions, fn: (session: Session) => Promise<T>): Promise<T> {
  const scratch = new URL(options.url);
  scratch.pathname = `/vibes_verify_${process.pid}_${randomBytes(6).toString("hex")}`;
  const there = { ...options, url: scratch.href };
  await makeDatabase(there);
  try {
    return await withSession(there, fn);
  } finally {
    // Also when it was interrupted.
    await removeDatabase({ ...there, signal: undefined });
  }
}

/** @returns One line for each object that is missing, unexpected or different. Pure. */
export function compareSchemas(expected: readonly SchemaObject[], actual: readonly SchemaObject[]): string[] {
  const [wanted, found] = [expected, actual].map((objects) => {
    return new Map(objects.map(({ name, sql }) => [name, sql]));
  }) as [Map<string, string>, Map<string, string>];
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((name) => {
    const [want, have] = [wanted.get(name), found.get(name)];
    if (have === undefined) return [`${name} is missing`];
    if (want === undefined) return [`${name} is in no migration`];
    return want === have ? [] : [`${name} differs (${difference(want, have)})`];
  });
}

function difference(want: string, have: string): string {
  // Without the commas between columns: the last one has none.
  const [wanted, found] = [want, have].map((sql) => {
    return sql.split("\n").map((line) => line.trim().replace(/,$/, ""));
  }) as [string[], string[]];
  const gone = wanted.filter((line) => !found.includes(line)).map((line) => `- ${line}`);
  const more = found.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`);
  return [...gone, ...more].join(" ") || "only in the order of its lines";
}
