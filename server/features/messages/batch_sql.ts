/**
 * The one statement that stores a batch of messages. It judges by what the database holds; retries and errors are the
 * writer's.
 * @module
 */

import { readArray, writeArray, writeWords } from "../../db/arrays.ts";
import type { Sql } from "../../db/client.ts";
import { wireTime } from "../../db/fragments.ts";
import type { MessageType } from "../../protocol/models.ts";

/** A message that is to be stored. */
export interface NewMessage {
  /** UUIDv7, made before the first attempt: it tells whether an attempt whose answer was lost has stored it. */
  readonly id: string;
  readonly senderId: string;
  readonly receiverId: string;
  /** The one of the pair, whether it is open yet or not. */
  readonly conversationId: string;
  /** The conversation that the client named: refused unless it is the one of the pair. Null: none was named. */
  readonly namedConversationId: string | null;
  /** Already cleaned by domain/text.ts. */
  readonly content: string;
  readonly messageType: MessageType;
  readonly clientMessageId: string | null;
  /** An upload that it sends. Such a message is stored alone, with the claim of the picture. */
  readonly mediaId?: string | undefined;
}

/** A message's place and time. */
export interface Placed {
  readonly id: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly createdAt: Date;
}

/** What became of one message of a batch. */
export type Outcome =
  | ({ readonly kind: "sent"; readonly logSeqs: LogSeqs } & Placed)
  /** Stored before under the same key, with the same body. */
  | ({ readonly kind: "duplicate" } & Placed)
  /** Stored before under the same key, with another body. */
  | { readonly kind: "conflict" }
  | { readonly kind: "blocked" | "archived" | "elsewhere" }
  | { readonly kind: "muted" | "suspended"; readonly until: string }
  /** There is no conversation, or it waits for this sender's reply: not decided by one statement. */
  | { readonly kind: "slow" };

/** Positions of the event in the logs of sender and receiver. */
export interface LogSeqs {
  readonly sender: number | null;
  readonly receiver: number | null;
}

/** Everything that one statement says: one row, each list as the text of an array (see db/arrays.ts). */
interface Answer {
  /** Of what was stored: place in the batch (from 1), number in its conversation, time. */
  readonly sentN: string | null;
  readonly sentSeq: string | null;
  readonly sentAt: string | null;
  /** Of the logs: twice the place in the batch, one more for the receiver's; position. */
  readonly logSlot: string | null;
  readonly logSeq: string | null;
  readonly refused: readonly Refused[] | null;
}

interface Refused {
  readonly n: number;
  readonly kind: Exclude<Outcome["kind"], "sent">;
  readonly id: string | null;
  readonly conversation_id: string;
  readonly seq: number | null;
  readonly at: string | null;
  readonly until: string;
}

/**
 * Authorises and stores a batch in one statement.
 *
 * Locks come in the order of the house: conversations by id, then user_logs by user. The statement judges by what had
 * been committed when it started; a conversation's row is read anew when it is locked (`last_seq`, `status`, who is
 * awaited), and what it refuses then is decided alone, like what is `slow`. A mute that commits while the statement
 * waits is one that came later. A retry whose original commits during the wait is not seen; messages_idempotency_key
 * then refuses the whole batch, which the writer runs again.
 *
 * Rows are locked by updating them, and a batch's messages travel through the updates as the numbers of their places, so
 * that no part of the statement joins another one row by row; but for `stored_before`, which is empty unless something
 * is sent again. No part reads messages together with people or conversations: Citus, which keeps them on different
 * machines, takes that form.
 *
 * A message's time is never before that of the one before it, although now() may be older than the lock.
 *
 * @param messages No two of one sender to one receiver with the same client_message_id.
 * @returns One outcome a message, in their order.
 */
