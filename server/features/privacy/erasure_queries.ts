/**
 * The SQL of deleting an account: the person's row is emptied, their rows go in batches. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";

/** What an emptied account is called where others see it. */
export const DELETED_NAME = "Deleted account";
/** Stands for a text that the person took along. */
const ERASED_TEXT = "(erased)";

/** @returns The address of an account that is open; undefined when there is none. */
export async function selectEmail(sql: Sql, userId: string): Promise<string | undefined> {
  const [row] = await sql<{ email: string }[]>`
    select lower(u.email) as email from users u where u.id = ${userId} and u.is_active
  `;
  return row?.email;
}

/**
 * Empties the person's row and closes the account. What the columns demand but nobody may be told any more becomes
 * the same for everybody who has left. Sanctions stay: they are the moderators' records.
 *
 * @returns False when it was deleted before.
 */
export async function updateEmptied(sql: Sql, userId: string): Promise<boolean> {
  const rows = await sql`
    update users set
      email = 'deleted-' || id || '@deleted.invalid', name = ${DELETED_NAME},
      date_of_birth = date '1900-01-01', gender = 'non-binary', country = 'ZZ',
      state = null, city = null, bio = null, profile_photos = '{}', interests = '{}', preferred_genders = '{}',
      show_activity_status = false, is_premium = false, premium_expires_at = null, onboarding_completed = false,
      is_active = false, tag = null, deleted_at = now(), updated_at = now()
    where id = ${userId} and deleted_at is null
    returning 1
  `;
  if (rows.length === 0) return false;
  await sql`
    update user_presence set
      gender = 'non-binary', show_activity_status = false, is_active = false, is_online = false, last_active = now()
    where user_id = ${userId}
  `;
  return true;
}

/** What could sign the person in again, and the head of their event log: events for them are dropped from now on. */
export async function deleteSignIn(
  sql: Sql,
  { userId, email }: { userId: string; email: string },
): Promise<void> {
  await sql`delete from otp_codes where email = ${email}`;
  await sql`
    delete from refresh_tokens t using sessions s where s.id = t.session_id and s.user_id = ${userId}
  `;
  await sql`delete from user_logs where user_id = ${userId}`;
}

/**
 * People with whom something is still open: an active conversation or match, a pending request. Each branch is a
 * range of an index on the person and the status.
 */
