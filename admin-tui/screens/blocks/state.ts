/**
 * The blocks screen's state and its filter line: `user:<id> upheld:no`, other words are names. Pure.
 * @module
 */
import type { PaneFilter } from "../../desk/pane_screen.ts";
import type { PaneState } from "../../desk/pane_state.ts";
import { handle } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { BlockDetail, BlockRow } from "../../wire.ts";

export type BlocksState = PaneState<BlockRow, BlockDetail>;

export const BLOCKS_HINT = "user:<id> upheld:yes|no · other words are names";

/** @returns The filter, or what is wrong with the line. */
export function parseBlocksFilter(text: string): PaneFilter<BlockRow> | { readonly problem: string } {
  const query: Record<string, string> = {};
  const names: string[] = [];
  for (const token of text.split(/\s+/).filter(Boolean)) {
    const [, key, value = ""] = /^([a-z]+):(.*)$/i.exec(token) ?? [];
    if (key === undefined) names.push(token.toLowerCase());
    else if (key === "user" && /^[0-9a-f-]{36}$/i.test(value)) query.user_id = value;
    else if (key === "user") names.push(value.toLowerCase());
    else if (key === "upheld" && (value === "yes" || value === "no")) query.upheld = String(value === "yes");
    else return { problem: "a filter is user:<id or name> or upheld:yes|no" };
  }
  const lets = ({ id, blocker, blocked }: BlockRow) => {
    const all = `${handle("B", id)} ${sanitise(blocker.name)} ${sanitise(blocked.name)}`.toLowerCase();
    return names.every((name) => all.includes(name));
  };
  return { query, lets };
}
