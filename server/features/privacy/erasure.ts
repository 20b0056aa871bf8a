/**
 * Deleting an account. It is closed and emptied in one transaction; its requests, matches and conversations end pair by
 * pair, each under the lock of the pair. Messages stay with whoever received them, sealed evidence
 * until its term.
 * @module
 */
import type { Database, Sql } from "../../db/client.ts";
import { lockPair } from "../../db/pair.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { isStaff, type Viewer } from "../../domain/viewer.ts";
import { deleteInBatches } from "../../lib/delete_in_batches.ts";
import { AppError } from "../../protocol/errors.ts";
import type { AuthService, SessionService } from "../auth/mod.ts";
import { findConversation, setConversationStatus } from "../conversations/mod.ts";
import { endMatch } from "../matches/mod.ts";
import type { MediaService } from "../media/mod.ts";
import { cancelPendingBetween } from "../requests/mod.ts";
import * as queries from "./erasure_queries.ts";

/** See {@link createErasureService}. */
export interface ErasureService {
  /**
   * Deletes the viewer's account. When it resolves nobody can sign in to it, find it or write to it.
   *
   * @param code A one-time code of the account's own address: a stolen token alone deletes nothing.
   * @throws UNAUTHORIZED_ACTION for a wrong code, and for members of staff.
   */
  deleteAccount(viewer: Pick<Viewer, "userId" | "role">, code: string): Promise<void>;
  /**
   * The same without a code, for operators.
   *
   * @param record Writes down who did it, in the transaction that closes the account.
   * @throws UNAUTHORIZED_ACTION for members of staff, NOT_FOUND when the account is closed.
   */
  deleteForOperator(
    person: Pick<Viewer, "userId" | "role">,
    record: (sql: Sql) => Promise<void>,
  ): Promise<void>;
  /**
   * Goes on with accounts whose deletion was interrupted, catches what was under way when they were closed, and
   * forgets what was kept for reports.
   *
   * @param until `performance.now()` at which to stop.
   * @returns How many accounts have nothing left.
   */
  finishErasures(until: number): Promise<number>;
}

/** What it needs. */
export interface ErasureDeps {
  readonly database: Pick<Database, "sql">;
  readonly write: Write;
  readonly auth: Pick<AuthService, "spendCode" | "forgetAddress">;
  readonly sessions: Pick<SessionService, "revokeAll">;
  readonly media: Pick<MediaService, "erase">;
  /** Called for what failed; the retention job does it later. */
  readonly onError: (error: unknown) => void;
}

/** People a round and rows a statement, so that no transaction is long. */
const BATCH = 100;
const ROWS = 1_000;
/** How long the caller waits for relations to end, ms; those of a very busy account end after the answer. */
const PATIENCE_MS = 2_000;

/** @returns The service that deletes accounts. */
export function createErasureService(deps: ErasureDeps): ErasureService {
  const { database, write, auth, sessions, media, onError } = deps;
  const { sql } = database;

  function part(a: string, b: string): Promise<void> {
    return write(async (work) => {
      await lockPair(work.sql, a, b);
      await cancelPendingBetween(work, a, b);
      // A blocked one stays blocked: the block was the other's to end.
      const conversation = await findConversation(work.sql, a, b);
      if (conversation?.status === "active") await setConversationStatus(work, { a, b, status: "archived" });
      await endMatch(work, { a, b, status: "unmatched" });
    });
  }

  /** @returns Whether it is all done. */
  async function sweep(userId: string, until: number): Promise<boolean> {
    for (;;) {
      const others = await queries.selectOpenWith(sql, { userId, limit: BATCH });
      if (others.length === 0) break;
      for (const other of others) {
        if (performance.now() > until) return false;
        await part(userId, other);
      }
    }
    if (!(await media.erase(userId, until))) return false;
    return await empty(queries.OWN_ROWS, { userId, until });
  }

  async function empty(
    kinds: readonly queries.DeleteBatch[],
    { userId, until }: { userId: string; until: number },
  ): Promise<boolean> {
    const limits = { batches: Number.POSITIVE_INFINITY, until };
    for (const deleteBatch of kinds) {
      const { isDone } = await deleteInBatches(() => deleteBatch(sql, { userId, batch: ROWS }), limits);
      if (!isDone) return false;
    }
    return true;
  }

  /** From when it resolves the account is deleted: what fails afterwards is done by the next run of retention. */
  async function close(userId: string, email: string, record?: (sql: Sql) => Promise<void>): Promise<void> {
    await write(async (work) => {
      if (!(await queries.updateEmptied(work.sql, userId))) return;
      await sessions.revokeAll(work, { userId, reason: "deleted" });
      await queries.deleteSignIn(work.sql, { userId, email });
      await auth.forgetAddress(work.sql, email);
      await record?.(work.sql);
      work.tellOperator("user_erased", { user_id: userId });
    });
    try {
      await sweep(userId, performance.now() + PATIENCE_MS);
    } catch (error) {
      onError(error);
    }
  }

  return {
    async deleteAccount({ userId, role }, code) {
      refuseStaff(role);
      const email = await queries.selectEmail(sql, userId);
      if (email === undefined) throw new AppError("UNAUTHORIZED");
      if (!(await auth.spendCode({ email, code }))) {
        const message = "Cannot delete the account: the code is wrong, used or expired";
        throw new AppError("UNAUTHORIZED_ACTION", message);
      }
      await close(userId, email);
    },

    async deleteForOperator({ userId, role }, record) {
      refuseStaff(role);
      const email = await queries.selectEmail(sql, userId);
      if (email === undefined) throw new AppError("NOT_FOUND");
      await close(userId, email, record);
    },

    async finishErasures(until) {
      let finished = 0;
      let after: string | null = null;
      while (performance.now() < until) {
        const accounts: queries.Unerased[] = await queries.selectUnerased(sql, { after, limit: BATCH });
        for (const { id, over } of accounts) {
          const swept = await sweep(id, until);
          if (!over || !swept) continue;
          if (!(await empty([queries.deleteUnplacedTexts], { userId: id, until }))) continue;
          await queries.updateErased(sql, id);
          finished++;
        }
        if (accounts.length < BATCH) break;
        after = accounts.at(-1)!.id;
      }
      return finished;
    },
  };
}

function refuseStaff(role: Viewer["role"]): void {
  if (!isStaff(role)) return;
  const message = "Cannot delete the account: members of staff give their role back first";
  throw new AppError("UNAUTHORIZED_ACTION", message);
}
