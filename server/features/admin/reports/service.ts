/**
 * Reports for staff: the list, a report's page, the claim, notes, decisions.
 * @module
 */

import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { newId } from "../../../lib/ids.ts";
import { type PageOf, type PageOptions, toPage } from "../../../lib/page.ts";
import type { Actor } from "../staff/judging.ts";
import { createDecisions } from "./decisions.ts";
import { createReportDetail } from "./detail.ts";
import { type ReportFilter, type ReportSort, selectReports } from "./list_queries.ts";
import { insertNote, updateClaim, updateReleased } from "./queries.ts";
import type { Note, ReportRow } from "./schema.ts";
import { announce, auditStep, type ReportDeps, rowOf, takeStep } from "./steps.ts";

interface ListOptions extends PageOptions {
  readonly filter: ReportFilter;
  readonly sort: ReportSort;
}

/** See {@link createStaffReports}. */
export type StaffReports = ReturnType<typeof createStaffReports>;

/** @returns The service of reports for staff. */
export function createStaffReports(deps: ReportDeps) {
  const { db, write, staffEvents } = deps;
  return {
    ...createReportDetail(deps),
    ...createDecisions(deps),

    /** A page of the queue. @throws VALIDATION_ERROR for a cursor that is not of this list. */
    async list(viewer: Actor, { filter, sort, limit, cursor }: ListOptions): Promise<PageOf<ReportRow>> {
      const after = cursor === undefined ? null : decodeCursor(cursor).id;
      const rows = await selectReports(db.sql, {
        viewerId: viewer.id,
        filter,
        sort,
        after,
        limit: limit + 1,
      });
      return toPage(rows, limit, ({ id, created_at }) => encodeCursor({ id, createdAt: created_at }));
    },

    /**
     * Takes the lease of a report for ten minutes, or renews one's own.
     * @throws REPORT_NOT_FOUND, FORBIDDEN for those who may not judge it, CONFLICT with who holds or decided it.
     */
    claim(actor: Actor, id: string): Promise<ReportRow> {
      return write(async (work) => {
        const step = await takeStep(work, actor, { id, command: "claim" });
        await updateClaim(work.sql, id, actor.id);
        announce(work, staffEvents, step);
        // A renewal changes nothing that the log records.
        if (step.changed) await auditStep(work, step, { action: "report.claimed" });
        return await rowOf(work, step);
      });
    },

    /**
     * Gives the lease back; an admin ends anybody's. Nothing happens when nobody holds it.
     * @throws REPORT_NOT_FOUND, FORBIDDEN for those who may not judge it, CONFLICT with who holds it.
     */
    release(actor: Actor, id: string): Promise<ReportRow> {
      return write(async (work) => {
        const command = actor.role === "admin" ? "force_release" : "release";
        const step = await takeStep(work, actor, { id, command });
        if (step.changed) {
          await updateReleased(work.sql, id);
          announce(work, staffEvents, step);
          await auditStep(work, step, { action: "report.released" });
        }
        return await rowOf(work, step);
      });
    },

    /** Adds a remark for staff. @throws REPORT_NOT_FOUND */
    note(actor: Actor, id: string, text: string): Promise<Note> {
      return write(async (work) => {
        const step = await takeStep(work, actor, { id, command: "note" });
        const note = await insertNote(work.sql, { id: newId(), reportId: id, authorId: actor.id, text });
        announce(work, staffEvents, step);
        await auditStep(work, step, { action: "report.noted", after: { note_id: note.id } });
        return note;
      });
    },
  };
}
