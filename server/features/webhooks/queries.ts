/**
 * The SQL of deliveries: the log of attempts, the endpoints that are disabled. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { newId } from "../../lib/ids.ts";

/** One attempt to deliver an event. */
export interface Attempt {
  readonly eventId: string;
  readonly durationMs: number;
  /** Null: no answer. */
  readonly status: number | null;
  /** Null: it was taken. */
  readonly error: string | null;
}

/** An event that was given up. */
export interface FailedDelivery {
  readonly eventId: string;
  readonly type: string;
  readonly attempts: number;
  readonly failedAt: Date;
  readonly lastError: string | null;
}

export async function insertAttempt(
  sql: Sql,
  { eventId, durationMs, status, error }: Attempt,
): Promise<void> {
  await sql`
    insert into webhook_attempts (id, event_id, duration_ms, status, error)
    values (${newId()}, ${eventId}, ${Math.round(durationMs)}, ${status}, ${error})
  `;
}

/** @returns The attempts to deliver one event, the oldest first. Found by webhook_attempts_event_idx. */
export function selectAttempts(sql: Sql, eventId: string): Promise<(Attempt & { attemptedAt: Date })[]> {
  return sql<(Attempt & { attemptedAt: Date })[]>`
    select event_id, duration_ms, status, error, attempted_at from webhook_attempts
    where event_id = ${eventId} order by attempted_at
  `;
}

/** @returns Why the endpoint takes nothing any more, and since when; undefined: it does. */
export async function selectDisabled(
  sql: Sql,
  url: string,
): Promise<{ since: Date; reason: string } | undefined> {
  const [row] = await sql<{ since: Date; reason: string }[]>`
    select since, reason from webhook_disabled where url = ${url}
  `;
  return row;
}

/** @returns False when it was disabled already. */
export async function insertDisabled(
  sql: Sql,
  { url, reason }: { url: string; reason: string },
): Promise<boolean> {
  const rows = await sql`
    insert into webhook_disabled (url, reason) values (${url}, ${reason}) on conflict do nothing returning 1
  `;
  return rows.length > 0;
}

export async function deleteDisabled(sql: Sql, url: string): Promise<void> {
  await sql`delete from webhook_disabled where url = ${url}`;
}

export function selectFailed(
  sql: Sql,
  { kind, limit }: { kind: string; limit: number },
): Promise<FailedDelivery[]> {
  return sql<FailedDelivery[]>`
    select e.id as event_id, e.type, j.attempts, j.failed_at, j.last_error
    from jobs j join operator_events e on e.id = (j.payload->>'event_id')::uuid
    where j.kind = ${kind} and j.failed_at is not null order by e.seq limit ${limit}
  `;
}
