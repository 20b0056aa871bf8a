/**
 * Text measured in the cells of a terminal: width, cutting, filling, breaking. It expects sanitised text and
 * measures with the very function that Ink lays out with, so that a row of so many cells is one.
 * @module
 */
import stringWidth from "string-width";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** One cell each, one code unit each: ASCII and the dashboard's own signs. Nearly everything, and measured at once. */
const PLAIN = /^[ -~─-▟…–›·×]*$/u;
/** Names come back with every frame; measuring one takes as long as a hundred plain ones. */
const known = new Map<string, number>();
const MOST_KNOWN = 5_000;
const ELLIPSIS = "…";

/** @returns How many cells the text takes. */
export function cells(text: string): number {
  if (PLAIN.test(text)) return text.length;
  const before = known.get(text);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const width = stringWidth(text);
  known.set(text, width);
  return width;
}

/** @returns As much of the text's beginning as fits, never half a character. */
export function clip(text: string, width: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, width));
  let taken = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const wide = cells(segment);
    if (used + wide > width) break;
    taken += segment;
    used += wide;
  }
  return taken;
}

/** @returns The text, or its beginning and an ellipsis when it takes more cells than there are. */
export function shorten(text: string, width: number): string {
  if (cells(text) <= width) return text;
  return width < 1 ? "" : clip(text, width - 1) + ELLIPSIS;
}

/** @returns The text in exactly so many cells: shortened or filled with spaces. */
export function fit(text: string, width: number, align: "left" | "right" = "left"): string {
  const short = shorten(text, width);
  const gap = " ".repeat(Math.max(0, width - cells(short)));
  return align === "left" ? short + gap : gap + short;
}

/** @returns The text broken at spaces, and inside of words that are too long, into lines of at most that width. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  const flush = () => {
    lines.push(line.trimEnd());
    line = "";
  };
  for (const word of text.split(/(?<= )/u)) {
    if (line !== "" && cells(line) + cells(word.trimEnd()) > width) flush();
    let rest = word;
    while (cells(rest.trimEnd()) > width) {
      const piece = clip(rest, width) || firstCharacter(rest);
      lines.push(piece);
      rest = rest.slice(piece.length);
    }
    line += rest;
  }
  if (line !== "" || lines.length === 0) flush();
  return lines;
}

/** A character wider than the line must go somewhere, or breaking would never end. */
function firstCharacter(text: string): string {
  for (const { segment } of segmenter.segment(text)) return segment;
  return text;
}

/** @returns Its characters, as people count them. */
export function characters(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}
