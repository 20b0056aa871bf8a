/**
 * Handles keys while an overlay is open: a dialog, the command line, the help.
 * @module
 */
import type { Desk } from "../desk/desk.ts";
import { pressDialog } from "../desk/dialog_state.ts";
import type { KeyPress } from "../desk/key_press.ts";
import type { Overlay, PromptState } from "../desk/state.ts";
import { editLine } from "../desk/text_field.ts";
import type { Context } from "../keys.ts";
import { helpHidden } from "./dialog_box.ts";

const PROMPT_LIMIT = 500;

/** @param options.contexts Of the screen below, whose keys the help shows. */
export function pressOverlay(
  desk: Desk,
  overlay: Overlay,
  { key, contexts }: { key: KeyPress; contexts: readonly Context[] },
): void {
  if (overlay.kind === "prompt") pressPrompt(desk, overlay.prompt, key);
  else if (overlay.kind === "dialog") {
    const step = pressDialog(overlay.dialog, key);
    if (step.kind === "stay") desk.set({ overlay: { kind: "dialog", dialog: step.state } });
    else desk.answer(step.kind === "confirmed" ? step.values : null);
  } else {
    const by = { j: 1, down: 1, k: -1, up: -1, pagedown: 10, space: 10, pageup: -10 }[key.key];
    // Stopping at the end: the way back begins with the first key.
    const last = helpHidden(contexts, desk.state.layout);
    const to = Math.max(0, Math.min(last, overlay.scroll + (by ?? 0)));
    desk.set({ overlay: by === undefined ? null : { kind: "help", scroll: to } });
  }
}

function pressPrompt(desk: Desk, prompt: PromptState, key: KeyPress): void {
  const line = editLine(prompt.line, key, PROMPT_LIMIT);
  if (key.key === "escape") desk.answer(null);
  else if (key.key === "enter") desk.answer(prompt.line.text);
  else if (line) desk.set({ overlay: { kind: "prompt", prompt: { ...prompt, line, error: undefined } } });
}
