/**
 * The SQL of the reports that one person filed.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import type { Fragment } from "../../../db/fragments.ts";
import { isOpen, notAbout } from "../staff/fragments.ts";

/** Reports of one reporter that one call dismisses, at most: it holds every lock until its end. */
const MAX_DISMISSED = 100;

/**
 * @returns The open reports that somebody filed, oldest first, unlocked. Not those about the viewer, nor about members
 *   of staff: each of those is an admin's to decide by itself. By user_reports_one_open.
 */
export async function selectOpenFiledBy(
  sql: Sql,
  { reporterId, viewerId }: { reporterId: string; viewerId: string },
): Promise<{ id: string; reportedId: string }[]> {
  return await sql<{ id: string; reportedId: string }[]>`
    select r.id, r.reported_id from user_reports r join users u on u.id = r.reported_id
    where ${isDismissible(sql, { reporterId, viewerId })} order by r.created_at, r.id limit ${MAX_DISMISSED}
  `;
}

/** @returns How many of those are open. */
export async function countOpenFiledBy(
  sql: Sql,
  of: { reporterId: string; viewerId: string },
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from user_reports r join users u on u.id = r.reported_id where ${isDismissible(sql, of)}
  `;
  return row!.count;
}

function isDismissible(
  sql: Sql,
  { reporterId, viewerId }: { reporterId: string; viewerId: string },
): Fragment {
  return sql`r.reporter_id = ${reporterId} and ${isOpen(sql, "r")} and u.role = 'user'
    and ${notAbout(sql, viewerId, sql`r.reported_id`)}`;
}
