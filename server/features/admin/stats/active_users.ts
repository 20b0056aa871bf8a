/**
 * How many people were active in the last day and in the last thirty. The count changes slowly and its cost grows with
 * what it counts: it is taken every ten minutes in the background, and only the first caller waits for it.
 * @module
 */

import type { Database, Sql } from "../../../db/client.ts";
import type { Clock } from "../../../lib/clock.ts";

/** People who were active lately. */
export interface ActiveUsers {
  readonly day: number;
  readonly month: number;
}

const MAX_AGE_MS = 10 * 60_000;
/** After a failure. */
const RETRY_MS = 60_000;

/** @returns A reader of the last count, null while there is none; a count that is due runs in the background. */
export function createActiveUsers(deps: { readonly db: Pick<Database, "sql">; readonly clock: Clock }) {
  const { db, clock } = deps;
  let known: ActiveUsers | null = null;
  let dueAt = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> | undefined;

  async function count(): Promise<void> {
    try {
      known = await selectActiveUsers(db.sql);
      dueAt = clock.now() + MAX_AGE_MS;
    } catch {
      // The old number stays; that the database is away is reported elsewhere.
      dueAt = clock.now() + RETRY_MS;
    } finally {
      counting = undefined;
    }
  }

  return async function read(): Promise<ActiveUsers | null> {
    if (clock.now() >= dueAt) counting ??= count();
    if (known === null) await counting;
    return known;
  };
}

/** The range of user_presence_active_idx, without its table. Those who left are not counted. */
export async function selectActiveUsers(sql: Sql): Promise<ActiveUsers> {
  const [row] = await sql<ActiveUsers[]>`
    select count(*) filter (where last_active >= now() - interval '1 day')::int as day, count(*)::int as month
    from user_presence
    where is_active and last_active >= now() - interval '30 days'
  `;
  return row!;
}
