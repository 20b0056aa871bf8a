/**
 * Draws the rows of the report queue. Pure.
 * @module
 */
import { fit } from "../../cells.ts";
import { age, handle, timeLeft } from "../../format.ts";
import type { DrawOptions } from "../../list_screen/spec.ts";
import { sanitise } from "../../sanitise.ts";
import { type Line, line, type Span, toned } from "../../spans.ts";
import { REASONS } from "../../theme.ts";
import type { ReportRow } from "../../wire.ts";
import { isOpen } from "./rows.ts";

/** Columns whose width depends on the pane's. */
interface Columns {
  readonly name: number;
  readonly reason: number;
  readonly owner: number;
  /** 0: not shown. */
  readonly due: number;
  readonly reporter: number;
}

/** Sign, id, N and AGE with the blanks around them. */
const FIXED = 24;

function columnsOf(width: number): Columns {
  const room = width - FIXED;
  const due = room >= 48 ? 10 : 0;
  const reporter = room >= 62 ? 14 : 0;
  const owner = room >= 40 ? 10 : 5;
  const reason = 7;
  const used = reason + 1 + owner + 1 + (due && due + 1) + (reporter && reporter + 1);
  return { name: Math.max(6, room - used), reason, owner, due, reporter };
}

/** @returns The heading of the columns. */
export function reportHeading(width: number): Line {
  const { name, reason, owner, due, reporter } = columnsOf(width);
  const parts = [
    "   ID       ",
    fit("REPORTED", name),
    ...(reporter ? [" ", fit("BY", reporter)] : []),
    " ",
    fit("CATEGORY", reason + 2),
    fit("N", 3, "right"),
    fit("AGE", 5, "right"),
    ...(due ? [" ", fit("SLA", due)] : []),
    " ",
    fit("OWNER", owner),
  ];
  return [toned("muted", parts.join(""))];
}

/** @returns One report as a row. */
export function reportRow(row: ReportRow, options: DrawOptions): Line {
  const { width, now, me } = options;
  const columns = columnsOf(width);
  const { sign, short, tone } = REASONS[row.reason];
  const open = isOpen(row);
  const name = fit(sanitise(row.reported.name), columns.name);
  const people = row.reporter_count > 1 ? String(row.reporter_count) : "";
  const category = fit(`${sign} ${short}`, columns.reason + 2);
  const parts: (string | Span)[] = [
    `   ${handle("R", row.id)} `,
    name,
    ...(columns.reporter ? [" ", fit(sanitise(row.reporter.name), columns.reporter)] : []),
    " ",
    open ? toned(tone, category) : category,
    fit(people, 3, "right"),
    fit(age(row.created_at, now), 5, "right"),
    ...(columns.due ? [" ", dueCell(row, { now, width: columns.due })] : []),
    " ",
    ownerCell(row, { me, width: columns.owner }),
  ];
  return open ? line(...parts) : line(...parts).map(({ text }) => toned("muted", text));
}

/** @returns How much of the promised time is left. */
export function dueCell(
  row: Pick<ReportRow, "status" | "due_at">,
  { now, width }: { now: number; width: number },
): Span {
  if (!isOpen(row)) return { text: fit("", width) };
  const left = Date.parse(row.due_at) - now;
  return toned(left < 0 ? "bad" : left < 3_600_000 ? "warn" : "plain", fit(timeLeft(row.due_at, now), width));
}

/** @returns Who holds it; what became of it when it is decided. */
export function ownerCell(
  row: Pick<ReportRow, "status" | "claim">,
  { me, width }: { me: string | undefined; width: number },
): Span {
  if (!isOpen(row)) return { text: fit(width < 9 ? "done" : row.status, width) };
  if (!row.claim) return toned("muted", fit("-", width));
  const isMine = row.claim.by.id === me;
  return toned(isMine ? "good" : "warn", fit(isMine ? "me" : `@${sanitise(row.claim.by.name)}`, width));
}
