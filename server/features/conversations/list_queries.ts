/**
 * SQL of the conversation list and of message history. Statements only.
 * @module
 */

import { showsReceipt, userCard } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";
import { wireTime } from "../../db/fragments.ts";
import type { Cursor } from "../../lib/cursor.ts";
import type { ConversationStatus, MessageType, RequestStatus, UserCard } from "../../protocol/models.ts";
import { type ConversationItem, UNREAD_CAP } from "./schema.ts";

/** A conversation as one of its two people sees it. */
export interface ConversationView {
  readonly id: string;
  readonly status: ConversationStatus;
  readonly user: UserCard;
  readonly lastMessage: ConversationItem["last_message"];
  readonly unreadCount: number;
  readonly lastActivity: Date;
  /** `lastActivity` to the microsecond, for the cursor. */
  readonly position: string;
}

interface ListOptions {
  readonly viewerId: string;
  /** Whether the viewer sees if their own messages were read. */
  readonly seesReceipts: boolean;
  readonly status: "active" | "archived";
  readonly limit: number;
  readonly after: Cursor | null;
}

/**
 * A person's conversations, the last active first.
 *
 * Reads all of the person's conversations of that status (conversations_user1_idx, conversations_user2_idx) and
 * sorts them: an index in this order would change with every message. What follows is looked up for one page
 * only: card and last message by primary key, unread by messages_unread_idx up to its cap. So the work depends on
 * how many conversations the person has, not on how many messages there are.
 */
export async function selectConversations(sql: Sql, options: ListOptions): Promise<ConversationView[]> {
  const { viewerId, seesReceipts, status, limit, after } = options;
  const further = after
    ? sql`and (c.last_activity, c.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)`
    : sql``;
  const columns = sql`c.id, c.user1_id, c.status, c.last_message_id, c.last_activity,
    c.user1_final_read_seq, c.user2_final_read_seq`;
  return await sql<ConversationView[]>`
    with listed as materialized (
      select * from (
        select ${columns}, c.user2_id as other_id from conversations c
        where c.user1_id = ${viewerId} and c.status = ${status} ${further}
        union all
        select ${columns}, c.user1_id as other_id from conversations c
        where c.user2_id = ${viewerId} and c.status = ${status} ${further}
      ) c
      order by c.last_activity desc, c.id desc
      limit ${limit}
    )
    select c.id, c.status, c.last_activity, c.last_activity::text as position,
      ${userCard(sql, "u", viewerId)} as user,
      case when m.id is not null then jsonb_build_object(
        'id', m.id, 'seq', m.seq, 'content', m.content, 'message_type', m.message_type,
        'sender_id', m.sender_id, 'created_at', ${wireTime(sql, sql`m.created_at`)},
        'is_read', m.is_read and (m.receiver_id = ${viewerId} or (${seesReceipts} and ${showsReceipt(sql, "c", "m")}))
      ) end as last_message,
      unread.total as unread_count
    from listed c
    join users u on u.id = c.other_id
    left join messages m on m.id = c.last_message_id
    cross join lateral (
      select count(*)::int as total from (
        select 1 from messages x
        where x.conversation_id = c.id and x.receiver_id = ${viewerId} and not x.is_read
        limit ${UNREAD_CAP}
      ) x
    ) unread
    order by c.last_activity desc, c.id desc
  `;
}

/** A message of a page of history. */
export interface HistoryRow {
  readonly id: string;
  readonly seq: number;
  readonly senderId: string;
  readonly receiverId: string;
  readonly content: string;
  readonly messageType: MessageType;
  readonly isRequest: boolean;
  readonly requestStatus: RequestStatus | null;
  /** Of the viewer's own message: as far as a receipt may be seen. */
  readonly readAt: Date | null;
  readonly clientMessageId: string | null;
  readonly createdAt: Date;
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
 * has committed before it leaves no row. The range is messages_order_key, read backwards from the cursor's seq.
 *
 * It is spelled as a range of rows: of `conversation_id = … and seq < …` the planner expects a third of an average
 * conversation, and where that is less than a page it fetches and sorts all of a long one.
 */
export async function selectHistory(
  sql: Sql,
  options: { conversationId: string; viewerId: string; limit: number; beforeId: string | null },
): Promise<HistoryPage> {
  const { conversationId, viewerId, limit, beforeId } = options;
  const rows = await sql<
    ({ status: ConversationStatus; cursorKnown: boolean } & {
      [K in keyof HistoryRow]: HistoryRow[K] | null;
    })[]
  >`
    with seen as materialized (
      select c.id, c.user1_id, c.status, c.user1_final_read_seq, c.user2_final_read_seq,
        -- Without a cursor: from the end.
        case when ${beforeId}::uuid is null then c.last_seq + 1 else (
          select b.seq from messages b where b.id = ${beforeId}::uuid and b.conversation_id = c.id
        ) end as before
      from conversations c
      where c.id = ${conversationId} and ${viewerId}::uuid in (c.user1_id, c.user2_id)
    )
    select c.status, c.before is not null as cursor_known,
      m.id, m.seq::float8, m.sender_id, m.receiver_id, m.content, m.message_type, m.is_request,
      m.request_status, m.client_message_id, m.created_at, m.created_at::text as position,
      case when m.receiver_id = ${viewerId} or ${showsReceipt(sql, "c", "m")} then m.read_at end as read_at
    from seen c
    left join lateral (
      select * from messages m
      where (m.conversation_id, m.seq) < (c.id, c.before) and (m.conversation_id, m.seq) >= (c.id, 0)
        and c.status <> 'blocked'
      order by m.conversation_id desc, m.seq desc
      limit ${limit}
    ) m on true
    order by m.seq desc
  `;
  const { status, cursorKnown = true } = rows[0] ?? {};
  return { status, cursorKnown, rows: rows.filter((row) => row.id !== null) as HistoryRow[] };
}
