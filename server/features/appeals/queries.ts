/**
 * The SQL of filing appeals.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { type Fragment, wireTime } from "../../db/fragments.ts";
import type { Cursor } from "../../lib/cursor.ts";
import type { OwnAppeal } from "./schema.ts";

/** How long a decision can be appealed, in months. */
const APPEAL_MONTHS = 6;
/** How soon an appeal should be decided, in hours. */
const APPEAL_DUE_HOURS = 72;

/** What a decision says of itself to whoever appeals against it. */
export interface Appealed {
  /** `lifted`: taken back; `undecided`: not decided, or not told yet; `acted`: a report on which something was done. */
  readonly state: "appealable" | "lifted" | "late" | "undecided" | "acted";
  /** The appeal that there is. */
  readonly appealId: string | null;
}

/**
 * @returns What is known of a sanction on the person, locked as lifting it does, so that no appeal is filed against what
 *   is being lifted. Undefined when it is nobody's or somebody else's.
 */
export async function lockSanctionOf(
  sql: Sql,
  of: { id: string; userId: string },
): Promise<Appealed | undefined> {
  const locked = await sql`
    select 1 from sanctions s join users u on u.id = s.user_id
    where s.id = ${of.id} and s.user_id = ${of.userId} and u.deleted_at is null
    for update of s
  `;
  if (locked.length === 0) return undefined;
  const [row] = await sql<Appealed[]>`
    select case
        when s.lifted_at is not null then 'lifted'
        when not ${isInAppealTime(sql, sql`coalesce(s.confirmed_at, s.created_at)`)} then 'late'
        else 'appealable'
      end as state, (select a.id from appeals a where a.sanction_id = s.id) as appeal_id
    from sanctions s where s.id = ${of.id}
  `;
  return row;
}

/** @returns What is known of a report that the person filed, locked as deciding it does. */
export async function lockReportBy(
  sql: Sql,
  of: { id: string; userId: string },
): Promise<Appealed | undefined> {
  const locked = await sql`
    select 1 from user_reports where id = ${of.id} and reporter_id = ${of.userId} for update
  `;
  if (locked.length === 0) return undefined;
  const [row] = await sql<Appealed[]>`
    select case
        when r.resolution_action is null or exists (
          select 1 from notices n where n.report_id = r.id and n.told_at is null
        ) then 'undecided'
        when r.resolution_action <> 'none' then 'acted'
        when not ${isInAppealTime(sql, sql`r.resolved_at`)} then 'late'
        else 'appealable'
      end as state, (select a.id from appeals a where a.report_id = r.id) as appeal_id
    from user_reports r where r.id = ${of.id}
  `;
  return row;
}

/** Whether a decision of that moment can still be appealed. */
export function isInAppealTime(sql: Sql, at: Fragment): Fragment {
  return sql`(${at} > now() - make_interval(months => ${APPEAL_MONTHS}))`;
}

interface NewAppeal {
  readonly id: string;
  readonly userId: string;
  readonly sanctionId: string | null;
  readonly reportId: string | null;
  readonly text: string;
}

export async function insertAppeal(sql: Sql, appeal: NewAppeal): Promise<OwnAppeal> {
  const { id, userId, sanctionId, reportId, text } = appeal;
  const [row] = await sql<{ appeal: OwnAppeal }[]>`
    with a as (
      insert into appeals (id, appellant_id, sanction_id, report_id, text, due_at)
      values (${id}, ${userId}, ${sanctionId}, ${reportId}, ${text}, now() + make_interval(hours => ${APPEAL_DUE_HOURS}))
      returning *
    )
    select ${ownAppeal(sql)} as appeal from a
  `;
  return row!.appeal;
}

interface SelectOptions {
  readonly userId: string;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Somebody's appeals, newest first, by appeals_appellant_idx. */
export async function selectAppealsOf(
  sql: Sql,
  { userId, after, limit }: SelectOptions,
): Promise<{ appeal: OwnAppeal; at: string }[]> {
  return await sql<{ appeal: OwnAppeal; at: string }[]>`
    select ${ownAppeal(sql)} as appeal, a.created_at::text as at
    from appeals a
    where a.appellant_id = ${userId}
      ${after ? sql`and (a.created_at, a.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)` : sql``}
    order by a.created_at desc, a.id desc
    limit ${limit}
  `;
}

/** Not who decided. */
function ownAppeal(sql: Sql): Fragment {
  return sql`jsonb_build_object(
    'id', a.id, 'sanction_id', a.sanction_id, 'report_id', a.report_id, 'text', a.text, 'status', a.status,
    'created_at', ${wireTime(sql, sql`a.created_at`)}, 'due_at', ${wireTime(sql, sql`a.due_at`)},
    'decision', case when a.decided_at is not null then
      jsonb_build_object('reason', a.decision_reason, 'at', ${wireTime(sql, sql`a.decided_at`)}) end
  )`;
}
