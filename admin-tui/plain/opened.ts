/**
 * A row of the queue in plain mode: its words, and what names it. Pure.
 * @module
 */
import { age, counted, handle, timeLeft, words } from "../format.ts";
import { bySeverity } from "../screens/reports/person_row_view.ts";
import { isMeantBy, isOpen } from "../screens/reports/rows.ts";
import type { ReportedRow, ReportRow } from "../wire.ts";

/** What is open: a person with their open reports, or a single report. */
export type Opened =
  | { readonly kind: "person"; readonly row: ReportedRow }
  | { readonly kind: "report"; readonly row: ReportRow };

/** @returns The row as a line of the list. */
export function openedText({ kind, row }: Opened, { now, me }: { now: number; me: string }): string {
  const holder = row.claim ? `claimed by ${row.claim.by.id === me ? "you" : row.claim.by.name}` : "unclaimed";
  const state = isOpen(row) ? `SLA ${timeLeft(row.due_at, now)}, ${holder}` : row.status;
  if (kind === "report")
    return `${handle("R", row.id)} ${words(row.reason)}, about ${row.reported.name}, ${age(row.created_at, now)} ago, ${state}`;
  const reasons = bySeverity(row.reasons).map(words).join(", ");
  return `${row.reported.name}, ${counted(row.reports, "report")}: ${reasons}, ${state}`;
}

/** @returns What messages call it. */
export function nameOf({ kind, row }: Opened): string {
  return kind === "report" ? handle("R", row.id) : row.reported.name;
}

/** @returns The ids of its open reports. */
export function reportsOf({ kind, row }: Opened): readonly string[] {
  return kind === "report" ? [row.id] : row.ids;
}

/** @returns Whether a word names it: a handle, an id, the person's name. */
export function isMeant({ kind, row }: Opened, word: string): boolean {
  const wanted = word.trim().toLowerCase();
  if (row.reported.name.toLowerCase() === wanted) return true;
  return (kind === "report" ? [row.id] : [row.id, ...row.ids]).some((id) => isMeantBy(id, wanted));
}
