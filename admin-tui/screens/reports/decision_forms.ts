/**
 * The forms of decisions on reports, for one report and for many. Pure.
 * @module
 */
import { DECISION, type Decision, fieldsFor, typedHandle } from "../../desk/decisions.ts";
import type { DialogSpec } from "../../desk/dialog_state.ts";
import type { Failure } from "../../desk/failure.ts";
import { reasonField } from "../../desk/form.ts";
import { counted, handle, words } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { ReportRow } from "../../wire.ts";
import type { QueueRow } from "./rows.ts";

/** Rows of the preview of a bulk action. */
const PREVIEW = 8;

interface DecisionFormOptions {
  readonly row: ReportRow;
  /** That the reported person is signed in on, when it is known. */
  readonly devices: number | undefined;
}

/** @returns The form for one report. */
export function decisionForm(decision: Decision, { row, devices }: DecisionFormOptions): DialogSpec {
  const name = sanitise(row.reported.name);
  const { verb, effect } = DECISION[decision];
  const typed = typedHandle(row.reported.name, handle("U", row.reported.id));
  const reach = devices === undefined ? "affects 1 user" : `affects 1 user, ${counted(devices, "device")}`;
  const isSanction = decision !== "dismiss" && decision !== "done";
  return {
    title: `${verb} ${isSanction ? name : handle("R", row.id)}`,
    lines: [
      `${handle("R", row.id)}  ${words(row.reason)}  about ${name}`,
      effect,
      ...(isSanction ? [reach] : []),
      ...(isSanction && row.other_open > 0
        ? [`Also open about them: ${counted(row.other_open, "report")}`]
        : []),
    ],
    fields: fieldsFor(decision, { reasons: [row.reason], handle: typed }),
    confirm: isSanction ? `${verb} ${name}` : verb,
    isHarmless: !isSanction,
  };
}

/** @returns The form for taking a decision back. */
export function undoForm(row: Pick<QueueRow, "status" | "resolution">, name: string): DialogSpec {
  const action = row.resolution?.action ?? "none";
  const lifted =
    action === "none"
      ? "It is open again and yours."
      : `The ${action} is lifted, the report is open again and yours.`;
  return {
    title: `Take back ${name}`,
    lines: [
      `${row.status} ${row.resolution?.by ? `by ${sanitise(row.resolution.by.name)}` : ""}`.trim(),
      lifted,
    ],
    fields: [reasonField(["Decided by mistake", "New evidence"])],
    confirm: "Take back",
  };
}

/** @returns The form for many reports, with a preview. */
export function bulkForm(
  decision: Decision,
  { rows, open, me }: { rows: readonly ReportRow[]; open: readonly ReportRow[]; me: string | undefined },
): DialogSpec {
  const { verb, effect } = DECISION[decision];
  const people = new Set(open.map(({ reported }) => reported.id)).size;
  const taken = open.filter(({ claim }) => claim && claim.by.id !== me);
  const preview = open.slice(0, PREVIEW).map((row) => {
    const holder = row.claim && row.claim.by.id !== me ? `  claimed by ${sanitise(row.claim.by.name)}` : "";
    return `  ${handle("R", row.id)}  ${sanitise(row.reported.name)}  ${words(row.reason)}${holder}`;
  });
  const rest = open.length - preview.length;
  return {
    title: `${verb} ${counted(open.length, "report")}`,
    lines: [
      `${effect} About ${people === 1 ? "1 person" : `${people} people`}.`,
      ...preview,
      ...(rest > 0 ? [`  and ${rest} more`] : []),
      ...(rows.length > open.length
        ? [`${rows.length - open.length} of the marked are decided already and left out`]
        : []),
      ...(taken.length > 0 ? [`${taken.length} will be refused unless their claim ends before`] : []),
    ],
    fields: fieldsFor(decision, { reasons: [...new Set(open.map(({ reason }) => reason))] }),
    confirm: `${verb} ${open.length}`,
  };
}

/** @returns How many decisions were done, refused and not tried. */
export function bulkWords(
  decision: Decision,
  { done, failures, total }: { done: number; failures: readonly Failure[]; total: number },
): string {
  const first = failures[0];
  const left = total - done - failures.length;
  const parts = [`${done} ${DECISION[decision].past}`, `${failures.length} refused (${first?.text ?? ""})`];
  if (left > 0) parts.push(`${left} not tried`);
  return parts.join(", ");
}
