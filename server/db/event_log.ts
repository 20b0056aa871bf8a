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
 * Appends events to their users' logs, each user's in the order given. Users without a log
 * (deleted meanwhile) are left out. Call it last in a transaction: the logs come last in the lock order.
 *
 * @param events A `new_message` or `message_read` needs `messageId`: its row stores that instead of the data.
 * @returns The events as they were appended: by user id, then by seq.
 */
export async function appendEvents(sql: Sql, events: readonly NewEvent[]): Promise<AppendedEvent[]> {
  if (events.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { userId } of events) counts.set(userId, (counts.get(userId) ?? 0) + 1);
  // Each update locks one log, which is what makes seq gapless: last_seq is counted up on the locked row, and a rollback
  // gives the numbers back. One after the other in user_id order (they are sent together, and run in the order in which
  // they were sent), so that two transactions cannot deadlock: a join would lock the logs in an order of its own.
  const logs = await Promise.all(
    [...counts].toSorted(byUserId).map(async ([userId, count]) => {
      const [log] = await sql<{ last: number }[]>`
        update user_logs set last_seq = last_seq + ${count} where user_id = ${userId} returning last_seq::float8 as last
      `;
      return { userId, next: log && log.last - count };
    }),
  );
  const heads = new Map(logs.map(({ userId, next }) => [userId, next]));
  const appended: AppendedEvent[] = [];
  for (const { userId, event, data, conversationId = null, messageId = null } of events) {
    const before = heads.get(userId);
    if (before === undefined) continue;
    heads.set(userId, before + 1);
    appended.push({ userId, seq: before + 1, event, data, conversationId, messageId });
  }
  if (appended.length > 0) {
    await sql`
      insert into user_events (user_id, seq, event, conversation_id, message_id, data)
      select user_id, seq, event, conversation_id, message_id, data::jsonb from unnest(
        ${appended.map((e) => e.userId)}::uuid[],
        ${appended.map((e) => e.seq)}::bigint[],
        ${appended.map((e) => e.event)}::text[],
        ${appended.map((e) => e.conversationId)}::uuid[],
        ${appended.map((e) => e.messageId)}::uuid[],
        ${appended.map(storedData)}::text[]
      ) as e (user_id, seq, event, conversation_id, message_id, data)
    `;
  }
  return appended.sort(byPlace);
}

/** Compares events by user id, then by seq: the order in which they are published. */
export function byPlace(a: AppendedEvent, b: AppendedEvent): number {
  return a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : a.seq - b.seq;
}

function byUserId(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}

function storedData(event: AppendedEvent): string | null {
  // The card of the other person is of the moment: whoever reads the log adds it anew (see user_cards.ts).
  const { user: _, ...stored } = event.data as { user?: unknown };
  if (event.event !== "new_message" && event.event !== "message_read") return JSON.stringify(stored);
  if (event.messageId === null) throw new Error(`Cannot append ${event.event}: its messageId is missing`);
  return null;
}
