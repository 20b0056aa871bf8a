/**
 * Which history of PostgreSQL a database belongs to: the system identifier and the timeline of its server, as they were
 * declared last, beside what they are now; and the lift of all logs after the history went back. A restored backup or
 * an asynchronous failover is another history: positions that clients have seen may be given to other events in it.
 * @module
 */
import { createDatabase, type Sql } from "./client.ts";
import type { Fragment } from "./fragments.ts";
import { MigrationError } from "./migrate/errors.ts";

/** `system identifier/timeline`, as text. */
export interface Histories {
  /** Null on a standby. */
  readonly now: string | null;
  /** Null when none was declared. */
  readonly declared: string | null;
}

/** More events than anybody can have had since a backup; 2^53 positions bear two million lifts. */
const LIFT = 2 ** 32;
const BATCH = 1_000;
const BEFORE_ALL = "00000000-0000-0000-0000-000000000000";

/** The declared one is a setting of the database, which a dump of its content does not hold. */
export async function readHistories(sql: Sql): Promise<Histories> {
  const [row] = await sql<[Histories]>`
    select
      case when not pg_is_in_recovery() then ${historyNow(sql)} end as now,
      (
        select split_part(setting, '=', 2) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase,
          unnest(s.setconfig) as setting
        where d.datname = current_database() and s.setrole = 0 and setting like 'vibes.history=%'
      ) as declared
  `;
  return row;
}

/** Fails on a standby. */
function historyNow(sql: Sql): Fragment {
  return sql`(select system_identifier::text from pg_control_system())
    || '/' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int`;
}

/**
 * Declares that the history of now is the right one. As the database's owner, whom PostgreSQL lets set a parameter of our
 * own only once a superuser has granted it.
 * @throws MigrationError without that grant.
 */
export async function declareHistory(sql: Sql): Promise<void> {
  try {
    await sql`
      do $$ begin
        execute format('alter database %I set vibes.history = %L', current_database(), ${historyNow(sql)});
      end $$
    `;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    throw new MigrationError("Target", "Cannot declare the history: the role may not set vibes.history", {
      hint: "as a superuser, once: grant set on parameter vibes.history to <the owner of the tables>; then run it again",
      cause: error,
    });
  }
}

/** Of the driver, or as the client's pool hands it on. */
function isForbidden(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return code === "42501" || (cause !== undefined && isForbidden(cause));
}

/**
 * Declares the history of a database that has none declared: its first migration does this. Where the role may not, it
 * stays undeclared, of which doctor warns: the schema does not need it.
 * @param url As the database's owner.
 */
export async function declareFirst(url: string): Promise<void> {
  const database = createDatabase({ url, max: 1, deadlineMs: 0, applicationName: "vibes migrate" });
  try {
    const { now, declared } = await readHistories(database.sql);
    if (now !== null && declared === null) await declareHistory(database.sql);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
  } finally {
    await database.close();
  }
}

/**
 * Moves every log past what any client can have seen, so that each client gets `resync_required` once and loads its
 * lists anew. Batches, so that sends wait for none of it for long; locks come in the order of user ids.
 *
 * @returns How many logs there are.
 */
export async function liftLogs(sql: Sql): Promise<number> {
  let lifted = 0;
  for (let after = BEFORE_ALL; ; ) {
    const rows = await sql<{ userId: string }[]>`
      with next as (
        select user_id from user_logs where user_id > ${after} order by user_id limit ${BATCH} for no key update
      )
      update user_logs l set last_seq = l.last_seq + ${LIFT}::bigint, trimmed_seq = l.last_seq + ${LIFT}::bigint
      from next n where l.user_id = n.user_id
      returning l.user_id
    `;
    lifted += rows.length;
    if (rows.length < BATCH) return lifted;
    after =
      rows
        .map(({ userId }) => userId)
        .sort()
        .at(-1) ?? after;
  }
}
