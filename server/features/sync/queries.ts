/**
 * SQL of reading and trimming the event log. Statements only.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { blockExists } from "../../db/fragments.ts";
import type { DurableEventName } from "../../protocol/events.ts";
import type { MessageType } from "../../protocol/models.ts";

/** The state of a log, with at most one of its events. */
export interface LogRow {
  /** The last position in use. */
  readonly head: number;
  /** Everything up to here is gone. */
  readonly trimmed: number;
  /** Null when there is no event in the range. */
  readonly seq: number | null;
  readonly event: DurableEventName;
  readonly data: Record<string, unknown> | null;
  /** Not for this person any more: there is a block between them and the other one. */
  readonly hidden: boolean;
  readonly messageId: string | null;
  readonly conversationId: string | null;
  readonly messageSeq: number;
  readonly senderId: string;
  readonly receiverId: string;
  readonly content: string;
  readonly messageType: MessageType;
  readonly isRequest: boolean;
  readonly clientMessageId: string | null;
  readonly createdAt: Date;
}

/**
 * A stretch of a person's log, in order, with its head: one statement, so that both are of one moment, and a
 * block that has committed before it leaves nothing of the other person in it. The range is user_events_pkey, as a
 * range of rows: judged by an average log, a long one would be fetched and sorted as a whole. Messages and
 * conversations are looked up by primary key.
 *
 * What tells how things stand (conversation_updated, match_removed, request_updated) stays: it is how a device
 * learns that the other person is gone.
 *
 * @returns One row an event; a single one with seq null when there is none; nothing when the person has no log.
 */
export async function selectLog(
  sql: Sql,
  { userId, since, limit }: { userId: string; since: number; limit: number },
): Promise<LogRow[]> {
  return await sql<LogRow[]>`
    select l.last_seq::float8 as head, l.trimmed_seq::float8 as trimmed,
      e.seq::float8, e.event, e.data,
      case e.event
        when 'new_message' then m.id is null or c.status is null or c.status = 'blocked'
        when 'message_read' then c.status is null or c.status = 'blocked'
        when 'request_received' then ${blockExists(sql, sql`e.user_id`, sql`(e.data->>'sender_id')`)}
        when 'match_created' then ${blockExists(sql, sql`e.user_id`, sql`(e.data->>'user_id')`)}
        else false
      end as hidden,
      m.id as message_id, m.conversation_id, m.seq::float8 as message_seq, m.sender_id, m.receiver_id,
      m.content, m.message_type, m.is_request, m.client_message_id, m.created_at
    from user_logs l
    left join lateral (
      select * from user_events e
      where (e.user_id, e.seq) > (l.user_id, ${since}::bigint) and (e.user_id, e.seq) <= (l.user_id, l.last_seq)
      order by e.user_id, e.seq
      limit ${limit}
    ) e on true
    left join messages m on m.id = e.message_id and e.event = 'new_message'
    left join conversations c on c.id = e.conversation_id
    where l.user_id = ${userId}
    order by e.seq
  `;
}

/**
 * Removes one batch of old events, each person's from the beginning of their log, and notes how far. The rows
 * are found by user_events_created_idx; the logs are locked in the order of the house.
 *
 * @param olderThan An interval, as Postgres reads it.
 * @returns How many events were removed.
 */
export async function deleteOldEvents(
  sql: Sql,
  { olderThan, batch }: { olderThan: string; batch: number },
): Promise<number> {
  const [row] = await sql<{ removed: number }[]>`
    with old as materialized (
      select user_id, max(seq) as seq from (
        select user_id, seq from user_events
        where created_at < now() - ${olderThan}::interval
        limit ${batch}
      ) found
      group by user_id
    ), locked as materialized (
      select l.user_id, greatest(l.trimmed_seq, o.seq) as upto
      from old o join user_logs l on l.user_id = o.user_id
      order by l.user_id
      for no key update of l
    ), noted as (
      update user_logs l set trimmed_seq = t.upto from locked t where l.user_id = t.user_id
    ), removed as (
      delete from user_events e using locked t where e.user_id = t.user_id and e.seq <= t.upto
      returning 1
    )
    select count(*)::int as removed from removed
  `;
  return row?.removed ?? 0;
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
