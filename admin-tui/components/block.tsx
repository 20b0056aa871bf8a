/**
 * Lines on the screen, as one text of Ink: a pane is one node of the layout, however many rows it has.
 * @module
 */
import { Text } from "ink";
import { createContext, useContext } from "react";
import { createPaint, type Paint } from "../paint.ts";
import { fitLine, type Line } from "../spans.ts";

/** The painter of this run, with or without colours. */
export const PaintContext = createContext<Paint>(createPaint({ colors: false }));

interface BlockProps {
  readonly lines: readonly Line[];
  /** In cells; every line is cut or filled to it. */
  readonly width: number;
}

export function Block({ lines, width }: BlockProps) {
  const paint = useContext(PaintContext);
  return <Text>{lines.map((spans) => paint(fitLine(spans, width))).join("\n")}</Text>;
}
