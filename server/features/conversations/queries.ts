/**
 * SQL on conversations and on the places of messages in them. Statements only; rules are in placing.ts.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import { conversationIdOf, type Pair } from "../../db/pair.ts";
import type { ConversationStatus, Media, MessageType, RequestStatus } from "../../protocol/models.ts";
import type { StoredMessage } from "./stored_message.ts";

/** A message that is about to get its place. */
export interface AppendOptions {
  /** UUIDv7. @default a new one */
  readonly id?: string;
  readonly conversationId: string;
  readonly senderId: string;
  readonly receiverId: string;
  /** Already cleaned by domain/text.ts. */
  readonly content: string;
  readonly messageType: MessageType;
  readonly clientMessageId?: string | null;
  /** Of an image that was uploaded here: what its event shows. */
  readonly media?: Media | undefined;
  /** The request that this message answers. */
  readonly requestId?: string | null;
}

/** A conversation as its pair finds it. */
export interface PairConversation {
  readonly id: string;
  readonly status: ConversationStatus;
  /** The person whose first message makes the match, in a direct conversation without one. */
  readonly awaitingReplyFrom: string | null;
}

/** What one attempt of a client's has stored, as a message or as a request. */
export interface StoredAttempt {
  readonly id: string;
  readonly conversationId: string;
  /** Null while the message is only a request's. */
  readonly seq: number | null;
  readonly content: string;
  readonly messageType: MessageType;
  readonly isRequest: boolean;
  /** The request that it is, or that it answered. */
  readonly requestId: string | null;
  readonly createdAt: Date;
}

/** By messages_idempotency_key. */
export async function selectAttempt(
  sql: Sql,
  key: { senderId: string; receiverId: string; clientMessageId: string },
): Promise<StoredAttempt | undefined> {
  const { senderId, receiverId, clientMessageId } = key;
  const [row] = await sql<StoredAttempt[]>`
    select id, conversation_id, seq::float8, content, message_type, is_request, request_id, created_at from messages
    where conversation_id = ${conversationIdOf(senderId, receiverId)}
      and sender_id = ${senderId} and client_message_id = ${clientMessageId}
  `;
  return row;
}

/** By primary key. */
export async function selectConversationById(sql: Sql, id: string): Promise<PairConversation | null> {
  const [row] = await sql<PairConversation[]>`
    select id, status, awaiting_reply_from from conversations where id = ${id}
  `;
  return row ?? null;
}

/** Stores a new, empty, active conversation. */
export async function insertConversation(
  sql: Sql,
  { id, user1Id, user2Id, awaitingReplyFrom }: Pair & { id: string; awaitingReplyFrom?: string | undefined },
): Promise<void> {
  await sql`
    insert into conversations (id, user1_id, user2_id, awaiting_reply_from)
    values (${id}, ${user1Id}, ${user2Id}, ${awaitingReplyFrom ?? null})
  `;
}

/** Nobody's reply is awaited any more. */
export async function updateAwaitedReply(sql: Sql, conversationId: string): Promise<void> {
  await sql`update conversations set awaiting_reply_from = null where id = ${conversationId}`;
}

/**
 * Gives a request's message the next seq of the locked row. The list sorts by the moment it was placed, not by
 * when the request was written. If the message was read while it waited, its receiver's watermark moves to it.
 */
