/**
 * The SQL of the export's messages: what one wrote and what one received. A page is cut before it is joined with
 * anything.
 * @module
 */
import { showsReceipt } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";
import {
  blockExists,
  type Fragment,
  isPremiumNow,
  isSuspendedNow,
  readAt,
  wireTime,
} from "../../db/fragments.ts";

/** A page of a list. */
export interface PageOrder {
  readonly userId: string;
  /** The last row of the page before. */
  readonly after: PagedRow | null;
  readonly limit: number;
}

/** A row with its place in its list. */
export interface PagedRow {
  /** To the microsecond. */
  readonly position: string;
  readonly id: string;
  readonly item: Record<string, unknown>;
}

export type SelectPage = (sql: Sql, order: PageOrder) => Promise<PagedRow[]>;

// As on every other route: whether others have read one's messages is for premium accounts to know.
export const selectMessagesSent = pagedMessages((sql, userId) => ({
  among: ownConversations(sql, userId),
  of: sql`m.sender_id = ${userId}`,
  joins: sql`join users me on me.id = r.sender_id left join conversations c on c.id = r.conversation_id`,
  readAt: sql`case when ${isPremiumNow(sql, "me")} and ${showsReceipt(sql, "c", "r")} then r.known_read_at end`,
}));

export const selectMessagesReceived = pagedMessages((sql, userId) => ({
  among: sql`
      select o.id from (${ownConversations(sql, userId)}) o left join conversations c on c.id = o.id
      where case when c.id is null then exists (
        select from message_requests r join users s on s.id = r.sender_id
        where r.receiver_id = ${userId} and o.id = conversation_id_of(r.sender_id, r.receiver_id) and ${mayRead(sql)}
      ) else c.status <> 'blocked' end`,
  of: sql`m.receiver_id = ${userId}`,
  joins: sql``,
  readAt: sql`r.known_read_at`,
}));

interface MessageList {
  /** The conversations whose messages it has. */
  readonly among: Fragment;
  /** Which of their messages `m`. */
  readonly of: Fragment;
  /** What the messages `r` of the page are joined with. */
  readonly joins: Fragment;
  /** When `r` was read, as far as the person may know. */
  readonly readAt: Fragment;
}

/** By messages_order_key. The page is cut before it is joined with anything. */
function pagedMessages(list: (sql: Sql, userId: string) => MessageList): SelectPage {
  return async (sql, { userId, after, limit }) => {
    const { among, of, joins, readAt: shown } = list(sql, userId);
    const further = after
      ? sql`and (m.created_at, m.id) > (${after.position}::text::timestamptz, ${after.id}::uuid)`
      : sql``;
    return await sql<PagedRow[]>`
      with own as materialized (${among}), r as materialized (
        -- A request's message has the time in its own row until it gets a place.
        select m.*, case when m.seq is null then m.read_at else ${readAt(sql, "m")} end as known_read_at
        from messages m
        where m.conversation_id in (select id from own) and ${of} ${further}
        order by m.created_at, m.id
        limit ${limit}
      )
      select r.created_at::text as position, r.id, ${message(sql, wireTime(sql, shown))} as item
      from r ${joins}
      order by r.created_at, r.id
    `;
  };
}

function message(sql: Sql, readAt: Fragment): Fragment {
  return sql`jsonb_build_object(
    'id', r.id, 'conversation_id', r.conversation_id, 'seq', r.seq, 'sender_id', r.sender_id,
    'receiver_id', r.receiver_id, 'content', r.content, 'message_type', r.message_type,
    'is_request', r.is_request, 'request_status', r.request_status, 'read_at', ${readAt},
    'created_at', ${wireTime(sql, sql`r.created_at`)}
  )`;
}

/** The person's conversations, and those that their requests may open. */
function ownConversations(sql: Sql, userId: string): Fragment {
  return sql`
    select id from conversations where user1_id = ${userId}
    union select id from conversations where user2_id = ${userId}
    union select conversation_id_of(sender_id, receiver_id) from message_requests where sender_id = ${userId}
    union select conversation_id_of(sender_id, receiver_id) from message_requests where receiver_id = ${userId}
  `;
}

/** Whether the person may read what the sender wrote before it became a conversation; as in their own list. */
export function mayRead(sql: Sql): Fragment {
  return sql`(s.is_active and not ${isSuspendedNow(sql, "s")}
    and not ${blockExists(sql, sql`r.sender_id`, sql`r.receiver_id`)})`;
}
