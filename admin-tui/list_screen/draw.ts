/**
 * Draws a list-and-detail screen: both beside each other where there is room, else the one that has the focus. Pure.
 * @module
 */
import type { State } from "../desk/state.ts";
import type { Line } from "../spans.ts";
import { detailPanel } from "./detail_panel.ts";
import { listPanel } from "./list_panel.ts";
import type { Identified } from "./rows.ts";
import type { ListSpec } from "./spec.ts";
import type { ListScreenState } from "./state.ts";

/** @returns The lines of the screen's body. */
export function drawListScreen<Row extends Identified, Detail>(
  state: State,
  spec: ListSpec<Row, Detail>,
): Line[] {
  const screen = screenOf(state, spec);
  if (!state.layout.isWide)
    return screen.focus === "list" ? listPanel(state, spec, screen) : detailPanel(state, spec, screen);
  const right = detailPanel(state, spec, screen);
  return listPanel(state, spec, screen).map((left, index) => [...left, ...(right[index] ?? [])]);
}

/** @returns What the screen says of itself beside the tabs, the most important first. */
export function listFacts<Row extends Identified, Detail>(
  state: State,
  spec: ListSpec<Row, Detail>,
): string[] {
  const { rows, filter } = screenOf(state, spec);
  const filters = filter.text.split(/\s+/).filter((word) => !filter.search.includes(word.toLowerCase()));
  return [
    rows.news > 0 ? `${rows.news} new: press R` : "",
    rows.marked.size > 0 ? `${rows.marked.size} marked` : "",
    filters.join("") === "" ? "" : `filter: ${filters.join(" ")}`,
    filter.search.length === 0 ? "" : `search: ${filter.search.join(" ")}`,
  ].filter((fact) => fact !== "");
}

/** @returns The screen's own part of the state. */
export function screenOf<Row extends Identified, Detail>(
  { lists }: State,
  { name }: ListSpec<Row, Detail>,
): ListScreenState<Row, Detail> {
  // A screen's name and its types belong together: this is the one place that has to know.
  return lists[name] as unknown as ListScreenState<Row, Detail>;
}
