/**
 * What can be done to a row of the queue besides deciding it: claims, notes, revealing, marks.
 * @module
 */
import { failureOf } from "../../desk/failure.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { handle } from "../../format.ts";
import { toggleMark } from "../../list_screen/rows.ts";
import { yieldTo } from "./decide.ts";
import type { QueueList } from "./queue_list.ts";
import type { QueueRow } from "./rows.ts";

/** Claims the selected row, or releases its claim. */
export async function toggleClaim<Row extends QueueRow, D>(queue: QueueList<Row, D>): Promise<void> {
  const { desk, claims, selected: row } = queue;
  if (!row || !desk.mayAct()) return;
  const name = queue.nameOf(row);
  if (claims.has(row.id)) {
    await claims.release(row.id);
    return desk.say("ok", `${name} released`);
  }
  try {
    await claims.take(row.id);
    desk.say("ok", `${name} is yours for 10 minutes, and while you look at it`);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === "conflict") yieldTo(queue, row.id, failure);
    else desk.tell("Cannot claim", error);
  }
}

/** Asks for a note and adds it. */
export async function addNote<Row extends QueueRow, D>(queue: QueueList<Row, D>): Promise<void> {
  const { desk, selected: row } = queue;
  if (!row || !desk.mayAct()) return;
  const reportId = queue.reportsOf(row)[0] ?? row.id;
  const name = handle("R", reportId);
  const outcome = await submitForm(desk, {
    draft: `note ${row.id}`,
    form: {
      title: `Note on ${name}`,
      lines: ["For staff only. It stays with the report for good."],
      fields: [
        {
          id: "text",
          label: "Note",
          limit: 2000,
          check: (text) => (text === "" ? "is required" : undefined),
        },
      ],
      confirm: "Add",
      isHarmless: true,
    },
    send: ({ text = "" }) => desk.api.reports.note(reportId, text),
  });
  if (outcome === "cancelled") return;
  if (outcome !== "done") return tellRefusal(desk, "The note was not added", outcome);
  desk.say("ok", `Note added to ${name}`);
  queue.reload(row.id);
}

/** Shows the texts of the evidence, or hides them. */
export async function reveal<Row extends QueueRow, D>(queue: QueueList<Row, D>): Promise<void> {
  const row = await queue.reveal();
  if (row) queue.desk.say("info", `Evidence of ${queue.nameOf(row)} shown: the audit log has it`);
}

/** Marks the selected row, or takes its mark away, and goes to the next one. */
export function mark<Row extends QueueRow, D>(queue: QueueList<Row, D>): void {
  const { selected: row } = queue;
  if (!row) return;
  queue.changeRows((rows) => toggleMark(rows, row.id));
  if (!queue.isInDetail) queue.moveToIndex(queue.state.rows.index + 1);
}
