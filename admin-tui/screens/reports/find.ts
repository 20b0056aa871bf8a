/**
 * Finds rows of the queue: its order, a row by its number or id.
 * @module
 */
import { SORTS, type Sort } from "../../desk/state.ts";
import type { QueueList } from "./queue_list.ts";
import type { QueueRow } from "./rows.ts";

/** What an order sorts by. */
const SORTED_BY: Readonly<Record<Sort, string>> = {
  sla: "category priority, then the time it is due",
  age: "age, the oldest first",
  newest: "age, the newest first",
};

/** Sorts by the next order. */
export function turnSort<Row extends QueueRow, D>(queue: QueueList<Row, D>): void {
  setSort(queue, SORTS[(SORTS.indexOf(queue.desk.state.sort) + 1) % SORTS.length] ?? "sla");
}

/** A command line of the queue. @returns What is wrong with it, null when it is done, undefined: unknown. */
export function reportsCommand<Row extends QueueRow, D>(
  queue: QueueList<Row, D>,
  name: string,
  rest: string,
): string | null | undefined {
  if (name !== "sort") return queue.command(name, rest) ?? goTo(queue, name);
  const sort = SORTS.find((known) => known === rest.toLowerCase());
  if (!sort) return `sort takes ${SORTS.map((known) => `${known} (${SORTED_BY[known]})`).join(", ")}`;
  setSort(queue, sort);
  return null;
}

function setSort<Row extends QueueRow, D>(queue: QueueList<Row, D>, sort: Sort): void {
  queue.desk.set({ sort });
  queue.desk.say("info", `Sorted by ${SORTED_BY[sort]}`);
  void queue.refresh();
}

/** A row's number, or the beginning of an id or handle. */
function goTo<Row extends QueueRow, D>(queue: QueueList<Row, D>, word: string): string | null | undefined {
  const { shown } = queue.state.rows;
  const index = /^\d{1,5}$/.test(word)
    ? Number(word) - 1
    : shown.findIndex((row) => queue.isMeant(row, word));
  if (index < 0) return /^r-|^[0-9a-f-]{6,}$/i.test(word) ? `${word} is not in this list` : undefined;
  queue.moveToIndex(index);
  return null;
}
