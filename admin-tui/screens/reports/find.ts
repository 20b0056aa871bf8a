/**
 * Finds reports: the order of the queue, a row by its number or id.
 * @module
 */
import { SORTS, type Sort } from "../../desk/state.ts";
import { handle } from "../../format.ts";
import type { ReportRow } from "../../wire.ts";
import type { ReportsList } from "./reports_list.ts";

/** What an order sorts by. */
const SORTED_BY: Readonly<Record<Sort, string>> = {
  sla: "category priority, then the time it is due",
  age: "age, the oldest first",
  newest: "age, the newest first",
};

/** Sorts by the next order. */
export function turnSort(reports: ReportsList): void {
  setSort(reports, SORTS[(SORTS.indexOf(reports.desk.state.sort) + 1) % SORTS.length] ?? "sla");
}

/** A command line of the reports. @returns What is wrong with it, null when it is done, undefined: unknown. */
export function reportsCommand(reports: ReportsList, name: string, rest: string): string | null | undefined {
  if (name !== "sort") return reports.command(name, rest) ?? goTo(reports, name);
  const sort = SORTS.find((known) => known === rest.toLowerCase());
  if (!sort) return `sort takes ${SORTS.map((known) => `${known} (${SORTED_BY[known]})`).join(", ")}`;
  setSort(reports, sort);
  return null;
}

function setSort(reports: ReportsList, sort: Sort): void {
  reports.desk.set({ sort });
  reports.desk.say("info", `Sorted by ${SORTED_BY[sort]}`);
  void reports.refresh();
}

/** A row's number, or the beginning of an id or handle. */
function goTo(reports: ReportsList, word: string): string | null | undefined {
  const { shown } = reports.state.rows;
  const wanted = word.toLowerCase();
  const isMeant = ({ id }: ReportRow) => {
    const name = handle("R", id).toLowerCase();
    return id.startsWith(wanted) || name === wanted || name.slice(2) === wanted;
  };
  const index = /^\d{1,5}$/.test(word) ? Number(word) - 1 : shown.findIndex(isMeant);
  if (index < 0) return /^r-|^[0-9a-f-]{6,}$/.test(wanted) ? `${word} is not in this list` : undefined;
  reports.moveToIndex(index);
  return null;
}
