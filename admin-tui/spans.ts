/**
 * Lines of styled text before Ink draws them: built, cut and filled in whole cells. Everything that a screen shows
 * is made of these, so that a frame's size is known without a terminal. Pure.
 * @module
 */
import { cells, clip, wrap } from "./cells.ts";
import { sanitiseLines } from "./sanitise.ts";
import type { Tone } from "./theme.ts";

export interface Style {
  readonly tone?: Tone;
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

/** Text of one style; sanitised before it comes here. */
export interface Span extends Style {
  readonly text: string;
}

/** One row of the screen. */
export type Line = readonly Span[];

export const EMPTY: Line = [];
/** Cells of a fact's name in front of it. */
export const LABEL = 10;

/** @returns A line out of texts and spans. */
export function line(...parts: readonly (string | Span)[]): Line {
  return parts.map((part) => (typeof part === "string" ? { text: part } : part));
}

/** @returns Text in a tone. */
export function toned(tone: Tone, text: string): Span {
  return { text, tone };
}

export function bold(text: string, tone: Tone = "plain"): Span {
  return { text, tone, bold: true };
}

/** @returns A heading inside a pane, with a note on its content. */
export function section(title: string, more = ""): Line {
  return line(bold(title, "accent"), more === "" ? "" : `  ${more}`);
}

/** @returns The name of a fact, as wide as all of them. */
export function label(text: string): Span {
  return toned("muted", text.padEnd(LABEL));
}

/** @returns A text with its name before it, broken into lines. @param text From anybody. */
export function labelled(name: string, text: string, width: number): Line[] {
  const parts = sanitiseLines(text).flatMap((part) => wrap(part, Math.max(10, width - LABEL)));
  return parts.map((part, index) => (index === 0 ? line(label(name), part) : line(" ".repeat(LABEL) + part)));
}

/** @returns How many cells the line takes. */
export function lineCells(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + cells(text), 0);
}

/** @returns Both parts on one line; where that is too narrow for them, the second one on a line of its own, indented. */
export function folded(
  first: Line,
  second: Line,
  { width, indent }: { width: number; indent: number },
): Line[] {
  if (lineCells(first) + lineCells(second) <= width) return [[...first, ...second]];
  return [first, line(" ".repeat(indent), ...second)];
}

/** @returns The line in exactly so many cells: cut, or filled with spaces. */
export function fitLine(spans: Line, width: number): Line {
  const fitted: Span[] = [];
  let room = Math.max(0, width);
  for (const span of spans) {
    const wide = cells(span.text);
    if (wide > room) {
      // The last cell says that there is more.
      const text = room > 0 ? `${clip(span.text, room - 1)}…` : "";
      fitted.push({ ...span, text });
      room -= cells(text);
      break;
    }
    fitted.push(span);
    room -= wide;
  }
  if (room > 0) fitted.push({ text: " ".repeat(room) });
  return fitted;
}

/** @returns One line with the first part at its left and the second at its right end; the left one gives way. */
export function apart(left: Line, right: Line, width: number): Line {
  const rightCells = lineCells(right);
  if (rightCells >= width) return fitLine(right, width);
  return [...fitLine(left, width - rightCells), ...right];
}

/** @returns The line as bare text. */
export function textOf(spans: Line): string {
  return spans.map(({ text }) => text).join("");
}

/** @returns The line in another style altogether. */
export function restyled(spans: Line, style: Style): Line {
  return spans.map(({ text }) => ({ text, ...style }));
}
