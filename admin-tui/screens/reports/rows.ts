/**
 * Updates rows of the queue: the expected result of a decision, changes by others, and which row comes next. Pure.
 * @module
 */
import { REPORT_STATUSES } from "../../../server/protocol/models.ts";
import { type Decision, doneText } from "../../desk/decisions.ts";
import type { Rival } from "../../desk/failure.ts";
import { age, clockTime, handle } from "../../format.ts";
import { type Rows, selectedRow } from "../../list_screen/rows.ts";
import type { PersonRef, ReportDetail, ReportRow } from "../../wire.ts";

/** What rows by report and rows by person have in common. */
export type QueueRow = Pick<
  ReportRow,
  "id" | "reported" | "status" | "claim" | "resolution" | "overdue" | "prior_reports"
>;

/** Whether a decision is still to be made. */
export function isOpen({ status }: Pick<ReportRow, "status">): boolean {
  return status === "pending" || status === "reviewed";
}

/** @returns The row as it will be if the server agrees. */
export function decided<Row extends QueueRow>(
  row: Row,
  options: { decision: Decision; reason: string; by: PersonRef; at: string },
): Row {
  const { decision, reason, by, at } = options;
  const status = decision === "dismiss" ? "dismissed" : "resolved";
  const action = decision === "dismiss" || decision === "done" ? "none" : decision;
  return { ...row, status, overdue: false, claim: null, resolution: { action, reason, by, at } };
}

/** @returns The row as the refusal says it is. */
export function overtaken<Row extends QueueRow>(row: Row, rival: Rival): Row {
  const { status, holder, until, resolvedBy, resolvedAt } = rival;
  const known = (["pending", "reviewed", "resolved", "dismissed"] as const).find((one) => one === status);
  return {
    ...row,
    status: known ?? row.status,
    claim: holder && until ? { by: holder, until } : null,
    resolution:
      resolvedBy && resolvedAt
        ? { action: "none", reason: "", by: resolvedBy, at: resolvedAt }
        : row.resolution,
  };
}

/** @returns The row with what another row of the same person says of the person. */
export function aboutSamePerson(row: ReportRow, fresh: ReportRow): ReportRow {
  if (row.reported.id !== fresh.reported.id) return row;
  // Both count without the report that they belong to.
  const open = fresh.other_open + Number(isOpen(fresh));
  const decidedOnes = fresh.prior_reports + Number(!isOpen(fresh));
  return {
    ...row,
    reported: fresh.reported,
    reporter_count: fresh.reporter_count,
    other_open: Math.max(0, open - Number(isOpen(row))),
    prior_reports: Math.max(0, decidedOnes - Number(!isOpen(row))),
  };
}

/** @returns Who was faster, in words. */
export function rivalWords(name: string, rival: Rival, now: number): string {
  if (rival.resolvedBy) {
    const when = rival.resolvedAt ? ` ${age(rival.resolvedAt, now)} ago` : "";
    return `${name} was ${rival.status ?? "decided"} by ${rival.resolvedBy.name}${when}`;
  }
  if (rival.holder) {
    const until = rival.until ? ` until ${clockTime(rival.until)}` : "";
    return `${name} is claimed by ${rival.holder.name}${until}`;
  }
  return `${name} is ${rival.status ?? "not yours"} now`;
}

/** @returns The row out of a report's page. */
export function rowOf(detail: ReportDetail): ReportRow {
  const {
    active_sessions: _,
    evidence: __,
    others: ___,
    history: ____,
    notes: _____,
    timeline: ______,
    ...row
  } = detail;
  return row;
}

/** @returns `R-8F31A2 dismissed`, `3 reports dismissed`. */
export function doneWords(decision: Decision, what: string): string {
  return `${what} ${doneText(decision)}`;
}

/** @returns Whether a word is a report's handle, or the beginning of its id. */
export function isMeantBy(id: string, word: string): boolean {
  const wanted = word.toLowerCase();
  const name = handle("R", id).toLowerCase();
  return id.startsWith(wanted) || name === wanted || name.slice(2) === wanted;
}

/** @returns The rows that an action is about: the marked ones, else the selected one. */
export function targetsOf<Row extends QueueRow>(rows: Rows<Row>): readonly Row[] {
  if (rows.marked.size > 0) return rows.all.filter(({ id }) => rows.marked.has(id));
  const row = selectedRow(rows);
  return row ? [row] : [];
}

/** @returns Where the next open row is that nobody else holds: after the selected one, else before it. */
export function nextOpen({ shown, index }: Rows<QueueRow>, me: string | undefined): number | undefined {
  const isFree = (row: QueueRow) => isOpen(row) && (row.claim === null || row.claim.by.id === me);
  const after = shown.findIndex((row, at) => at > index && isFree(row));
  if (after >= 0) return after;
  const before = shown.findLastIndex((row, at) => at < index && isFree(row));
  return before >= 0 ? before : undefined;
}

/** A claim lasts so long; its true end comes with the row, ms. */
const LEASE_MS = 10 * 60_000;

/** @returns The row as far as an event tells it. */
export function withEvent(
  row: ReportRow,
  { status, claimed_by }: { status: string; claimed_by: string | null },
  now: number,
): ReportRow {
  const known = REPORT_STATUSES.find((one) => one === status) ?? row.status;
  if (claimed_by === null) return { ...row, status: known, claim: null };
  if (row.claim?.by.id === claimed_by) return { ...row, status: known };
  const until = new Date(now + LEASE_MS).toISOString();
  return { ...row, status: known, claim: { by: { id: claimed_by, name: "…" }, until } };
}
