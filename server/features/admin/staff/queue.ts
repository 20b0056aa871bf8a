/**
 * What the queues of reports and of appeals are filtered by: who holds the claim, and what is overdue.
 * @module
 */

import type { Sql } from "../../../db/client.ts";
import type { Fragment } from "../../../db/fragments.ts";

export interface QueueFilter {
  /** A person's id, or nobody. */
  readonly assignee?: string | null | undefined;
  readonly overdue?: boolean | undefined;
}

interface QueueQuery {
  readonly assignee?: string | undefined;
  readonly overdue?: "true" | "false" | undefined;
}

/** @returns The filter that a query asks for. */
export function toQueueFilter({ assignee, overdue }: QueueQuery, viewerId: string): QueueFilter {
  return {
    assignee: assignee === "me" ? viewerId : assignee === "none" ? null : assignee,
    overdue: overdue === undefined ? undefined : overdue === "true",
  };
}

interface QueueRow {
  readonly isOpen: Fragment;
  /** Who decided what is not open. */
  readonly decidedBy: Fragment;
}

/** Which rows a filter lets through, to go after another condition. @param alias Of the table with the claims. */
export function queueConditions(
  sql: Sql,
  alias: string,
  { assignee, overdue, isOpen, decidedBy }: QueueFilter & QueueRow,
): Fragment {
  const row = sql(alias);
  const holder = sql`case when ${isOpen}
    then case when ${row}.claimed_until > now() then ${row}.claimed_by end
    else ${decidedBy} end`;
  const isOverdue = sql`(${isOpen} and ${row}.due_at < now())`;
  return sql`
    ${assignee === null ? sql`and ${holder} is null` : sql``}
    ${assignee ? sql`and ${holder} = ${assignee}` : sql``}
    ${overdue === undefined ? sql`` : overdue ? sql`and ${isOverdue}` : sql`and not ${isOverdue}`}
  `;
}
