/**
 * Turns at jobs that one process does for all of them. It runs nothing.
 * @module
 */
import type { Sql } from "./client.ts";

/**
 * Takes the turn at a job, if it is time: a try, never a wait. Whoever has it should be done before the next turn
 * begins; one who dies on the way has only lost this turn. (A row instead of an advisory lock: it is portable to
 * the distributed engines that speak Postgres, and it also says when the job is due.)
 *
 * @param turn.everySeconds Between the beginnings of two turns.
 * @returns Whether the caller has it; of many that ask at once only one.
 *
 * @example
 * ```ts
 * if (await takeTurn(sql, { job: "retention", everySeconds: 3_600 })) await run();
 * ```
 */
export async function takeTurn(
  sql: Sql,
  { job, everySeconds }: { job: string; everySeconds: number },
): Promise<boolean> {
  const rows = await sql`
    insert into job_turns (name, next_at) values (${job}, now() + make_interval(secs => ${everySeconds}))
    on conflict (name) do update set next_at = excluded.next_at where job_turns.next_at <= now()
    returning 1
  `;
  return rows.length > 0;
}
