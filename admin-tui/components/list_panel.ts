/**
 * A list in a pane: heading, the rows of its window, the selected one marked by a sign and not by colour alone, and
 * every state that a list can be in. Pure.
 * @module
 */
import { PATIENCE_MS } from "../desk/desk.ts";
import type { ListState } from "../desk/list_state.ts";
import { windowOf } from "../desk/list_state.ts";
import { count } from "../format.ts";
import { sanitise } from "../sanitise.ts";
import { bold, EMPTY, fitLine, type Line, line, restyled, toned } from "../spans.ts";
import { panel } from "./panel.ts";

interface ListPanelOptions<Row extends { readonly id: string }> {
  readonly name: string;
  readonly list: ListState<Row>;
  readonly width: number;
  readonly height: number;
  readonly heading: Line;
  readonly row: (row: Row) => Line;
  /** Said when there is nothing, with what to do about it. */
  readonly empty: readonly [title: string, hint: string];
  /** Rows on the server, when it is known. */
  readonly total?: number | undefined;
  readonly isFocused: boolean;
  readonly isStale: boolean;
  /** Our time, ms. */
  readonly now: number;
}

/** @returns The pane. */
export function listPanel<Row extends { readonly id: string }>(options: ListPanelOptions<Row>): Line[] {
  const { name, list, width, height, heading, isFocused, isStale } = options;
  const inner = width - 2;
  const room = Math.max(1, height - 4);
  const { from, to } = windowOf(list, room);
  const rows = list.shown
    .slice(from, to)
    .map((row, index) => select(options.row(row), from + index === list.index, inner));
  const message = messageOf(options);
  const below = list.shown.length - to;
  const more = below > 0 || list.cursor !== null ? `  ${moreWords(below, list)}` : "";
  const body = message ?? [
    heading,
    ...rows,
    ...Array<Line>(Math.max(0, room - rows.length)).fill(EMPTY),
    line(toned("muted", more)),
  ];
  return panel({
    title: titleOf({ name, list, from, to, total: options.total }),
    width,
    height,
    lines: body,
    isFocused,
    isStale,
  });
}

interface TitleFacts {
  readonly name: string;
  readonly list: { readonly shown: readonly unknown[]; readonly cursor: string | null };
  readonly from: number;
  readonly to: number;
  readonly total: number | undefined;
}

function titleOf({ name, list, from, to, total }: TitleFacts): string {
  const known = list.shown.length;
  if (known === 0) return name;
  const isAll = list.cursor === null;
  const of = isAll ? count(known) : total !== undefined && total > known ? count(total) : `${count(known)}+`;
  return `${name} ${count(from + 1)}-${count(to)} of ${of}`;
}

function moreWords(
  below: number,
  { cursor, phase }: { readonly cursor: string | null; readonly phase: string },
): string {
  if (below === 0) return phase === "more" ? "loading more" : "more on the server: G";
  return `${count(below)}${cursor === null ? "" : "+"} more below`;
}

function select(row: Line, isSelected: boolean, width: number): Line {
  if (!isSelected) return fitLine(row, width);
  const [first, ...rest] = row;
  // The sign stands in the first of the two cells that every row keeps for marks.
  const signed = first ? [{ ...first, text: `>${first.text.slice(1)}` }, ...rest] : row;
  return restyled(fitLine(signed, width), { inverse: true });
}

/** What stands in place of the rows, when there are none to show. */
function messageOf<Row extends { readonly id: string }>(options: ListPanelOptions<Row>): Line[] | undefined {
  const { list, empty, now } = options;
  if (list.shown.length > 0) return undefined;
  if (list.failure) {
    return [
      EMPTY,
      line("  ", bold("Cannot load this", "bad")),
      line(`  ${sanitise(list.failure.text)}`),
      EMPTY,
      line("  ", bold("[R]"), " try again"),
    ];
  }
  if (list.phase === "first" || list.phase === "idle" || list.phase === "more") {
    const isSlow = list.phase !== "idle" && now - list.since >= PATIENCE_MS;
    return isSlow ? [EMPTY, line(toned("muted", "  Loading…"))] : [];
  }
  const [title, hint] = empty;
  return [EMPTY, line("  ", bold(title)), line(toned("muted", `  ${hint}`))];
}
