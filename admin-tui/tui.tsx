/**
 * Runs the dashboard in a terminal. Import it only after deciding about colours, because Ink reads NO_COLOR when it is
 * loaded.
 * @module
 */
import { render } from "ink";
import { App } from "./app.tsx";
import { anchored } from "./cursor_anchor.ts";
import type { Dashboard, DashboardOptions } from "./dashboard.ts";
import { createPaint } from "./paint.ts";
import { type Ending, INTERRUPTED, NO_WRAP, RESTORE, RESTORE_HARD, watchTerminal } from "./terminal.ts";

interface TuiOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly colors: boolean;
  /** Makes the dashboard; it says when it wants to end. */
  readonly make: (onQuit: DashboardOptions["onQuit"]) => Dashboard;
}

/** @returns How it ended; the terminal is clean by then. */
export async function runTui({ stdin, stdout, colors, make }: TuiOptions): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const unwatch = watchTerminal({ stdin, stdout }, resolve);
  const dashboard = make((how) => resolve({ exitCode: how === "interrupted" ? INTERRUPTED : 0 }));
  const instance = render(<App dashboard={dashboard} paint={createPaint({ colors })} />, {
    stdin,
    stdout: anchored(stdout),
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    // Ctrl-C is a key like any other: claims are given back first.
    exitOnCtrlC: false,
  });
  // A component that throws ends Ink by itself.
  instance.waitUntilExit().catch((error: unknown) => resolve({ exitCode: 1, error }));
  stdout.write(NO_WRAP);
  dashboard.start();
  const ending = await promise;
  // Nobody sees the end of a line that is lost; others still get their claims.
  const closing = dashboard.close();
  if (ending.error === undefined) await closing.catch(() => {});
  try {
    instance.unmount();
    stdout.write(RESTORE);
  } catch {
    stdout.write(RESTORE_HARD);
  }
  unwatch();
  return ending;
}
