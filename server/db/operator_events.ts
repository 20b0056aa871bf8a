/**
 * The log of events for the operator's own systems: appended by the transaction that causes them, read in the order of
 * their commits. What becomes of them is the webhooks' and the feed's.
 * @module
 */
import { newId } from "../lib/ids.ts";
import type { OperatorEventType } from "../protocol/operator_events.ts";
import type { Sql } from "./client.ts";

/** An event before it is stored. */
export interface NewOperatorEvent {
  readonly type: OperatorEventType;
  readonly data: object;
}

/** A stored one. */
export interface OperatorEvent extends NewOperatorEvent {
  readonly seq: number;
  /** The same in every delivery, and in the feed. */
  readonly id: string;
  readonly createdAt: Date;
}

/** Of the advisory lock; nothing else takes one of this number. */
const LOCK = 7_201_801;

/**
 * Appends events, as the last statement of their transaction. The lock is held until the commit, so that a reader who has
 * seen a number never misses a smaller one that is committed later.
 *
 * @returns Their ids.
 */
export async function appendOperatorEvents(sql: Sql, events: readonly NewOperatorEvent[]): Promise<string[]> {
  if (events.length === 0) return [];
  await sql`select pg_advisory_xact_lock(${LOCK})`;
  const rows = events.map(({ type, data }, index) => ({ index, id: newId(), type, data }));
  await sql`
    insert into operator_events (seq, id, type, data)
    select (select coalesce(max(seq), 0) from operator_events) + 1 + index, id, type, data
    from jsonb_to_recordset(${sql.json(rows as never)}) as new (index int, id uuid, type text, data jsonb)
  `;
  return rows.map(({ id }) => id);
}

/** @returns The event, or undefined when its term is over. */
export async function selectOperatorEvent(sql: Sql, id: string): Promise<OperatorEvent | undefined> {
  const [row] = await sql<OperatorEvent[]>`
    select seq::float8 as seq, id, type, data, created_at from operator_events where id = ${id}
  `;
  return row;
}

/**
 * @param page.viewerId What is about this person is left out.
 * @returns Events after a number, the oldest first.
 */
export function selectOperatorEvents(
  sql: Sql,
  { after, limit, viewerId }: { after: number; limit: number; viewerId: string },
): Promise<OperatorEvent[]> {
  return sql<OperatorEvent[]>`
    select seq::float8 as seq, id, type, data, created_at from operator_events
    where seq > ${after} and coalesce(data->>'reported_id', data->>'user_id', '') <> ${viewerId}
    order by seq limit ${limit}
  `;
}

/** Deletes what is older than the term, and the attempts to deliver it. The newest stays: its number goes on. */
export async function deleteOldOperatorEvents(
  sql: Sql,
  { days, batch }: { days: number; batch: number },
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    with old as (
      select seq, id from operator_events
      where created_at < now() - make_interval(days => ${days})
        and seq < (select max(seq) from operator_events)
      order by created_at limit ${batch}
    ), attempts as (
      delete from webhook_attempts a using old where a.event_id = old.id
    ), gone as (
      delete from operator_events e using old where e.seq = old.seq returning 1
    )
    select count(*)::int as count from gone
  `;
  return row?.count ?? 0;
}
