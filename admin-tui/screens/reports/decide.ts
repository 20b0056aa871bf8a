/**
 * Decides reports: the form, the claim that it needs, what is shown before the server has answered, and undo. One
 * report or many.
 * @module
 */
import { DECISION, type Decision, resolveBody, UNDO_MS, UNDO_REASON } from "../../desk/decisions.ts";
import type { Values } from "../../desk/desk.ts";
import { type Failure, failureOf, rivalOf } from "../../desk/failure.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { handle } from "../../format.ts";
import { moveTo, select, toggleMark } from "../../list_screen/rows.ts";
import { sanitise } from "../../sanitise.ts";
import type { ReportRow } from "../../wire.ts";
import { bulkForm, bulkWords, decisionForm, undoForm } from "./decision_forms.ts";
import type { ReportsList } from "./reports_list.ts";
import { decided, doneWords, isOpen, nextOpen, overtaken, rivalWords, rowOf, targetsOf } from "./rows.ts";

/** Asks for a decision on the marked reports, else on the selected one, and carries it out. */
export async function decide(reports: ReportsList, decision: Decision): Promise<void> {
  const { desk } = reports;
  if (!desk.mayAct()) return;
  const rows = targetsOf(reports.state.rows);
  const [only] = rows;
  const { isLight, verb } = DECISION[decision];
  if (!only) return desk.say("info", "There is no report to decide");
  if (rows.length > 1 && !isLight)
    return desk.say("warn", `${verb} works on one report at a time: esc takes the marks away`);
  if (rows.length > 1) return await decideMany(reports, decision, rows);
  if (!isOpen(only))
    return desk.say("warn", `${handle("R", only.id)} is ${only.status} already: u undoes that`);
  await decideOne(reports, decision, only);
}

/** Takes the last decision back while it is fresh, else that of the selected report, with a reason. */
export async function undo(reports: ReportsList): Promise<void> {
  const { desk } = reports;
  if (!desk.mayAct()) return;
  const { undo: fresh } = desk.state;
  if (fresh && fresh.until > desk.now()) {
    desk.set({ undo: null });
    await takeBack(reports, fresh.reportIds, UNDO_REASON);
    return;
  }
  const [row] = targetsOf(reports.state.rows);
  if (!row || isOpen(row)) return desk.say("info", "There is nothing to undo here");
  const outcome = await submitForm(desk, {
    draft: `undo ${row.id}`,
    form: undoForm(row),
    async send({ reason = "" }) {
      const [error] = await takeBack(reports, [row.id], reason);
      if (error) throw error;
    },
  });
  if (typeof outcome !== "string") tellRefusal(desk, `${handle("R", row.id)} stays as it is`, outcome);
}

/** Shows who was faster. */
export function yieldTo(reports: ReportsList, id: string, failure: Failure): void {
  const { desk, claims } = reports;
  const rival = rivalOf(failure);
  claims.forget(id);
  reports.patch(id, (row) => overtaken(row, rival));
  desk.say("error", rivalWords(id, rival, desk.serverNow()));
  // The refusal says who it was, not what they have done: the report itself does.
  void desk.api.reports.show(id, { reveal: false }).then(
    (detail) => reports.take(rowOf(detail)),
    () => {},
  );
}

async function decideOne(reports: ReportsList, decision: Decision, row: ReportRow): Promise<void> {
  const { desk, claims } = reports;
  const { isLight, past, verb } = DECISION[decision];
  let isAsking = true;
  let isTaken = false;
  // The form is there at once; the claim comes beside it, and closes it when somebody else holds the report.
  const claiming = claims.take(row.id).catch((error: unknown) => {
    const failure = failureOf(error);
    if (failure.kind !== "conflict" && failure.kind !== "refused") return;
    isTaken = true;
    if (failure.kind === "conflict") yieldTo(reports, row.id, failure);
    else desk.tell("Cannot claim", error);
    if (isAsking) desk.answer(null);
  });
  const devices = reports.state.opened?.id === row.id ? reports.detail?.active_sessions : undefined;
  const outcome = await submitForm(desk, {
    draft: `${decision} ${row.id}`,
    form: decisionForm(decision, { row, devices }),
    async send(values) {
      isAsking = false;
      await claiming;
      if (isTaken) return;
      if (isLight) goToNext(reports);
      else desk.say("info", `${verb} ${sanitise(row.reported.name)}: waiting for the server`);
      await carryOut(reports, decision, { row, values }).catch((error: unknown) => {
        // The form comes back: what it is about is selected again.
        if (failureOf(error).kind === "invalid") reports.move((rows) => select(rows, row.id));
        throw error;
      });
    },
  });
  if (outcome === "cancelled" || isTaken) return;
  if (outcome !== "done") {
    if (outcome.kind !== "conflict") tellRefusal(desk, `${handle("R", row.id)} was not ${past}`, outcome);
    return;
  }
  desk.say("ok", doneWords(decision, [row.id]));
  if (isLight) offerUndo(reports, [row.id]);
  else goToNext(reports);
}

