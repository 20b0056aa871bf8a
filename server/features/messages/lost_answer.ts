/**
 * A batch of messages whose answer was lost with its connection: what of it is stored, and storing the rest.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { insertBatch, type NewMessage, type Outcome, type Placed } from "./batch_sql.ts";

/** Events at the end of a log among which a message that was stored seconds ago is told of. */
const NEWEST = 1_000;

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
  const people = messages.flatMap((m) => [m.senderId, m.receiverId]);
  // The log's rows are looked for at its end, where they were appended just now.
  const rows = await sql<(Placed & { senderSeq: number | null; receiverSeq: number | null })[]>`
    with stored as materialized (
      select id, conversation_id, seq, created_at, sender_id, receiver_id from messages where id = any(${ids}::uuid[])
    ), heads as materialized (
      select user_id, last_seq from user_logs where user_id = any(${people}::uuid[])
    ), told as materialized (
      select e.user_id, e.message_id, e.seq from heads h
      join user_events e on e.user_id = h.user_id and e.seq > h.last_seq - ${NEWEST}::int
      where e.event = 'new_message' and e.message_id = any(${ids}::uuid[])
    )
    select m.id, m.conversation_id, m.seq::float8, m.created_at,
      s.seq::float8 as sender_seq, r.seq::float8 as receiver_seq
    from stored m
    left join told s on s.message_id = m.id and s.user_id = m.sender_id
    left join told r on r.message_id = m.id and r.user_id = m.receiver_id
  `;
  return new Map(
    rows.map(({ senderSeq, receiverSeq, ...placed }) => [
      placed.id,
      { kind: "sent", ...placed, logSeqs: { sender: senderSeq, receiver: receiverSeq } },
    ]),
  );
}
