/**
 * The queue as pages, and a case's page: the reading side of reports for staff.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { type PageOf, type PageOptions, toPage } from "../../../lib/page.ts";
import type { Actor } from "../staff/actor.ts";
import { type ReportFilter, type ReportSort, selectReports } from "./list_queries.ts";
import type { ReportRow } from "./schema.ts";

interface ListOptions extends PageOptions {
  readonly filter: ReportFilter;
  readonly sort: ReportSort;
}

/** @returns The service of the queue. */
export function createReportList({ db }: { db: Pick<Database, "sql"> }) {
  return {
    /** @throws VALIDATION_ERROR for a cursor that is not of this list. */
    async list(actor: Actor, { filter, sort, limit, cursor }: ListOptions): Promise<PageOf<ReportRow>> {
      const after = cursor === undefined ? null : decodeCursor(cursor).id;
      const rows = await selectReports(db.sql, { viewerId: actor.id, filter, sort, after, limit: limit + 1 });
      const encode = ({ id, created_at }: ReportRow) => encodeCursor({ id, createdAt: created_at });
      return toPage(rows, limit, encode);
    },
  };
}
