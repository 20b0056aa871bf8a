/**
 * The blocks screen: who blocks whom; lifting and upholding a block.
 * @module
 */
import type { Desk } from "../../desk/desk.ts";
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { submitForm, tellRefusal } from "../../desk/form.ts";
import { handle } from "../../format.ts";
import { ListController } from "../../list_screen/controller.ts";
import { drawListScreen, listFacts } from "../../list_screen/draw.ts";
import { dropped } from "../../list_screen/rows.ts";
import type { BlockDetail, BlockRow } from "../../wire.ts";
import type { Handlers, Screen } from "../screen.ts";
import { liftForm, upholdForm } from "./forms.ts";
import { blocksSpec } from "./spec.ts";

type Blocks = ListController<BlockRow, BlockDetail>;

/** @returns The screen. */
export function createBlocks(desk: Desk): Screen {
  const blocks: Blocks = new ListController(desk, blocksSpec);
  const keys: Handlers<"blocks"> = { lift: () => lift(blocks), uphold: () => uphold(blocks) };
  return {
    keys: { blocks: keys, list: blocks.keys },
    draw: (state) => drawListScreen(state, blocksSpec),
    facts: (state) => listFacts(state, blocksSpec),
    enter: () => blocks.enter(),
    refresh: () => void blocks.refresh(),
    onLive(event) {
      if (event.type === "block_created") blocks.changeRows((rows) => ({ ...rows, news: rows.news + 1 }));
    },
    command: (name, rest) => blocks.command(name, rest),
  };
}

async function lift(blocks: Blocks): Promise<void> {
  const { selected: row, desk } = blocks;
  if (!row) return;
  const isDone = await judge(blocks, row, liftForm(row), (reason) => desk.api.blocks.lift(row.id, reason));
  if (!isDone) return;
  blocks.changeRows((rows) => dropped(rows, row.id));
  desk.say("ok", `${handle("B", row.id)} lifted`);
}

async function uphold(blocks: Blocks): Promise<void> {
  const { selected: row, desk } = blocks;
  if (!row) return;
  const isDone = await judge(blocks, row, upholdForm(row), async (reason) => {
    const { upheld } = await desk.api.blocks.uphold(row.id, reason);
    blocks.patch(row.id, (now) => ({ ...now, upheld }));
  });
  if (!isDone) return;
  blocks.reload(row.id);
  desk.say("ok", `${handle("B", row.id)} upheld`);
}

/** Asks for a reason and sends it. @returns Whether the block was changed. */
async function judge(
  blocks: Blocks,
  { id }: BlockRow,
  form: DialogSpec,
  send: (reason: string) => Promise<unknown>,
): Promise<boolean> {
  const { desk } = blocks;
  if (!desk.mayAct()) return false;
  const outcome = await submitForm(desk, {
    draft: `${form.confirm} ${id}`,
    form,
    send: ({ reason = "" }) => send(reason),
  });
  if (typeof outcome === "string") return outcome === "done";
  tellRefusal(desk, `${handle("B", id)} stays as it is`, outcome);
  // Somebody was faster, or the person took it back: the list is out of date.
  if (outcome.kind === "conflict" || outcome.kind === "refused") await blocks.refresh();
  return false;
}
