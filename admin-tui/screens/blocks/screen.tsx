/**
 * The blocks screen.
 * @module
 */
import { listPanel } from "../../components/list_panel.ts";
import { detailPanel } from "../../components/pane_view.ts";
import { TwoPanes } from "../../components/two_panes.tsx";
import type { Desk } from "../../desk/desk.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { isStale, type ShellState, serverNow } from "../../desk/shell_state.ts";
import { handle } from "../../format.ts";
import { useStore } from "../../hooks/use_store.ts";
import type { Line } from "../../spans.ts";
import type { BlocksScreen } from "./commands.ts";
import type { BlocksState } from "./state.ts";
import { BLOCK_ACTIONS, blockHead, blockHeading, blockLines, blockRow } from "./view.ts";

interface Props {
  readonly desk: Desk;
  readonly screen: BlocksScreen;
}

export function BlocksView({ desk, screen }: Props) {
  const shell = useStore(desk.shell);
  const state = useStore(screen.store);
  return (
    <TwoPanes
      layout={shell.layout}
      focus={state.focus}
      list={() => queue(state, shell)}
      detail={() => detail(state, shell)}
    />
  );
}

function queue({ list, focus, filter }: BlocksState, shell: ShellState): Line[] {
  const { layout } = shell;
  const inner = layout.listWidth - 2;
  return listPanel({
    name: "Blocks",
    list,
    width: layout.listWidth,
    height: layout.bodyHeight,
    heading: blockHeading(inner),
    row: (row) => blockRow(row, { width: inner, now: serverNow(shell) }),
    empty:
      filter === ""
        ? ["No blocks", "Nobody blocks anybody"]
        : ["No block fits the filter", "esc takes the filter away"],
    isFocused: focus === "list",
    isStale: isStale(shell),
    now: shell.now,
  });
}

function detail({ list, open, focus }: BlocksState, shell: ShellState): Line[] {
  const row = selectedRow(list);
  const now = serverNow(shell);
  const own = row && open?.id === row.id ? open : null;
  return detailPanel(shell, {
    title: row ? `${handle("B", row.id)}  ${row.upheld ? "UPHELD" : "BLOCK"}` : "",
    head: row ? blockHead(row, now) : [],
    lines: row && own?.detail ? blockLines(own.detail, now) : null,
    actions: row ? BLOCK_ACTIONS : [],
    open: own,
    isFocused: focus === "detail",
  });
}
