/**
 * Draws somebody's case: who they are, each open report with its evidence, what is known of the person, what staff
 * said. Pure; every text of somebody else is sanitised here.
 * @module
 */
import { age, counted, dateTime, handle, timeLeft, words } from "../../format.ts";
import type { DrawOptions } from "../../list_screen/spec.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, EMPTY, folded, type Line, label, line, section, toned } from "../../spans.ts";
import { REASONS, STATUSES } from "../../theme.ts";
import type { ReportDetail, ReportedRow, Sanction } from "../../wire.ts";
import type { Case } from "./case.ts";
import { evidenceBody, evidenceFacts } from "./evidence_view.ts";
import { bySeverity } from "./person_row_view.ts";
import {
  claimWords,
  decisionLines,
  historyLines,
  noteLine,
  personLines,
  standingLines,
} from "./report_view.ts";
import { recordWords } from "./reporter_record.ts";
import { isOpen } from "./rows.ts";

/** @returns The words in the pane's border: `Sam  6 reports  OPEN  SLA 48m left`. */
export function personTitle(row: ReportedRow, now: number): string {
  const parts = [row.reported.name, counted(row.reports, "report"), STATUSES[row.status].word];
  if (isOpen(row)) parts.push(`SLA ${timeLeft(row.due_at, now)}`);
  return parts.join("  ");
}

/** @returns What the row alone tells, and what the sanctions of the pages say of the person's standing. */
export function personHead(
  row: ReportedRow,
  options: DrawOptions,
  sanctions: readonly Sanction[] = [],
): Line[] {
  const reasons = bySeverity(row.reasons).flatMap((reason, index) => [
    index === 0 ? "" : ", ",
    toned(REASONS[reason].tone, `${REASONS[reason].sign} ${words(reason)}`),
  ]);
  return [
    ...personLines(row, options),
    line(
      label("reports"),
      bold(String(row.reports)),
      row.reporters > 1 ? ` by ${row.reporters} people  ` : " by 1 person  ",
      ...reasons,
    ),
    line(label("claimed"), ...claimWords(row, options.me)),
    ...standingLines(row, sanctions),
    ...decisionLines(row, options),
  ];
}

/** @returns Everything about the person's open reports. */
export function caseLines(row: ReportedRow, { reports, more }: Case, options: DrawOptions): Line[] {
  const [first] = reports;
  const sanctions = first?.history.sanctions ?? [];
  return [
    ...personHead(row, options, sanctions),
    EMPTY,
    ...reports.flatMap((report) => reportSection(report, options)),
    ...(more > 0
      ? [line(toned("warn", `${counted(more, "report")} more: press p for single reports`)), EMPTY]
      : []),
    ...(first ? historyLines(first, options, new Set(reports.map(({ id }) => id))) : []),
    ...notesOf(reports, options),
    ...timelineOf(reports),
  ];
}

function reportSection(report: ReportDetail, options: DrawOptions): Line[] {
  const { sign, tone } = REASONS[report.reason];
  const isHeldByOther = report.claim && report.claim.by.id !== options.me;
  return [
    ...folded(
      line(bold(handle("R", report.id), "accent"), "  ", toned(tone, `${sign} ${words(report.reason)}`)),
      line(
        ` by ${sanitise(report.reporter.name)}`,
        recordWords(report.reporter_record),
        ` ${age(report.created_at, options.now)} ago`,
        isHeldByOther ? toned("warn", `  @${sanitise(report.claim!.by.name)}`) : "",
        isOpen(report) ? "" : toned("muted", `  ${report.status}`),
      ),
      { width: options.width, indent: 2 },
    ),
    line("   ", ...evidenceFacts(report)),
    ...evidenceBody(report, options),
    EMPTY,
  ];
}

function notesOf(reports: readonly ReportDetail[], options: DrawOptions): Line[] {
  const notes = reports
    .flatMap((report) => report.notes)
    .toSorted((a, b) => a.created_at.localeCompare(b.created_at));
  return [
    line(...section("NOTES", notes.length === 0 ? "none" : ""), "  ", bold("[e]"), " add"),
    ...notes.flatMap((note) => noteLine(note, options)),
    EMPTY,
  ];
}

function timelineOf(reports: readonly ReportDetail[]): Line[] {
  const steps = reports
    .flatMap(({ id, timeline }) => timeline.map((step) => ({ ...step, id })))
    .toSorted((a, b) => a.at.localeCompare(b.at));
  return [
    section("TIMELINE"),
    ...steps.map(({ at, what, actor, reason, id }) =>
      line(
        "   ",
        toned("muted", `${dateTime(at)} ${handle("R", id)} `),
        words(what.replace(/^report\./, "")),
        actor ? ` by ${sanitise(actor.name)}` : "",
        reason ? toned("muted", `  ${sanitise(reason)}`) : "",
      ),
    ),
  ];
}
