/**
 * The audit log check of `vibes doctor`: verifies the whole hash chain.
 * @module
 */
import { createDatabase } from "../../../server/db/client.ts";
import type { MigrationState } from "../../../server/db/migrate/mod.ts";
import { verifyAudit } from "../../../server/features/admin/mod.ts";
import { type Finding, skip } from "./checks.ts";

/** @throws Error when the database does not answer. */
export async function examineAudit(url: string, states: readonly MigrationState[]): Promise<Finding> {
  if (states.some(({ state }) => state === "pending")) return skip("the schema is not up to date");
  const database = createDatabase({ url, max: 1, applicationName: "vibes doctor" });
  try {
    const found = await verifyAudit(database.sql);
    if (found.ok) return { status: "ok", detail: `${found.entries} entries, none changed or missing` };
    const hint = "somebody wrote past the server: keep the database as it is and see who had access";
    return { status: "fail", detail: `entry ${found.seq}: ${found.problem}`, hint };
  } finally {
    await database.close();
  }
}