export async function insertBatch(sql: Sql, messages: readonly NewMessage[]): Promise<Outcome[]> {
  const [answer] = await sql<[Answer]>`
    with batch as materialized (
      select
        ${writeWords(messages.map((m) => m.id))}::uuid[] as ids,
        ${writeWords(messages.map((m) => m.conversationId))}::uuid[] as conversation_ids,
        ${writeWords(messages.map((m) => m.senderId))}::uuid[] as sender_ids,
        ${writeWords(messages.map((m) => m.receiverId))}::uuid[] as receiver_ids,
        ${writeArray(messages.map((m) => m.namedConversationId))}::uuid[] as named_ids,
        ${writeArray(messages.map((m) => m.content))}::text[] as contents,
        ${writeWords(messages.map((m) => m.messageType))}::text[] as types,
        ${writeArray(messages.map((m) => m.clientMessageId))}::text[] as keys
    ), keyed as materialized (
      select i.* from batch b cross join lateral unnest(b.conversation_ids, b.sender_ids, b.keys)
        with ordinality as i (conversation_id, sender_id, client_message_id, n)
      where i.client_message_id is not null
    ), stored_before as materialized (
      select i.n, m.id, m.seq, m.content, m.message_type, m.is_request, m.created_at
      from keyed i join messages m on m.conversation_id = i.conversation_id
        and m.sender_id = i.sender_id and m.client_message_id = i.client_message_id
    ), judged as materialized (
      select
        i.n, i.conversation_id, c.user1_id = i.sender_id as by_first,
        m.id as stored_id, m.seq as stored_seq, m.created_at as stored_at,
        case
          when u.suspended_until > now() then u.suspended_until
          when u.muted_until > now() then u.muted_until
        end as until,
        case
          when m.id is not null then
            case
              when m.content = i.content and m.message_type = i.message_type and not m.is_request then 'duplicate'
              else 'conflict'
            end
          when u.suspended_until > now() then 'suspended'
          when u.muted_until > now() then 'muted'
          when i.named_id <> c.id then 'elsewhere'
          when c.status <> 'active' then c.status
          when c.awaiting_reply_from = i.sender_id then 'slow'
          else 'sent'
        end as kind
      from batch b
      cross join lateral unnest(b.conversation_ids, b.sender_ids, b.named_ids, b.contents, b.types)
        with ordinality as i (conversation_id, sender_id, named_id, content, message_type, n)
      join conversations c on c.id = i.conversation_id
      join users u on u.id = i.sender_id
      left join stored_before m on m.n = i.n
    ), locked as (
      update conversations c set
        last_seq = c.last_seq + g.count, last_message_id = g.last_id, last_activity = greatest(c.last_activity, now()),
        user1_received = c.user1_received + g.count - g.by_first, user2_received = c.user2_received + g.by_first
      from (
        select j.conversation_id, count(*) as count, count(*) filter (where j.by_first) as by_first,
          array_agg(j.n) as ns, (array_agg(b.ids[j.n]))[count(*)] as last_id
        from (select * from judged where kind = 'sent' order by conversation_id, n) j cross join batch b
        group by j.conversation_id order by j.conversation_id
      ) g
      where c.id = g.conversation_id and c.status = 'active'
        and case c.awaiting_reply_from when c.user1_id then g.by_first = 0 when c.user2_id then g.by_first = g.count
          else true end
      returning c.id as conversation_id, c.last_seq - g.count as before, c.last_activity as at, g.ns
    ), placed as materialized (
      select l.conversation_id, l.at, l.before + m.nth as seq, m.n
      from locked l cross join lateral unnest(l.ns) with ordinality as m (n, nth)
    ), stored as (
      insert into messages (
        id, conversation_id, seq, sender_id, receiver_id, content, message_type,
        client_message_id, created_at, updated_at
      )
      select
        b.ids[p.n], p.conversation_id, p.seq, b.sender_ids[p.n], b.receiver_ids[p.n], b.contents[p.n], b.types[p.n],
        b.keys[p.n], p.at, p.at
      from placed p cross join batch b
    ), bumped as (
      update user_logs l set last_seq = l.last_seq + g.count
      from (
        select s.user_id, count(*) as count, array_agg(s.slot) as slots from (
          select b.sender_ids[p.n] as user_id, 2 * p.n as slot from placed p cross join batch b
          union all
          select b.receiver_ids[p.n], 2 * p.n + 1 from placed p cross join batch b
          order by user_id, slot
        ) s
        group by s.user_id order by s.user_id
      ) g
      where l.user_id = g.user_id
      returning l.user_id, l.last_seq - g.count as before, g.slots
    ), events as materialized (
      select u.user_id, u.before + e.nth as seq, e.slot
      from bumped u cross join lateral unnest(u.slots) with ordinality as e (slot, nth)
    ), logged as (
      insert into user_events (user_id, seq, event, conversation_id, message_id)
      select e.user_id, e.seq, 'new_message', b.conversation_ids[e.slot / 2], b.ids[e.slot / 2]
      from events e cross join batch b
    )
    select * from (
      select array_agg(n)::text as sent_n, array_agg(seq)::text as sent_seq, array_agg(at)::text as sent_at
      from placed
    ) sent
    cross join (
      select array_agg(slot)::text as log_slot, array_agg(seq)::text as log_seq from events
    ) logs
    cross join (
      select json_agg(r) as refused from (
        select
          n, kind, stored_id as id, conversation_id, stored_seq as seq, stored_at as at,
          coalesce(${wireTime(sql, sql`until`)}, 'infinity') as until
        from judged where kind <> 'sent'
      ) r
    ) refusals
  `;
  return collect(answer, messages);
}

/** Puts the lists together; a message in none of them has no conversation. */
function collect(answer: Answer, messages: readonly NewMessage[]): Outcome[] {
  const outcomes: Outcome[] = messages.map(() => ({ kind: "slow" }));
  const logs = messages.map(() => ({ sender: null as number | null, receiver: null as number | null }));
  const logSeqs = readArray(answer.logSeq);
  for (const [i, slot] of readArray(answer.logSlot).entries()) {
    const person = Number(slot) % 2 === 0 ? "sender" : "receiver";
    logs[(Number(slot) >> 1) - 1]![person] = Number(logSeqs[i]);
  }
  const seqs = readArray(answer.sentSeq);
  const times = readArray(answer.sentAt);
  for (const [i, n] of readArray(answer.sentN).entries()) {
    const index = Number(n) - 1;
    const { id, conversationId } = messages[index]!;
    outcomes[index] = {
      kind: "sent",
      id,
      conversationId,
      seq: Number(seqs[i]),
      createdAt: new Date(times[i]!),
      logSeqs: logs[index]!,
    };
  }
  for (const refused of answer.refused ?? []) outcomes[refused.n - 1] = toOutcome(refused);
  return outcomes;
}

function toOutcome({ kind, id, conversation_id, seq, at, until }: Refused): Outcome {
  if (kind === "duplicate") {
    return { kind, id: id!, conversationId: conversation_id, seq: seq!, createdAt: new Date(at!) };
  }
  return kind === "muted" || kind === "suspended" ? { kind, until } : { kind };
}
