/**
 * What moderation knows about a person from before: sanctions, reports, blocks. Shared by a case's page and the
 * person's dossier.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import { type Fragment, wireTime } from "../../../db/fragments.ts";
import { isOpen, sanctionJson } from "../staff/fragments.ts";
import type { ReportDetail } from "./schema.ts";

/** Sanctions and reports that a history lists, at most; the counts are of all. */
const MAX_LISTED = 50;

type History = ReportDetail["history"];

/** @param options.exceptReport A report that is shown elsewhere on the page. */
export async function selectHistory(
  sql: Sql,
  userId: string,
  { exceptReport = null }: { exceptReport?: string | null } = {},
): Promise<History> {
  const notThis = sql`r.id is distinct from ${exceptReport}::uuid`;
  const [row] = await sql<{ history: History }[]>`
    select jsonb_build_object(
      'sanctions', (
        select coalesce(jsonb_agg(${sanctionJson(sql, "s")} order by s.created_at desc, s.id desc), '[]')
        from (
          select * from sanctions where user_id = ${userId} order by created_at desc, id desc limit ${MAX_LISTED}
        ) s
      ),
      'reports', ${reportCounts(sql, sql`r.reported_id = ${userId} and ${notThis}`)} || jsonb_build_object(
        'latest', (
          select coalesce(jsonb_agg(jsonb_build_object(
            'id', r.id, 'reason', r.reason, 'status', r.status, 'action', r.resolution_action,
            'created_at', ${wireTime(sql, sql`r.created_at`)}, 'resolved_at', ${wireTime(sql, sql`r.resolved_at`)}
          ) order by r.created_at desc, r.id desc), '[]')
          from (
            select * from user_reports r where r.reported_id = ${userId} and ${notThis}
            order by r.created_at desc, r.id desc limit ${MAX_LISTED}
          ) r
        )
      ),
      'blocks_against', (select count(*) from user_blocks b where b.blocked_id = ${userId})
    ) as history
  `;
  return row!.history;
}

/** `{total, open, resolved, dismissed}` of the reports `r` that the condition names. */
export function reportCounts(sql: Sql, condition: Fragment): Fragment {
  return sql`(
    select jsonb_build_object(
      'total', count(*),
      'open', count(*) filter (where ${isOpen(sql, "r")}),
      'resolved', count(*) filter (where r.status = 'resolved'),
      'dismissed', count(*) filter (where r.status = 'dismissed')
    ) from user_reports r where ${condition}
  )`;
}
