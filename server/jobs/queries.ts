/**
 * The statements of the queue. They know no kind of job.
 * @module
 */
import type { Sql } from "../db/client.ts";
import { newId } from "../lib/ids.ts";

/** What is stored for later. */
export interface NewJob {
  readonly kind: string;
  /** Ids and numbers: it is not encrypted, and outlives what it speaks of. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** While a job of this kind with this key waits, another one is not stored. */
  readonly key?: string | undefined;
  /** Milliseconds from now. @default 0 */
  readonly delayMs?: number | undefined;
}

/** A job that this process has the lease of. */
export interface ClaimedJob {
  readonly id: string;
  readonly kind: string;
  readonly payload: unknown;
  /** This one included. */
  readonly attempts: number;
}

/** What waits and what was given up, by kind. */
export interface JobCounts {
  readonly kind: string;
  readonly waiting: number;
  readonly failed: number;
  /** Seconds by which the oldest that is due is late; 0 when none is. */
  readonly lateSeconds: number;
}

/**
 * Stores a job; with the transaction's tag it exists exactly when the change does.
 * @returns False when one with the same key waits already.
 */
export async function insertJob(sql: Sql, job: NewJob): Promise<boolean> {
  return (await insertJobs(sql, [job])) > 0;
}

/** {@link insertJob} for several, in one statement. @returns How many were stored. */
export async function insertJobs(sql: Sql, jobs: readonly NewJob[]): Promise<number> {
  const rows = jobs.map(({ kind, payload, key = null, delayMs = 0 }) => {
    return { id: newId(), kind, payload, key, seconds: delayMs / 1000 };
  });
  const stored = await sql`
    insert into jobs (id, kind, payload, key, run_at)
    select id, kind, payload, key, now() + make_interval(secs => seconds)
    from jsonb_to_recordset(${sql.json(rows as never)})
      as new (id uuid, kind text, payload jsonb, key text, seconds float8)
    on conflict on constraint jobs_kind_key do nothing
    returning 1
  `;
  return stored.length;
}

/**
 * Takes jobs that are due and that nobody works on: `jobs_due_idx`, and `skip locked` so that processes which ask at
 * the same moment get different ones.
 */
export function claimJobs(
  sql: Sql,
  { kinds, limit, leaseMs }: { kinds: readonly string[]; limit: number; leaseMs: number },
): Promise<ClaimedJob[]> {
  return sql<ClaimedJob[]>`
    update jobs
    set attempts = attempts + 1, leased_until = now() + make_interval(secs => ${leaseMs / 1000})
    where id in (
      select id from jobs
      where failed_at is null and run_at <= now() and (leased_until is null or leased_until <= now())
        and kind = any(${kinds as string[]})
      order by run_at limit ${limit}
      for update skip locked
    )
    returning id, kind, payload, attempts
  `;
}

/** The job is done. Nothing happens when somebody else has taken it meanwhile. */
export async function deleteJob(sql: Sql, { id, attempts }: ClaimedJob): Promise<void> {
  await sql`delete from jobs where id = ${id} and attempts = ${attempts}`;
}

/** The job did not work: another attempt after the delay, or none when it is null. */
export async function postponeJob(
  sql: Sql,
  { id, attempts }: ClaimedJob,
  { delayMs, error }: { delayMs: number | null; error: string },
): Promise<void> {
  await sql`
    update jobs
    set leased_until = null, last_error = ${error},
      run_at = now() + make_interval(secs => ${(delayMs ?? 0) / 1000}),
      failed_at = case when ${delayMs === null} then now() end
    where id = ${id} and attempts = ${attempts}
  `;
}

/** A job as operators see it. */
export interface ListedJob extends ClaimedJob {
  readonly runAt: Date;
  /** When it was given up; null: it waits. */
  readonly failedAt: Date | null;
  readonly lastError: string | null;
}

/** @returns Those that were given up first, then what is due next. */
export async function selectJobs(
  sql: Sql,
  { failed, kind = null, limit }: { failed: boolean; kind?: string | undefined | null; limit: number },
): Promise<ListedJob[]> {
  return await sql<ListedJob[]>`
    select id, kind, payload, attempts, run_at, failed_at, last_error from jobs
    where (failed_at is not null or not ${failed}) and (${kind}::text is null or kind = ${kind})
    order by failed_at nulls last, run_at, id limit ${limit}
  `;
}

/** Lets jobs that were given up be tried again. @param of A kind, or an id. @returns How many. */
export async function reviveJobs(sql: Sql, of: string): Promise<number> {
  const rows = await sql`
    update jobs set failed_at = null, attempts = 0, run_at = now()
    where (kind = ${of} or id::text = lower(${of})) and failed_at is not null
    returning 1
  `;
  return rows.length;
}

/** Deletes a job that nobody works on. @returns Whether there was one. */
export async function deleteJobOf(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql`
    delete from jobs
    where id = ${id} and (failed_at is not null or leased_until is null or leased_until <= now())
    returning 1
  `;
  return rows.length > 0;
}

export function selectJobCounts(sql: Sql): Promise<JobCounts[]> {
  return sql<JobCounts[]>`
    select kind,
      (count(*) filter (where failed_at is null))::int as waiting,
      (count(*) filter (where failed_at is not null))::int as failed,
      coalesce(extract(epoch from now() - min(run_at) filter (where failed_at is null and run_at <= now())), 0)::float8
        as late_seconds
    from jobs group by kind order by kind
  `;
}
