/**
 * The SQL of accounts, as far as signing in asks about them.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { isSuspendedNow, wireTime } from "../../db/fragments.ts";
import type { VerifiedSanction } from "./schema.ts";

/** Whether the account of an address may sign in. */
export interface Account {
  readonly id: string;
  readonly state: "open" | "closed" | "suspended";
  /** RFC 3339; null when it has no end. */
  readonly suspendedUntil: string | null;
}

/**
 * By users_email_key, which is on lower(email). Locks the row: a sanction under way is waited for, and one that comes
 * later finds the session that is opened now and revokes it.
 *
 * @returns Undefined when nobody has the address.
 */
export async function selectAccount(sql: Sql, email: string): Promise<Account | undefined> {
  const [account] = await sql<Account[]>`
    select u.id,
      case when not u.is_active then 'closed' when ${isSuspendedNow(sql, "u")} then 'suspended' else 'open' end
        as state,
      ${wireTime(sql, sql`u.suspended_until`)} as suspended_until
    from users u
    where lower(u.email) = ${email}
    for share
  `;
  return account;
}

/** @returns The sanction that keeps the person out longest. A ban is called one when a second person confirmed it. */
export async function selectKeepingOut(sql: Sql, userId: string): Promise<VerifiedSanction | undefined> {
  const [row] = await sql<{ sanction: VerifiedSanction }[]>`
    select jsonb_build_object(
      'id', s.id, 'kind', case when s.confirmed_at is null then 'suspend' else s.kind end, 'reason', s.reason,
      'until', ${wireTime(sql, sql`s.until`)}
    ) as sanction
    from sanctions s
    where s.user_id = ${userId} and s.kind in ('suspend', 'ban') and s.lifted_at is null and s.until > now()
    order by s.until desc, s.id limit 1
  `;
  return row?.sanction;
}
