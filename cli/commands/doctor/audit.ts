/**
 * The audit log check of `vibes doctor`: verifies the whole hash chain.
 * @module
 */
import type { MigrationState } from "../../../server/db/migrate/mod.ts";
import { verifyAudit } from "../../../server/features/admin/mod.ts";
import { type Finding, fail, ok } from "./checks.ts";
import { whenMigrated } from "./database.ts";

/** @throws Error when the database does not answer. */
export async function examineAudit(url: string, states: readonly MigrationState[]): Promise<Finding> {
  return await whenMigrated({ url, states }, async (sql) => {
    const found = await verifyAudit(sql);
    if (found.ok) return ok(`${found.entries} entries, none changed or missing`);
    const hint = "somebody wrote past the server: keep the database as it is and see who had access";
    return fail(`entry ${found.seq}: ${found.problem}`, hint);
  });
}
