/**
 * The dashboard as an Ink component: frames out, key presses in.
 * @module
 */
import { Box, useInput, usePaste, useWindowSize } from "ink";
import { useEffect, useSyncExternalStore } from "react";
import type { Dashboard } from "./dashboard.ts";
import { keyPressesOf, pasteOf } from "./desk/key_press.ts";
import { Block } from "./frame/block.tsx";
import type { Paint } from "./paint.ts";

interface AppProps {
  readonly dashboard: Dashboard;
  readonly paint: Paint;
}

export function App({ dashboard, paint }: AppProps) {
  const { columns, rows } = useWindowSize();
  useEffect(() => dashboard.resize({ columns, rows }), [dashboard, columns, rows]);
  useInput((input, key) => {
    for (const press of keyPressesOf(input, key)) dashboard.press(press);
  });
  usePaste((text) => dashboard.press(pasteOf(text)));
  const { layout } = useSyncExternalStore(dashboard.subscribe, dashboard.getState);
  const { lines, over } = dashboard.draw();
  return (
    <Box width={layout.columns} height={layout.rows}>
      <Block lines={lines} width={layout.columns} paint={paint} />
      {over && (
        <Box position="absolute" left={over.left} top={over.top}>
          <Block lines={over.lines} width={over.width} paint={paint} />
        </Box>
      )}
    </Box>
  );
}
