/**
 * A list in its pane: heading, the rows that fit around the selection, how many more there are, and what stands there
 * when there are none. Pure.
 * @module
 */
import { PATIENCE_MS } from "../desk/desk.ts";
import { isStale, type State, serverNow } from "../desk/state.ts";
import { count } from "../format.ts";
import { panel } from "../frame/panel.ts";
import { sanitise } from "../sanitise.ts";
import { bold, EMPTY, fitLine, type Line, line, restyled, toned } from "../spans.ts";
import { type Identified, type Rows, windowOf } from "./rows.ts";
import type { ListSpec } from "./spec.ts";
import type { ListScreenState } from "./state.ts";

/** @returns The pane. */
export function listPanel<Row extends Identified, Detail>(
  state: State,
  spec: ListSpec<Row, Detail>,
  { rows, filter, focus }: ListScreenState<Row, Detail>,
): Line[] {
  const { listWidth, bodyHeight, innerHeight } = state.layout;
  const inner = listWidth - 2;
  // The heading above, the count of what is below.
  const room = Math.max(1, innerHeight - 2);
  const { from, to } = windowOf(rows, room);
  const isFiltered = filter.text !== "";
  const total = isFiltered ? undefined : spec.total?.(state);
  const options = { width: inner, now: serverNow(state), me: state.me?.id };
  const drawn = rows.shown.slice(from, to).map((row, index) => {
    const isMarked = rows.marked.has(row.id);
    return signed(spec.row(row, options), {
      isMarked,
      isSelected: from + index === rows.index,
      width: inner,
    });
  });
  const blank = Array<Line>(Math.max(0, room - drawn.length)).fill(EMPTY);
  return panel({
    title: titleOf({ name: spec.title(filter), rows, from, to, total }),
    width: listWidth,
    height: bodyHeight,
    lines: insteadOfRows(rows, spec.empty(isFiltered), state.now) ?? [
      spec.heading(inner),
      ...drawn,
      ...blank,
      line(toned("muted", moreBelow(rows, to))),
    ],
    isFocused: focus === "list",
    isStale: isStale(state),
  });
}

interface TitleFacts {
  readonly name: string;
  readonly rows: Pick<Rows<Identified>, "shown" | "cursor">;
  readonly from: number;
  readonly to: number;
  readonly total: number | undefined;
}

function titleOf({ name, rows, from, to, total }: TitleFacts): string {
  const known = rows.shown.length;
  if (known === 0) return name;
  const isAll = rows.cursor === null;
  const of = isAll ? count(known) : total !== undefined && total > known ? count(total) : `${count(known)}+`;
  return `${name} ${count(from + 1)}-${count(to)} of ${of}`;
}

function moreBelow({ shown, cursor, phase }: Rows<Identified>, to: number): string {
  const below = shown.length - to;
  if (below > 0) return `  ${count(below)}${cursor === null ? "" : "+"} more below`;
  if (cursor === null) return "";
  return phase === "more" ? "  loading more" : "  more on the server: G";
}

/** The signs stand in the first two cells, which every row keeps free. */
function signed(
  row: Line,
  { isMarked, isSelected, width }: { isMarked: boolean; isSelected: boolean; width: number },
): Line {
  if (!isMarked && !isSelected) return fitLine(row, width);
  const [first, ...rest] = row;
  const signs = `${isSelected ? ">" : " "}${isMarked ? "*" : " "}`;
  const marked = first ? [{ ...first, text: `${signs}${first.text.slice(2)}` }, ...rest] : row;
  const fitted = fitLine(marked, width);
  return isSelected ? restyled(fitted, { inverse: true }) : fitted;
}

/** What stands in place of the rows, when there are none to show. */
function insteadOfRows(
  { shown, failure, phase, since }: Rows<Identified>,
  [title, hint]: readonly [string, string],
  now: number,
): Line[] | undefined {
  if (shown.length > 0) return undefined;
  if (failure) {
    return [
      EMPTY,
      line("  ", bold("Cannot load this", "bad")),
      line(`  ${sanitise(failure.text)}`),
      EMPTY,
      line("  ", bold("[R]"), " try again"),
    ];
  }
  if (phase === "idle") return [];
  if (phase === "ready") return [EMPTY, line("  ", bold(title)), line(toned("muted", `  ${hint}`))];
  return now - since >= PATIENCE_MS ? [EMPTY, line(toned("muted", "  Loading…"))] : [];
}
