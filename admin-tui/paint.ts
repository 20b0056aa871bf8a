/**
 * Renders spans as text with colours. The only module that writes style sequences; without colours it writes none.
 * Pure.
 * @module
 */
import type { Line, Span } from "./spans.ts";
import type { Tone } from "./theme.ts";

/** What switches a tone on and off. */
const CODES: Readonly<Record<Tone, readonly [on: number, off: number] | null>> = {
  plain: null,
  accent: [36, 39],
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  muted: [2, 22],
};

/** Turns a line into text for the terminal. */
export type Paint = (line: Line) => string;

/** @returns The painter. */
export function createPaint({ colors }: { colors: boolean }): Paint {
  return colors
    ? (spans) => spans.map(paintSpan).join("")
    : (spans) => spans.map(({ text }) => text).join("");
}

function paintSpan({ text, tone = "plain", bold = false, inverse = false }: Span): string {
  if (text === "") return "";
  let painted = text;
  const code = CODES[tone];
  if (code) painted = wrapIn(painted, code);
  // Dim and bold are switched off by the same code.
  if (bold && tone !== "muted") painted = wrapIn(painted, [1, 22]);
  return inverse ? wrapIn(painted, [7, 27]) : painted;
}

function wrapIn(text: string, [on, off]: readonly [number, number]): string {
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
