/**
 * The dashboard's picture: what surrounds the screens, the one in front, what lies over it.
 * @module
 */
import { Box, useWindowSize } from "ink";
import { useEffect } from "react";
import { Block, PaintContext } from "./components/block.tsx";
import { dialogBox, helpBox } from "./components/dialog_view.ts";
import { footerLine, headerLine, paneFacts, statusLine, tabsLine } from "./components/frame_lines.ts";
import type { Dashboard } from "./dashboard.ts";
import type { ShellState } from "./desk/shell_state.ts";
import { useKeyboard } from "./hooks/use_keyboard.ts";
import { useStore } from "./hooks/use_store.ts";
import { MIN_SIZE } from "./layout.ts";
import type { Paint } from "./paint.ts";
import { AuditView } from "./screens/audit/screen.tsx";
import { BlocksView } from "./screens/blocks/screen.tsx";
import { LiveView } from "./screens/live/screen.tsx";
import { ReportsView, reportsFacts } from "./screens/reports/screen.tsx";
import { UsersView } from "./screens/users/screen.tsx";
import { bold, line } from "./spans.ts";

interface AppProps {
  readonly dashboard: Dashboard;
  readonly paint: Paint;
}

export function App({ dashboard, paint }: AppProps) {
  const { desk, press, resize } = dashboard;
  const { columns, rows } = useWindowSize();
  useEffect(() => resize({ columns, rows }), [resize, columns, rows]);
  useKeyboard(press);
  const shell = useStore(desk.shell);
  return (
    <PaintContext value={paint}>
      <Box width={shell.layout.columns} height={shell.layout.rows}>
        {shell.layout.isTooSmall ? <TooSmall shell={shell} /> : <Whole dashboard={dashboard} shell={shell} />}
      </Box>
    </PaintContext>
  );
}

function Whole({ dashboard, shell }: { dashboard: Dashboard; shell: ShellState }) {
  const { desk } = dashboard;
  const { columns, bodyHeight } = shell.layout;
  return (
    <Box flexDirection="column">
      <Block lines={[headerLine(shell, desk)]} width={columns} />
      <Tabs dashboard={dashboard} shell={shell} />
      <Box height={bodyHeight}>
        {shell.session !== "signed_out" && <Front dashboard={dashboard} shell={shell} />}
      </Box>
      <Block lines={[statusLine(shell), footerLine(dashboard.contexts(), columns)]} width={columns} />
      <Overlay shell={shell} />
    </Box>
  );
}

function Tabs({ dashboard, shell }: { dashboard: Dashboard; shell: ShellState }) {
  const { reports, blocks, users, audit } = dashboard.screens;
  const facts = {
    reports: reportsFacts(useStore(reports.store)),
    blocks: paneFacts(useStore(blocks.store)),
    users: paneFacts(useStore(users.store)),
    audit: paneFacts(useStore(audit.store)),
    live: "",
  };
  return <Block lines={[tabsLine(shell, facts[shell.screen])]} width={shell.layout.columns} />;
}

function Front({ dashboard, shell }: { dashboard: Dashboard; shell: ShellState }) {
  const { desk, screens } = dashboard;
  switch (shell.screen) {
    case "reports":
      return <ReportsView desk={desk} screen={screens.reports} />;
    case "blocks":
      return <BlocksView desk={desk} screen={screens.blocks} />;
    case "live":
      return <LiveView desk={desk} screen={screens.live} />;
    case "users":
      return <UsersView desk={desk} screen={screens.users} />;
    case "audit":
      return <AuditView desk={desk} screen={screens.audit} />;
  }
}

function Overlay({ shell }: { shell: ShellState }) {
  const { overlay, layout } = shell;
  if (overlay?.kind !== "dialog" && overlay?.kind !== "help") return null;
  const box = overlay.kind === "dialog" ? dialogBox(overlay.dialog, layout) : helpBox(overlay.scroll, layout);
  return (
    <Box position="absolute" left={box.left} top={box.top}>
      <Block lines={box.lines} width={box.width} />
    </Box>
  );
}

function TooSmall({ shell }: { shell: ShellState }) {
  const { columns, rows } = shell.layout;
  const words = `This needs ${MIN_SIZE.columns}×${MIN_SIZE.rows}; it is ${columns}×${rows}`;
  return <Block lines={[line(bold(words)), line("make the window larger, or q quits")]} width={columns} />;
}
