/**
 * The users screen.
 * @module
 */
import { listPanel } from "../../components/list_panel.ts";
import { detailPanel, detailWidth } from "../../components/pane_view.ts";
import { TwoPanes } from "../../components/two_panes.tsx";
import type { Desk } from "../../desk/desk.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { isStale, type ShellState, serverNow } from "../../desk/shell_state.ts";
import { handle } from "../../format.ts";
import { useStore } from "../../hooks/use_store.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, type Line, line } from "../../spans.ts";
import type { UsersScreen } from "./commands.ts";
import type { UsersState } from "./state.ts";
import { dossierLines, USER_ACTIONS, userHeading, userRow } from "./view.ts";

interface Props {
  readonly desk: Desk;
  readonly screen: UsersScreen;
}

export function UsersView({ desk, screen }: Props) {
  const shell = useStore(desk.shell);
  const state = useStore(screen.store);
  return (
    <TwoPanes
      layout={shell.layout}
      focus={state.focus}
      list={() => people(state, shell)}
      detail={() => dossier(state, shell)}
    />
  );
}

function people({ list, focus, filter }: UsersState, shell: ShellState): Line[] {
  const { layout } = shell;
  const inner = layout.listWidth - 2;
  return listPanel({
    name: filter === "" ? "Bans to confirm" : "Users",
    list,
    width: layout.listWidth,
    height: layout.bodyHeight,
    heading: userHeading(inner),
    row: (entry) => userRow(entry, { width: inner, now: serverNow(shell) }),
    empty:
      filter === ""
        ? ["No ban waits for a second person", "press / and type a name to look somebody up"]
        : ["Nobody found", "names are found by their beginning, addresses as a whole"],
    isFocused: focus === "list",
    isStale: isStale(shell),
    now: shell.now,
  });
}

function dossier({ list, open, focus }: UsersState, shell: ShellState): Line[] {
  const entry = selectedRow(list);
  const own = entry && open?.id === entry.id ? open : null;
  const options = { width: detailWidth(shell.layout), now: serverNow(shell) };
  return detailPanel(shell, {
    title: entry ? `${handle("U", entry.id)}  ${sanitise(entry.name)}` : "",
    head: entry ? [line(bold(sanitise(entry.name)))] : [],
    lines: own?.detail ? dossierLines(own.detail, options) : null,
    actions: entry ? USER_ACTIONS : [],
    open: own,
    isFocused: focus === "detail",
  });
}
