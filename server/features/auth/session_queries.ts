/**
 * The SQL of sessions and refresh tokens.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { type Fragment, isPremiumNow, isSuspendedNow, untilInForce } from "../../db/fragments.ts";
import type { Viewer } from "../../domain/viewer.ts";
import { GRACE_SECONDS, type PresentedToken, REFRESH_TOKEN_DAYS } from "./refresh_tokens.ts";

/** Why a session ended, or stops being served. */
export type RevokeReason = "logout" | "logout_all" | "token_reuse" | "sanction" | "deleted";

/** A session with its first token. */
export async function insertSession(
  sql: Sql,
  session: { id: string; userId: string; tokenHash: Uint8Array },
): Promise<void> {
  await sql`
    with new_session as (
      insert into sessions (id, user_id) values (${session.id}, ${session.userId}) returning id
    )
    insert into refresh_tokens (token_hash, session_id, expires_at)
    select ${session.tokenHash}, id, now() + make_interval(days => ${REFRESH_TOKEN_DAYS}) from new_session
  `;
}

/** A presented token with its session and person. */
export interface FoundToken extends PresentedToken {
  readonly sessionId: string;
  readonly userId: string;
  readonly suspendedUntil: string | null;
}

/**
 * Locks a token for the rest of the transaction and reads what decides about it. Two statements: the second
 * one's snapshot is taken after the wait for the lock, so that it sees what the holder before did.
 */
export async function lockRefreshToken(
  sql: Sql,
  { hash, successorHash }: { hash: Uint8Array; successorHash: Uint8Array },
): Promise<FoundToken | undefined> {
  const locked = await sql`select 1 from refresh_tokens where token_hash = ${hash} for no key update`;
  if (locked.length === 0) return undefined;
  const [found] = await sql<FoundToken[]>`
    select t.session_id, s.user_id,
      ${hasEnded(sql)} as session_revoked,
      u.is_active as user_active,
      ${isSuspendedNow(sql, "u")} as user_suspended,
      ${untilInForce(sql, sql`u.suspended_until`)} as suspended_until,
      t.expires_at <= now() as expired,
      t.used_at is not null as used,
      coalesce(t.used_at > now() - make_interval(secs => ${GRACE_SECONDS}), false) as in_grace,
      coalesce(n.used_at is null and n.token_hash is not null, false) as successor_unused
    from refresh_tokens t
    join sessions s on s.id = t.session_id
    join users u on u.id = s.user_id
    left join refresh_tokens n on n.token_hash = ${successorHash} and n.session_id = t.session_id
    where t.token_hash = ${hash}
  `;
  return found;
}

/** Marks the token as used and stores its successor. */
export async function rotateRefreshToken(
  sql: Sql,
  { hash, successorHash, sessionId }: { hash: Uint8Array; successorHash: Uint8Array; sessionId: string },
): Promise<void> {
  await sql`
    with used as (
      update refresh_tokens set used_at = now() where token_hash = ${hash}
    ), touched as (
      update sessions set last_used_at = now() where id = ${sessionId}
    )
    insert into refresh_tokens (token_hash, session_id, expires_at)
    values (${successorHash}, ${sessionId}, now() + make_interval(days => ${REFRESH_TOKEN_DAYS}))
  `;
}

/** @returns Whether the session was alive. */
export async function revokeSession(
  sql: Sql,
  { sessionId, reason }: { sessionId: string; reason: RevokeReason },
): Promise<boolean> {
  return (await revokeWhere(sql, sql`id = ${sessionId}`, reason)) > 0;
}

/** @returns How many sessions of the person were alive. */
export async function revokeSessionsOf(
  sql: Sql,
  { userId, reason }: { userId: string; reason: RevokeReason },
): Promise<number> {
  return await revokeWhere(sql, sql`user_id = ${userId}`, reason);
}

/** The devices of the sessions go with them: nobody is notified after a logout. @returns How many were alive. */
async function revokeWhere(sql: Sql, which: Fragment, reason: RevokeReason): Promise<number> {
  const rows = await sql`
    with revoked as (
      update sessions set revoked_at = now(), revoke_reason = ${reason}
      where ${which} and revoked_at is null
      returning id
    ), silenced as (
      delete from devices d using revoked r where d.session_id = r.id
    )
    select 1 from revoked
  `;
  return rows.length;
}

/**
 * The person behind a live session, on every call: three primary key lookups.
 *
 * @returns With whether `last_active` is older than a minute.
 */
export async function selectViewer(
  sql: Sql,
  { sessionId, userId }: { sessionId: string; userId: string },
): Promise<(Viewer & { stale: boolean }) | undefined> {
  const [row] = await sql<(Viewer & { stale: boolean })[]>`
    select u.id as user_id, s.id as session_id, u.role,
      ${isPremiumNow(sql, "u")} as is_premium,
      ${untilInForce(sql, sql`u.muted_until`)} as muted_until,
      ${untilInForce(sql, sql`u.suspended_until`)} as suspended_until,
      coalesce(p.last_active < now() - interval '1 minute', false) as stale
    from sessions s
    join users u on u.id = s.user_id
    left join user_presence p on p.user_id = u.id
    where s.id = ${sessionId} and s.user_id = ${userId} and not ${hasEnded(sql)} and u.is_active
  `;
  return row;
}

/** Conditional, so that of many parallel calls one writes. */
export async function touchLastActive(sql: Sql, userId: string): Promise<void> {
  await sql`
    update user_presence set last_active = now()
    where user_id = ${userId} and last_active < now() - interval '1 minute'
  `;
}

/**
 * Tokens that can no longer be used, one batch by refresh_tokens_expiry_idx. A used one is kept as long as an unused
 * one: until then its reuse reveals that it was stolen.
 *
 * @returns How many went.
 */
export async function deleteExpiredTokens(sql: Sql, batch: number): Promise<number> {
  const rows = await sql`
    delete from refresh_tokens where token_hash in (
      select token_hash from refresh_tokens where expires_at < now() - interval '1 day' limit ${batch}
    ) returning 1
  `;
  return rows.length;
}

/** Sessions that have no token left, one batch. @returns How many went. */
export async function deleteEmptySessions(sql: Sql, batch: number): Promise<number> {
  const rows = await sql`
    delete from sessions where id in (
      select s.id from sessions s
      where s.last_used_at < now() - make_interval(days => ${REFRESH_TOKEN_DAYS + 1})
        and not exists (select 1 from refresh_tokens t where t.session_id = s.id)
      limit ${batch}
    ) returning 1
  `;
  return rows.length;
}

/**
 * Whether the session `s` of the person `u` has ended. One that a sanction revoked still tells whose it is while the
 * suspension lasts, so that the app learns of it and of its end; with the suspension in force it opens nothing, and
 * afterwards it has ended.
 */
function hasEnded(sql: Sql): Fragment {
  return sql`(
    s.revoked_at is not null and not (s.revoke_reason = 'sanction' and ${isSuspendedNow(sql, "u")})
  )`;
}
