/**
 * What counts as unread, as pieces of SQL: the badge is the total, and what was read is not notified. It runs nothing.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import type { Fragment } from "../../db/fragments.ts";

/** The unread messages of all active conversations of a person: their rows alone, by the two indexes on people. */
export function unreadOf(sql: Sql, userId: Fragment): Fragment {
  return sql`(
    select coalesce(sum(n), 0)::int from (
      select c.user1_received - c.user1_read as n from conversations c
      where c.user1_id = ${userId} and c.status = 'active'
      union all
      select c.user2_received - c.user2_read from conversations c
      where c.user2_id = ${userId} and c.status = 'active'
    ) unread
  )`;
}

/** Whether the receiver of message `m` in conversation `c` has read it. */
export function wasRead(sql: Sql): Fragment {
  return sql`(m.seq <= case when m.receiver_id = c.user1_id then c.user1_read_seq else c.user2_read_seq end)`;
}
