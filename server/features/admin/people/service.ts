/**
 * Looking people up, for staff (a search and the dossier), and what operators do with accounts at the command line:
 * making them, signing in as somebody, granting roles and premium, exporting and deleting. Whatever gives power over others or over an account
 * is written to the audit log.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import type { Reader } from "../../../db/replica.ts";
import type { Write } from "../../../db/unit_of_work.ts";
import { cleanText, countCodePoints } from "../../../domain/text.ts";
import { parseId } from "../../../lib/ids.ts";
import { type PageOf, type PageOptions, readPage } from "../../../lib/page.ts";
import { AppError, invalid } from "../../../protocol/errors.ts";
import type { AuthService } from "../../auth/mod.ts";
import type { Privacy } from "../../privacy/mod.ts";
import { type Account, createAccountService, type NewUser } from "../../users/mod.ts";
import { type AuditAction, audit, OPERATOR_ID } from "../audit/chain.ts";
import type { Actor } from "../staff/judging.ts";
import { type PersonSearch, selectDossier, selectPeople } from "./queries.ts";
import type { Dossier, PersonRow } from "./schema.ts";

/** See {@link createPeople}. */
export type People = ReturnType<typeof createPeople>;

/** @returns The service of look-ups. */
export function createPeople({ db, reader }: { db: Pick<Database, "sql">; reader: Reader }) {
  return {
    /**
     * @param query An id, a whole e-mail address, or the beginning of a name (two characters or more).
     * @throws VALIDATION_ERROR
     */
    async search(viewer: Actor, query: string, page: PageOptions): Promise<PageOf<PersonRow>> {
      const who = { viewerId: viewer.id, search: toSearch(query) };
      return await readPage(
        page,
        ({ limit, after }) =>
          reader.read((sql) => selectPeople(sql, { ...who, after: after?.id ?? null, limit })),
        ({ id, created_at }) => ({ id, createdAt: created_at }),
      );
    },

    /** @throws USER_NOT_FOUND, FORBIDDEN for oneself: it tells who reported. */
    async show(viewer: Actor, id: string): Promise<Dossier> {
      if (viewer.id === id) throw new AppError("FORBIDDEN", "Cannot open one's own dossier");
      const dossier = await selectDossier(db.sql, { userId: id, viewerId: viewer.id });
      if (!dossier) throw new AppError("USER_NOT_FOUND");
      return dossier;
    },
  };
}

function toSearch(query: string): PersonSearch {
  const text = cleanText(query);
  const id = parseId(text);
  if (id !== undefined) return { id };
  if (text.includes("@")) return { email: text.toLowerCase() };
  if (countCodePoints(text) >= 2) return { name: text };
  const message = "must be an id, an e-mail address, or at least two characters of a name";
  throw invalid({ path: "query.query", code: "format", message });
}

interface OperatorDeps {
  readonly write: Write;
  readonly auth: Pick<AuthService, "enroll" | "signInAs">;
  readonly privacy: Pick<Privacy, "erasure" | "exports">;
}

type SignedIn = Awaited<ReturnType<AuthService["signInAs"]>>;
type Accounts = ReturnType<typeof createAccountService>;
type Grant = Parameters<Accounts["grant"]>[1];

/** See {@link createOperators}. */
export type Operators = ReturnType<typeof createOperators>;

/** @returns The service of operators. `by` is the member of staff in whose name they act; null: nobody was named. */
export function createOperators({ write, auth, privacy }: OperatorDeps) {
  const operators = {
    /** Makes an account and signs it in; premium and a role beyond `user` are granted to it afterwards, on the record. */
    async enroll(
      { role = "user", isPremium = false, ...user }: NewUser,
      by: string | null,
    ): Promise<SignedIn> {
      const signedIn = await auth.enroll(user);
      const grant = { ...(role !== "user" && { role }), ...(isPremium && { premium: true }) };
      if (Object.keys(grant).length > 0) await operators.grant(signedIn.user.id, grant, by);
      return signedIn;
    },

    /** @throws NOT_FOUND when the account is closed. */
    async signInAs(userId: string, by: string | null): Promise<SignedIn> {
      // The audit entry comes first, so that no token exists without one.
      await write(async ({ sql }) => {
        const account = await createAccountService({ database: { sql } }).find(userId);
        if (!account.isActive) throw new AppError("NOT_FOUND");
        await audit(sql, entryOf("user.signed_in_by_operator", userId, by));
      });
      return await auth.signInAs(userId);
    },

    /**
     * The person's own export, for those who cannot sign in. The audit entry comes first.
     * @throws NOT_FOUND when the account is closed.
     */
    async exportOf(userId: string, by: string | null): Promise<ReadableStream<Uint8Array>> {
      const text = await privacy.exports.exportOf(userId);
      await write(({ sql }) => audit(sql, entryOf("user.exported_by_operator", userId, by)));
      return text;
    },

    /** Deletes an account as its owner would, without a code. @throws UNAUTHORIZED_ACTION, NOT_FOUND */
    async remove({ id, role }: Pick<Account, "id" | "role">, by: string | null): Promise<void> {
      const entry = entryOf("user.deleted_by_operator", id, by);
      await privacy.erasure.deleteForOperator({ userId: id, role }, (sql) => audit(sql, entry));
    },

    /** Changes role or premium. @throws USER_NOT_FOUND */
    grant(userId: string, grant: Grant, by: string | null): Promise<Account> {
      return write(async ({ sql }) => {
        const accounts = createAccountService({ database: { sql } });
        const before = await accounts.find(userId);
        const after = await accounts.grant(userId, grant);
        if (grant.role !== undefined) {
          const [from, to] = [{ role: before.role }, { role: after.role }];
          await audit(sql, { ...entryOf("user.role_changed", userId, by), before: from, after: to });
        }
        if (grant.premium !== undefined) {
          const [from, to] = [premiumOf(before), premiumOf(after)];
          await audit(sql, { ...entryOf("user.premium_changed", userId, by), before: from, after: to });
        }
        return after;
      });
    },
  };
  return operators;
}

function entryOf(action: AuditAction, targetId: string, by: string | null) {
  return { actorId: by ?? OPERATOR_ID, action, targetType: "user", targetId } as const;
}

function premiumOf({ isPremium, premiumExpiresAt }: Account) {
  return { is_premium: isPremium, premium_expires_at: premiumExpiresAt?.toISOString() ?? null };
}
