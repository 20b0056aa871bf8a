/**
 * The dashboard in this process, drawn to an emulated terminal, with a server in memory and a fixed clock: for
 * snapshots and for measuring frames. real_terminal.ts runs it as a process of its own.
 * @module
 */
import { EventEmitter } from "node:events";
import { Terminal } from "@xterm/headless";
import { render } from "ink";
import { App } from "../../admin-tui/app.tsx";
import { anchored } from "../../admin-tui/cursor_anchor.ts";
import type { Dashboard } from "../../admin-tui/dashboard.ts";
import type { LiveEvent } from "../../admin-tui/live_stream.ts";
import { createPaint } from "../../admin-tui/paint.ts";
import { NO_WRAP } from "../../admin-tui/terminal.ts";
import { eventually } from "../harness/eventually.ts";
import { type HarnessOptions, type RunningDashboard, startDashboard } from "./dashboard_harness.ts";

/** The dashboard on an emulated terminal. */
export interface EmulatedTerminal extends AsyncDisposable {
  readonly running: RunningDashboard;
  readonly dashboard: Dashboard;
  press(...keys: string[]): void;
  tell(event: LiveEvent): void;
  screen(): string;
  /** The characters in one column, from top to bottom. */
  column(x: number): string;
  /** Everything that was written, escape sequences and all. */
  raw(): string;
  shows(pattern: RegExp): Promise<string>;
  /** Resolves with the next frame. */
  frame(): Promise<void>;
  /** Resolves when the emulator has processed all that was written. */
  processed(): Promise<void>;
}

interface EmulatedOptions extends Omit<HarnessOptions, "size"> {
  readonly columns: number;
  readonly rows: number;
  /** Without an emulator, whose work is not ours: for measuring. */
  readonly isBlind?: boolean;
}

class Screen extends EventEmitter {
  readonly isTTY = true;
  constructor(
    readonly columns: number,
    readonly rows: number,
    readonly draw: (text: string) => void,
  ) {
    super();
  }
  write(text: string, ...rest: unknown[]): boolean {
    this.draw(text);
    for (const done of rest) if (typeof done === "function") done();
    return true;
  }
}

class Keyboard extends EventEmitter {
  readonly isTTY = true;
  setRawMode(): void {}
  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
  read(): null {
    return null;
  }
}

/** Draws the dashboard. */
export async function openEmulatedTerminal({
  columns,
  rows,
  isBlind = false,
  ...options
}: EmulatedOptions): Promise<EmulatedTerminal> {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  const running = await startDashboard({ ...options, size: { columns, rows } });
  const { dashboard } = running;
  let drawn = Promise.withResolvers<void>();
  let written = "";
  const draw = (text: string) => {
    if (isBlind) return;
    written += text;
    terminal.write(text);
  };
  const stdout = new Screen(columns, rows, draw);
  const instance = render(<App dashboard={dashboard} paint={createPaint({ colors: true })} />, {
    stdout: anchored(stdout as unknown as NodeJS.WriteStream),
    stdin: new Keyboard() as unknown as NodeJS.ReadStream,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    patchConsole: false,
    exitOnCtrlC: false,
    maxFps: 10_000,
    onRender: () => drawn.resolve(),
  });
  stdout.write(NO_WRAP);
  const lines = Array.from({ length: rows }, (_, y) => y);
  const screen = () =>
    lines.map((y) => terminal.buffer.active.getLine(y)?.translateToString(true) ?? "").join("\n");
  return {
    running,
    dashboard,
    screen,
    column: (x) =>
      lines.map((y) => terminal.buffer.active.getLine(y)?.getCell(x)?.getChars() || " ").join(""),
    raw: () => written,
    press: running.press,
    tell: running.tell,
    shows: async (pattern) => {
      // Between two frames: Ink marks the beginning and the end of each as a synchronized update.
      const isShown = () => !terminal.modes.synchronizedOutputMode && pattern.test(screen());
      await eventually(isShown, { what: `${pattern} on\n${screen()}` });
      return screen();
    },
    processed: () => new Promise((resolve) => terminal.write("", resolve)),
    frame() {
      drawn = Promise.withResolvers();
      return drawn.promise;
    },
    async [Symbol.asyncDispose]() {
      instance.unmount();
      await running[Symbol.asyncDispose]();
      terminal.dispose();
    },
  };
}
