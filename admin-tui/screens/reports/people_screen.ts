/**
 * The queue by person as a list-and-detail screen: the people, and the case of the selected one beside them. Pure.
 * @module
 */
import { AppError } from "../../../server/protocol/errors.ts";
import type { DrawOptions, ListSpec } from "../../list_screen/spec.ts";
import type { Line } from "../../spans.ts";
import type { ReportedRow } from "../../wire.ts";
import { type Case, readCase } from "./case.ts";
import { PEOPLE_FILTER_HINT, parsePeopleFilter, searchedPersonText } from "./filter.ts";
import { personHeading, personRow } from "./person_row_view.ts";
import { caseLines, personHead, personTitle } from "./person_view.ts";
import { reportsSpec } from "./spec.ts";

export const peopleSpec: ListSpec<ReportedRow, Case> = {
  name: "people",
  what: "the queue",
  filterHint: PEOPLE_FILTER_HINT,
  parse: parsePeopleFilter,
  read: (desk, query) => desk.api.people.list({ ...query, sort: desk.state.sort }),
  async readDetail(desk, id) {
    const row = desk.state.lists.people.rows.all.find((one) => one.id === id);
    if (!row) throw new AppError("REPORT_NOT_FOUND", "The person is not in this list any more: press R", []);
    return await readCase(desk.api.reports, row.ids, { reveal: false });
  },
  searched: searchedPersonText,
  copied: ({ id }) => id,
  title: () => "People",
  empty: reportsSpec.empty,
  heading: personHeading,
  row: personRow,
  detailTitle: personTitle,
  detail: drawCase,
  actions: reportsSpec.actions,
};

function drawCase(row: ReportedRow, shown: Case | null, options: DrawOptions): Line[] {
  return shown ? caseLines(row, shown, options) : personHead(row, options);
}
