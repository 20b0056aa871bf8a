/**
 * SQL of the conversation list and of message history. Statements only.
 * @module
 */

import { showsReceipt, userCard } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";
import { type Fragment, unreadTotal, wireTime } from "../../db/fragments.ts";
import type { Cursor } from "../../lib/cursor.ts";
import type { ConversationStatus, UserCard } from "../../protocol/models.ts";
import type { ConversationItem } from "./schema.ts";
import type { StoredMessage } from "./stored_message.ts";

/** A conversation as one of its two people sees it. */
export interface ConversationView {
  readonly id: string;
  readonly status: ConversationStatus;
  readonly user: UserCard;
  readonly lastMessage: ConversationItem["last_message"];
  readonly unreadCount: number;
  /** Up to where the viewer has read. */
  readonly myReadSeq: number;
  /** The same of the other person; null where receipts are not the viewer's to see. */
  readonly peerReadSeq: number | null;
  readonly lastActivity: Date;
  /** `lastActivity` to the microsecond, for the cursor. */
  readonly position: string;
}

interface ViewOptions {
  readonly viewerId: string;
  /** Whether the viewer sees if their own messages were read. */
  readonly seesReceipts: boolean;
}

interface ListOptions extends ViewOptions {
  readonly status: "active" | "archived";
  readonly limit: number;
  readonly after: Cursor | null;
}

/**
 * A person's conversations, the last active first.
 *
 * Reads all of the person's conversations of that status (conversations_user1_idx, conversations_user2_idx) and
 * sorts them: an index in this order would change with every message. What follows is looked up for one page
 * only: card and last message by primary key. So the work depends on how many conversations the person has, not on
 * how many messages there are.
 */
export async function selectConversations(
  sql: Sql,
  options: ListOptions,
): Promise<(ConversationView & { unreadTotal: number })[]> {
  const { viewerId, status, limit, after } = options;
  const further = after
    ? sql`and (c.last_activity, c.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)`
    : sql``;
  return await sql<(ConversationView & { unreadTotal: number })[]>`
    with listed as materialized (
      select * from (
        select ${sidesOf(sql, 1)} from conversations c
        where c.user1_id = ${viewerId} and c.status = ${status} ${further}
        union all
        select ${sidesOf(sql, 2)} from conversations c
        where c.user2_id = ${viewerId} and c.status = ${status} ${further}
      ) c
      order by c.last_activity desc, c.id desc
      limit ${limit}
    )
    ${viewsOf(sql, options, sql`, ${unreadTotal(sql, viewerId)} as unread_total`)}
    order by c.last_activity desc, c.id desc
  `;
}

/** One of the person's conversations, whatever its status. @returns Undefined to strangers. */
export async function selectConversation(
  sql: Sql,
  { conversationId, ...options }: ViewOptions & { conversationId: string },
): Promise<ConversationView | undefined> {
  const { viewerId } = options;
  const [row] = await sql<ConversationView[]>`
    with listed as materialized (
      select ${sidesOf(sql, 1)} from conversations c where c.id = ${conversationId} and c.user1_id = ${viewerId}
      union all
      select ${sidesOf(sql, 2)} from conversations c where c.id = ${conversationId} and c.user2_id = ${viewerId}
    )
    ${viewsOf(sql, options)}
  `;
  return row;
}

/** What is unread in all of a person's active conversations. */
export async function selectUnreadTotal(sql: Sql, viewerId: string): Promise<number> {
  const [row] = await sql<{ total: number }[]>`select ${unreadTotal(sql, viewerId)} as total`;
  return row!.total;
}

/** A conversation's columns as one of its two people has them. */
function sidesOf(sql: Sql, viewer: 1 | 2): Fragment {
  const other = 3 - viewer;
  const column = (person: number, name: string) => sql(`c.user${person}_${name}`);
  return sql`c.id, c.status, c.last_message_id, c.last_activity, ${column(other, "id")} as other_id,
    ${column(viewer, "received")} - ${column(viewer, "read")} as unread,
    ${column(viewer, "read_seq")} as my_read_seq,
    -- Of a conversation that has ended: as it was then.
    coalesce(${column(other, "final_read_seq")}, ${column(other, "read_seq")}) as peer_read_seq`;
}

/** The rest of a statement whose first part is `listed` with the columns of {@link sidesOf}; `more` are further columns. */
function viewsOf(sql: Sql, { viewerId, seesReceipts }: ViewOptions, more = sql``): Fragment {
  return sql`, last as materialized (
      select m.* from listed c join messages m on m.id = c.last_message_id and m.conversation_id = c.id
    )
    select c.id, c.status, c.last_activity, c.last_activity::text as position,
      ${userCard(sql, "u", viewerId)} as user,
      case when m.id is not null then jsonb_build_object(
        'id', m.id, 'seq', m.seq, 'content', m.content, 'message_type', m.message_type,
        'sender_id', m.sender_id, 'created_at', ${wireTime(sql, sql`m.created_at`)},
        'is_read', case when m.receiver_id = ${viewerId} then m.seq <= c.my_read_seq
          else ${seesReceipts} and m.seq <= c.peer_read_seq end
      ) end as last_message,
      c.unread::int as unread_count, c.my_read_seq::float8,
      case when ${seesReceipts} then c.peer_read_seq::float8 end as peer_read_seq ${more}
    from listed c
    join users u on u.id = c.other_id
    left join last m on m.conversation_id = c.id
  `;
}

