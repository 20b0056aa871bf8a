/**
 * A dialog and the help as boxes of lines, to be laid over the screen. Pure.
 * @module
 */
import { cells, shorten, wrap } from "../cells.ts";
import { type DialogState, isCancel, isConfirm } from "../desk/dialog_state.ts";
import { helpGroups } from "../keys.ts";
import type { Layout } from "../layout.ts";
import { sanitise } from "../sanitise.ts";
import { bold, EMPTY, type Line, line, type Span, toned } from "../spans.ts";
import { cursorText } from "./frame_lines.ts";
import { panel } from "./panel.ts";

/** A box and where it stands. */
export interface Box {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly left: number;
  readonly top: number;
}

const WIDTH = 72;

/** @returns The dialog, in the middle of the screen. */
export function dialogBox({ spec, ...state }: DialogState, layout: Layout): Box {
  const width = Math.min(WIDTH, layout.columns - 4);
  const inner = width - 6;
  const whole = spec.errors?.[""];
  const lines: Line[] = [
    EMPTY,
    ...spec.lines.flatMap((text) => wrap(text, inner).map((part) => line("  ", part))),
    ...(whole ? wrap(sanitise(whole), inner).map((part) => line("  ", toned("bad", part))) : []),
    EMPTY,
    ...state.fields.flatMap((field, index) =>
      fieldLines(field, { isFocused: index === state.focus, width: inner }),
    ),
    buttonsLine({ spec, ...state }),
    EMPTY,
  ];
  return center(spec.title, { lines, width, layout });
}

type Field = DialogState["fields"][number];

function fieldLines(
  { spec, line: typed, error }: Field,
  { isFocused, width }: { isFocused: boolean; width: number },
): Line[] {
  const name = `${spec.label}: `;
  const room = width - cells(name) - 2;
  const text = isFocused ? cursorText(typed, room) : [{ text: shorten(typed.text, room) }];
  const hint = isFocused && spec.suggestions && spec.suggestions.length > 0 ? "↑↓ suggestions, or type" : "";
  return [
    line(isFocused ? "> " : "  ", isFocused ? bold(name) : name, ...text),
    line("    ", error ? toned("bad", `! ${sanitise(error)}`) : toned("muted", hint)),
  ];
}

function buttonsLine(state: DialogState): Line {
  const { spec } = state;
  return line("  ", button("Cancel", isCancel(state)), "   ", button(spec.confirm, isConfirm(state)));
}

function button(text: string, isFocused: boolean): Span {
  return isFocused ? { text: `>[ ${text} ]<`, inverse: true } : { text: ` [ ${text} ] ` };
}

/** @returns How many lines of the help do not fit: it scrolls so far. */
export function helpHidden(layout: Layout): number {
  return Math.max(0, helpRows().length - (helpHeight(layout) - 2));
}

function helpHeight(layout: Layout): number {
  return layout.rows - 2;
}

function helpRows(): Line[] {
  return helpGroups().flatMap(({ title, rows }) => [
    line("  ", bold(title, "accent")),
    ...rows.map(([keys, help]) => line("    ", keys.padEnd(16), help)),
    EMPTY,
  ]);
}

/** @returns All keys. */
export function helpBox(scroll: number, layout: Layout): Box {
  const width = Math.min(96, layout.columns - 2);
  const height = helpHeight(layout);
  const rows = helpRows();
  const last = helpHidden(layout);
  const from = Math.min(scroll, last);
  const title =
    last === 0
      ? "Keys"
      : `Keys ${from + 1}-${Math.min(rows.length, from + height - 2)} of ${rows.length}  j/k scroll  esc close`;
  return center(title, { lines: rows.slice(from), width, layout, height });
}

function center(
  title: string,
  {
    lines,
    width,
    layout,
    height = lines.length + 2,
  }: { lines: readonly Line[]; width: number; layout: Layout; height?: number },
): Box {
  const fits = Math.min(height, layout.rows);
  return {
    lines: panel({ title, width, height: fits, lines, isFocused: true }),
    width,
    left: Math.max(0, Math.floor((layout.columns - width) / 2)),
    top: Math.max(0, Math.floor((layout.rows - fits) / 2)),
  };
}
