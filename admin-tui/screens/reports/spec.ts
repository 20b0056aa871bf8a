/**
 * The reports as a list-and-detail screen: the queue, and the report beside it. Pure.
 * @module
 */
import type { DrawOptions, ListSpec } from "../../list_screen/spec.ts";
import { bold, type Line, line } from "../../spans.ts";
import type { ReportDetail, ReportRow } from "../../wire.ts";
import { FILTER_HINT, parseFilter, searchedText } from "./filter.ts";
import { reportHead, reportLines, reportTitle } from "./report_view.ts";
import { reportHeading, reportRow } from "./row_view.ts";

export const reportsSpec: ListSpec<ReportRow, ReportDetail> = {
  name: "reports",
  what: "the reports",
  filterHint: FILTER_HINT,
  parse: parseFilter,
  read: (desk, query) => desk.api.reports.list({ ...query, sort: desk.state.sort }),
  readDetail: (desk, id) => desk.api.reports.show(id, { reveal: false }),
  searched: searchedText,
  copied: ({ id }) => id,
  title: () => "Reports",
  total: ({ stats }) => stats?.reports.open,
  empty: (isFiltered) =>
    isFiltered
      ? ["No report fits the filter", "esc takes the filter away"]
      : ["Queue clear", "New reports are announced here"],
  heading: reportHeading,
  row: reportRow,
  detailTitle: reportTitle,
  detail: drawReport,
  actions: [
    line(
      " ",
      bold("[w]"),
      " warn  ",
      bold("[m]"),
      " mute  ",
      bold("[S]"),
      " suspend  ",
      bold("[b]"),
      " ban…",
    ),
    line(
      " ",
      bold("[x]"),
      " dismiss  ",
      bold("[d]"),
      " resolve  ",
      bold("[e]"),
      " note  ",
      bold("[v]"),
      " reveal",
    ),
  ],
};

/** The row is the one source of what it has: it is brought up to date with every answer and every event. */
function drawReport(row: ReportRow, detail: ReportDetail | null, options: DrawOptions): Line[] {
  return detail ? reportLines({ ...detail, ...row }, options) : reportHead(row, options);
}
