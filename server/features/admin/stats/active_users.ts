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

interface CountDeps {
  readonly db: Pick<Database, "sql">;
  readonly clock: Clock;
}

/** The last count. */
export class ActiveUsersCount {
  readonly #db: CountDeps["db"];
  readonly #clock: Clock;
  #known: ActiveUsers | null = null;
  #dueAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;

  constructor({ db, clock }: CountDeps) {
    this.#db = db;
    this.#clock = clock;
  }

  /** @returns The last count, null while there is none; a count that is due runs in the background. */
  async read(): Promise<ActiveUsers | null> {
    if (this.#clock.now() >= this.#dueAt) this.#counting ??= this.#count();
    if (this.#known === null) await this.#counting;
    return this.#known;
  }

  async #count(): Promise<void> {
    try {
      this.#known = await selectActiveUsers(this.#db.sql);
      this.#dueAt = this.#clock.now() + MAX_AGE_MS;
    } catch {
      // The old number stays; that the database is away is reported elsewhere.
      this.#dueAt = this.#clock.now() + RETRY_MS;
    } finally {
      this.#counting = undefined;
    }
  }
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
