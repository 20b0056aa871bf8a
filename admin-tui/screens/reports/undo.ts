/**
 * Takes decisions back: the last one while it is fresh, an older one with a reason.
 * @module
 */
import { UNDO_REASON } from "../../desk/decisions.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { handle } from "../../format.ts";
import { select } from "../../list_screen/rows.ts";
import { undoForm } from "./decision_forms.ts";
import type { QueueList } from "./queue_list.ts";
import { undoBadFaith } from "./reporters.ts";
import { isOpen, type QueueRow, targetsOf } from "./rows.ts";

/** Takes the last decision back while it is fresh, else that of the selected row, with a reason. */
export async function undo<Row extends QueueRow, D>(queue: QueueList<Row, D>): Promise<void> {
  const { desk } = queue;
  if (!desk.mayAct()) return;
  const { undo: fresh } = desk.state;
  if (fresh && fresh.until > desk.now()) {
    desk.set({ undo: null });
    if (fresh.isOfReporter) await undoBadFaith(queue, fresh.reportIds);
    else await takeBack(queue, fresh.reportIds, UNDO_REASON);
    return;
  }
  const [row] = targetsOf(queue.state.rows);
  if (!row || isOpen(row)) return desk.say("info", "There is nothing to undo here");
  const decidedBy = queue.decidedBy(row);
  if (decidedBy === undefined)
    return desk.say("info", `Somebody else has decided it: p shows the single reports, status:closed those`);
  const outcome = await submitForm(desk, {
    draft: `undo ${row.id}`,
    form: undoForm(row, queue.nameOf(row)),
    async send({ reason = "" }) {
      const [error] = await takeBack(queue, [decidedBy], reason);
      if (error) throw error;
    },
  });
  if (typeof outcome !== "string") tellRefusal(desk, `${queue.nameOf(row)} stays as it is`, outcome);
}

/** @returns The errors of those that could not be taken back, which were told. */
async function takeBack<Row extends QueueRow, D>(
  queue: QueueList<Row, D>,
  ids: readonly string[],
  reason: string,
): Promise<unknown[]> {
  const { desk, claims } = queue;
  const done: Row[] = [];
  const errors: unknown[] = [];
  for (const id of ids) {
    try {
      const row = await queue.undone(await desk.api.reports.undo(id, reason));
      queue.take(row);
      claims.adopt(row);
      queue.reloadPerson(row.reported.id);
      done.push(row);
    } catch (error) {
      desk.tell(`${handle("R", id)} stays as it is`, error);
      errors.push(error);
    }
  }
  const [first, ...rest] = done;
  if (first === undefined) return errors;
  queue.move((rows) => select(rows, first.id));
  await Promise.all(rest.map(({ id }) => claims.release(id)));
  const what = done.length === 1 ? `${queue.nameOf(first)} is` : `${queue.counted(done.length)} are`;
  desk.say("ok", `${what} open again${done.length === 1 ? ", claimed by you" : ""}`);
  return errors;
}
