/**
 * Draws overlays: dialogs and the help. Pure.
 * @module
 */
import { cells, shorten, wrap } from "../cells.ts";
import { type DialogState, isCancel, isConfirm, leftOut } from "../desk/dialog_state.ts";
import { shortHelp } from "../key_help.ts";
import type { Context } from "../keys.ts";
import type { Layout } from "../layout.ts";
import { windowOf } from "../list_screen/rows.ts";
import { sanitise } from "../sanitise.ts";
import { bold, EMPTY, fitLine, type Line, line, type Span, toned } from "../spans.ts";
import { cursorText } from "./bars.ts";
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
      (field.spec.choices ? choiceLines : fieldLines)(field, {
        isFocused: index === state.focus,
        width: inner,
        rows: layout.rows,
      }),
    ),
    buttonsLine({ spec, ...state }),
    EMPTY,
  ];
  return center(spec.title, { lines, width, layout });
}

type Field = DialogState["fields"][number];

interface FieldOptions {
  readonly isFocused: boolean;
  /** In cells. */
  readonly width: number;
  /** Of the screen. */
  readonly rows: number;
}

/** Rows that the rest of a dialog takes. */
const BESIDES_CHOICES = 18;

/** A list with ticks: as many of its rows as there is room for, around the one that the keys are on. */
function choiceLines(field: Field, { isFocused, width, rows }: FieldOptions): Line[] {
  const { spec, at, error } = field;
  const choices = spec.choices ?? [];
  const left = leftOut(field.line.text);
  const room = Math.min(choices.length, Math.max(3, rows - BESIDES_CHOICES));
  const { from, to } = windowOf({ shown: choices, index: isFocused ? at : 0 }, room);
  const ticked = choices.length - left.length;
  const count = ticked === choices.length ? `all ${ticked}` : `${ticked} of ${choices.length}`;
  const below = choices.length - to;
  const hint = isFocused ? "↑↓ move, space ticks" : "shift-tab: leave out";
  return [
    line(
      isFocused ? "> " : "  ",
      isFocused ? bold(`${count} ${spec.label}`) : `${count} ${spec.label}`,
      toned("muted", `  ${hint}${below > 0 ? `, ${below} more below` : ""}`),
    ),
    ...choices.slice(from, to).map(({ id, label }, index) => {
      const isHere = isFocused && from + index === at;
      const text = shorten(`[${left.includes(id) ? " " : "x"}] ${label}`, width - 4);
      return line(`  ${isHere ? ">" : " "} `, isHere ? { text, inverse: true } : text);
    }),
    line("    ", error ? toned("bad", `! ${sanitise(error)}`) : ""),
  ];
}

function fieldLines({ spec, line: typed, error }: Field, { isFocused, width }: FieldOptions): Line[] {
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

/** Cells of a key in the help. */
const KEY_WIDTH = 11;
/** Cells of a column of the help. */
const COLUMN = 37;

/** @returns How far the help can be scrolled, in lines. */
export function helpHidden(contexts: readonly Context[], layout: Layout): number {
  return Math.max(0, helpRows(contexts, layout).length - (layout.rows - 4));
}

/** @returns The keys that have a meaning now, the screen's own first, in columns. */
export function helpBox(contexts: readonly Context[], scroll: number, layout: Layout): Box {
  const rows = helpRows(contexts, layout);
  const hidden = helpHidden(contexts, layout);
  const from = Math.min(scroll, hidden);
  const shown = rows.slice(from, from + layout.rows - 4);
  const title = hidden === 0 ? "Keys" : `Keys ${from + 1}-${from + shown.length} of ${rows.length}`;
  return center(title, { lines: shown, width: Math.min(2 * COLUMN + 4, layout.columns - 2), layout });
}

function helpRows(contexts: readonly Context[], layout: Layout): Line[] {
  const [own, ...rest] = contexts;
  const groups = shortHelp([...(own ? [own] : []), "dialog", ...rest]);
  const lines = groups.flatMap(({ title, rows }) => [
    line(bold(title, "accent")),
    ...rows.map(([keys, help]) => line(" ", bold(keys.padEnd(KEY_WIDTH - 1)), help)),
    EMPTY,
  ]);
  const half = columnBreak(groups.map(({ rows }) => rows.length + 2));
  // The last line of a column is a blank.
  const [left, right] = [lines.slice(0, half - 1), lines.slice(half, -1)];
  const width = Math.min(COLUMN, Math.floor((layout.columns - 6) / 2));
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => [
    ...line(" "),
    ...fitLine(left[index] ?? EMPTY, width),
    ...(right[index] ?? EMPTY),
  ]);
}

/** @returns After how many lines the second column begins: groups stay whole, the longer column is as short as it can be. */
function columnBreak(heights: readonly number[]): number {
  const total = heights.reduce((sum, height) => sum + height, 0);
  let best = total;
  let at = 0;
  for (const height of heights) {
    at += height;
    if (Math.max(at, total - at) < Math.max(best, total - best)) best = at;
  }
  return best;
}

function center(
  title: string,
  { lines, width, layout }: { lines: readonly Line[]; width: number; layout: Layout },
): Box {
  const height = Math.min(lines.length + 2, layout.rows);
  return {
    lines: panel({ title, width, height, lines, isFocused: true }),
    width,
    left: Math.max(0, Math.floor((layout.columns - width) / 2)),
    top: Math.max(0, Math.floor((layout.rows - height) / 2)),
  };
}
