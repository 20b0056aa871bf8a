/**
 * The SQL of the socket layer: the present state of connected people, and whether somebody may type in a conversation.
 * Everything else goes through services.
 * @module
 */
import { sharesActivity } from "../../db/activity.ts";
import type { Sql } from "../../db/client.ts";
import { isSuspendedNow, untilInForce } from "../../db/fragments.ts";
import type { ConversationStatus, Role } from "../../protocol/models.ts";

/** What is true of a connected person now. */
export interface PersonState {
  readonly userId: string;
  /** Head of their log. */
  readonly lastSeq: number;
  readonly role: Role;
  readonly suspended: boolean;
  readonly online: boolean;
}

/** One primary key lookup a person in each of three tables; who is missing has been deleted. */
export async function selectPeople(sql: Sql, userIds: readonly string[]): Promise<PersonState[]> {
  return await sql<PersonState[]>`
    select u.id as user_id, coalesce(l.last_seq, 0)::float8 as last_seq, u.role,
      (${isSuspendedNow(sql, "u")} or not u.is_active) as suspended, coalesce(p.is_online, false) as online
    from users u
    left join user_logs l on l.user_id = u.id
    left join user_presence p on p.user_id = u.id
    where u.id = any(${userIds as string[]}::uuid[])
  `;
}

/** @returns Those of the sessions that have ended. */
export async function selectEndedSessions(sql: Sql, sessionIds: readonly string[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`
    select t.id from unnest(${sessionIds as string[]}::uuid[]) as t (id)
    where not exists (select 1 from sessions s where s.id = t.id and s.revoked_at is null)
  `;
  return new Set(rows.map(({ id }) => id));
}

/** @returns The head of each person's log, 0 for a person without one. */
export async function selectHeads(sql: Sql, userIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql<{ userId: string; lastSeq: number }[]>`
    select user_id, last_seq::float8 from user_logs where user_id = any(${userIds as string[]}::uuid[])
  `;
  return new Map(rows.map(({ userId, lastSeq }) => [userId, lastSeq]));
}

/** What decides whether somebody may type in a conversation of theirs. */
export interface TypingFacts {
  /** The other one. */
  readonly peerId: string;
  readonly status: ConversationStatus;
  /** Whether the two see each other's activity. */
  readonly shared: boolean;
  /** Wire time, `infinity`, or null when the person is not muted. */
  readonly mutedUntil: string | null;
}

/** By primary keys. @returns Null when there is no such conversation, or it is other people's. */
export async function selectTypingFacts(
  sql: Sql,
  conversationId: string,
  userId: string,
): Promise<TypingFacts | null> {
  const [row] = await sql<TypingFacts[]>`
    select case when c.user1_id = u.id then c.user2_id else c.user1_id end as peer_id, c.status,
      ${sharesActivity(sql, sql`c.user1_id`, sql`c.user2_id`)} as shared,
      ${untilInForce(sql, sql`u.muted_until`)} as muted_until
    from conversations c join users u on u.id in (c.user1_id, c.user2_id)
    where c.id = ${conversationId} and u.id = ${userId}
  `;
  return row ?? null;
}
