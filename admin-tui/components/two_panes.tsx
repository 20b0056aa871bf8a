/**
 * A list and its detail: side by side where there is room, else the one that has the focus.
 * @module
 */
import { Box } from "ink";
import type { ShellState } from "../desk/shell_state.ts";
import type { Line } from "../spans.ts";
import { Block } from "./block.tsx";

interface Props {
  readonly layout: ShellState["layout"];
  readonly focus: "list" | "detail";
  /** Called only where the pane is shown. */
  readonly list: () => Line[];
  readonly detail: () => Line[];
}

export function TwoPanes({ layout, focus, list, detail }: Props) {
  return (
    <Box>
      {(layout.isWide || focus === "list") && <Block lines={list()} width={layout.listWidth} />}
      {(layout.isWide || focus === "detail") && <Block lines={detail()} width={layout.detailWidth} />}
    </Box>
  );
}
