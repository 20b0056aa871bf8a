/**
 * The dashboard in this process: fixed data instead of a server, a fixed clock, an emulated terminal. For snapshots
 * and for measuring; the stories run in a process of their own (terminal.ts).
 * @module
 */
import { EventEmitter } from "node:events";
import { Terminal } from "@xterm/headless";
import { render } from "ink";
import { anchored } from "../../admin-tui/anchor.ts";
import { App } from "../../admin-tui/app.tsx";
import type { Dashboard } from "../../admin-tui/dashboard.ts";
import type { LiveEvent } from "../../admin-tui/live.ts";
import { createPaint } from "../../admin-tui/paint.ts";
import { NO_WRAP } from "../../admin-tui/terminal.ts";
import { eventually } from "../harness/eventually.ts";
import { type Rehearsal, type RehearsalOptions, rehearse } from "./rehearsal.ts";

/** A dashboard on a stage. */
export interface Stage extends AsyncDisposable {
  readonly rehearsal: Rehearsal;
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
  /** Resolves when the emulator has understood all that was written. */
  understood(): Promise<void>;
}

interface StageOptions extends Omit<RehearsalOptions, "size"> {
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
export async function openStage({
  columns,
  rows,
  isBlind = false,
  ...options
}: StageOptions): Promise<Stage> {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  const rehearsal = await rehearse({ ...options, size: { columns, rows } });
  const { dashboard } = rehearsal;
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
    rehearsal,
    dashboard,
    screen,
    column: (x) =>
      lines.map((y) => terminal.buffer.active.getLine(y)?.getCell(x)?.getChars() || " ").join(""),
    raw: () => written,
    press: rehearsal.press,
    tell: rehearsal.tell,
    shows: async (pattern) => {
      await eventually(() => pattern.test(screen()), { what: `${pattern} on\n${screen()}` });
      return screen();
    },
    understood: () => new Promise((resolve) => terminal.write("", resolve)),
    frame() {
      drawn = Promise.withResolvers();
      return drawn.promise;
    },
    async [Symbol.asyncDispose]() {
      instance.unmount();
      await rehearsal[Symbol.asyncDispose]();
      terminal.dispose();
    },
  };
}
