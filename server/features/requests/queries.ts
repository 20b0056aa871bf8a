/**
 * The SQL of message requests. It decides nothing and emits nothing.
 * @module
 */
import { userCard } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";
import { ageNow, blockExists, isSuspendedNow, wireTime } from "../../db/fragments.ts";
import { conversationIdOf, type Pair } from "../../db/pair.ts";
import { type Standing, standing } from "../../db/standing.ts";
import type { Cursor } from "../../lib/cursor.ts";
import type { RequestStatus, UserCard } from "../../protocol/models.ts";

/** A request as it is stored. */
export interface RequestRow {
  readonly id: string;
  readonly senderId: string;
  readonly receiverId: string;
  readonly messageId: string;
  readonly status: RequestStatus;
}

/** How two people stand to each other, with the requests between them. */
export interface Relation extends Standing {
  readonly mineId: string | null;
  readonly mineStatus: RequestStatus | null;
  /** When a declined request may be followed by a new one; null once that time has come. */
  readonly retryAt: string | null;
  readonly theirsId: string | null;
  readonly theirsMessageId: string | null;
  readonly theirsStatus: RequestStatus | null;
}

/** @returns Undefined when the sender's account is gone. */
export async function selectRelation(
  sql: Sql,
  { senderId, receiverId }: { senderId: string; receiverId: string },
): Promise<Relation | undefined> {
  const { columns, tables, where } = standing(sql, { actorId: senderId, otherId: receiverId });
  const retryAt = sql`(mine.updated_at + interval '30 days')`;
  const [row] = await sql<Relation[]>`
    select ${columns},
      mine.id as mine_id, mine.status as mine_status,
      case when mine.status = 'declined' and ${retryAt} > now()
        then ${wireTime(sql, retryAt)} end as retry_at,
      theirs.id as theirs_id, theirs.message_id as theirs_message_id, theirs.status as theirs_status
    from ${tables}
    left join message_requests mine on mine.sender_id = ${senderId} and mine.receiver_id = ${receiverId}
    left join message_requests theirs on theirs.sender_id = ${receiverId} and theirs.receiver_id = ${senderId}
    where ${where}
  `;
  return row;
}

/** A request that is about to be stored. */
export interface NewRequestRow {
  readonly id: string;
  readonly messageId: string;
  readonly senderId: string;
  readonly receiverId: string;
  readonly content: string;
  readonly clientMessageId: string | null;
}

/** Stores a request and its message, which has no place in its conversation yet. @returns When. */
export async function insertRequest(sql: Sql, request: NewRequestRow): Promise<Date> {
  const { id, messageId, senderId, receiverId, content, clientMessageId } = request;
  await sql`
    insert into messages (
      id, conversation_id, sender_id, receiver_id, content, is_request, request_status, request_id, client_message_id
    ) values (
      ${messageId}, ${conversationIdOf(senderId, receiverId)}, ${senderId}, ${receiverId}, ${content},
      true, 'pending', ${id}, ${clientMessageId}
    )
  `;
  const [row] = await sql<{ createdAt: Date }[]>`
    insert into message_requests (id, sender_id, receiver_id, message_id, preview_text)
    values (${id}, ${senderId}, ${receiverId}, ${messageId}, ${content})
    returning created_at
  `;
  return row!.createdAt;
}

/** Removes an answered or cancelled request that a new one replaces; its message stays. */
export async function deleteRequest(sql: Sql, id: string): Promise<void> {
  await sql`delete from message_requests where id = ${id}`;
}

export async function selectRequest(sql: Sql, id: string): Promise<RequestRow | undefined> {
  const [row] = await sql<RequestRow[]>`
    select id, sender_id, receiver_id, message_id, status from message_requests where id = ${id}
  `;
  return row;
}

/** Whether a request can be answered now: not while its sender is suspended, or has left. */
export async function selectSenderActive(sql: Sql, senderId: string): Promise<boolean> {
  const [row] = await sql<{ active: boolean }[]>`
    select u.is_active and not ${isSuspendedNow(sql, "u")} as active from users u where u.id = ${senderId}
  `;
  return row?.active ?? false;
}

