/**
 * The forms of decisions on people: all of somebody's open reports at once, each of which can be left out. Pure.
 * @module
 */
import { DECISION, type Decision, fieldsFor, typedHandle } from "../../desk/decisions.ts";
import type { Choice, DialogSpec, FieldSpec } from "../../desk/dialog_state.ts";
import { choicesField } from "../../desk/form.ts";
import { age, counted, handle, words } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { ReportedRow } from "../../wire.ts";
import type { Case } from "./case.ts";
import { bySeverity } from "./person_row_view.ts";

/** Rows of the preview of a bulk action. */
const PREVIEW = 8;

interface PersonFormOptions {
  readonly row: ReportedRow;
  /** Their case, when it was read already. */
  readonly shown: Case | null;
  readonly me: string | undefined;
  /** The server's time, ms. */
  readonly now: number;
}

/** @returns The form for all open reports about somebody. */
export function personForm(decision: Decision, { row, shown, me, now }: PersonFormOptions): DialogSpec {
  const name = sanitise(row.reported.name);
  const { verb, effect } = DECISION[decision];
  const isSanction = decision !== "dismiss" && decision !== "done";
  const devices = shown?.reports[0]?.active_sessions;
  const reach = devices === undefined ? "affects 1 user" : `affects 1 user, ${counted(devices, "device")}`;
  const reasons = bySeverity(row.reasons);
  return {
    title: isSanction ? `${verb} ${name}` : `${verb} what was reported about ${name}`,
    lines: [
      ...(row.ids.length > 1 ? [] : [`${handle("R", row.ids[0] ?? "")}  ${reasons.map(words).join(", ")}`]),
      effect,
      ...(isSanction ? [reach] : []),
    ],
    fields: [
      ...(row.ids.length > 1 ? [reportsField(row, { shown, me, now })] : []),
      ...fieldsFor(decision, { reasons, handle: typedHandle(row.reported.name, handle("U", row.id)) }),
    ],
    confirm: isSanction ? `${verb} ${name}` : verb,
    isHarmless: !isSanction,
  };
}

function reportsField(row: ReportedRow, { shown, me, now }: Omit<PersonFormOptions, "row">): FieldSpec {
  const pages = new Map(shown?.reports.map((report) => [report.id, report]));
  const choices = row.ids.map((id): Choice => {
    const page = pages.get(id);
    if (!page) return { id, label: handle("R", id) };
    const holder = page.claim && page.claim.by.id !== me ? `  @${sanitise(page.claim.by.name)} has it` : "";
    const filed = `by ${sanitise(page.reporter.name)}  ${age(page.created_at, now)} ago`;
    return { id, label: `${handle("R", id)}  ${words(page.reason)}  ${filed}${holder}` };
  });
  return choicesField(`open reports about ${sanitise(row.reported.name)}`, choices);
}

/** @returns The form for all open reports about many people, with a preview. */
export function personBulkForm(
  decision: Decision,
  { rows, open, me }: { rows: readonly ReportedRow[]; open: readonly ReportedRow[]; me: string | undefined },
): DialogSpec {
  const { verb, effect } = DECISION[decision];
  const reports = open.reduce((sum, row) => sum + row.ids.length, 0);
  const preview = open.slice(0, PREVIEW).map((row) => {
    const holder = row.claim && row.claim.by.id !== me ? `  claimed by ${sanitise(row.claim.by.name)}` : "";
    const reasons = bySeverity(row.reasons).map(words).join(", ");
    return `  ${sanitise(row.reported.name)}  ${counted(row.ids.length, "report")}  ${reasons}${holder}`;
  });
  const rest = open.length - preview.length;
  const title = `${verb} ${open.length === 1 ? "1 person" : `${open.length} people`}`;
  return {
    title: `${title}: ${counted(reports, "open report")}`,
    lines: [
      effect,
      ...preview,
      ...(rest > 0 ? [`  and ${rest} more`] : []),
      ...(rows.length > open.length
        ? [`${rows.length - open.length} of the marked are decided already and left out`]
        : []),
      ...(open.some(({ claim }) => claim && claim.by.id !== me)
        ? ["What somebody else holds is left alone"]
        : []),
    ],
    fields: fieldsFor(decision, { reasons: bySeverity(open.flatMap((row) => row.reasons)) }),
    confirm: `${verb} ${open.length}`,
  };
}
