/**
 * Draws a pane: a border with a title and a fixed number of rows. Pure.
 * @module
 */
import { cells, shorten } from "../cells.ts";
import { fitLine, type Line, restyled, type Span } from "../spans.ts";
import { GLYPHS } from "../theme.ts";

/** What a pane shows. */
export interface PanelOptions {
  /** Sanitised. */
  readonly title: string;
  readonly width: number;
  /** With the border. */
  readonly height: number;
  readonly lines: readonly Line[];
  readonly isFocused?: boolean;
  /** What it shows is old. */
  readonly isStale?: boolean;
}

/** @returns The pane in exactly its size. */
export function panel(options: PanelOptions): Line[] {
  const { title, width, height, lines, isFocused = false, isStale = false } = options;
  const inner = width - 2;
  const border: Partial<Span> = { tone: isFocused ? "accent" : "muted" };
  const words =
    title === ""
      ? ""
      : ` ${isFocused ? "› " : ""}${shorten(title, Math.max(0, inner - (isFocused ? 4 : 2)))} `;
  const rule = GLYPHS.across.repeat(Math.max(0, inner - cells(words)));
  const side: Span = { ...border, text: GLYPHS.down };
  const rows = Array.from({ length: Math.max(0, height - 2) }, (_, index) => {
    const fitted = fitLine(lines[index] ?? [], inner);
    return [side, ...(isStale ? restyled(fitted, { tone: "muted" }) : fitted), side];
  });
  return [
    [
      { ...border, text: GLYPHS.topLeft },
      { text: words, bold: isFocused },
      { ...border, text: `${rule}${GLYPHS.topRight}` },
    ],
    ...rows,
    [
      {
        ...border,
        text: `${GLYPHS.bottomLeft}${GLYPHS.across.repeat(Math.max(0, inner))}${GLYPHS.bottomRight}`,
      },
    ],
  ];
}
