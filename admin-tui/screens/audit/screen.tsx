/**
 * The audit screen.
 * @module
 */
import { listPanel } from "../../components/list_panel.ts";
import { detailPanel, detailWidth } from "../../components/pane_view.ts";
import { TwoPanes } from "../../components/two_panes.tsx";
import type { Desk } from "../../desk/desk.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { isStale, type ShellState, serverNow } from "../../desk/shell_state.ts";
import { useStore } from "../../hooks/use_store.ts";
import type { Line } from "../../spans.ts";
import type { AuditScreen } from "./commands.ts";
import type { AuditState } from "./state.ts";
import { auditHeading, auditLines, auditRow } from "./view.ts";

interface Props {
  readonly desk: Desk;
  readonly screen: AuditScreen;
}

export function AuditView({ desk, screen }: Props) {
  const shell = useStore(desk.shell);
  const state = useStore(screen.store);
  return (
    <TwoPanes
      layout={shell.layout}
      focus={state.focus}
      list={() => log(state, shell)}
      detail={() => entry(state, shell)}
    />
  );
}

function log({ list, focus, filter }: AuditState, shell: ShellState): Line[] {
  const { layout } = shell;
  const inner = layout.listWidth - 2;
  return listPanel({
    name: "Audit",
    list,
    width: layout.listWidth,
    height: layout.bodyHeight,
    heading: auditHeading(inner),
    row: (row) => auditRow(row, { width: inner, now: serverNow(shell) }),
    empty:
      filter === ""
        ? ["Nothing yet", "every act of the staff is written here"]
        : ["No entry fits the filter", "esc takes the filter away"],
    isFocused: focus === "list",
    isStale: isStale(shell),
    now: shell.now,
  });
}

function entry({ list, open, focus }: AuditState, shell: ShellState): Line[] {
  const row = selectedRow(list);
  const own = row && open?.id === row.id ? open : null;
  return detailPanel(shell, {
    title: row ? `entry ${row.seq}` : "",
    head: [],
    lines: row ? auditLines(row, { width: detailWidth(shell.layout), now: serverNow(shell) }) : null,
    actions: [],
    open: own,
    isFocused: focus === "detail",
  });
}
