/**
 * The SQL of notices.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { type Fragment, wireTime } from "../../db/fragments.ts";
import type { Cursor } from "../../lib/cursor.ts";
import type { EventData } from "../../protocol/events.ts";
import { isInAppealTime } from "../appeals/mod.ts";
import type { Notice } from "./schema.ts";

/** What an event of a notice says. */
export type NoticeData = EventData<"moderation_notice">;

interface InsertedNotice {
  readonly id: string;
  readonly userId: string;
  readonly data: NoticeData;
  readonly sanctionId: string | null;
  readonly isTold: boolean;
}

export async function insertNotice(sql: Sql, { id, userId, data, sanctionId, isTold }: InsertedNotice) {
  await sql`
    insert into notices (id, user_id, notice, kind, text, until, sanction_id, report_id, told_at)
    values (
      ${id}, ${userId}, ${data.notice}, ${data.kind}, ${data.text}, ${data.until}::text::timestamptz, ${sanctionId},
      ${data.report_id}, case when ${isTold} then now() end
    )
  `;
}

/** A notice that nobody was told of yet. */
export interface UntoldNotice {
  readonly userId: string;
  readonly data: NoticeData;
}

/** @returns The notice, locked; undefined when it was told, or withdrawn before it was. */
export async function lockUntold(sql: Sql, id: string): Promise<UntoldNotice | undefined> {
  const [row] = await sql<UntoldNotice[]>`
    select user_id, jsonb_build_object(
      'notice', notice, 'kind', kind, 'text', text, 'until', ${wireTime(sql, sql`until`)}, 'report_id', report_id
    ) as data
    from notices where id = ${id} and told_at is null for update
  `;
  return row;
}

export async function updateTold(sql: Sql, id: string): Promise<void> {
  await sql`update notices set told_at = now() where id = ${id}`;
}

/** Which decision notices tell of. */
export type NoticeOf = { readonly sanctionId: string } | { readonly reportId: string };

function isOf(sql: Sql, of: NoticeOf): Fragment {
  return "sanctionId" in of
    ? sql`sanction_id = ${of.sanctionId} and notice = 'sanction'`
    : sql`report_id = ${of.reportId} and notice = 'report_outcome'`;
}

/** Deletes what was not told yet; a notice that is being told now is waited for. @returns How many. */
export async function deleteUntold(sql: Sql, of: NoticeOf): Promise<number> {
  const rows = await sql`delete from notices where ${isOf(sql, of)} and told_at is null returning 1`;
  return rows.length;
}

export async function selectWasTold(sql: Sql, of: NoticeOf): Promise<boolean> {
  const [row] = await sql<{ told: boolean }[]>`
    select exists (select 1 from notices where ${isOf(sql, of)} and told_at is not null) as told
  `;
  return row!.told;
}

/**
 * @returns The text for the mail, unless the account was deleted, the sanction lifted, or a later notice tells more of
 *   it: of a ban that was confirmed meanwhile.
 */
export async function selectMailable(
  sql: Sql,
  id: string,
): Promise<{ email: string; text: string } | undefined> {
  const [row] = await sql<{ email: string; text: string }[]>`
    select u.email, n.text from notices n join users u on u.id = n.user_id
    where n.id = ${id} and u.deleted_at is null and not (n.notice = 'sanction' and (
      exists (select 1 from sanctions s where s.id = n.sanction_id and s.lifted_at is not null)
      or exists (
        select 1 from notices l where l.sanction_id = n.sanction_id and l.notice = 'sanction' and l.id > n.id
      )
    ))
  `;
  return row;
}

interface SelectOptions {
  readonly userId: string;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** What somebody was told, newest first, by notices_user_idx. */
export async function selectNotices(
  sql: Sql,
  { userId, after, limit }: SelectOptions,
): Promise<{ notice: Notice; at: string }[]> {
  return await sql<{ notice: Notice; at: string }[]>`
    select n.told_at::text as at, jsonb_build_object(
      'id', n.id, 'notice', n.notice, 'kind', n.kind, 'text', n.text, 'until', ${wireTime(sql, sql`n.until`)},
      'sanction_id', n.sanction_id, 'report_id', n.report_id, 'created_at', ${wireTime(sql, sql`n.told_at`)},
      'appealable', case n.notice
        when 'sanction' then exists (
          select 1 from sanctions s
          where s.id = n.sanction_id and s.lifted_at is null and ${isInAppealTime(sql, sql`coalesce(s.confirmed_at, s.created_at)`)}
            and not exists (select 1 from appeals a where a.sanction_id = s.id)
        )
        when 'report_outcome' then exists (
          select 1 from user_reports r
          where r.id = n.report_id and r.resolution_action = 'none' and ${isInAppealTime(sql, sql`r.resolved_at`)}
            and not exists (select 1 from appeals a where a.report_id = r.id)
        )
        else false
      end
    ) as notice
    from notices n
    where n.user_id = ${userId} and n.told_at is not null
      ${after ? sql`and (n.told_at, n.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)` : sql``}
    order by n.told_at desc, n.id desc
    limit ${limit}
  `;
}
