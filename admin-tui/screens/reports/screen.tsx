/**
 * The reports screen: the queue, and beside it (or instead of it, where there is no room) the case.
 * @module
 */
import { listPanel } from "../../components/list_panel.ts";
import { TwoPanes } from "../../components/two_panes.tsx";
import type { Desk } from "../../desk/desk.ts";
import { isStale, type ShellState, serverNow } from "../../desk/shell_state.ts";
import { useStore } from "../../hooks/use_store.ts";
import type { Line } from "../../spans.ts";
import { casePanel } from "./case_panel.ts";
import type { ReportsScreen } from "./commands.ts";
import { reportHeading, reportRow } from "./list_view.ts";
import type { ReportsState } from "./state.ts";

interface Props {
  readonly desk: Desk;
  readonly screen: ReportsScreen;
}

export function ReportsView({ desk, screen }: Props) {
  const shell = useStore(desk.shell);
  const state = useStore(screen.store);
  return (
    <TwoPanes
      layout={shell.layout}
      focus={state.focus}
      list={() => queuePanel(state, shell)}
      detail={() => casePanel(state, shell)}
    />
  );
}

/** @returns The words at the right of the tabs. */
export function reportsFacts({ sort, filter, list }: ReportsState): string {
  const parts = [
    `sort:${sort === "sla" ? "SLA" : sort}`,
    `filter: ${filter.text === "" ? "none" : filter.text}`,
  ];
  if (list.marked.size > 0) parts.unshift(`${list.marked.size} marked`);
  if (list.news > 0) parts.push(`${list.news} new: press R`);
  return parts.join("  ");
}

function queuePanel({ list, filter, focus }: ReportsState, shell: ShellState): Line[] {
  const { layout, me, stats } = shell;
  const inner = layout.listWidth - 2;
  const isFiltered = filter.text !== "";
  return listPanel({
    name: "Reports",
    list,
    width: layout.listWidth,
    height: layout.bodyHeight,
    heading: reportHeading(inner),
    row: (row) => reportRow(row, { width: inner, now: serverNow(shell), me: me?.id, list }),
    empty: isFiltered
      ? ["No report fits the filter", "esc takes the filter away"]
      : ["Queue clear", "New reports are announced here"],
    total: isFiltered ? undefined : stats?.reports.open,
    isFocused: focus === "list",
    isStale: isStale(shell),
    now: shell.now,
  });
}
