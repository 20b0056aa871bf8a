/**
 * The per-user log of durable events: gapless `seq` per user, rows written with the change they tell of. It owns
 * the append only; replay, trimming and delivery are elsewhere.
 * @module
 */

import type { DurableEventName, EventData } from "../protocol/events.ts";
import type { Sql } from "./client.ts";

/** A durable event that is to be appended to a user's log. */
export interface NewEvent<E extends DurableEventName = DurableEventName> {
  readonly userId: string;
  readonly event: E;
  readonly data: EventData<E>;
  readonly conversationId?: string | undefined;
  readonly messageId?: string | undefined;
}

/** A durable event in a user's log, with all of its data. */
export interface AppendedEvent<E extends DurableEventName = DurableEventName> {
  readonly userId: string;
  /** Position in the user's log: 1, 2, 3 … without a gap. */
  readonly seq: number;
  readonly event: E;
  readonly data: EventData<E>;
  readonly conversationId: string | null;
  readonly messageId: string | null;
}

/**
 * Appends events to their users' logs in one statement, each user's in the order given. Users without a log
 * (deleted meanwhile) are left out. Call it last in a transaction: the logs come last in the lock order.
 *
 * @param events A `new_message` needs `messageId`: its row stores that instead of the text.
 * @returns The events as they were appended: by user id, then by seq.
 */
export async function appendEvents(sql: Sql, events: readonly NewEvent[]): Promise<AppendedEvent[]> {
  if (events.length === 0) return [];
  // The lock on user_logs (in user_id order, so that two batches cannot deadlock) is what makes seq gapless:
  // last_seq is read on the locked row, and a rollback gives the numbers back.
  const rows = await sql<{ position: number; seq: string }[]>`
    with input as (
      select t.*, row_number() over (partition by user_id order by position) as nth
      from unnest(
        ${events.map((e) => e.userId)}::uuid[],
        ${events.map((e) => e.event)}::text[],
        ${events.map((e) => e.conversationId ?? null)}::uuid[],
        ${events.map((e) => e.messageId ?? null)}::uuid[],
        ${events.map(storedData)}::text[]
      ) with ordinality as t (user_id, event, conversation_id, message_id, data, position)
    ), locked as (
      select l.user_id, l.last_seq
      from user_logs l
      where l.user_id in (select user_id from input)
      order by l.user_id
      for no key update
    ), placed as (
      select i.*, l.last_seq + i.nth as seq
      from input i join locked l using (user_id)
    ), bumped as (
      update user_logs l set last_seq = p.seq
      from (select user_id, max(seq) as seq from placed group by user_id) p
      where l.user_id = p.user_id
    ), stored as (
      insert into user_events (user_id, seq, event, conversation_id, message_id, data)
      select user_id, seq, event, conversation_id, message_id, data::jsonb from placed
    )
    select position::int, seq from placed order by user_id, seq
  `;
  return rows.map(({ position, seq }) => {
    const { userId, event, data, conversationId = null, messageId = null } = events[position - 1] as NewEvent;
    return { userId, seq: Number(seq), event, data, conversationId, messageId };
  });
}

function storedData(event: NewEvent): string | null {
  if (event.event !== "new_message") return JSON.stringify(event.data);
  if (event.messageId === undefined) throw new Error("Cannot append new_message: its messageId is missing");
  return null;
}
