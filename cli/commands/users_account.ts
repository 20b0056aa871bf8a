/**
 * The representation of an account in the output of `vibes users`.
 * @module
 */
import type { Context } from "../../server/context/mod.ts";
import { pairs } from "../text.ts";

type Account = Awaited<ReturnType<Context["accounts"]["find"]>>;

/** The account in the wire's names and times. */
export function toWire(account: Account) {
  return {
    id: account.id,
    email: account.email,
    name: account.name,
    role: account.role,
    is_premium: account.isPremium,
    premium_expires_at: account.premiumExpiresAt?.toISOString() ?? null,
    is_active: account.isActive,
    muted_until: account.mutedUntil,
    suspended_until: account.suspendedUntil,
    tag: account.tag,
    last_active: account.lastActive.toISOString(),
    created_at: account.createdAt.toISOString(),
  };
}

export type AccountRow = ReturnType<typeof toWire>;

export function stateOf({ is_active, suspended_until, muted_until }: AccountRow): string {
  if (!is_active) return "closed";
  if (isAhead(suspended_until)) return "suspended";
  return isAhead(muted_until) ? "muted" : "open";
}

function isAhead(until: string | null): boolean {
  return until === "infinity" || (until !== null && Date.parse(until) > Date.now());
}

export function describe(row: AccountRow): string {
  const { is_premium, is_active: _, ...rest } = row;
  return pairs({ ...rest, premium: is_premium ? "yes" : "no", state: stateOf(row) });
}