/** Selects the next open report that nobody else holds, and claims it. */
function goToNext(reports: ReportsList): void {
  const index = nextOpen(reports.state.rows, reports.desk.state.me?.id);
  if (index === undefined) return;
  reports.move((rows) => moveTo(rows, index));
  if (reports.selected) void reports.claims.takeAhead(reports.selected.id);
}

/** Claims and decides one report. What was shown before the answer is put back when it is a refusal. */
async function carryOut(
  reports: ReportsList,
  decision: Decision,
  { row, values }: { row: ReportRow; values: Values },
): Promise<void> {
  const { desk, claims } = reports;
  const { isLight } = DECISION[decision];
  if (isLight) {
    const at = new Date(desk.serverNow()).toISOString();
    const by = desk.state.me ?? { id: "", name: "you" };
    reports.patch(row.id, (now) => decided(now, { decision, reason: values.reason ?? "", by, at }));
  }
  try {
    const { report } = await claims.during(row.id, async () => {
      await claims.take(row.id);
      if (isLight) reports.patch(row.id, (now) => ({ ...now, claim: null }));
      return await desk.api.reports.resolve(row.id, resolveBody(decision, values, desk.serverNow()));
    });
    claims.forget(row.id);
    reports.take(report);
    reports.reloadPerson(row.reported.id);
  } catch (error) {
    const failure = failureOf(error);
    if (isLight) reports.patch(row.id, () => row);
    if (failure.kind === "conflict") yieldTo(reports, row.id, failure);
    if (reports.selected?.id !== row.id) void claims.release(row.id);
    throw error;
  }
}

async function decideMany(
  reports: ReportsList,
  decision: Decision,
  rows: readonly ReportRow[],
): Promise<void> {
  const { desk } = reports;
  const open = rows.filter(isOpen);
  const done: string[] = [];
  const failures: Failure[] = [];
  const outcome = await submitForm(desk, {
    draft: `${decision} ${open.map(({ id }) => id).join(" ")}`,
    form: bulkForm(decision, { rows, open, me: desk.state.me?.id }),
    async send(values) {
      for (const [index, row] of open.entries()) {
        desk.say("info", `${DECISION[decision].verb}: ${index + 1} of ${open.length}`);
        try {
          await carryOut(reports, decision, { row, values });
          done.push(row.id);
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
  const isDone = new Set(done);
  reports.changeRows((list) =>
    [...list.marked].filter((id) => isDone.has(id)).reduce((all, id) => toggleMark(all, id), list),
  );
  if (done.length > 0) offerUndo(reports, done);
  if (failures.length === 0) desk.say("ok", doneWords(decision, done));
  else desk.say("warn", bulkWords(decision, { done, failures, total: open.length }));
}

function offerUndo({ desk }: ReportsList, reportIds: readonly string[]): void {
  desk.set({ undo: { reportIds, until: desk.now() + UNDO_MS } });
}

/** @returns The errors of those that could not be taken back, which were told. */
async function takeBack(reports: ReportsList, ids: readonly string[], reason: string): Promise<unknown[]> {
  const { desk, claims } = reports;
  const done: string[] = [];
  const errors: unknown[] = [];
  for (const id of ids) {
    try {
      const { report } = await desk.api.reports.undo(id, reason);
      reports.take(report);
      claims.adopt(report);
      reports.reloadPerson(report.reported.id);
      done.push(id);
    } catch (error) {
      desk.tell(`${handle("R", id)} stays as it is`, error);
      errors.push(error);
    }
  }
  const [first, ...rest] = done;
  if (first === undefined) return errors;
  reports.move((rows) => select(rows, first));
  await Promise.all(rest.map((id) => claims.release(id)));
  const what = done.length === 1 ? `${handle("R", first)} is` : `${done.length} reports are`;
  desk.say("ok", `${what} open again${done.length === 1 ? ", claimed by you" : ""}`);
  return errors;
}