/** The pending request of a pair; the lookup is message_requests_one_pending. */
export async function selectPending(sql: Sql, { user1Id, user2Id }: Pair): Promise<RequestRow | undefined> {
  const [row] = await sql<RequestRow[]>`
    select id, sender_id, receiver_id, message_id, status from message_requests
    where status = 'pending'
      and least(sender_id, receiver_id) = ${user1Id} and greatest(sender_id, receiver_id) = ${user2Id}
  `;
  return row;
}

/** Ends a pending request. @returns Whether it was still pending. */
export async function updateRequestStatus(
  sql: Sql,
  { id, status }: { id: string; status: Exclude<RequestStatus, "pending"> },
): Promise<boolean> {
  const rows = await sql`
    update message_requests set status = ${status}, updated_at = now()
    where id = ${id} and status = 'pending'
    returning id
  `;
  return rows.length > 0;
}

/** The message of a request that came to nothing; one that is accepted gets its status with its place. */
export async function updateMessageStatus(
  sql: Sql,
  { request, status }: { request: RequestRow; status: RequestStatus },
): Promise<void> {
  const { messageId, senderId, receiverId } = request;
  await sql`
    update messages set request_status = ${status}, updated_at = now()
    where id = ${messageId} and conversation_id = ${conversationIdOf(senderId, receiverId)} and is_request
  `;
}

/** Takes the target out of the sender's discovery, unless an earlier action of theirs has. */
export async function insertRequestAction(
  sql: Sql,
  { id, senderId, receiverId }: { id: string; senderId: string; receiverId: string },
): Promise<void> {
  await sql`
    insert into user_actions (id, actor_id, target_id, action_type)
    values (${id}, ${senderId}, ${receiverId}, 'message_request')
    on conflict (actor_id, target_id) do nothing
  `;
}

/** Puts the target back into the sender's discovery, if only the request had removed them. */
export async function deleteRequestAction(
  sql: Sql,
  { senderId, receiverId }: { senderId: string; receiverId: string },
): Promise<void> {
  await sql`
    delete from user_actions
    where actor_id = ${senderId} and target_id = ${receiverId} and action_type = 'message_request'
  `;
}

/** A request in a list, with the other person. */
export interface ListedRequest {
  readonly id: string;
  readonly messageId: string;
  readonly person: UserCard & { readonly age: number };
  readonly previewText: string;
  readonly status: RequestStatus;
  readonly createdAt: Date;
  /** `createdAt` to the microsecond, for the cursor. */
  readonly position: string;
}

interface ListOptions {
  readonly viewerId: string;
  readonly type: "received" | "sent";
  readonly status: RequestStatus;
  readonly limit: number;
  readonly after: Cursor | null;
}

/**
 * A person's requests of one status, the newest first: a range of message_requests_received_idx or
 * message_requests_sent_idx, in its own order.
 *
 * Nobody is listed across a block. Received ones of a person who is suspended or has left are kept back: what a
 * sanctioned account wrote is not read, and comes back with it.
 */
export async function selectRequests(sql: Sql, options: ListOptions): Promise<ListedRequest[]> {
  const { viewerId, type, status, limit, after } = options;
  const received = type === "received";
  const [mine, other] = received
    ? [sql`q.receiver_id`, sql`q.sender_id`]
    : [sql`q.sender_id`, sql`q.receiver_id`];
  const visible = received ? sql`and u.is_active and not ${isSuspendedNow(sql, "u")}` : sql``;
  const further = after
    ? sql`and (q.created_at, q.id) < (${after.createdAt}::text::timestamptz, ${after.id}::uuid)`
    : sql``;
  return await sql<ListedRequest[]>`
    select q.id, q.message_id, q.preview_text, q.status, q.created_at, q.created_at::text as position,
      ${userCard(sql, "u", viewerId)} || jsonb_build_object('age', ${ageNow(sql, "u")}) as person
    from message_requests q
    join users u on u.id = ${other}
    where ${mine} = ${viewerId} and q.status = ${status} ${further} ${visible}
      and not ${blockExists(sql, viewerId, sql`u.id`)}
    order by q.created_at desc, q.id desc
    limit ${limit}
  `;
}
