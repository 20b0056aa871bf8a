/**
 * What is different where the database is spread over machines by Citus (https://docs.citusdata.com); every statement is
 * the same.
 * @module
 */
import type { ISql as Sql } from "postgres";

/** The tables that are spread, by which column; what shares one lies together. All others stay on the coordinator. */
export const DISTRIBUTED = {
  messages: "conversation_id",
  read_marks: "conversation_id",
  user_events: "user_id",
} as const;

/**
 * For every connection. A statement over several shards has no generic plan; and it reaches a worker over one connection,
 * which is kept: with more, Citus opens and closes some for each statement, ten times as long as storing a batch takes.
 */
export const CITUS_SETTINGS = {
  plan_cache_mode: "force_custom_plan",
  "citus.max_adaptive_executor_pool_size": "1",
} as const;

/**
 * @returns The name of the constraint that a row on a worker violates. The coordinator hands on the worker's text
 *   alone, in which it has the number of the shard at its end: `unique constraint "messages_pkey_102013"`.
 */
export function constraintOfShard(error: object): string | undefined {
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? /constraint "(\w+)_\d+"/.exec(message)?.[1] : undefined;
}

/** A table, by what it is spread, and over how many shards: 0 while it is on the coordinator alone. */
export interface SpreadTable {
  readonly table: keyof typeof DISTRIBUTED;
  readonly column: string;
  readonly shards: number;
}

/** @returns How the tables lie; undefined in a database without Citus. */
export async function readSpread(sql: Sql): Promise<SpreadTable[] | undefined> {
  const [citus] = await sql`select 1 from pg_extension where extname = 'citus'`;
  if (!citus) return undefined;
  const rows = await sql<{ name: string; shards: number }[]>`
    select table_name::text as name, shard_count::int as shards from citus_tables where citus_table_type = 'distributed'
  `;
  const shards = new Map(rows.map((row) => [row.name, row.shards]));
  return Object.entries(DISTRIBUTED).map(([table, column]) => {
    return { table: table as SpreadTable["table"], column, shards: shards.get(table) ?? 0 };
  });
}

/** Spreads one table, with the rows that it has; nobody can write to it meanwhile. */
export async function spread(sql: Sql, table: SpreadTable["table"]): Promise<void> {
  const beside = table === "read_marks" ? "messages" : "none";
  await sql`select create_distributed_table(${table}::text, ${DISTRIBUTED[table]}::text, colocate_with => ${beside}::text)`;
  // The rows have been copied; those on the coordinator are hidden, and take room.
  await sql`select truncate_local_data_after_distributing_table(${table}::text::regclass)`;
}