/** A message of a page of history. */
export interface HistoryRow extends Omit<StoredMessage, "conversationId"> {
  /** Of the viewer's own message: as far as a receipt may be seen. */
  readonly readAt: Date | null;
  /** `createdAt` to the microsecond, for the cursor. */
  readonly position: string;
}

/** A page of history with what decides whether it may be seen. */
export interface HistoryPage {
  /** Undefined when there is no such conversation, or it is other people's. */
  readonly status: ConversationStatus | undefined;
  /** False when the cursor's message is not one of this conversation. */
  readonly cursorKnown: boolean;
  /** The newest first. */
  readonly rows: readonly HistoryRow[];
}

/**
 * A page of a conversation, the newest first, and whether the viewer may have it, in one statement: a block that
 * has committed before it leaves no row. The page is a range of messages_order_key with two ends, which a conversation's
 * numbers without a gap allow: with one end and a limit, the planner expects a third of an average conversation, and
 * where that is less than a page it fetches and sorts all of a long one.
 *
 * When each message was read comes from the marks at or behind it: for each of the two, the same range of
 * read_marks_pkey and the first one behind it.
 */
export async function selectHistory(
  sql: Sql,
  options: { conversationId: string; viewerId: string; limit: number; beforeId: string | null },
): Promise<HistoryPage> {
  const { conversationId, viewerId, limit, beforeId } = options;
  const rows = await sql<HistoryAnswer[]>`
    with cursor as materialized (
      select seq from messages where id = ${beforeId}::uuid and conversation_id = ${conversationId}
    ), seen as materialized (
      select c.id, c.user1_id, c.user2_id, c.status, c.last_seq, c.user1_final_read_seq, c.user2_final_read_seq,
        -- Without a cursor: from the end.
        case when ${beforeId}::uuid is null then c.last_seq + 1 else (select seq from cursor) end as before
      from conversations c
      where c.id = ${conversationId} and ${viewerId}::uuid in (c.user1_id, c.user2_id)
    ), page as materialized (
      select * from messages m
      where m.conversation_id = ${conversationId}
        and m.seq < (select before from seen where status <> 'blocked')
        and m.seq >= (select before - ${limit}::int from seen)
    ), marks as materialized (
      ${marksOf(sql, conversationId, "user1_id")} union all ${marksOf(sql, conversationId, "user2_id")}
    )
    select c.status, c.before is not null as cursor_known,
      m.id, m.seq::float8, m.sender_id, m.receiver_id, m.content, m.message_type, m.is_request,
      m.request_status, m.client_message_id, m.created_at, m.created_at::text as position,
      m.receiver_id = ${viewerId} or ${showsReceipt(sql, "c", "m")} as shows_reading,
      case when m.seq = (select max(seq) from page) then (
        select json_agg(json_build_array(reader_id, seq, read_at)) from marks
      ) end as marks
    from seen c
    left join page m on true
    order by m.seq desc
  `;
  const { status, cursorKnown = true, marks } = rows[0] ?? {};
  const shown = rows.filter((row) => row.id !== null) as (HistoryAnswer & HistoryRow)[];
  return { status, cursorKnown, rows: withReading(shown, marks ?? []) };
}

/** The marks of one of the two at the messages of `page`, and the first one behind it. */
function marksOf(sql: Sql, conversationId: string, reader: "user1_id" | "user2_id"): Fragment {
  const theirs = sql`
    select reader_id, seq, read_at from read_marks
    where conversation_id = ${conversationId} and reader_id = (select ${sql(reader)} from seen)
  `;
  return sql`
    ${theirs} and seq >= (select min(seq) from page) and seq <= (select max(seq) from page)
    union all (
      ${theirs} and seq > (select max(seq) from page) and (select max(seq) from page) < (select last_seq from seen)
      order by conversation_id, reader_id, seq limit 1
    )
  `;
}

type HistoryAnswer = {
  readonly status: ConversationStatus;
  readonly cursorKnown: boolean;
  /** Whether the viewer may know when the message was read. */
  readonly showsReading: boolean;
  /** Reader, place, time; on the newest row alone. */
  readonly marks: readonly (readonly [string, number, string])[] | null;
} & { [K in Exclude<keyof HistoryRow, "readAt">]: HistoryRow[K] | null };

/** Gives each row the time of the first mark of its receiver at or behind it. */
function withReading(
  rows: readonly (HistoryAnswer & HistoryRow)[],
  marks: NonNullable<HistoryAnswer["marks"]>,
): HistoryRow[] {
  const latest = marks.toSorted((a, b) => b[1] - a[1]);
  const readAt = new Map<string, Date>();
  let next = 0;
  return rows.map(({ status: _, cursorKnown: __, showsReading, marks: ___, ...row }) => {
    for (; next < latest.length && latest[next]![1] >= row.seq; next++) {
      const [readerId, , at] = latest[next]!;
      readAt.set(readerId, new Date(at));
    }
    return { ...row, readAt: (showsReading && readAt.get(row.receiverId)) || null };
  });
}
