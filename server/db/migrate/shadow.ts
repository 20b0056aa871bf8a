/**
 * Whether a database has the schema its migrations make: they are applied to an empty database beside it, and the
 * two are compared. It finds what somebody changed by hand.
 * @module
 */

import { randomBytes } from "node:crypto";
import { type RunOptions, up } from "./commands.ts";
import { makeDatabase, removeDatabase } from "./database.ts";
import { type SchemaObject, selectSchema } from "./dump.ts";
import { DriftError } from "./errors.ts";
import { selectHistory } from "./history.ts";
import { type SessionOptions, withSession } from "./session.ts";

/** What {@link verifyShadow} needs. */
export interface ShadowOptions extends SessionOptions {
  readonly folder?: string;
  /** An empty database to use; it is left as it is afterwards. Default: one is created on the same server, and dropped. */
  readonly shadowUrl?: string;
}

/**
 * @throws DriftError with one finding for each object that differs, MigrationError
 *
 * @example
 * ```ts
 * await verifyShadow({ url });
 * ```
 */
export async function verifyShadow(options: ShadowOptions): Promise<void> {
  const { actual, newest } = await withSession(options, async (session) => ({
    actual: await selectSchema(session),
    newest: (await selectHistory(session)).at(-1)?.version ?? 0,
  }));
  const expected = await withShadow(options, async (url) => {
    const run: RunOptions = { ...options, url };
    if (newest > 0) await up({ ...run, to: newest });
    return await withSession(run, selectSchema);
  });
  const findings = compareSchemas(expected, actual);
  if (findings.length > 0) throw new DriftError("Cannot vouch for the schema", findings);
}

async function withShadow<T>(options: ShadowOptions, fn: (url: string) => Promise<T>): Promise<T> {
  if (options.shadowUrl !== undefined) return await fn(options.shadowUrl);
  const shadow = new URL(options.url);
  shadow.pathname = `/vibes_shadow_${randomBytes(6).toString("hex")}`;
  const url = shadow.href;
  await makeDatabase({ ...options, url });
  try {
    return await fn(url);
  } finally {
    // Also when it was interrupted.
    await removeDatabase({ ...options, url, signal: undefined });
  }
}

/** @returns One line for each object that is missing, unexpected or different. Pure. */
export function compareSchemas(expected: readonly SchemaObject[], actual: readonly SchemaObject[]): string[] {
  const [wanted, found] = [byName(expected), byName(actual)];
  const names = [...new Set([...wanted.keys(), ...found.keys()])];
  return names.flatMap((name) => {
    const [want, have] = [wanted.get(name), found.get(name)];
    if (have === undefined) return [`${name} is missing`];
    if (want === undefined) return [`${name} is in no migration`];
    return want === have ? [] : [`${name} differs (${difference(want, have)})`];
  });
}

function byName(objects: readonly SchemaObject[]): Map<string, string> {
  return new Map(objects.map(({ name, sql }) => [name, sql]));
}

function difference(want: string, have: string): string {
  const [wanted, found] = [lines(want), lines(have)];
  const gone = wanted.filter((line) => !found.includes(line)).map((line) => `- ${line}`);
  const more = found.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`);
  return [...gone, ...more].join(" ");
}

/** Without the commas between columns: the last one has none. */
function lines(sql: string): string[] {
  return sql.split("\n").map((line) => line.trim().replace(/,$/, ""));
}
