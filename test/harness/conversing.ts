/**
 * Inserts people with open conversations straight into the database, for tests of the message writer.
 * @module
 */
import type { Sql } from "../../server/db/client.ts";
import { conversationIdOf } from "../../server/db/pair.ts";
import type { NewMessage } from "../../server/features/messages/batch_sql.ts";
import { newId } from "../../server/lib/ids.ts";

/** Stores people with their event logs. @returns Their ids, in order. */
export async function insertPeople(sql: Sql, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await sql`
    insert into users (id, email, name, date_of_birth, gender, country, onboarding_completed)
    select id, id || '@example.com', 'Somebody', '1995-05-15', 'female', 'DE', true from unnest(${ids}::uuid[]) id
  `;
  await sql`insert into user_logs (user_id) select unnest(${ids}::uuid[])`;
  await insertPresence(sql);
  return ids;
}

/** Brings rows of presence to what was written straight into `users`, as the services do it with each change. */
export async function insertPresence(sql: Sql): Promise<void> {
  await sql`
    insert into user_presence (user_id, gender, show_activity_status, is_active)
    select id, gender, show_activity_status, is_active from users
    on conflict (user_id) do update set gender = excluded.gender,
      show_activity_status = excluded.show_activity_status, is_active = excluded.is_active
  `;
}

/** Brings the numbers of conversations to what messages were inserted straight into the table. */
export async function recount(sql: Sql): Promise<void> {
  await sql`
    update conversations c set
      last_seq = m.last_seq, user1_received = m.received1, user2_received = m.received2,
      user1_read = m.read1, user2_read = m.read2
    from (
      select o.id, coalesce(max(m.seq), 0) as last_seq,
        count(m.seq) filter (where m.receiver_id = o.user1_id) as received1,
        count(m.seq) filter (where m.receiver_id = o.user2_id) as received2,
        count(m.seq) filter (where m.receiver_id = o.user1_id and m.seq <= o.user1_read_seq) as read1,
        count(m.seq) filter (where m.receiver_id = o.user2_id and m.seq <= o.user2_read_seq) as read2
      from conversations o left join messages m on m.conversation_id = o.id group by o.id
    ) m where m.id = c.id
  `;
}

/** @returns A text that the writer is to store. */
export function newMessage(
  senderId: string,
  receiverId: string,
  change: Partial<NewMessage> = {},
): NewMessage {
  return {
    id: newId(),
    senderId,
    receiverId,
    conversationId: conversationIdOf(senderId, receiverId),
    namedConversationId: null,
    content: "Hello!",
    messageType: "text",
    clientMessageId: null,
    ...change,
  };
}

/** Opens one conversation a pair. @returns Their ids, in order. */
export async function insertConversations(
  sql: Sql,
  pairs: readonly (readonly [string, string])[],
): Promise<string[]> {
  const ids = pairs.map(([a, b]) => conversationIdOf(a, b));
  const ordered = pairs.map((pair) => pair.toSorted());
  await sql`
    insert into conversations (id, user1_id, user2_id)
    select * from unnest(
      ${ids}::uuid[], ${ordered.map(([a]) => a!)}::uuid[], ${ordered.map(([, b]) => b!)}::uuid[]
    )
  `;
  return ids;
}
