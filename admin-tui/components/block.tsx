/**
 * Lines on the screen, a text of Ink for each row.
 * @module
 */
import { Box, Text } from "ink";
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
  const texts = lines.map((spans) => paint(fitLine(spans, width)));
  // One text a row: Ink takes a text of several rows apart twice.
  return (
    <Box flexDirection="column">
      {texts.map((text, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place
        <Text key={row}>{text}</Text>
      ))}
    </Box>
  );
}
