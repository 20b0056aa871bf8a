/**
 * The forms about a block, for the screen and for plain mode. Pure.
 * @module
 */
import type { DialogSpec } from "../../desk/dialog_state.ts";
import { reasonField } from "../../desk/form.ts";
import { handle } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import type { BlockRow } from "../../wire.ts";

/** @returns The form for lifting a block. */
export function liftForm({ id, ...row }: BlockRow): DialogSpec {
  const blocker = sanitise(row.blocker.name);
  return {
    title: `Lift ${handle("B", id)}`,
    lines: [
      `${blocker} blocks ${sanitise(row.blocked.name)}.`,
      `${blocker} is told that the block is lifted, and may block again.`,
      "Their match does not come back; the conversation becomes readable.",
    ],
    fields: [reasonField(["Asked for by its owner", "Made by somebody else on their account"])],
    confirm: "Lift",
  };
}

/** @returns The form for upholding a block. */
export function upholdForm({ id, blocker, blocked }: BlockRow): DialogSpec {
  return {
    title: `Uphold ${handle("B", id)}`,
    lines: [
      `${sanitise(blocker.name)} blocks ${sanitise(blocked.name)}.`,
      "It stays in force, and is marked as looked at.",
    ],
    fields: [reasonField(["Looked at: justified"])],
    confirm: "Uphold",
  };
}
