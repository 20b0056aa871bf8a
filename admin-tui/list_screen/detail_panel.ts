/**
 * The detail of the selected row in its pane: as many of its lines as fit, what can be done below them, and what
 * stands there while it is loading or when it could not be loaded. Pure.
 * @module
 */
import { PATIENCE_MS } from "../desk/desk.ts";
import { isStale, type State, serverNow } from "../desk/state.ts";
import { panel } from "../frame/panel.ts";
import type { Layout } from "../layout.ts";
import { sanitise } from "../sanitise.ts";
import { bold, EMPTY, type Line, line, toned } from "../spans.ts";
import { type Identified, selectedRow } from "./rows.ts";
import type { DrawOptions, ListSpec } from "./spec.ts";
import type { ListScreenState, Opened } from "./state.ts";

/** @returns Cells of a line of the detail. */
export function detailWidth(layout: Layout): number {
  return layout.detailWidth - 4;
}

/** @returns How far the detail on the screen can be scrolled, in lines. */
export function hiddenLines<Row extends Identified, Detail>(
  state: State,
  spec: ListSpec<Row, Detail>,
  screen: ListScreenState<Row, Detail>,
): number {
  return Math.max(0, linesOf(state, spec, screen).length - roomFor(state.layout, spec.actions.length));
}

/** @returns The pane. */
export function detailPanel<Row extends Identified, Detail>(
  state: State,
  spec: ListSpec<Row, Detail>,
  screen: ListScreenState<Row, Detail>,
): Line[] {
  const { layout } = state;
  const row = selectedRow(screen.rows);
  const actions = row ? spec.actions : [];
  const lines = linesOf(state, spec, screen);
  const room = roomFor(layout, actions.length);
  const scroll = Math.min(openedOf(screen)?.scroll ?? 0, Math.max(0, lines.length - room));
  const body = lines.slice(scroll, scroll + room).map((each) => line(" ", ...each));
  const blank = Array<Line>(Math.max(0, room - body.length)).fill(EMPTY);
  const below = lines.length - scroll - room;
  return panel({
    title: row ? sanitise(spec.detailTitle(row, serverNow(state))) : "",
    width: layout.detailWidth,
    height: layout.bodyHeight,
    lines: [...body, ...blank, below > 0 ? line(toned("muted", ` ${below} more below`)) : EMPTY, ...actions],
    isFocused: screen.focus === "detail",
    isStale: isStale(state),
  });
}

/** One line below the detail says how many more there are. */
function roomFor({ innerHeight }: Layout, actions: number): number {
  return innerHeight - actions - 1;
}

/** What is loaded, when it belongs to the selected row. */
function openedOf<Row extends Identified, Detail>({
  rows,
  opened,
}: ListScreenState<Row, Detail>): Opened<Detail> | null {
  return opened && opened.id === selectedRow(rows)?.id ? opened : null;
}

function linesOf<Row extends Identified, Detail>(
  state: State,
  spec: ListSpec<Row, Detail>,
  screen: ListScreenState<Row, Detail>,
): readonly Line[] {
  const row = selectedRow(screen.rows);
  if (!row) return [EMPTY, line(toned("muted", "Nothing selected"))];
  const opened = openedOf(screen);
  const options = { width: detailWidth(state.layout), now: serverNow(state), me: state.me?.id };
  const lines = drawn(spec, { row, detail: opened?.detail ?? null, ...options });
  if (!spec.readDetail || !opened || opened.detail) return lines;
  if (opened.failure)
    return [
      ...lines,
      EMPTY,
      line(toned("bad", sanitise(opened.failure.text))),
      line(bold("[R]"), " try again"),
    ];
  const isSlow = state.now - opened.since >= PATIENCE_MS;
  return isSlow ? [...lines, EMPTY, line(toned("muted", "Loading…"))] : lines;
}

interface Drawing extends DrawOptions {
  readonly row: Identified;
  readonly detail: unknown;
}

/** The last drawing of each screen: a key that changes nothing of the detail does not wrap its texts again. */
const drawings = new WeakMap<object, Drawing & { readonly lines: Line[] }>();

function drawn<Row extends Identified, Detail>(
  spec: ListSpec<Row, Detail>,
  { row, detail, ...options }: DrawOptions & { row: Row; detail: Detail | null },
): Line[] {
  const last = drawings.get(spec);
  const isSame =
    last !== undefined &&
    last.row === row &&
    last.detail === detail &&
    last.width === options.width &&
    last.now === options.now &&
    last.me === options.me;
  if (isSame) return last.lines;
  const lines = spec.detail(row, detail, options);
  drawings.set(spec, { row, detail, ...options, lines });
  return lines;
}
