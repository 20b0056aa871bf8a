/**
 * Takes people out of the database with everything that they left, for tools that made them: demos, seeds, load tests.
 * The audit log keeps what it says; that is its purpose.
 * @module
 */
import type { Sql } from "./client.ts";

/**
 * @param sql A transaction.
 * @param ids People. Both sides of their conversations lose them.
 */
export async function erasePeople(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql`delete from conversations where user1_id = any(${ids}::uuid[]) or user2_id = any(${ids}::uuid[])`;
  // These refer to nobody by a foreign key: messages belong to a conversation (gone above) or to a request, logs
  // outlive their people, pairs are only locks.
  await sql`
    delete from messages
    where conversation_id is null and (sender_id = any(${ids}::uuid[]) or receiver_id = any(${ids}::uuid[]))
  `;
  await sql`delete from user_events where user_id = any(${ids}::uuid[])`;
  await sql`delete from pairs where user1_id = any(${ids}::uuid[]) or user2_id = any(${ids}::uuid[])`;
  await sql`delete from users where id = any(${ids}::uuid[])`;
}
