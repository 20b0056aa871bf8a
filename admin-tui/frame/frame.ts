/**
 * Draws the whole frame: surroundings, the active screen, overlays. Pure.
 * @module
 */
import type { State } from "../desk/state.ts";
import type { Context } from "../keys.ts";
import { MIN_SIZE } from "../layout.ts";
import { bold, EMPTY, type Line, line } from "../spans.ts";
import { footerLine, headerLine, statusLine, tabsLine } from "./bars.ts";
import { type Box, dialogBox, helpBox } from "./dialog_box.ts";

interface FrameOptions {
  readonly place: string;
  readonly isReadonly: boolean;
  /** The screen in front. */
  readonly front: { draw(state: State): Line[]; facts(state: State): string[] };
  /** Its contexts, for the help. */
  readonly screenContexts: readonly Context[];
  /** Where keys go now, for the footer. */
  readonly contexts: readonly Context[];
}

/** A frame: its lines, exactly as many as the terminal has rows, and what lies over them. */
export interface Frame {
  readonly lines: readonly Line[];
  readonly over: Box | null;
}

/** @returns The frame. */
export function drawFrame(state: State, options: FrameOptions): Frame {
  const { columns, rows, bodyHeight, isTooSmall } = state.layout;
  if (isTooSmall) {
    const words = `This needs ${MIN_SIZE.columns}×${MIN_SIZE.rows}; it is ${columns}×${rows}`;
    return { lines: [line(bold(words)), line("make the window larger, or q quits")], over: null };
  }
  const { front, contexts } = options;
  const isSignedOut = state.session === "signed_out";
  const body = isSignedOut ? Array<Line>(bodyHeight).fill(EMPTY) : front.draw(state);
  const lines = [
    headerLine(state, options),
    tabsLine(state, isSignedOut ? [] : front.facts(state)),
    ...body,
    statusLine(state),
    footerLine(state, contexts),
  ];
  return { lines, over: boxOver(state, options.screenContexts) };
}

function boxOver({ overlay, layout }: State, contexts: readonly Context[]): Box | null {
  if (overlay?.kind === "dialog") return dialogBox(overlay.dialog, layout);
  return overlay?.kind === "help" ? helpBox(contexts, overlay.scroll, layout) : null;
}
