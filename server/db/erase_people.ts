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
  const conversations = await sql<{ id: string }[]>`
    delete from conversations where user1_id = any(${ids}::uuid[]) or user2_id = any(${ids}::uuid[]) returning id
  `;
  // These refer to nobody by a foreign key: a message only names its conversation, logs outlive their people, pairs are
  // only locks. Messages go after their conversations: a send that the statement above had to wait for has stored its
  // message now, and none comes later.
  const conversationIds = conversations.map(({ id }) => id);
  await sql`delete from messages where conversation_id = any(${conversationIds}::uuid[])`;
  await sql`delete from read_marks where conversation_id = any(${conversationIds}::uuid[])`;
  await sql`
    delete from messages
    where seq is null and (sender_id = any(${ids}::uuid[]) or receiver_id = any(${ids}::uuid[]))
  `;
  await sql`delete from user_events where user_id = any(${ids}::uuid[])`;
  await sql`delete from pairs where user1_id = any(${ids}::uuid[]) or user2_id = any(${ids}::uuid[])`;
  await sql`delete from users where id = any(${ids}::uuid[])`;
}
