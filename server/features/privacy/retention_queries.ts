/**
 * The SQL of retention, but for what a feature deletes itself. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";

/**
 * Destroys the keys of evidence whose term is over, and with them the reporter's words outside of it: sealed items
 * stay, can be verified, and can never be read again. The term begins with the decision; an open report has none.
 * Found by user_reports_decided_idx.
 *
 * @returns How many reports' evidence ended.
 */
export async function deleteEvidenceKeys(
  sql: Sql,
  { days, batch }: { days: number; batch: number },
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    with over as materialized (
      select r.id from user_reports r join report_evidence_keys k on k.report_id = r.id
      where r.resolved_at < now() - make_interval(days => ${days})
      limit ${batch}
      for update of r skip locked
    ), silenced as (
      update user_reports r set description = null from over where r.id = over.id and r.description is not null
    ), destroyed as (
      delete from report_evidence_keys k using over where k.report_id = over.id returning 1
    )
    select count(*)::int as count from destroyed
  `;
  return row?.count ?? 0;
}
