/**
 * The SQL of the socket layer: what it checks about the people it holds, and about a conversation before it passes
 * on that somebody types. Everything else goes through services.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { isSuspendedNow } from "../../db/fragments.ts";
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

/** One primary key lookup a person in each of two tables; who is missing has been deleted. */
export async function selectPeople(sql: Sql, userIds: readonly string[]): Promise<PersonState[]> {
  return await sql<PersonState[]>`
    select u.id as user_id, coalesce(l.last_seq, 0)::float8 as last_seq, u.role,
      (${isSuspendedNow(sql, "u")} or not u.is_active) as suspended, u.is_online as online
    from users u left join user_logs l on l.user_id = u.id
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

/** Who talks in a conversation, and whether they may. */
export interface ConversationFacts {
  readonly user1Id: string;
  readonly user2Id: string;
  readonly status: ConversationStatus;
}

/** By primary key. */
export async function selectConversationFacts(
  sql: Sql,
  conversationId: string,
): Promise<ConversationFacts | null> {
  const [row] = await sql<ConversationFacts[]>`
    select user1_id, user2_id, status from conversations where id = ${conversationId}
  `;
  return row ?? null;
}
