/**
 * What is different where the database is spread over machines by Citus; every statement is the same.
 * @module
 */
import type { Sql } from "./client.ts";

/** The tables that are spread, by what; those that share a column lie together. The others stay on the coordinator. */
export const DISTRIBUTED = {
  messages: "conversation_id",
  read_marks: "conversation_id",
  user_events: "user_id",
} as const;

/**
 * @returns The name of the constraint that a row on a worker violates. The coordinator hands on the worker's text
 *   alone, in which it has the number of the shard at its end: `unique constraint "messages_pkey_102013"`.
 */
export function constraintOfShard(error: object): string | undefined {
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? /constraint "(\w+)_\d+"/.exec(message)?.[1] : undefined;
}

/** @returns What was done. */
export async function distribute(sql: Sql): Promise<void> {
  await sql`select create_distributed_table('messages', 'conversation_id')`;
  await sql`select create_distributed_table('read_marks', 'conversation_id', colocate_with => 'messages')`;
  await sql`select create_distributed_table('user_events', 'user_id', colocate_with => 'none')`;
}
