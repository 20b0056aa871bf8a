/**
 * SQL that makes devices due: by hints of what was committed, by what they have received, and by the sweep of the log.
 * Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { LOOKED_AT } from "./owed_queries.ts";
import type { ProviderName } from "./schema.ts";

/**
 * Makes devices due that lack an event. Nothing is written to one that is due or being worked on: its turn reads the log
 * itself, and when the log has gone on by its end, it is due again. By devices_user_idx.
 *
 * @param hints The newest event worth a look, by person.
 * @returns The providers that have something to do.
 */
export async function updateDue(sql: Sql, hints: ReadonlyMap<string, number>): Promise<ProviderName[]> {
  const rows = await sql<{ provider: ProviderName }[]>`
    update devices d set hinted_seq = greatest(d.hinted_seq, h.seq), due_at = now()
    from unnest(${[...hints.keys()]}::uuid[], ${[...hints.values()]}::bigint[]) as h (user_id, seq)
    where d.user_id = h.user_id and d.due_at is null and d.disabled_at is null and greatest(d.pushed_seq, d.received_seq) < h.seq
    returning d.provider
  `;
  return [...new Set(rows.map(({ provider }) => provider))];
}

/**
 * Notes how far devices have received the log. By devices_session_key; sessions without a device are ignored.
 *
 * @param received Positions by session.
 */
export async function updateReceived(sql: Sql, received: ReadonlyMap<string, number>): Promise<void> {
  await sql`
    update devices d set received_seq = r.seq
    from unnest(${[...received.keys()]}::uuid[], ${[...received.values()]}::bigint[]) as r (session_id, seq)
    where d.session_id = r.session_id and d.received_seq < r.seq
  `;
}

/**
 * Searches the log for events that no process has hinted at because it died in between: everything since the last
 * search, with a margin for transactions that were long. One process at a time, about once a minute; the range is
 * user_events_created_idx. Call it in a transaction.
 *
 * @returns The providers that have something to do; null when it was not our turn.
 */
export async function sweep(
  sql: Sql,
  { everySeconds }: { everySeconds: number },
): Promise<ProviderName[] | null> {
  const [turn] = await sql<{ from: string; to: string }[]>`
    select greatest(swept_to - interval '60 seconds', now() - interval '1 day')::text as from,
      (now() - interval '20 seconds')::text as to
    from push_sweeps where swept_to < now() - make_interval(secs => ${everySeconds + 20})
    for update skip locked
  `;
  if (!turn) return null;
  const found = await sql<{ userId: string; seq: number }[]>`
    with newest as materialized (
      select user_id, max(seq)::float8 as seq from user_events
      where created_at >= ${turn.from}::text::timestamptz and created_at < ${turn.to}::text::timestamptz
        and event = any(${LOOKED_AT as string[]})
      group by user_id
    )
    select e.user_id, e.seq from newest e
    where exists (select 1 from devices d where d.user_id = e.user_id)
  `;
  const due = await updateDue(sql, new Map(found.map(({ userId, seq }) => [userId, seq])));
  await sql`update push_sweeps set swept_to = ${turn.to}::text::timestamptz`;
  return due;
}
