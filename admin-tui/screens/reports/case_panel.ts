/**
 * The case in its pane: as much of it as fits, and below it what can be done. Pure.
 * @module
 */
import { detailPanel, detailWidth, linesHidden } from "../../components/pane_view.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { type ShellState, serverNow } from "../../desk/shell_state.ts";
import type { Layout } from "../../layout.ts";
import { bold, EMPTY, type Line, line, toned } from "../../spans.ts";
import type { ReportDetail } from "../../wire.ts";
import { caseHead, caseLines, caseTitle } from "./case_view.ts";
import type { ReportsState } from "./state.ts";

/** @returns Lines of the case that do not fit. */
export function caseHidden(detail: ReportDetail, layout: Layout): number {
  const lines = caseLines(detail, { width: detailWidth(layout), now: 0, me: undefined }).length;
  return linesHidden(layout, { lines, actions: ACTIONS.length });
}

const ACTIONS: readonly Line[] = [
  line(" ", bold("[w]"), " warn  ", bold("[m]"), " mute  ", bold("[S]"), " suspend  ", bold("[b]"), " ban…"),
  line(
    " ",
    bold("[x]"),
    " dismiss  ",
    bold("[d]"),
    " resolve  ",
    bold("[e]"),
    " note  ",
    bold("[v]"),
    " reveal",
  ),
];

/** @returns The pane of the selected report. */
export function casePanel({ list, open, focus }: ReportsState, shell: ShellState): Line[] {
  const row = selectedRow(list);
  const isFocused = focus === "detail";
  if (!row) {
    const head = [EMPTY, line(toned("muted", "Nothing selected"))];
    return detailPanel(shell, { title: "", head, lines: null, actions: [], open: null, isFocused });
  }
  const options = { width: detailWidth(shell.layout), now: serverNow(shell), me: shell.me?.id };
  const own = open?.id === row.id ? open : null;
  return detailPanel(shell, {
    title: caseTitle(row, serverNow(shell)),
    head: caseHead(row, options),
    lines: own?.detail ? caseLines({ ...own.detail, ...row }, options) : null,
    actions: ACTIONS,
    open: own,
    isFocused,
  });
}
