/**
 * Deciding cases: the form, the claim that it needs, what is shown before the server has answered, and the way back
 * from it. One case or many.
 * @module
 */

import { DECISION, type Decision, resolveBody, UNDO_MS, UNDO_REASON } from "../../desk/decisions.ts";
import type { Desk } from "../../desk/desk.ts";
import { type Failure, failureOf, fieldErrors, rivalOf } from "../../desk/failure.ts";
import { handle } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { ReportRow } from "../../wire.ts";
import type { Claims } from "./claims.ts";
import { bulkForm, bulkWords, decisionForm, undoForm } from "./forms.ts";
import { decided, doneWords, isOpen, overtaken, rivalWords, rowOf } from "./rows.ts";
import { type ReportsState, targetsOf } from "./state.ts";

interface DecidingOptions {
  readonly desk: Desk;
  readonly claims: Claims;
  readonly get: () => ReportsState;
  readonly patch: (id: string, change: (row: ReportRow) => ReportRow) => void;
  /** The selection goes on to the next open case. */
  readonly moveOn: () => void;
  readonly moveTo: (id: string) => void;
  readonly unmark: (ids: readonly string[]) => void;
  /** The case's page is read again when it is the one on the screen. */
  readonly reload: (id: string) => void;
}

type Values = Readonly<Record<string, string>>;