export async function selectOpenWith(
  sql: Sql,
  { userId, limit }: { userId: string; limit: number },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from (
      select user2_id as id from conversations where user1_id = ${userId} and status = 'active'
      union select user1_id from conversations where user2_id = ${userId} and status = 'active'
      union select user2_id from matches where user1_id = ${userId} and status = 'active'
      union select user1_id from matches where user2_id = ${userId} and status = 'active'
      union select receiver_id from message_requests where sender_id = ${userId} and status = 'pending'
      union select sender_id from message_requests where receiver_id = ${userId} and status = 'pending'
    ) people
    limit ${limit}
  `;
  return rows.map(({ id }) => id);
}

/** One batch of one kind. @returns How many rows went. */
export type DeleteBatch = (sql: Sql, of: { userId: string; batch: number }) => Promise<number>;

/** Their likes and dislikes. */
const deleteActions: DeleteBatch = async (sql, { userId, batch }) => {
  const rows = await sql`
    delete from user_actions where id in (
      select id from user_actions where actor_id = ${userId} limit ${batch}
    ) returning 1
  `;
  return rows.length;
};

/** Their event log. */
const deleteEvents: DeleteBatch = async (sql, { userId, batch }) => {
  const rows = await sql`
    delete from user_events where user_id = ${userId} and seq in (
      select seq from user_events where user_id = ${userId} order by seq limit ${batch}
    ) returning 1
  `;
  return rows.length;
};

/**
 * Why they blocked somebody, and how they looked before a block of either direction. The blocks stay: they keep hidden
 * what was hidden.
 */
const clearOwnBlocks: DeleteBatch = async (sql, { userId, batch }) => {
  const rows = await sql`
    update user_blocks set reason = null, blocker_name = null, blocker_photos = null where id in (
      select id from user_blocks
      where blocker_id = ${userId} and (reason is not null or blocker_name is not null) limit ${batch}
    ) returning 1
  `;
  return rows.length;
};
const clearBlocksAgainst: DeleteBatch = async (sql, { userId, batch }) => {
  const rows = await sql`
    update user_blocks set blocked_name = null, blocked_photos = null where id in (
      select id from user_blocks where blocked_id = ${userId} and blocked_name is not null limit ${batch}
    ) returning 1
  `;
  return rows.length;
};

/** Why they ended matches, and why others ended theirs with them. */
const deleteUnmatchReasons: DeleteBatch = async (sql, { userId, batch }) => {
  const rows = await sql`
    delete from unmatch_reasons where (about_id, by_id) in (
      select about_id, by_id from unmatch_reasons where about_id = ${userId} or by_id = ${userId} limit ${batch}
    ) returning 1
  `;
  return rows.length;
};

/** What moderation told them. */
const deleteNotices: DeleteBatch = async (sql, { userId, batch }) => {
  const rows = await sql`
    delete from notices where id in (select id from notices where user_id = ${userId} limit ${batch}) returning 1
  `;
  return rows.length;
};

/** Appeals that nobody has decided; of the others, which are the moderators' records, the person's words. */
const deleteAppeals: DeleteBatch = async (sql, { userId, batch }) => {
  const open = await sql`delete from appeals where appellant_id = ${userId} and status = 'open' returning 1`;
  const rows = await sql`
    update appeals set text = ${ERASED_TEXT} where id in (
      select id from appeals where appellant_id = ${userId} and text <> ${ERASED_TEXT} limit ${batch}
    ) returning 1
  `;
  return open.length + rows.length;
};

/** Everything of an account that is only its owner's. */
export const OWN_ROWS: readonly DeleteBatch[] = [
  deleteActions,
  deleteEvents,
  clearOwnBlocks,
  clearBlocksAgainst,
  deleteUnmatchReasons,
  deleteNotices,
  deleteAppeals,
];

/**
 * Texts of requests that never became a conversation: nobody sees them since the account was closed, and until
 * then a report about them was possible. Their requests go with them.
 */
export const deleteUnplacedTexts: DeleteBatch = async (sql, { userId, batch }) => {
  const rows = await sql<{ id: string; receiverId: string }[]>`
    delete from messages where (id, conversation_id) in (
      select id, conversation_id from messages where sender_id = ${userId} and seq is null limit ${batch}
    ) returning id, receiver_id
  `;
  await sql`
    delete from message_requests
    where sender_id = ${userId} and receiver_id = any(${rows.map(({ receiverId }) => receiverId)}::uuid[])
      and message_id = any(${rows.map(({ id }) => id)}::uuid[])
  `;
  return rows.length;
};

/** A deleted account that something may be left of. */
export interface Unerased {
  readonly id: string;
  /** Whether the time is over in which somebody may still report what they wrote. */
  readonly over: boolean;
}

/**
 * Accounts of the last days, where something may have been under way while they were closed, and those whose time is
 * over. The longest deleted first, by users_unerased_idx.
 */
export async function selectUnerased(
  sql: Sql,
  { after, limit }: { after: string | null; limit: number },
): Promise<Unerased[]> {
  return await sql<Unerased[]>`
    select u.id, u.deleted_at < now() - interval '30 days' as over
    from users u
    where u.deleted_at is not null and u.erased_at is null
      and (u.deleted_at > now() - interval '7 days' or u.deleted_at < now() - interval '30 days')
      and (${after}::uuid is null or (u.deleted_at, u.id) > (
        select a.deleted_at, a.id from users a where a.id = ${after}::uuid))
    order by u.deleted_at, u.id
    limit ${limit}
  `;
}

/** Notes that nothing is left to do. */
export async function updateErased(sql: Sql, userId: string): Promise<void> {
  await sql`update users set erased_at = now() where id = ${userId}`;
}
