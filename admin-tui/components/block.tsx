/**
 * Lines on the screen, a text of Ink for each row.
 * @module
 */
import { Box, Text } from "ink";
import { createContext, memo, useContext } from "react";
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
  const seen = new Map<string, number>();
  // One text a row: Ink takes a text of several rows apart twice. A row that moves is known by its text, and moves
  // without being measured again: scrolling costs the rows that come and go.
  return (
    <Box flexDirection="column">
      {texts.map((text) => {
        const before = seen.get(text) ?? 0;
        seen.set(text, before + 1);
        return <Row key={`${before} ${text}`} text={text} />;
      })}
    </Box>
  );
}

const Row = memo(function Row({ text }: { readonly text: string }) {
  return <Text>{text}</Text>;
});
