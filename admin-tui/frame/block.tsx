/**
 * Turns finished lines into Ink text nodes. One node per line: a tree with a node per span would be laid out again with
 * every key.
 * @module
 */
import { Box, Text } from "ink";
import { memo } from "react";
import type { Paint } from "../paint.ts";
import { fitLine, type Line } from "../spans.ts";

interface BlockProps {
  readonly lines: readonly Line[];
  /** In cells; every line is cut or filled to it. */
  readonly width: number;
  /** With or without colours. */
  readonly paint: Paint;
}

export function Block({ lines, width, paint }: BlockProps) {
  const seen = new Map<string, number>();
  // One text a row: Ink takes a text of several rows apart twice. A row is known by its text, so that a row that moves
  // is not measured again: scrolling costs the rows that come and go.
  return (
    <Box flexDirection="column">
      {lines.map((spans) => {
        const text = paint(fitLine(spans, width));
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
