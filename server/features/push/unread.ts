/**
 * What counts as unread, as pieces of SQL: the badge is the total, and what was read is not notified. It runs nothing.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import type { Fragment } from "../../db/fragments.ts";

/** The unread messages of all active conversations of a person; by messages_unread_idx. */
export function unreadOf(sql: Sql, userId: Fragment): Fragment {
  return sql`(
    select coalesce(sum(n), 0)::int from (
      select (
        select count(*) from messages m
        where m.conversation_id = c.id and m.receiver_id = ${userId} and not m.is_read
      ) as n
      from conversations c where c.status = 'active' and (c.user1_id = ${userId} or c.user2_id = ${userId})
    ) unread
  )`;
}

/** Whether the receiver of message `m` in conversation `c` has read it. */
export function wasRead(sql: Sql): Fragment {
  return sql`m.is_read`;
}
