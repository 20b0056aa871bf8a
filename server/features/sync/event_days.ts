/**
 * Retention of events where `vibes db partition` has given each day a table: makes the next days, and drops those that
 * are over for 30 days. The functions are migration 25's and run as the owner of the tables.
 * @module
 */
import type { Sql } from "../../db/client.ts";

const NOBODY = "00000000-0000-0000-0000-000000000000";
/** People whose logs are locked at a time. */
const BATCH = 1_000;

/** @returns How many events are gone; undefined where all are in one table. */
export async function dropOldDays(sql: Sql): Promise<number | undefined> {
  const days = await sql<{ part: string; isOver: boolean }[]>`
    select part, until <= now() - interval '30 days' as is_over from event_days() order by until
  `;
  if (days.length === 0) return undefined;
  await sql`select add_event_days()`;
  let gone = 0;
  for (const { part, isOver } of days) {
    if (!isOver) continue;
    // First: a position before what is dropped must be answered with resync_required.
    for (let after: string | null = NOBODY; after !== null; ) {
      const [row]: { last: string | null; events: number }[] = await sql`
        select last, events::float8 from trim_event_day(${part}, ${after}, ${BATCH})
      `;
      after = row?.last ?? null;
      gone += row?.events ?? 0;
    }
    await sql`select drop_event_day(${part})`;
  }
  return gone;
}
