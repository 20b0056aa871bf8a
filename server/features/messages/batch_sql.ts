/**
 * The one statement that stores a batch of messages, and the look at what a batch whose answer was lost has
 * stored. It judges by what the database holds; retries and errors are the writer's.
 * @module
 */

import { readArray, writeArray } from "../../db/arrays.ts";
import type { Sql } from "../../db/client.ts";
import { wireTime } from "../../db/fragments.ts";
import type { MessageType } from "../../protocol/models.ts";

/** A message that is to be stored. */
export interface NewMessage {
  /** UUIDv7, made before the first attempt: it tells whether an attempt whose answer was lost has stored it. */
  readonly id: string;
  readonly senderId: string;
  readonly receiverId: string;
  /** What the client believes the conversation to be; judged when given. */
  readonly conversationId: string | null;
  /** Already cleaned by domain/text.ts. */
  readonly content: string;
  readonly messageType: MessageType;
  readonly clientMessageId: string | null;
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

/**
 * For the connections that run {@link insertBatch}. Every join of it is a lookup by a unique index, whatever the
 * statistics say: right after a start the tables look empty, and a plan made then is kept.
 */
export const BATCH_SETTINGS = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
} as const;

/** Everything that one statement says: one row, each list as the text of an array (see db/arrays.ts). */
interface Answer {
  /** Of what was stored: place in the batch (from 1), conversation, number in it, time. */
  readonly sentN: string | null;
  readonly sentIn: string | null;
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
 * Locks come in the order of the house: conversations by id, then user_logs by user. A locked row is read anew
 * after a wait (`last_seq`, `status`, who is awaited), everything else is read as of the statement's start: a mute
 * that commits while the statement waits is one that came later. A retry whose original commits during the wait
 * is not seen either; messages_idempotency_key then refuses the whole batch, which the writer runs again.
 *
 * A message's time is never before that of the one before it, although now() may be older than the lock.
 *
 * @param messages No two of one sender with the same client_message_id.
 * @returns One outcome a message, in their order.
 */
export async function insertBatch(sql: Sql, messages: readonly NewMessage[]): Promise<Outcome[]> {
  const [answer] = await sql<[Answer]>`
    with input as (
      select * from unnest(
        ${writeArray(messages.map((m) => m.id))}::uuid[],
        ${writeArray(messages.map((m) => m.senderId))}::uuid[],
        ${writeArray(messages.map((m) => m.receiverId))}::uuid[],
        ${writeArray(messages.map((m) => m.conversationId))}::uuid[],
        ${writeArray(messages.map((m) => m.content))}::text[],
        ${writeArray(messages.map((m) => m.messageType))}::text[],
        ${writeArray(messages.map((m) => m.clientMessageId))}::text[]
      ) with ordinality as i (
        id, sender_id, receiver_id, named_id, content, message_type, client_message_id, n
      )
    ), judged as materialized (
      select
        i.*, c.id as conversation_id, c.last_seq, greatest(c.last_activity, now()) as at,
        m.id as stored_id, m.seq as stored_seq, m.created_at as stored_at,
        case
          when u.suspended_until > now() then u.suspended_until
          when u.muted_until > now() then u.muted_until
        end as until,
        case
          when m.id is not null then
            case
              when m.conversation_id = c.id and m.receiver_id = i.receiver_id and m.content = i.content
                and m.message_type = i.message_type and not m.is_request then 'duplicate'
              else 'conflict'
            end
          when u.suspended_until > now() then 'suspended'
          when u.muted_until > now() then 'muted'
          when i.named_id <> c.id then 'elsewhere'
          when c.status <> 'active' then c.status
          when c.awaiting_reply_from = i.sender_id then 'slow'
          else 'sent'
        end as kind
      from input i
      join conversations c
        on c.user1_id = least(i.sender_id, i.receiver_id) and c.user2_id = greatest(i.sender_id, i.receiver_id)
      join users u on u.id = i.sender_id
      left join messages m on m.sender_id = i.sender_id and m.client_message_id = i.client_message_id
      order by c.id, i.n
      for no key update of c
    ), placed as materialized (
      select *, last_seq + row_number() over w as seq, lead(n) over w is null as is_last
      from judged where kind = 'sent'
      window w as (partition by conversation_id order by n)
    ), stored as (
      insert into messages (
        id, conversation_id, seq, sender_id, receiver_id, content, message_type,
        client_message_id, created_at, updated_at
      )
      select
        id, conversation_id, seq, sender_id, receiver_id, content, message_type, client_message_id, at, at
      from placed
    ), touched as (
      update conversations c set last_seq = p.seq, last_message_id = p.id, last_activity = p.at
      from placed p where c.id = p.conversation_id and p.is_last
    ), locked_logs as materialized (
      select e.user_id, e.slot, p.id, p.conversation_id, l.last_seq
      from placed p
      cross join lateral (values (p.sender_id, 2 * p.n), (p.receiver_id, 2 * p.n + 1)) as e (user_id, slot)
      join user_logs l on l.user_id = e.user_id
      order by l.user_id, e.slot
      for no key update of l
    ), events as materialized (
      select *, last_seq + row_number() over w as seq, lead(slot) over w is null as is_last
      from locked_logs
      window w as (partition by user_id order by slot)
    ), bumped as (
      update user_logs l set last_seq = e.seq
      from events e where l.user_id = e.user_id and e.is_last
    ), logged as (
      insert into user_events (user_id, seq, event, conversation_id, message_id)
      select user_id, seq, 'new_message', conversation_id, id from events
    )
    select * from (
      select
        array_agg(n)::text as sent_n, array_agg(conversation_id)::text as sent_in,
        array_agg(seq)::text as sent_seq, array_agg(at)::text as sent_at
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
  const [conversations, seqs, times] = [answer.sentIn, answer.sentSeq, answer.sentAt].map(readArray) as [
    string[],
    string[],
    string[],
  ];
  for (const [i, n] of readArray(answer.sentN).entries()) {
    const index = Number(n) - 1;
    outcomes[index] = {
      kind: "sent",
      id: messages[index]!.id,
      conversationId: conversations[i]!,
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

/**
 * What of a batch is stored, when the answer of {@link insertBatch} was lost.
 *
 * @returns Those of the messages that are stored, by id.
 */
export async function selectStored(sql: Sql, ids: readonly string[]): Promise<Map<string, Outcome>> {
  // The log's rows are looked for from its end, where they were appended just now.
  const logSeq = (person: "sender_id" | "receiver_id") => sql`(
    select e.seq::float8 from user_events e
    where e.user_id = m.${sql(person)} and e.message_id = m.id order by e.seq desc limit 1
  )`;
  const rows = await sql<(Placed & { senderSeq: number | null; receiverSeq: number | null })[]>`
    select m.id, m.conversation_id, m.seq::float8, m.created_at,
      ${logSeq("sender_id")} as sender_seq, ${logSeq("receiver_id")} as receiver_seq
    from messages m where m.id = any(${ids as string[]}::uuid[])
  `;
  return new Map(
    rows.map(({ senderSeq, receiverSeq, ...placed }) => [
      placed.id,
      { kind: "sent", ...placed, logSeqs: { sender: senderSeq, receiver: receiverSeq } },
    ]),
  );
}
