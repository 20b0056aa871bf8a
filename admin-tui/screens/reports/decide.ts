/**
 * Decides rows of the queue: the form, the claim that it needs, what is shown before the server has answered.
 * One row or many, by person or by report.
 * @module
 */
import { DECISION, type Decision, resolveBody, UNDO_MS } from "../../desk/decisions.ts";
import type { Values } from "../../desk/desk.ts";
import { type Failure, failureOf, rivalOf } from "../../desk/failure.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { moveTo, select, toggleMark } from "../../list_screen/rows.ts";
import { sanitise } from "../../sanitise.ts";
import { bulkWords } from "./decision_forms.ts";
import type { Done, QueueList } from "./queue_list.ts";
import { decided, isOpen, nextOpen, overtaken, type QueueRow, rivalWords, targetsOf } from "./rows.ts";

/** Asks for a decision on the marked rows, else on the selected one, and carries it out. */
export async function decide<Row extends QueueRow, D>(
  queue: QueueList<Row, D>,
  decision: Decision,
): Promise<void> {
  const { desk } = queue;
  if (!desk.mayAct()) return;
  const rows = targetsOf(queue.state.rows);
  const [only] = rows;
  const { isLight, verb } = DECISION[decision];
  if (!only) return desk.say("info", "There is no report to decide");
  if (rows.length > 1 && !isLight)
    return desk.say("warn", `${verb} works on one ${queue.noun} at a time: esc takes the marks away`);
  if (rows.length > 1) return await decideMany(queue, decision, rows);
  if (!isOpen(only))
    return desk.say("warn", `${queue.nameOf(only)} is ${only.status} already: u undoes that`);
  await decideOne(queue, decision, only);
}

/** Shows who was faster. */
export function yieldTo<Row extends QueueRow, D>(
  queue: QueueList<Row, D>,
  id: string,
  failure: Failure,
): void {
  const { desk, claims } = queue;
  const rival = rivalOf(failure);
  claims.forget(id);
  queue.patch(id, (row) => overtaken(row, rival));
  const row = queue.state.rows.all.find((one) => one.id === id);
  desk.say("error", rivalWords(row ? queue.nameOf(row) : "It", rival, desk.serverNow()));
  // The refusal says who it was, not what they have done: the row itself does.
  void queue.readRow(id).then(
    (fresh) => queue.take(fresh),
    () => {},
  );
}

async function decideOne<Row extends QueueRow, D>(
  queue: QueueList<Row, D>,
  decision: Decision,
  row: Row,
): Promise<void> {
  const { desk, claims } = queue;
  const { isLight, past, verb } = DECISION[decision];
  let isAsking = true;
  let isTaken = false;
  // The form is there at once; the claim comes beside it, and closes it when somebody else holds the report.
  const claiming = claims.take(row.id).catch((error: unknown) => {
    const failure = failureOf(error);
    if (failure.kind !== "conflict" && failure.kind !== "refused") return;
    isTaken = true;
    if (failure.kind === "conflict") yieldTo(queue, row.id, failure);
    else desk.tell("Cannot claim", error);
    if (isAsking) desk.answer(null);
  });
  let done: Done<Row> | undefined;
  const outcome = await submitForm(desk, {
    draft: `${decision} ${row.id}`,
    form: queue.formFor(decision, row),
    async send(values) {
      isAsking = false;
      await claiming;
      if (isTaken) return;
      if (isLight) goToNext(queue);
      else desk.say("info", `${verb} ${sanitise(row.reported.name)}: waiting for the server`);
      done = await carryOut(queue, decision, { row, values }).catch((error: unknown) => {
        // The form comes back: what it is about is selected again.
        if (failureOf(error).kind === "invalid") queue.move((rows) => select(rows, row.id));
        throw error;
      });
    },
  });
  if (outcome === "cancelled" || isTaken) return;
  if (outcome !== "done") {
    if (outcome.kind !== "conflict") tellRefusal(desk, `${queue.nameOf(row)} was not ${past}`, outcome);
    return;
  }
  if (!done) return;
  desk.say("ok", queue.doneWords(decision, [done]));
  if (isLight) offerUndo(queue, [done.undoId]);
  else goToNext(queue);
}

/** Selects the next open row that nobody else holds, and claims it. */
function goToNext<Row extends QueueRow, D>(queue: QueueList<Row, D>): void {
  const index = nextOpen(queue.state.rows, queue.desk.state.me?.id);
  if (index === undefined) return;
  queue.move((rows) => moveTo(rows, index));
  if (queue.selected) void queue.claims.takeAhead(queue.selected.id);
}

/** Claims and decides one row. What was shown before the answer is put back when it is a refusal. */
async function carryOut<Row extends QueueRow, D>(
  queue: QueueList<Row, D>,
  decision: Decision,
  { row, values }: { row: Row; values: Values },
): Promise<Done<Row>> {
  const { desk, claims } = queue;
  const { isLight } = DECISION[decision];
  if (isLight) {
    const at = new Date(desk.serverNow()).toISOString();
    const by = desk.state.me ?? { id: "", name: "you" };
    queue.patch(row.id, (now) => decided(now, { decision, reason: values.reason ?? "", by, at }));
  }
  try {
    const done = await claims.during(row.id, async () => {
      await claims.take(row.id);
      if (isLight) queue.patch(row.id, (now) => ({ ...now, claim: null }));
      return await queue.resolve(row, resolveBody(decision, values, desk.serverNow()), values);
    });
    claims.forget(row.id);
    queue.take(done.row);
    queue.reloadPerson(row.reported.id);
    return done;
  } catch (error) {
    const failure = failureOf(error);
    if (isLight) queue.patch(row.id, () => row);
    if (failure.kind === "conflict") yieldTo(queue, row.id, failure);
    if (queue.selected?.id !== row.id) void claims.release(row.id);
    throw error;
  }
}

async function decideMany<Row extends QueueRow, D>(
  queue: QueueList<Row, D>,
  decision: Decision,
  rows: readonly Row[],
): Promise<void> {
  const { desk } = queue;
  const open = rows.filter(isOpen);
  const done: Done<Row>[] = [];
  const failures: Failure[] = [];
  const outcome = await submitForm(desk, {
    draft: `${decision} ${open.map(({ id }) => id).join(" ")}`,
    form: queue.bulkFormFor(decision, { rows, open }),
    async send(values) {
      for (const [index, row] of open.entries()) {
        desk.say("info", `${DECISION[decision].verb}: ${index + 1} of ${open.length}`);
        try {
          done.push(await carryOut(queue, decision, { row, values }));
        } catch (error) {
          const failure = failureOf(error);
          failures.push(failure);
          // The rest would fail as well: the connection is lost, or the session, or the reason is not accepted.
          if (failure.kind !== "conflict" && failure.kind !== "refused") break;
        }
      }
    },
  });
  if (outcome !== "done") return;
  const isDone = new Set(done.map(({ row }) => row.id));
  queue.changeRows((list) =>
    [...list.marked].filter((id) => isDone.has(id)).reduce((all, id) => toggleMark(all, id), list),
  );
  if (done.length > 0)
    offerUndo(
      queue,
      done.map(({ undoId }) => undoId),
    );
  if (failures.length === 0) desk.say("ok", queue.doneWords(decision, done));
  else desk.say("warn", bulkWords(decision, { done: done.length, failures, total: open.length }));
}

function offerUndo<Row extends QueueRow, D>({ desk }: QueueList<Row, D>, reportIds: readonly string[]): void {
  desk.set({ undo: { reportIds, until: desk.now() + UNDO_MS } });
}
