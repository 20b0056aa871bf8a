/**
 * Reading and verifying the audit log.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { type PageOf, type PageOptions, toPage } from "../../../lib/page.ts";
import type { Actor } from "../staff/judging.ts";
import { type AuditCheck, verifyAudit, verifyAuditFrom } from "./chain.ts";
import { type AuditFilter, selectAudit } from "./queries.ts";
import type { AuditRow } from "./schema.ts";
import { AuditWatch } from "./watch.ts";

interface AuditDeps {
  readonly db: Pick<Database, "sql">;
  readonly clock?: Clock | undefined;
  /** Hears of a periodic verification that found the log changed. */
  readonly onBroken?: ((found: AuditCheck) => void) | undefined;
}

/** See {@link createAuditService}. */
export type AuditService = ReturnType<typeof createAuditService>;

/** @returns The service of the audit log. */
export function createAuditService({ db, clock = systemClock, onBroken }: AuditDeps) {
  const watch = new AuditWatch({ db, clock, onBroken });
  return {
    /** Newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(viewer: Actor, filter: AuditFilter, page: PageOptions): Promise<PageOf<AuditRow>> {
      const { limit, cursor } = page;
      const after = cursor === undefined ? null : decodeCursor(cursor).id;
      const rows = await selectAudit(db.sql, { viewer, filter, after, limit: limit + 1 });
      return toPage(rows, limit, ({ id, created_at }) => encodeCursor({ id, createdAt: created_at }));
    },

    /** @param from The hash of an entry (hexadecimal) to begin at; default: the whole log. */
    verify(from?: string): Promise<AuditCheck> {
      return from === undefined ? verifyAudit(db.sql) : verifyAuditFrom(db.sql, from);
    },

    /** @returns What the last periodic verification found, for metrics; starts the next one when it is due. */
    lastVerification: () => watch.read(),
  };
}