export async function updateRequestMessagePlace(
  sql: Sql,
  options: { conversationId: string; messageId: string; requestStatus: RequestStatus },
): Promise<StoredMessage | null> {
  const [row] = await sql<StoredMessage[]>`
    with locked as (
      select id, last_seq, last_activity from conversations where id = ${options.conversationId}
      for no key update
    ), placed as (
      update messages m set
        seq = c.last_seq + 1, request_status = ${options.requestStatus}, updated_at = now()
      from locked c
      where m.id = ${options.messageId} and m.conversation_id = c.id and m.is_request and m.seq is null
      returning m.*
    ), touched as (
      update conversations c set
        last_seq = p.seq, last_message_id = p.id, last_activity = greatest(c.last_activity, now()),
        user1_received = c.user1_received + (p.receiver_id = c.user1_id)::int,
        user2_received = c.user2_received + (p.receiver_id = c.user2_id)::int,
        user1_read_seq = case when p.is_read and p.receiver_id = c.user1_id then p.seq else c.user1_read_seq end,
        user2_read_seq = case when p.is_read and p.receiver_id = c.user2_id then p.seq else c.user2_read_seq end,
        user1_read = case when p.is_read and p.receiver_id = c.user1_id then c.user1_received + 1 else c.user1_read end,
        user2_read = case when p.is_read and p.receiver_id = c.user2_id then c.user2_received + 1 else c.user2_read end
      from placed p where c.id = p.conversation_id
    ), marked as (
      insert into read_marks (conversation_id, reader_id, seq, read_at)
      select conversation_id, receiver_id, seq, read_at from placed where is_read
    )
    select id, conversation_id, seq::float8, sender_id, receiver_id, content, message_type,
      is_request, request_status, client_message_id, created_at
    from placed
  `;
  return row ?? null;
}

/**
 * Stores a message at the next seq of the locked row. Its time is never before that of the message before it,
 * although now() is the start of the transaction, which may have waited for the lock.
 *
 * @returns status null: no such conversation of these two; seq null: it is not active.
 */
export async function insertNextMessage(
  sql: Sql,
  options: AppendOptions & { id: string },
): Promise<{ status: ConversationStatus | null; seq: number | null; createdAt: Date | null }> {
  const { id, conversationId, senderId, receiverId, content, messageType } = options;
  const [row] = await sql<{ status: ConversationStatus; seq: number | null; createdAt: Date | null }[]>`
    with locked as (
      select id, status, last_seq, last_activity, awaiting_reply_from from conversations
      where id = ${conversationId} and id = ${conversationIdOf(senderId, receiverId)}
      for no key update
    ), placed as (
      insert into messages (
        id, conversation_id, seq, sender_id, receiver_id, content, message_type,
        client_message_id, request_id, created_at, updated_at
      )
      select
        ${id}::uuid, c.id, c.last_seq + 1, ${senderId}::uuid, ${receiverId}::uuid, ${content}, ${messageType},
        ${options.clientMessageId ?? null}, ${options.requestId ?? null}::uuid,
        greatest(c.last_activity, now()), greatest(c.last_activity, now())
      from locked c where c.status = 'active'
      returning id, conversation_id, seq, created_at
    ), touched as (
      update conversations c set
        last_seq = p.seq, last_message_id = p.id, last_activity = p.created_at,
        user1_received = c.user1_received + (c.user1_id = ${receiverId}::uuid)::int,
        user2_received = c.user2_received + (c.user2_id = ${receiverId}::uuid)::int,
        awaiting_reply_from = nullif(c.awaiting_reply_from, ${senderId})
      from placed p where c.id = p.conversation_id
    )
    select c.status, p.seq::float8, p.created_at from locked c left join placed p on true
  `;
  return row ?? { status: null, seq: null, createdAt: null };
}

/**
 * Sets the status. When the conversation stops being active, what each had read is kept: receipts stay as they are then.
 *
 * @returns Whether it was another one before; null when there is no such conversation.
 */
export async function updateStatus(
  sql: Sql,
  { conversationId, status }: { conversationId: string; status: ConversationStatus },
): Promise<boolean | null> {
  const [row] = await sql<{ changed: boolean }[]>`
    with changed as (
      update conversations c set
        status = ${status},
        user1_final_read_seq = coalesce(c.user1_final_read_seq, c.user1_read_seq),
        user2_final_read_seq = coalesce(c.user2_final_read_seq, c.user2_read_seq)
      where c.id = ${conversationId} and c.status <> ${status}
      returning 1
    )
    select exists (select from changed) as changed from conversations where id = ${conversationId}
  `;
  return row?.changed ?? null;
}
