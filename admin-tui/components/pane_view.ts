/**
 * The detail pane of the simpler screens: its lines, as far as they fit, what can be done below them, and every state
 * that a detail can be in. Pure.
 * @module
 */
import { PATIENCE_MS } from "../desk/desk.ts";
import type { Opened } from "../desk/pane_state.ts";
import { isStale, type ShellState } from "../desk/shell_state.ts";
import type { Layout } from "../layout.ts";
import { sanitise } from "../sanitise.ts";
import { bold, EMPTY, type Line, line, toned } from "../spans.ts";
import { panel } from "./panel.ts";

interface DetailOptions {
  readonly title: string;
  /** What is known without the detail. */
  readonly head: readonly Line[];
  /** Null: not here yet. */
  readonly lines: readonly Line[] | null;
  readonly actions: readonly Line[];
  readonly open: Pick<Opened<unknown>, "failure" | "since" | "scroll"> | null;
  readonly isFocused: boolean;
}

/** @returns Cells of a line of the detail. */
export function detailWidth(layout: Layout): number {
  return layout.detailWidth - 4;
}

/** @returns How many of so many lines do not fit. */
export function linesHidden(layout: Layout, { lines, actions }: { lines: number; actions: number }): number {
  return Math.max(0, lines - roomFor(layout, actions));
}

function roomFor({ innerHeight }: Layout, actions: number): number {
  return innerHeight - actions - 1;
}

/** @returns The pane. */
export function detailPanel(shell: ShellState, options: DetailOptions): Line[] {
  const { layout } = shell;
  const { title, actions, open, isFocused } = options;
  const lines = linesOf(options, shell.now);
  const room = roomFor(layout, actions.length);
  const scroll = Math.min(open?.scroll ?? 0, Math.max(0, lines.length - room));
  const body = lines.slice(scroll, scroll + room).map((each) => line(" ", ...each));
  while (body.length < room) body.push(EMPTY);
  const below = lines.length - scroll - room;
  const more = below > 0 ? line(toned("muted", ` ${below} more below`)) : EMPTY;
  return panel({
    title: sanitise(title),
    width: layout.detailWidth,
    height: layout.bodyHeight,
    lines: [...body, more, ...actions],
    isFocused,
    isStale: isStale(shell),
  });
}

function linesOf({ head, lines, open }: DetailOptions, now: number): readonly Line[] {
  if (lines) return lines;
  if (open?.failure)
    return [...head, EMPTY, line(toned("bad", sanitise(open.failure.text))), line(bold("[R]"), " try again")];
  const isSlow = open !== null && now - open.since >= PATIENCE_MS;
  return isSlow ? [...head, EMPTY, line(toned("muted", "Loading…"))] : head;
}
