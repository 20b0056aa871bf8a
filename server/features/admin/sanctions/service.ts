/**
 * Sanctions without a report: imposes, confirms, lifts and lists them.
 * @module
 */

import type { Reader } from "../../../db/replica.ts";
import type { Write } from "../../../db/unit_of_work.ts";
import { type PageOf, type PageOptions, readPage } from "../../../lib/page.ts";
import type { Actor } from "../staff/judging.ts";
import { badField } from "../staff/words.ts";
import { type ListedSanction, type SanctionFilter, selectSanctions } from "./queries.ts";
import type { Sanctioner, SanctionRef } from "./sanctioner.ts";
import type { Sanction } from "./schema.ts";
import { readTerms, type Terms } from "./terms.ts";

interface SanctionDeps {
  readonly reader: Reader;
  readonly write: Write;
  readonly sanctioner: Sanctioner;
}

/** See {@link createSanctionService}. */
export type SanctionService = ReturnType<typeof createSanctionService>;

/** @returns The service of sanctions without a report. */
export function createSanctionService({ reader, write, sanctioner }: SanctionDeps) {
  return {
    /**
     * @param asked.reason Cleaned; goes to the person word for word.
     * @throws VALIDATION_ERROR, USER_NOT_FOUND, FORBIDDEN, CONFLICT: see {@link Sanctioner}.
     */
    async impose(actor: Actor, userId: string, asked: Terms & { reason: string }): Promise<Sanction> {
      const terms = readTerms(asked);
      if (!terms) throw badField("action", "not_allowed", "must be warn, mute, suspend or ban");
      return await write((work) => sanctioner.impose(work, actor, { userId, terms, reason: asked.reason }));
    },

    /** Makes a ban permanent, as the second person. @throws See {@link Sanctioner}. */
    confirm(actor: Actor, ref: SanctionRef): Promise<Sanction> {
      return write((work) => sanctioner.confirm(work, actor, ref));
    },

    /** Ends a sanction; of a confirmed ban the first of two asks for it. @throws See {@link Sanctioner}. */
    lift(actor: Actor, ref: SanctionRef): Promise<Sanction> {
      return write((work) => sanctioner.lift(work, actor, ref));
    },

    /** Newest first, without those of the viewer. @throws VALIDATION_ERROR for a foreign cursor. */
    async list(viewer: Actor, filter: SanctionFilter, page: PageOptions): Promise<PageOf<ListedSanction>> {
      const found = await readPage(
        page,
        (range) => reader.read((sql) => selectSanctions(sql, { viewerId: viewer.id, filter, ...range })),
        ({ sanction, at }) => ({ id: sanction.id, createdAt: at }),
      );
      return { items: found.items.map((row) => row.sanction), cursor: found.cursor };
    },
  };
}