/** @returns The commands. */
export function createDeciding(options: DecidingOptions) {
  const { desk, claims, get, patch, moveOn, moveTo, unmark, reload } = options;
  const { api } = desk;

  /** Shows and says who was faster. */
  function yieldTo(id: string, failure: Failure): void {
    if (failure.kind !== "conflict") return;
    const rival = rivalOf(failure);
    claims.forget(id);
    patch(id, (row) => overtaken(row, rival));
    desk.say("error", rivalWords(id, rival, desk.serverNow()));
    // The refusal says who it was, not what they have done: the report itself does.
    void api.reports.show(id, { reveal: false }).then(
      (detail) => patch(id, () => rowOf(detail)),
      () => {},
    );
  }

  /** Claims and decides one case. What was shown before the answer is taken back when it is a refusal. */
  async function carryOut(
    decision: Decision,
    ...[row, values]: [ReportRow, Values]
  ): Promise<Failure | null> {
    const { me } = desk.shell.get();
    const { isLight } = DECISION[decision];
    const by = me ?? { id: "", name: "you" };
    if (isLight) {
      const at = new Date(desk.serverNow()).toISOString();
      patch(row.id, (now) => decided(now, { decision, reason: values.reason ?? "", by, at }));
    }
    try {
      const { report } = await claims.during(row.id, async () => {
        await claims.take(row.id);
        if (isLight) patch(row.id, (now) => ({ ...now, claim: null }));
        return await api.reports.resolve(row.id, resolveBody(decision, values, desk.serverNow()));
      });
      claims.forget(row.id);
      patch(row.id, () => report);
      reload(row.id);
      return null;
    } catch (error) {
      const failure = failureOf(error);
      if (isLight) patch(row.id, () => row);
      yieldTo(row.id, failure);
      if (get().list.selected !== row.id) void claims.release(row.id);
      return failure;
    }
  }

  async function decideOne(decision: Decision, row: ReportRow): Promise<void> {
    let refusal: Failure | undefined;
    let isAsking = true;
    // The form is there at once; the claim comes beside it, and closes it when somebody else holds the case.
    const claiming = claims.take(row.id).catch((error: unknown) => {
      refusal = failureOf(error);
      if (refusal.kind === "conflict") yieldTo(row.id, refusal);
      else desk.tell("Cannot claim", error);
      if (isAsking) desk.answer(null);
    });
    let values: Values | null = {};
    let errors: Readonly<Record<string, string>> = {};
    for (;;) {
      values = await desk.ask(decisionForm(decision, { row, values, errors, devices: devicesOf(row.id) }));
      isAsking = false;
      await claiming;
      if (!values || refusal || !desk.mayAct()) return;
      const { isLight, past } = DECISION[decision];
      if (!isLight)
        desk.say("info", `${DECISION[decision].verb} ${sanitise(row.reported.name)}: waiting for the server`);
      if (isLight) moveOn();
      const failure = await carryOut(decision, row, values);
      if (!failure) {
        desk.say("ok", doneWords(decision, [row.id]));
        if (isLight) offerUndo([row.id]);
        else moveOn();
        return;
      }
      if (failure.kind !== "invalid") {
        if (failure.kind !== "conflict")
          desk.say("error", `${handle("R", row.id)} was not ${past}: ${failure.text}`);
        return;
      }
      moveTo(row.id);
      errors = { "": failure.text, ...fieldErrors(failure) };
      isAsking = true;
    }
  }

  /** The number of devices that a sanction reaches, when the case's page is here. */
  function devicesOf(id: string): number | undefined {
    const { open } = get();
    return open?.id === id ? open.detail?.active_sessions : undefined;
  }

  async function decideMany(decision: Decision, rows: readonly ReportRow[]): Promise<void> {
    const open = rows.filter(isOpen);
    const values = await desk.ask(bulkForm(decision, { rows, open, me: desk.shell.get().me?.id }));
    if (!values || !desk.mayAct()) return;
    const done: string[] = [];
    const failures: Failure[] = [];
    for (const [index, row] of open.entries()) {
      desk.say("info", `${DECISION[decision].verb}: ${index + 1} of ${open.length}`);
      const failure = await carryOut(decision, row, values);
      if (failure) failures.push(failure);
      else done.push(row.id);
      // Nothing that comes after can go better: the line is gone, or the session, or the words do not do.
      if (failure && failure.kind !== "conflict" && failure.kind !== "refused") break;
    }
    unmark(done);
    if (done.length > 0) offerUndo(done);
    if (failures.length === 0) desk.say("ok", doneWords(decision, done));
    else desk.say("warn", bulkWords(decision, { done, failures, total: open.length }));
  }

  function offerUndo(reportIds: readonly string[]): void {
    desk.shell.dispatch({ type: "undoable", undo: { reportIds, until: desk.now() + UNDO_MS } });
  }

  async function takeBack(ids: readonly string[], reason: string): Promise<void> {
    const done: string[] = [];
    for (const id of ids) {
      try {
        const { report } = await api.reports.undo(id, reason);
        patch(id, () => report);
        claims.adopt(report);
        reload(id);
        done.push(id);
      } catch (error) {
        desk.tell(`${handle("R", id)} stays as it is`, error);
      }
    }
    const [first, ...rest] = done;
    if (first === undefined) return;
    moveTo(first);
    await Promise.all(rest.map((id) => claims.release(id)));
    const what = done.length === 1 ? `${handle("R", first)} is` : `${done.length} reports are`;
    desk.say("ok", `${what} open again${done.length === 1 ? ", claimed by you" : ""}`);
  }

  return {
    async decide(decision: Decision): Promise<void> {
      if (!desk.mayAct()) return;
      const rows = targetsOf(get());
      const [only] = rows;
      if (!only) desk.say("info", "There is no report to decide");
      else if (rows.length > 1 && !DECISION[decision].isLight) {
        desk.say(
          "warn",
          `${DECISION[decision].verb} works on one report at a time: esc takes the marks away`,
        );
      } else if (rows.length > 1) await decideMany(decision, rows);
      else if (!isOpen(only))
        desk.say("warn", `${handle("R", only.id)} is ${only.status} already: u takes that back`);
      else await decideOne(decision, only);
    },

    /** Takes the last decision back while it is fresh, else that of the selected report, with a reason. */
    async undo(): Promise<void> {
      if (!desk.mayAct()) return;
      const { undo } = desk.shell.get();
      if (undo && undo.until > desk.now()) {
        desk.shell.dispatch({ type: "undoable", undo: null });
        await takeBack(undo.reportIds, UNDO_REASON);
        return;
      }
      const [row] = targetsOf(get());
      if (!row || isOpen(row)) {
        desk.say("info", "There is nothing to undo here");
        return;
      }
      const values = await desk.ask(undoForm(row));
      if (values && desk.mayAct()) await takeBack([row.id], values.reason ?? "");
    },
  };
}
