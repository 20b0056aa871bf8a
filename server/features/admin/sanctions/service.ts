/**
 * Sanctions that staff impose, confirm, lift and look up outside a report.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import type { Write } from "../../../db/unit_of_work.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { type PageOf, type PageOptions, toPage } from "../../../lib/page.ts";
import type { Actor } from "../staff/actor.ts";
import type { Sanction } from "../staff/schema.ts";
import { type ListedSanction, type SanctionFilter, selectSanctions } from "./queries.ts";
import type { Sanctioner } from "./sanctions.ts";
import { misfit, readTerms, type Terms } from "./terms.ts";

interface SanctionDeps {
  readonly db: Pick<Database, "sql">;
  readonly write: Write;
  readonly sanctioner: Sanctioner;
}

interface Ref {
  readonly userId: string;
  readonly sanctionId: string;
  /** Cleaned. */
  readonly reason: string;
}

/** See {@link createSanctionService}. */
export type SanctionService = ReturnType<typeof createSanctionService>;

/** @returns The service of sanctions without a report. */
export function createSanctionService({ db, write, sanctioner }: SanctionDeps) {
  return {
    /** @throws VALIDATION_ERROR, USER_NOT_FOUND, FORBIDDEN, CONFLICT: see {@link Sanctioner}. */
    impose(actor: Actor, userId: string, asked: Terms & { reason: string }): Promise<Sanction> {
      const terms = readTerms(asked);
      if (!terms) throw misfit("action", "must be warn, mute, suspend or ban");
      return write((work) => sanctioner.impose(work, actor, { userId, terms, reason: asked.reason }));
    },

    /** The second person's word on a ban. @throws See {@link Sanctioner}. */
    confirm(actor: Actor, ref: Ref): Promise<Sanction> {
      return write((work) => sanctioner.confirm(work, actor, ref));
    },

    /** @throws See {@link Sanctioner}. */
    lift(actor: Actor, ref: Ref): Promise<Sanction> {
      return write((work) => sanctioner.lift(work, actor, ref));
    },

    /** Newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(filter: SanctionFilter, { limit, cursor }: PageOptions): Promise<PageOf<ListedSanction>> {
      const after = cursor === undefined ? null : decodeCursor(cursor);
      const rows = await selectSanctions(db.sql, { filter, after, limit: limit + 1 });
      const page = toPage(rows, limit, ({ sanction, at }) =>
        encodeCursor({ id: sanction.id, createdAt: at }),
      );
      return { items: page.items.map((row) => row.sanction), cursor: page.cursor };
    },
  };
}
