/**
 * The dashboard in a real terminal: a process on a pseudo-terminal, its bytes read by a terminal emulator, its screen
 * awaited as text. No test sleeps.
 * @module
 */
import { join } from "node:path";
import { Terminal } from "@xterm/headless";

const ROOT = join(import.meta.dir, "../..");
const PATIENCE_MS = 15_000;

/** How a {@link RealTerminal} is started. */
export interface TerminalOptions {
  readonly url: string;
  /** Access token; absent: somebody must sign in. */
  readonly token?: string | undefined;
  /** Starts with one row for each person, as without options. @default false */
  readonly isByPerson?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that are loaded before the program. */
  readonly preload?: readonly string[];
}

/** See {@link openTerminal}. */
export interface RealTerminal extends AsyncDisposable {
  /** The screen as text, lines without what is blank at their end. */
  screen(): string;
  /** The characters in one column, from top to bottom. */
  column(x: number): string;
  /** Everything that was written, escape sequences and all. */
  raw(): string;
  /** Waits until the screen has it. @throws Error with the screen when 15 s pass before. */
  shows(pattern: RegExp | string): Promise<string>;
  /** Waits until the screen has it no longer. */
  hides(pattern: RegExp | string): Promise<void>;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<number>;
  readonly pid: number;
  /** Modes of the terminal that the program must leave as they were. */
  modes(): { readonly isAlternate: boolean; readonly wraps: boolean; readonly pastes: boolean };
}

/** Names of keys as the bytes that terminals send. */
export const KEY = {
  enter: "\r",
  escape: "\u001b",
  tab: "\t",
  up: "\u001b[A",
  down: "\u001b[B",
  right: "\u001b[C",
  ctrlC: "\u0003",
};

/** Starts the dashboard on a terminal of its own. */
export function openTerminal(options: TerminalOptions): RealTerminal {
  const { url, token, columns = 100, rows = 30, env = {}, preload = [] } = options;
  const args = [...(options.isByPerson ? [] : ["--by-report"]), ...(options.args ?? [])];
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const decoder = new TextDecoder();
  let written = "";
  let changed = Promise.withResolvers<void>();
  const silent = Promise.withResolvers<void>();
  const child = Bun.spawn(
    [
      process.execPath,
      ...preload.flatMap((path) => ["--preload", path]),
      join(ROOT, "cli/main.ts"),
      "admin",
      "--url",
      url,
      "--env",
      "test",
      ...args,
    ],
    {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH ?? "",
        TERM: "xterm-256color",
        TZ: "UTC",
        ...(token === undefined ? {} : { VIBES_ADMIN_TOKEN: token }),
        ...env,
      },
      terminal: {
        cols: columns,
        rows,
        data(_, bytes) {
          const text = decoder.decode(bytes, { stream: true });
          written += text;
          terminal.write(text, () => {
            changed.resolve();
            changed = Promise.withResolvers();
          });
        },
        exit: () => silent.resolve(),
      },
    },
  );
  let over: number | undefined;
  // The process may be gone before its last bytes have come through the terminal and been understood.
  const ended = Promise.all([child.exited, silent.promise]).then(async ([code]) => {
    await new Promise<void>((resolve) => terminal.write("", resolve));
    over = code;
    changed.resolve();
    return code;
  });

  function screen(): string {
    const { active } = terminal.buffer;
    return Array.from(
      { length: terminal.rows },
      (_, y) => active.getLine(active.viewportY + y)?.translateToString(true) ?? "",
    ).join("\n");
  }

  async function until(isRight: (text: string) => boolean, what: string): Promise<string> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const waiting = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve()));
    for (;;) {
      const text = screen();
      // Between two frames: Ink marks the beginning and the end of each as a synchronized update.
      if (!terminal.modes.synchronizedOutputMode && isRight(text)) return text;
      if (late.aborted || over !== undefined) {
        throw new Error(
          `${over === undefined ? "The screen" : `It ended with ${over} and`} never ${what}\n${text}`,
        );
      }
      await Promise.race([changed.promise, waiting]);
    }
  }

  const has = (text: string, pattern: RegExp | string) =>
    typeof pattern === "string" ? text.includes(pattern) : pattern.test(text);

  return {
    screen,
    column: (x) =>
      Array.from(
        { length: terminal.rows },
        (_, y) => terminal.buffer.active.getLine(y)?.getCell(x)?.getChars() || " ",
      ).join(""),
    raw: () => written,
    shows: (pattern) => until((text) => has(text, pattern), `showed ${pattern}`),
    hides: async (pattern) => void (await until((text) => !has(text, pattern), `lost ${pattern}`)),
    press: (keys) => void child.terminal?.write(keys),
    resize(toColumns, toRows) {
      terminal.resize(toColumns, toRows);
      child.terminal?.resize(toColumns, toRows);
    },
    signal: (name) => child.kill(name),
    ended,
    pid: child.pid,
    modes: () => ({
      isAlternate: terminal.buffer.active.type === "alternate",
      wraps: terminal.modes.wraparoundMode,
      pastes: terminal.modes.bracketedPasteMode,
    }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      child.terminal?.close();
      terminal.dispose();
    },
  };
}
