/**
 * Reading the audit log, for staff.
 * @module
 */

import type { Database, Sql } from "../../../db/client.ts";
import { wireTime } from "../../../db/fragments.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { type PageOf, type PageOptions, toPage } from "../../../lib/page.ts";
import { personRef } from "../staff/fragments.ts";
import type { AuditAction, AuditTarget } from "./chain.ts";
import type { AuditRow } from "./schema.ts";

/** What of the log somebody wants to see. */
export interface AuditFilter {
  readonly actorId?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly targetType?: AuditTarget | undefined;
  readonly targetId?: string | undefined;
}

/** @returns The reading side of the log. */
export function createAuditView({ db }: { db: Pick<Database, "sql"> }) {
  return {
    /** Newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(filter: AuditFilter, { limit, cursor }: PageOptions): Promise<PageOf<AuditRow>> {
      const after = cursor === undefined ? null : decodeCursor(cursor).id;
      const rows = await selectAudit(db.sql, { filter, after, limit: limit + 1 });
      const encode = ({ id, created_at }: AuditRow) => encodeCursor({ id, createdAt: created_at });
      return toPage(rows, limit, encode);
    },
  };
}

/** By audit_log_pkey, or by the index of actor, action or target; the cursor's place by audit_log_id_key. */
export async function selectAudit(
  sql: Sql,
  { filter, after, limit }: { filter: AuditFilter; after: string | null; limit: number },
): Promise<AuditRow[]> {
  const { actorId, action, targetType, targetId } = filter;
  const rows = await sql<{ entry: AuditRow }[]>`
    select jsonb_build_object(
      'seq', a.seq, 'id', a.id, 'action', a.action,
      'actor', coalesce(${personRef(sql, sql`a.actor_id`)}, jsonb_build_object('id', a.actor_id, 'name', null)),
      'target', jsonb_build_object('type', a.target_type, 'id', a.target_id),
      'reason', a.reason, 'before', a.before, 'after', a.after,
      'created_at', ${wireTime(sql, sql`a.created_at`)}, 'hash', encode(a.hash, 'hex')
    ) as entry
    from audit_log a
    where true
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
