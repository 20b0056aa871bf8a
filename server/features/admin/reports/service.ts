/**
 * Reports for staff: the list, by report and by person, the claim, notes. Decisions are in decisions.ts.
 *
 * Lock order: the reported person's row, the pairs (undo), the reports, the head of the audit log, the users' logs.
 * @module
 */

import { newId } from "../../../lib/ids.ts";
import { type PageOf, type PageOptions, readPage } from "../../../lib/page.ts";
import type { Actor } from "../staff/judging.ts";
import { createDecisions, idsOf, lockParties, type Taken } from "./decisions.ts";
import { createReportDetail } from "./detail.ts";
import type { Note } from "./detail_schema.ts";
import { type ReportFilter, type ReportSort, selectReports } from "./list_queries.ts";
import { selectReportedPeople } from "./people_queries.ts";
import { insertNote, updateClaim, updateReleased } from "./queries.ts";
import { createReporterDismissal } from "./reporters.ts";
import type { ReportedPerson, ReportRow } from "./schema.ts";
import {
  announce,
  auditStep,
  type ReportDeps,
  rowOf,
  type Together,
  takeSiblings,
  takeStep,
} from "./steps.ts";
import { createUndo } from "./undoing.ts";

interface ListOptions extends PageOptions {
  readonly filter: ReportFilter;
  readonly sort: ReportSort;
}

/** See {@link createStaffReports}. */
export type StaffReports = ReturnType<typeof createStaffReports>;

/** @returns The service of reports for staff. */
export function createStaffReports(deps: ReportDeps) {
  const { reader, write, staffEvents } = deps;
  return {
    ...createReportDetail(deps),
    ...createDecisions(deps),
    ...createUndo(deps),
    ...createReporterDismissal(deps),

    /** A page of the queue. @throws VALIDATION_ERROR for a cursor that is not of this list. */
    async list(viewer: Actor, { filter, sort, ...page }: ListOptions): Promise<PageOf<ReportRow>> {
      const which = { viewerId: viewer.id, filter, sort };
      return await readPage(
        page,
        ({ limit, after }) =>
          reader.read((sql) => selectReports(sql, { ...which, after: after?.id ?? null, limit })),
        ({ id, created_at }) => ({ id, createdAt: created_at }),
      );
    },

    /** A page of the people whom reports are about, with each one's reports that fit. @throws VALIDATION_ERROR */
    async listPeople(viewer: Actor, { filter, sort, ...page }: ListOptions): Promise<PageOf<ReportedPerson>> {
      const which = { viewerId: viewer.id, filter, sort };
      const found = await readPage(
        page,
        (range) => reader.read((sql) => selectReportedPeople(sql, { ...which, ...range })),
        ({ place }) => place,
      );
      return { items: found.items.map(({ person }) => person), cursor: found.cursor };
    },

    /**
     * Takes the lease of a report for ten minutes, or renews one's own.
     * @param together.scope `person`: and of every other open report about the same person that nobody else holds.
     * @throws REPORT_NOT_FOUND, FORBIDDEN for those who may not judge it, CONFLICT with who holds or decided it.
     */
    claim(actor: Actor, id: string, together: Together = {}): Promise<Taken> {
      return write(async (work) => {
        if (together.scope === "person") await lockParties(work, id);
        const step = await takeStep(work, actor, { id, command: "claim" });
        const siblings = await takeSiblings(work, step, { ...together, command: "claim" });
        for (const taken of [step, ...siblings]) {
          await updateClaim(work.sql, taken.from.id, actor.id);
          announce(work, staffEvents, taken);
          // A renewal changes nothing that the log records.
          if (taken.changed) await auditStep(work, taken, { action: "report.claimed" });
        }
        return { report: await rowOf(work, step), also: idsOf(siblings) };
      });
    },

    /**
     * Gives the lease back; an admin ends anybody's. Nothing happens when nobody holds it.
     * @param together.scope `person`: and one's own of every other report about the same person.
     * @throws REPORT_NOT_FOUND, FORBIDDEN for those who may not judge it, CONFLICT with who holds it.
     */
    release(actor: Actor, id: string, together: Together = {}): Promise<Taken> {
      return write(async (work) => {
        if (together.scope === "person") await lockParties(work, id);
        const command = actor.role === "admin" ? "force_release" : "release";
        const step = await takeStep(work, actor, { id, command });
        const siblings = await takeSiblings(work, step, { ...together, command: "release" });
        const changed = [step, ...siblings].filter((taken) => taken.changed);
        for (const taken of changed) {
          await updateReleased(work.sql, taken.from.id);
          announce(work, staffEvents, taken);
          await auditStep(work, taken, { action: "report.released" });
        }
        return { report: await rowOf(work, step), also: idsOf(siblings.filter((taken) => taken.changed)) };
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
