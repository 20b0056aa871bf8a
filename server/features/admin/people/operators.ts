/**
 * What operators do with accounts at the command line: making them, signing in as somebody, granting roles and premium.
 * Whatever gives power over others or over an account is written to the audit log.
 * @module
 */

import type { Write } from "../../../db/unit_of_work.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { AuthService } from "../../auth/mod.ts";
import { type Account, createAccountService, type NewUser } from "../../users/mod.ts";
import { audit, OPERATOR_ID } from "../audit/chain.ts";

interface OperatorDeps {
  readonly write: Write;
  readonly auth: Pick<AuthService, "enroll" | "signInAs">;
}

type SignedIn = Awaited<ReturnType<AuthService["signInAs"]>>;
type Accounts = ReturnType<typeof createAccountService>;
type Grant = Parameters<Accounts["grant"]>[1];

/** See {@link createOperators}. */
export type Operators = ReturnType<typeof createOperators>;

/** @returns The service of operators. `by` is the member of staff in whose name they act; null: nobody was named. */
export function createOperators({ write, auth }: OperatorDeps) {
  const operators = {
    /** Makes an account and signs it in; a role beyond `user` is granted to it afterwards, on the record. */
    async enroll({ role = "user", ...user }: NewUser, by: string | null): Promise<SignedIn> {
      const signedIn = await auth.enroll(user);
      if (role !== "user") await operators.grant(signedIn.user.id, { role }, by);
      return signedIn;
    },

    /** @throws NOT_FOUND when the account is closed. */
    async signInAs(userId: string, by: string | null): Promise<SignedIn> {
      const actorId = by ?? OPERATOR_ID;
      // First the entry: tokens without one must not exist.
      await write(async ({ sql }) => {
        const account = await createAccountService({ database: { sql } }).find(userId);
        if (!account.isActive) throw new AppError("NOT_FOUND");
        await audit(sql, {
          actorId,
          action: "user.signed_in_by_operator",
          targetType: "user",
          targetId: userId,
        });
      });
      return await auth.signInAs(userId);
    },

    /** Changes role or premium. @throws USER_NOT_FOUND */
    grant(userId: string, grant: Grant, by: string | null): Promise<Account> {
      return write(async ({ sql }) => {
        const accounts = createAccountService({ database: { sql } });
        const before = await accounts.find(userId);
        const after = await accounts.grant(userId, grant);
        const entry = { actorId: by ?? OPERATOR_ID, targetType: "user", targetId: userId } as const;
        if (grant.role !== undefined) {
          const [from, to] = [{ role: before.role }, { role: after.role }];
          await audit(sql, { ...entry, action: "user.role_changed", before: from, after: to });
        }
        if (grant.premium !== undefined) {
          const [from, to] = [premiumOf(before), premiumOf(after)];
          await audit(sql, { ...entry, action: "user.premium_changed", before: from, after: to });
        }
        return after;
      });
    },
  };
  return operators;
}

function premiumOf({ isPremium, premiumExpiresAt }: Account) {
  return { is_premium: isPremium, premium_expires_at: premiumExpiresAt?.toISOString() ?? null };
}
