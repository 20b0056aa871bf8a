/**
 * The live screen.
 * @module
 */
import { Block } from "../../components/block.tsx";
import { panel } from "../../components/panel.ts";
import type { Desk } from "../../desk/desk.ts";
import { isStale, POLL_MS, type ShellState, serverNow } from "../../desk/shell_state.ts";
import { useStore } from "../../hooks/use_store.ts";
import { EMPTY } from "../../spans.ts";
import type { LiveScreen } from "./commands.ts";
import { shownSamples } from "./state.ts";
import { gaugeLines, nodeLines } from "./view.ts";

interface Props {
  readonly desk: Desk;
  readonly screen: LiveScreen;
}

export function LiveView({ desk, screen }: Props) {
  const shell = useStore(desk.shell);
  const state = useStore(screen.store);
  const { columns, bodyHeight } = shell.layout;
  const samples = shownSamples(state);
  const inner = columns - 2;
  const lines = [
    ...gaugeLines(samples, inner),
    EMPTY,
    ...nodeLines(samples, { width: inner, now: serverNow(shell) }),
  ];
  const frame = {
    title: titleOf(shell, state.frozen !== null),
    width: columns,
    height: bodyHeight,
    lines,
    isFocused: true,
    isStale: isStale(shell),
  };
  return <Block lines={panel(frame)} width={columns} />;
}

function titleOf({ link }: ShellState, isFrozen: boolean): string {
  if (isFrozen) return "Live, FROZEN: p goes on";
  return link.state === "polling"
    ? `Live, but asked for every ${POLL_MS / 1000} s: the stream is shut`
    : "Live";
}
