/**
 * The SQL of accounts, as far as signing in asks about them.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { isSuspendedNow, wireTime } from "../../db/fragments.ts";

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
