/**
 * Takes people out of the database with everything that they left, for tools that made them: demos, seeds, load tests.
 * The audit log keeps what it says; that is its purpose.
 * @module
 */
import type { Sql } from "./client.ts";

/**
 * Deleting a message makes PostgreSQL look for a conversation whose `last_message_id` it is. There is no index for
 * that on purpose (it would cost every send its HOT update), so each of them would read all conversations: 30,000
 * messages among 10,000 conversations took minutes. Where we may, the check is left out for that one statement; the
 * conversations go in the next.
 *
 * @param sql A transaction.
 * @param ids People. Both sides of their conversations lose them.
 */
export async function erasePeople(sql: Sql, ids: readonly string[]): Promise<void> {
  const [row] = await sql<{ may: boolean }[]>`
    select has_parameter_privilege('session_replication_role', 'set') as may
  `;
  if (row?.may) {
    await sql`select set_config('session_replication_role', 'replica', true)`;
    await sql`delete from messages where sender_id = any(${ids}::uuid[]) or receiver_id = any(${ids}::uuid[])`;
    await sql`select set_config('session_replication_role', 'origin', true)`;
  }
  // A request lives and dies with its message, which may be gone already.
  await sql`
    delete from message_requests where sender_id = any(${ids}::uuid[]) or receiver_id = any(${ids}::uuid[])
  `;
  await sql`delete from conversations where user1_id = any(${ids}::uuid[]) or user2_id = any(${ids}::uuid[])`;
  // These refer to nobody by a foreign key: logs outlive their people, pairs are only locks.
  await sql`delete from user_events where user_id = any(${ids}::uuid[])`;
  await sql`delete from pairs where user1_id = any(${ids}::uuid[]) or user2_id = any(${ids}::uuid[])`;
  await sql`delete from users where id = any(${ids}::uuid[])`;
}
