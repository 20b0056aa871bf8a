/**
 * The check of `vibes doctor` on DATABASE_ENGINE: whether the tables lie as it says.
 * @module
 */
import type { Engine } from "../../../server/config/mod.ts";
import { readSpread, type SpreadTable } from "../../../server/db/citus.ts";
import { mismatchOf } from "../../../server/db/engine.ts";
import { type Finding, fail, ok } from "./checks.ts";
import { open } from "./database.ts";

export function checkEngine(declared: Engine, found: readonly SpreadTable[] | undefined): Finding {
  const mismatch = mismatchOf(declared, found);
  if (mismatch) {
    const hint = mismatch.fix === "citus" ? "set DATABASE_ENGINE=citus" : `run ${mismatch.fix}`;
    return fail(`DATABASE_ENGINE=${declared} ${mismatch.problem}`, hint);
  }
  if (declared === "postgresql") return ok("one PostgreSQL has every table");
  return ok(`Citus: ${found!.map(({ table, shards }) => `${table} in ${shards} shards`).join(", ")}`);
}

/** @throws Error when the database does not answer. */
export async function askSpread(url: string): Promise<readonly SpreadTable[] | undefined> {
  const database = open(url);
  try {
    return await readSpread(database.sql);
  } finally {
    await database.close();
  }
}
