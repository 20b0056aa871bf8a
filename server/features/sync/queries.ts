/**
 * SQL of reading and trimming the event log. Statements only.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { blockExists, readAt } from "../../db/fragments.ts";
import type { DurableEventName } from "../../protocol/events.ts";
import type { ConversationStatus } from "../../protocol/models.ts";
import type { StoredMessage } from "../conversations/mod.ts";

/** An event of a log as it is stored, with the state of the log. */
export interface LogRow {
  /** The last position in use. */
  readonly head: number;
  /** Everything up to here is gone. */
  readonly trimmed: number;
  /** Null when there is no event in the range. */
  readonly seq: number | null;
  readonly event: DurableEventName;
  /** Null for a `new_message` and a `message_read`: what they tell is the message, and the mark that covers it. */
  readonly data: Record<string, unknown> | null;
  readonly messageId: string | null;
  readonly conversationId: string | null;
  /** Appended so lately that its message may have been committed on another machine and not be seen here yet. */
  readonly isFresh: boolean;
}

/**
 * A stretch of a person's log, in order, with its head: one statement, so that both are of one moment. The range is
 * user_events_pkey, as a range of rows: judged by an average log, a long one would be fetched and sorted as a whole.
 *
 * @returns One row an event; a single one with seq null when there is none; nothing when the person has no log.
 */
export async function selectLog(
  sql: Sql,
  { userId, since, limit }: { userId: string; since: number; limit: number },
): Promise<LogRow[]> {
  return await sql<LogRow[]>`
    select l.last_seq::float8 as head, l.trimmed_seq::float8 as trimmed,
      e.seq::float8, e.event, e.data, e.message_id, e.conversation_id,
      e.created_at > now() - interval '10 seconds' as is_fresh
    from user_logs l
    left join lateral (
      select * from user_events e
      where (e.user_id, e.seq) > (l.user_id, ${since}::bigint) and (e.user_id, e.seq) <= (l.user_id, l.last_seq)
      order by e.user_id, e.seq
      limit ${limit}
    ) e on true
    where l.user_id = ${userId}
    order by e.seq
  `;
}

/** A message that an event tells of, and its conversation's status. */
export interface LoggedMessage extends Omit<StoredMessage, "requestStatus"> {
  readonly status: ConversationStatus | null;
}

/** A message as an event names it. */
interface MessageRef {
  readonly messageId: string;
  readonly conversationId: string;
}

/** Messages with a place, each by its primary key. */
export async function selectLoggedMessages(sql: Sql, refs: readonly MessageRef[]): Promise<LoggedMessage[]> {
  return await sql<LoggedMessage[]>`
    select m.id, m.conversation_id, c.status, m.seq::float8, m.sender_id, m.receiver_id, m.content, m.message_type,
      m.is_request, m.client_message_id, m.created_at
    from unnest(
      ${refs.map(({ messageId }) => messageId)}::uuid[], ${refs.map(({ conversationId }) => conversationId)}::uuid[]
    ) as t (id, conversation_id)
    join messages m on m.id = t.id and m.conversation_id = t.conversation_id and m.seq is not null
    left join conversations c on c.id = m.conversation_id
  `;
}

/** A message that was read: by its receiver, at the time of the first mark at or behind it. */
export interface Receipt {
  readonly messageId: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly readerId: string;
  readonly readAt: Date | null;
}

/** Messages that were read, each by its primary key, with their marks by theirs. */
export async function selectReceipts(sql: Sql, refs: readonly MessageRef[]): Promise<Receipt[]> {
  return await sql<Receipt[]>`
    select m.id as message_id, m.conversation_id, m.seq::float8, m.receiver_id as reader_id, ${readAt(sql, "m")} as read_at
    from unnest(
      ${refs.map(({ messageId }) => messageId)}::uuid[], ${refs.map(({ conversationId }) => conversationId)}::uuid[]
    ) as t (id, conversation_id)
    join messages m on m.id = t.id and m.conversation_id = t.conversation_id and m.seq is not null
  `;
}

/** @returns The conversations among these that both people still have. By primary key. */
export async function selectUnblocked(sql: Sql, conversationIds: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from conversations where id = any(${conversationIds as string[]}::uuid[]) and status <> 'blocked'
  `;
  return rows.map(({ id }) => id);
}

/** @returns Those of the people between whom and this person is a block. By the unique key of the pair. */
export async function selectBlocked(
  sql: Sql,
  { userId, others }: { userId: string; others: readonly string[] },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select t.id from unnest(${others as string[]}::uuid[]) as t (id) where ${blockExists(sql, userId, sql`t.id`)}
  `;
  return rows.map(({ id }) => id);
}

/**
 * Removes one batch of old events, each person's from the beginning of their log, and notes how far. The rows
 * are found by user_events_created_idx. One log after the other, each by itself: nothing ever waits for two of them.
 *
 * @param olderThan An interval, as Postgres reads it.
 * @returns How many events were removed.
 */
export async function deleteOldEvents(
  sql: Sql,
  { olderThan, batch }: { olderThan: string; batch: number },
): Promise<number> {
  const logs = await sql<{ userId: string; seq: number }[]>`
    select user_id, max(seq)::float8 as seq from (
      select user_id, seq from user_events
      where created_at < now() - ${olderThan}::interval
      limit ${batch}
    ) found
    group by user_id
  `;
  let removed = 0;
  for (const { userId, seq } of logs) {
    const rows = await sql`
      with noted as (
        update user_logs set trimmed_seq = greatest(trimmed_seq, ${seq}) where user_id = ${userId} returning trimmed_seq
      )
      delete from user_events e using noted n
      where e.user_id = ${userId} and e.seq <= n.trimmed_seq
      returning 1
    `;
    removed += rows.length;
  }
  return removed;
}

/** Events of people who are gone, which nobody will ask for. @returns How many were removed. */
export async function deleteOrphanedEvents(
  sql: Sql,
  { olderThan, batch }: { olderThan: string; batch: number },
): Promise<number> {
  const rows = await sql`
    delete from user_events e where (e.user_id, e.seq) in (
      select o.user_id, o.seq from user_events o
      where o.created_at < now() - ${olderThan}::interval
        and not exists (select 1 from user_logs l where l.user_id = o.user_id)
      limit ${batch}
    )
    returning 1
  `;
  return rows.length;
}
