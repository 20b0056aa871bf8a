/**
 * Draws the rows of the queue by person. Pure.
 * @module
 */
import { REPORT_REASONS, type ReportReason } from "../../../server/protocol/models.ts";
import { fit } from "../../cells.ts";
import type { DrawOptions } from "../../list_screen/spec.ts";
import { sanitise } from "../../sanitise.ts";
import { type Line, line, type Span, toned } from "../../spans.ts";
import { REASONS } from "../../theme.ts";
import type { ReportedRow } from "../../wire.ts";
import { dueCell, ownerCell } from "./row_view.ts";
import { isOpen } from "./rows.ts";

/** Columns whose width depends on the pane's. */
interface Columns {
  readonly name: number;
  readonly owner: number;
  /** 0: not shown. */
  readonly reporters: number;
  readonly priors: number;
}

/** A sign for each category besides the first: `! harass $~`. */
const CATEGORIES = 13;
const DUE = 10;
/** Sign, N, categories and SLA with the blanks around them. */
const FIXED = 3 + 4 + 1 + CATEGORIES + 1 + DUE + 1;

function columnsOf(width: number): Columns {
  const room = width - FIXED;
  const reporters = room >= 34 ? 4 : 0;
  const priors = room >= 34 ? 7 : 0;
  const owner = room >= 30 ? 10 : 5;
  return { name: Math.max(6, room - owner - reporters - priors), owner, reporters, priors };
}

/** @returns The heading of the columns. */
export function personHeading(width: number): Line {
  const { name, owner, reporters, priors } = columnsOf(width);
  const parts = [
    "   ",
    fit("REPORTED", name),
    fit("N", 4, "right"),
    ...(reporters ? [fit("BY", reporters, "right")] : []),
    ...(priors ? [fit("PRIORS", priors, "right")] : []),
    " ",
    fit("CATEGORIES", CATEGORIES),
    " ",
    fit("SLA", DUE),
    " ",
    fit("OWNER", owner),
  ];
  return [toned("muted", parts.join(""))];
}

/** @returns One person as a row. */
export function personRow(row: ReportedRow, { width, now, me }: DrawOptions): Line {
  const columns = columnsOf(width);
  const open = isOpen(row);
  const [worst = "other"] = bySeverity(row.reasons);
  const categories = fit(categoryWords(row.reasons), CATEGORIES);
  const parts: (string | Span)[] = [
    "   ",
    fit(sanitise(row.reported.name), columns.name),
    fit(String(row.reports), 4, "right"),
    ...(columns.reporters ? [fit(String(row.reporters), columns.reporters, "right")] : []),
    ...(columns.priors
      ? [fit(row.prior_reports > 0 ? String(row.prior_reports) : "", columns.priors, "right")]
      : []),
    " ",
    open ? toned(REASONS[worst].tone, categories) : categories,
    " ",
    dueCell(row, { now, width: DUE }),
    " ",
    ownerCell(row, { me, width: columns.owner }),
  ];
  return open ? line(...parts) : line(...parts).map(({ text }) => toned("muted", text));
}

/** @returns The categories, the gravest first. */
export function bySeverity(reasons: readonly ReportReason[]): ReportReason[] {
  const gravest = Object.keys(REASONS) as ReportReason[];
  return REPORT_REASONS.filter((reason) => reasons.includes(reason)).toSorted(
    (a, b) => gravest.indexOf(a) - gravest.indexOf(b),
  );
}

/** @returns `! harass $~` */
function categoryWords(reasons: readonly ReportReason[]): string {
  const [worst, ...rest] = bySeverity(reasons);
  if (!worst) return "";
  const signs = rest.map((reason) => REASONS[reason].sign).join("");
  return `${REASONS[worst].sign} ${REASONS[worst].short} ${signs}`;
}
