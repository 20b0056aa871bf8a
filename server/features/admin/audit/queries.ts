/**
 * The SQL of reading the audit log.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import type { Fragment } from "../../../db/fragments.ts";
import { notAbout, personRef } from "../staff/fragments.ts";
import type { Actor } from "../staff/judging.ts";
import { type AuditAction, type AuditTarget, EXACT_TIME } from "./chain.ts";
import type { AuditRow } from "./schema.ts";

/** Which entries somebody wants to see. */
export interface AuditFilter {
  readonly actorId?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly targetType?: AuditTarget | undefined;
  readonly targetId?: string | undefined;
}

interface SelectOptions {
  readonly viewer: Actor;
  readonly filter: AuditFilter;
  /** Id of the last entry of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/**
 * By audit_log_pkey, or by the index of actor, action or target; the cursor's place by audit_log_id_key.
 *
 * Entries are numbered, so a hidden one shows as a gap. Moderators therefore see no entry about any member of staff: to
 * them a gap says nothing about themselves.
 */
export async function selectAudit(sql: Sql, options: SelectOptions): Promise<AuditRow[]> {
  const { viewer, after, limit } = options;
  const { actorId, action, targetType, targetId } = options.filter;
  const rows = await sql<{ entry: AuditRow }[]>`
    select jsonb_build_object(
      'seq', a.seq, 'id', a.id, 'action', a.action,
      'actor', coalesce(${personRef(sql, sql`a.actor_id`)}, jsonb_build_object('id', a.actor_id, 'name', null)),
      'target', jsonb_build_object('type', a.target_type, 'id', a.target_id),
      'reason', a.reason, 'before', a.before, 'after', a.after,
      'created_at', to_char(a.created_at at time zone 'UTC', ${EXACT_TIME}),
      'prev_hash', encode(a.prev_hash, 'hex'), 'hash', encode(a.hash, 'hex')
    ) as entry
    from audit_log a
    where ${notAbout(sql, viewer.id, subject(sql))}
      ${viewer.role === "admin" ? sql`` : sql`and not ${isAboutStaff(sql)}`}
      ${actorId ? sql`and a.actor_id = ${actorId}` : sql``}
      ${action ? sql`and a.action = ${action}` : sql``}
      ${targetType ? sql`and a.target_type = ${targetType}` : sql``}
      ${targetId ? sql`and a.target_id = ${targetId}` : sql``}
      ${after ? sql`and a.seq < (select seq from audit_log where id = ${after})` : sql``}
    order by a.seq desc
    limit ${limit}
  `;
  return rows.map((row) => row.entry);
}

/** Whom an entry is about. A block may be gone: its entries name the blocked person themselves. */
function subject(sql: Sql): Fragment {
  return sql`(case a.target_type
    when 'report' then (select r.reported_id from user_reports r where r.id = a.target_id)
    when 'sanction' then (select s.user_id from sanctions s where s.id = a.target_id)
    when 'appeal' then (
      select coalesce(r.reported_id, p.appellant_id) from appeals p left join user_reports r on r.id = p.report_id
      where p.id = a.target_id
    )
    when 'block' then coalesce(
      (a.before ->> 'blocked_id')::uuid, (select b.blocked_id from user_blocks b where b.id = a.target_id)
    )
    else a.target_id
  end)`;
}

function isAboutStaff(sql: Sql): Fragment {
  return sql`exists (select 1 from users u where u.id = ${subject(sql)} and u.role <> 'user')`;
}
