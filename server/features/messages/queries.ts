/**
 * SQL of the slow path and of reading. Statements only; the batch has its own file.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { blockExists, isPremiumNow, readAt } from "../../db/fragments.ts";
import { type Standing, standing } from "../../db/standing.ts";
import type { StoredAttempt } from "../conversations/mod.ts";
import type { Placed } from "./batch_sql.ts";

/** @returns Undefined when the sender's account is gone. */
export async function selectStanding(
  sql: Sql,
  { senderId, receiverId }: { senderId: string; receiverId: string },
): Promise<Standing | undefined> {
  const { columns, tables, where } = standing(sql, { actorId: senderId, otherId: receiverId });
  const [row] = await sql<Standing[]>`select ${columns} from ${tables} where ${where}`;
  return row;
}

/** A message that somebody wants to mark as read. */
export interface ReadTarget {
  readonly id: string;
  readonly senderId: string;
  readonly receiverId: string;
  readonly readAt: Date | null;
  readonly blocked: boolean;
  readonly conversationId: string;
  /** Null while the message is only a request's. */
  readonly seq: number | null;
  /** Whether its sender's premium counts now, so that receipts are theirs to see. */
  readonly senderPremium: boolean;
}

/** One lookup by primary key. */
export async function selectReadTarget(sql: Sql, messageId: string): Promise<ReadTarget | undefined> {
  const [row] = await sql<ReadTarget[]>`
    with target as materialized (
      select m.*, ${readAt(sql, "m")} as marked_at from messages m where m.id = ${messageId}
    )
    select m.id, m.sender_id, m.receiver_id, m.conversation_id, m.seq::float8,
      case when m.seq is null then m.read_at else m.marked_at end as read_at,
      coalesce(c.status = 'blocked', ${blockExists(sql, sql`m.sender_id`, sql`m.receiver_id`)}) as blocked,
      ${isPremiumNow(sql, "s")} as sender_premium
    from target m
    join users s on s.id = m.sender_id
    left join conversations c on c.id = m.conversation_id
  `;
  return row;
}

/**
 * Moves the reader's watermark to a message, on the locked conversation: after a block that commits first it does not
 * move.
 *
 * @returns When, and whether the conversation is active, so that the sender may know; null when nothing was unread
 *   any more (or the conversation is blocked).
 */
export async function updateReadUpTo(
  sql: Sql,
  { conversationId, readerId, seq }: { conversationId: string; readerId: string; seq: number },
): Promise<{ readAt: Date; active: boolean } | null> {
  const [row] = await sql<{ readAt: Date; active: boolean }[]>`
    with locked as materialized (
      select c.user1_id = ${readerId} as by_first,
        case when c.user1_id = ${readerId} then c.user1_read_seq else c.user2_read_seq end as seq
      from conversations c where c.id = ${conversationId} and c.status <> 'blocked'
      for no key update
    ), counted as materialized (
      select count(*) filter (where m.receiver_id = ${readerId}) as newly, count(*) as visible from messages m
      where m.conversation_id = ${conversationId} and m.seq > (select seq from locked) and m.seq <= ${seq}::bigint
    ), moved as (
      update conversations c set
        user1_read_seq = case when l.by_first then ${seq}::bigint else c.user1_read_seq end,
        user2_read_seq = case when l.by_first then c.user2_read_seq else ${seq}::bigint end,
        user1_read = c.user1_read + case when l.by_first then k.newly else 0 end,
        user2_read = c.user2_read + case when l.by_first then 0 else k.newly end
      from locked l, counted k
      where c.id = ${conversationId} and l.seq < ${seq}::bigint and k.visible = ${seq}::bigint - l.seq
      returning c.id, c.status
    ), marked as (
      insert into read_marks (conversation_id, reader_id, seq)
      select id, ${readerId}, ${seq} from moved
      returning read_at
    )
    select k.read_at, m.status = 'active' as active from marked k, moved m
  `;
  return row ?? null;
}

/** Marks a request's message as read while it has no place. */
export async function updateRequestRead(
  sql: Sql,
  { id, conversationId }: { id: string; conversationId: string },
): Promise<Date | null> {
  const [row] = await sql<{ readAt: Date }[]>`
    update messages set is_read = true, read_at = now(), updated_at = now()
    where id = ${id} and conversation_id = ${conversationId} and seq is null and not is_read
    returning read_at
  `;
  return row?.readAt ?? null;
}

/** @returns Whether the person is one of the two of the conversation. */
export async function selectIsMember(
  sql: Sql,
  { conversationId, userId }: { conversationId: string; userId: string },
): Promise<boolean> {
  const [row] = await sql`
    select 1 from conversations where id = ${conversationId} and ${userId}::uuid in (user1_id, user2_id)
  `;
  return row !== undefined;
}

/** What a retry is answered with, of a message that has its place. */
export function placedOf({ id, conversationId, seq, createdAt }: StoredAttempt): Placed | null {
  return seq === null ? null : { id, conversationId, seq, createdAt };
}
