/**
 * Accounts for operators: found by id or address, listed, and granted a role or premium. Only the command line uses it;
 * no route does.
 * @module
 */
import type { Database, Sql } from "../../db/client.ts";
import { isPremiumNow, presenceOf } from "../../db/fragments.ts";
import { isUuid } from "../../lib/ids.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Role } from "../../protocol/models.ts";
import { normalizeEmail } from "./profile_rules.ts";

/** An account without its profile. */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Whether premium counts now. */
  readonly isPremium: boolean;
  readonly premiumExpiresAt: Date | null;
  readonly isActive: boolean;
  /** RFC 3339 in UTC, or `infinity`; null when none was ever set. */
  readonly mutedUntil: string | null;
  readonly suspendedUntil: string | null;
  readonly tag: string | null;
  readonly lastActive: Date;
  readonly createdAt: Date;
}

/** Which accounts to list; newest first. */
export interface AccountFilter {
  /** Part of the name or of the address, in upper or lower case. */
  readonly query?: string | undefined;
  readonly role?: Role | undefined;
  readonly premium?: boolean | undefined;
  readonly tag?: string | undefined;
  /** The last id of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What is to be different; what is absent stays. */
export interface Grant {
  readonly role?: Role | undefined;
  readonly premium?: boolean | undefined;
  /** When premium ends; null: never. Taken only together with `premium: true`. */
  readonly premiumUntil?: Date | null | undefined;
}

/** See {@link createAccountService}. */
export interface AccountService {
  /** @param who An id or an e-mail address. @throws USER_NOT_FOUND */
  find(who: string): Promise<Account>;
  list(filter: AccountFilter): Promise<Account[]>;
  /** @throws USER_NOT_FOUND */
  grant(who: string, grant: Grant): Promise<Account>;
}

/** @returns The service of accounts. */
export function createAccountService({ database }: { database: Pick<Database, "sql"> }): AccountService {
  const { sql } = database;

  async function find(who: string): Promise<Account> {
    const [id, email] = isUuid(who) ? [who, null] : [null, normalizeEmail(who) ?? null];
    const [account] = await sql<Account[]>`
      select ${columns(sql)} from users u where u.id = ${id} or lower(u.email) = ${email}
    `;
    if (account === undefined) throw new AppError("USER_NOT_FOUND");
    return account;
  }

  return {
    find,

    async list({ query, role, premium, tag, after, limit }) {
      // Only for people at a terminal, so it may scan.
      const like = query === undefined ? null : `%${query.replace(/[\\%_]/g, "\\$&")}%`;
      return await sql<Account[]>`
        select ${columns(sql)}
        from users u
        where (${like}::text is null or u.name ilike ${like} or u.email ilike ${like})
          and u.role = coalesce(${role ?? null}, u.role)
          and (${premium ?? null}::boolean is null or ${isPremiumNow(sql, "u")} = ${premium ?? null})
          and (${tag ?? null}::text is null or u.tag = ${tag ?? null})
          and (${after ?? null}::uuid is null or u.id < ${after ?? null})
        order by u.id desc
        limit ${limit}
      `;
    },

    async grant(who, { role, premium, premiumUntil = null }) {
      const { id } = await find(who);
      const until = premium === true ? premiumUntil : null;
      const [account] = await sql<Account[]>`
        update users u set
          role = coalesce(${role ?? null}, u.role),
          is_premium = coalesce(${premium ?? null}, u.is_premium),
          premium_expires_at = case when ${premium !== undefined} then ${until} else u.premium_expires_at end,
          updated_at = now()
        where u.id = ${id}
        returning ${columns(sql)}
      `;
      if (account === undefined) throw new AppError("USER_NOT_FOUND");
      return account;
    },
  };
}

function columns(sql: Sql) {
  return sql`u.id, u.email, u.name, u.role, ${isPremiumNow(sql, "u")} as is_premium, u.premium_expires_at, u.is_active,
    u.muted_until::text as muted_until, u.suspended_until::text as suspended_until, u.tag,
    coalesce(${presenceOf(sql, "u", "last_active")}, u.created_at) as last_active,
    u.created_at`;
}
