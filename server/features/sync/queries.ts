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
}

/**
 * A stretch of a person's log, in order, with its head: one statement, so that both are of one moment. The range is
 * user_events_pkey with two ends, which positions without a gap allow: with one end and a limit, judged by an average
 * log, a long one would be fetched and sorted as a whole.
 *
 * @returns One row an event; a single one with seq null when there is none; nothing when the person has no log.
 */
export async function selectLog(
  sql: Sql,
  { userId, since, limit }: { userId: string; since: number; limit: number },
): Promise<LogRow[]> {
  return await sql<LogRow[]>`
    with log as materialized (
      select last_seq, trimmed_seq from user_logs where user_id = ${userId}
    ), stretch as materialized (
      select * from user_events
      where user_id = ${userId} and seq > ${since}::bigint and seq <= ${since}::bigint + ${limit}::int
        and seq <= (select last_seq from log)
    )
    select l.last_seq::float8 as head, l.trimmed_seq::float8 as trimmed,
      e.seq::float8, e.event, e.data, e.message_id, e.conversation_id
    from log l left join stretch e on true
    order by e.seq
  `;
}

/** A message that an event tells of. */
export type LoggedMessage = Omit<StoredMessage, "requestStatus">;

/** Messages with a place, each by its primary key. */
export async function selectLoggedMessages(sql: Sql, ids: readonly string[]): Promise<LoggedMessage[]> {
  return await sql<LoggedMessage[]>`
    select id, conversation_id, seq::float8, sender_id, receiver_id, content, message_type,
      is_request, client_message_id, created_at
    from messages where id = any(${ids as string[]}::uuid[]) and seq is not null
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
export async function selectReceipts(sql: Sql, ids: readonly string[]): Promise<Receipt[]> {
  return await sql<Receipt[]>`
    select m.id as message_id, m.conversation_id, m.seq::float8, m.receiver_id as reader_id, ${readAt(sql, "m")} as read_at
    from messages m
    where m.id = any(${ids as string[]}::uuid[]) and m.seq is not null
  `;
}

/** @returns The status of those of the conversations that there are. By primary key. */
export async function selectStatuses(
  sql: Sql,
  conversationIds: readonly string[],
): Promise<Map<string, ConversationStatus>> {
  const rows = await sql<{ id: string; status: ConversationStatus }[]>`
    select id, status from conversations where id = any(${conversationIds as string[]}::uuid[])
  `;
  return new Map(rows.map(({ id, status }) => [id, status]));
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
 * Removes one batch of old events, each person's from the beginning of their log, and notes how far; of people who are
 * gone, too, whose log has nobody left to note it for. The rows are found by user_events_created_idx. One log after the
 * other, each by itself: nothing ever waits for two of them.
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
        update user_logs set trimmed_seq = greatest(trimmed_seq, ${seq}) where user_id = ${userId}
      )
      delete from user_events where user_id = ${userId} and seq <= ${seq} returning 1
    `;
    removed += rows.length;
  }
  return removed;
}
