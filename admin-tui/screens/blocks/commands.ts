/**
 * The blocks screen without its picture: who blocks whom, lifting and upholding.
 * @module
 */
import { linesHidden } from "../../components/pane_view.ts";
import type { Desk } from "../../desk/desk.ts";
import { selectedRow } from "../../desk/list_state.ts";
import { createPane, type Pane } from "../../desk/pane_screen.ts";
import type { Handlers, Screen } from "../../desk/screen.ts";
import { handle } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { BlockDetail, BlockRow } from "../../wire.ts";
import { BLOCKS_HINT, parseBlocksFilter } from "./state.ts";
import { BLOCK_ACTIONS, blockLines } from "./view.ts";

/** The blocks screen. */
export interface BlocksScreen extends Screen, Pick<Pane<BlockRow, BlockDetail>, "store"> {}

/** @returns The screen. */
export function createBlocks(desk: Desk): BlocksScreen {
  const { api } = desk;
  const pane = createPane<BlockRow, BlockDetail>({
    desk,
    what: "the blocks",
    hint: BLOCKS_HINT,
    parse: parseBlocksFilter,
    read: (query, cursor) => api.blocks.list({ ...query, ...(cursor && { cursor }) }),
    readDetail: api.blocks.show,
    hiddenLines({ open }) {
      const lines = open?.detail ? blockLines(open.detail, 0).length : 0;
      return linesHidden(desk.shell.get().layout, { lines, actions: BLOCK_ACTIONS.length });
    },
    copied: ({ id }) => id,
  });

  async function judge(verb: "Lift" | "Uphold"): Promise<void> {
    const row = selectedRow(pane.store.get().list);
    if (!row || !desk.mayAct()) return;
    const values = await desk.ask(form(verb, row));
    if (!values || !desk.mayAct()) return;
    const name = handle("B", row.id);
    try {
      if (verb === "Lift") {
        await api.blocks.lift(row.id, values.reason ?? "");
        pane.list({ type: "dropped", id: row.id });
      } else {
        const { upheld } = await api.blocks.uphold(row.id, values.reason ?? "");
        pane.list({ type: "patched", id: row.id, change: (now) => ({ ...now, upheld }) });
        pane.reload(row.id);
      }
      desk.say("ok", `${name} ${verb === "Lift" ? "lifted" : "upheld"}`);
    } catch (error) {
      const failure = desk.tell(`${name} stays as it is`, error);
      // Somebody was faster, or the person took it back: what is there now is worth a look.
      if (failure.kind === "conflict" || failure.kind === "refused") await pane.refresh();
    }
  }

  const keys: Handlers<"blocks"> = { lift: () => judge("Lift"), uphold: () => judge("Uphold") };
  return {
    name: "blocks",
    store: pane.store,
    keys: { blocks: keys, list: pane.listKeys },
    enter: pane.enter,
    refresh: () => void pane.refresh(),
    onLive(event) {
      if (event.type === "block_created") pane.list({ type: "announced" });
    },
    command(name, rest) {
      if (name !== "filter") return undefined;
      void pane.setFilter(rest);
      return null;
    },
  };
}

function form(verb: "Lift" | "Uphold", row: BlockRow) {
  const [blocker, blocked] = [sanitise(row.blocker.name), sanitise(row.blocked.name)];
  const lift = [
    `${blocker} blocks ${blocked}.`,
    `${blocker} is told that the block is lifted, and may block again.`,
    "Their match does not come back; the conversation becomes readable.",
  ];
  return {
    title: `${verb} ${handle("B", row.id)}`,
    lines:
      verb === "Lift"
        ? lift
        : [`${blocker} blocks ${blocked}.`, "It stays in force, and is marked as looked at."],
    fields: [
      {
        id: "reason",
        label: "Reason",
        suggestions:
          verb === "Lift"
            ? ["Asked for by its owner", "Made by somebody else on their account"]
            : ["Looked at: justified"],
        limit: 1000,
        check: (value: string) => (value === "" ? "is required" : undefined),
      },
    ],
    confirm: verb,
  };
}
