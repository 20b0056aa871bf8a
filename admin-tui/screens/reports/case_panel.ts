/**
 * The case in its pane: as much of it as fits, and below it what can be done. Pure.
 * @module
 */
import { panel } from "../../components/panel.ts";
import { PATIENCE_MS } from "../../desk/desk.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { isStale, type ShellState, serverNow } from "../../desk/shell_state.ts";
import type { Layout } from "../../layout.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, EMPTY, type Line, line, toned } from "../../spans.ts";
import { caseHead, caseLines, caseTitle } from "./case_view.ts";
import type { ReportsState } from "./state.ts";

/** What can be done, always in sight, and a line that says whether there is more above it. */
const FOOT = 3;

/** @returns Rows for the case itself. */
export function caseRoom({ innerHeight }: Layout): number {
  return innerHeight - FOOT;
}

/** @returns Cells of a line of the case. */
export function caseWidth({ detailWidth }: Layout): number {
  return detailWidth - 4;
}

/** @returns The pane of the selected report. */
export function casePanel(state: ReportsState, shell: ShellState): Line[] {
  const { layout } = shell;
  const row = selectedRow(state.list);
  const frame = {
    width: layout.detailWidth,
    height: layout.bodyHeight,
    isFocused: state.focus === "detail",
    isStale: isStale(shell),
  };
  if (!row) return panel({ ...frame, title: "", lines: [EMPTY, line(toned("muted", "  Nothing selected"))] });
  const now = serverNow(shell);
  const lines = linesOf(state, shell);
  const room = caseRoom(layout);
  const scroll = Math.min(state.open?.scroll ?? 0, Math.max(0, lines.length - room));
  const body = lines.slice(scroll, scroll + room).map((each) => line(" ", ...each));
  while (body.length < room) body.push(EMPTY);
  const below = lines.length - scroll - room;
  const more = below > 0 ? line(toned("muted", ` ${below} more below`)) : EMPTY;
  return panel({ ...frame, title: sanitise(caseTitle(row, now)), lines: [...body, more, ...actionLines()] });
}

function linesOf({ open, list }: ReportsState, shell: ShellState): Line[] {
  const { layout, me } = shell;
  const options = { width: caseWidth(layout), now: serverNow(shell), me: me?.id };
  const row = selectedRow(list)!;
  if (open?.id !== row.id) return caseHead(row, options);
  if (open.detail) return caseLines({ ...open.detail, ...row }, options);
  const head = [...caseHead(row, options), EMPTY];
  if (open.failure)
    return [...head, line(toned("bad", sanitise(open.failure.text))), line(bold("[R]"), " try again")];
  return shell.now - open.since >= PATIENCE_MS ? [...head, line(toned("muted", "Loading…"))] : head;
}

function actionLines(): Line[] {
  return [
    line(
      " ",
      bold("[w]"),
      " warn  ",
      bold("[m]"),
      " mute  ",
      bold("[S]"),
      " suspend  ",
      bold("[b]"),
      " ban…",
    ),
    line(
      " ",
      bold("[x]"),
      " dismiss  ",
      bold("[d]"),
      " resolve  ",
      bold("[e]"),
      " note  ",
      bold("[v]"),
      " evidence",
    ),
  ];
}
