/**
 * Filing appeals and reading one's own. One appeal a decision: the row of what is appealed is locked while it is filed.
 * @module
 */

import type { Database } from "../../db/client.ts";
import type { Write } from "../../db/unit_of_work.ts";
import { invalidFields } from "../../domain/validation.ts";
import { newId } from "../../lib/ids.ts";
import { type PageOf, type PageOptions, readPage } from "../../lib/page.ts";
import { AppError, invalid } from "../../protocol/errors.ts";
import { type Appealed, insertAppeal, lockReportBy, lockSanctionOf, selectAppealsOf } from "./queries.ts";
import { appealFlaws, type OwnAppeal } from "./schema.ts";

/** Who appeals. */
export interface Appellant {
  readonly userId: string;
  /** The sanction that their token speaks of, where they cannot sign in. */
  readonly sanctionId: string | null;
}

interface Filing {
  /** Cleaned. */
  readonly text: string;
  readonly sanctionId?: string | undefined;
  readonly reportId?: string | undefined;
}

/** See {@link createAppealService}. */
export type AppealService = ReturnType<typeof createAppealService>;

const REFUSALS: Readonly<Record<Exclude<Appealed["state"], "appealable">, string>> = {
  lifted: "it was withdrawn",
  late: "six months have passed since the decision",
  undecided: "it is not decided yet",
  acted: "action was taken on it",
};

/** @returns The service of appeals as people file them. */
export function createAppealService({ db, write }: { db: Pick<Database, "sql">; write: Write }) {
  return {
    /**
     * @throws VALIDATION_ERROR unless one sanction or report is named, SANCTION_NOT_FOUND and REPORT_NOT_FOUND for
     *   what is not the appellant's, CONFLICT when it was appealed before or cannot be.
     */
    async file({ userId, ...token }: Appellant, { text, reportId, ...given }: Filing): Promise<OwnAppeal> {
      const flaws = appealFlaws({ sanction_id: given.sanctionId, report_id: reportId });
      if (flaws.length > 0) throw invalidFields(flaws);
      const sanctionId = given.sanctionId ?? (reportId === undefined ? token.sanctionId : null);
      const id = reportId ?? sanctionId;
      if (id === null) {
        const message = "is required: this or report_id says what is appealed";
        throw invalid({ path: "body.sanction_id", code: "required", message });
      }
      return await write(async ({ sql }) => {
        const lock = sanctionId === null ? lockReportBy : lockSanctionOf;
        const found = await lock(sql, { id, userId });
        if (!found) throw new AppError(sanctionId === null ? "REPORT_NOT_FOUND" : "SANCTION_NOT_FOUND");
        if (found.appealId !== null) {
          const message = "Cannot appeal: there is an appeal already, and each decision can be appealed once";
          throw new AppError("CONFLICT", message, { appeal_id: found.appealId });
        }
        if (found.state !== "appealable") {
          throw new AppError("CONFLICT", `Cannot appeal: ${REFUSALS[found.state]}`);
        }
        return await insertAppeal(sql, { id: newId(), userId, sanctionId, reportId: reportId ?? null, text });
      });
    },

    /** Newest first. @throws VALIDATION_ERROR for a foreign cursor. */
    async listOf(userId: string, page: PageOptions): Promise<PageOf<OwnAppeal>> {
      const found = await readPage(
        page,
        (range) => selectAppealsOf(db.sql, { userId, ...range }),
        ({ appeal, at }) => ({ id: appeal.id, createdAt: at }),
      );
      return { items: found.items.map(({ appeal }) => appeal), cursor: found.cursor };
    },
  };
}
