/**
 * A batch of messages whose answer was lost with its connection: what of it is stored, and storing the rest.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { conversationIdOf } from "../../db/pair.ts";
import { insertBatch, type NewMessage, type Outcome, type Placed } from "./batch_sql.ts";

/** @returns One outcome a message, in their order. */
export async function storeMissing(sql: Sql, messages: readonly NewMessage[]): Promise<Outcome[]> {
  const stored = await selectStored(sql, messages);
  const missing = messages.filter(({ id }) => !stored.has(id));
  const rest = missing.length > 0 ? await insertBatch(sql, missing) : [];
  const byId = new Map<string, Outcome>(stored);
  for (const [index, { id }] of missing.entries()) byId.set(id, rest[index]!);
  return messages.map(({ id }) => byId.get(id)!);
}

/** @returns Those of the messages that are stored, by id. */
async function selectStored(sql: Sql, messages: readonly NewMessage[]): Promise<Map<string, Outcome>> {
  const ids = messages.map(({ id }) => id);
  const conversationIds = messages.map((m) => conversationIdOf(m.senderId, m.receiverId));
  // The log's rows are looked for from its end, where they were appended just now.
  const logSeq = (person: "sender_id" | "receiver_id") => sql`(
    select e.seq::float8 from user_events e
    where e.user_id = m.${sql(person)} and e.message_id = m.id order by e.seq desc limit 1
  )`;
  const rows = await sql<(Placed & { senderSeq: number | null; receiverSeq: number | null })[]>`
    select m.id, m.conversation_id, m.seq::float8, m.created_at,
      ${logSeq("sender_id")} as sender_seq, ${logSeq("receiver_id")} as receiver_seq
    from unnest(${ids}::uuid[], ${conversationIds}::uuid[]) as t (id, conversation_id)
    join messages m on m.id = t.id and m.conversation_id = t.conversation_id
  `;
  return new Map(
    rows.map(({ senderSeq, receiverSeq, ...placed }) => [
      placed.id,
      { kind: "sent", ...placed, logSeqs: { sender: senderSeq, receiver: receiverSeq } },
    ]),
  );
}
