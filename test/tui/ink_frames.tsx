/**
 * Components drawn by ink-testing-library: whole frames as text, and keys as the bytes that a terminal sends. It has
 * no emulator: what a terminal makes of a frame is screen.tsx's and terminal.ts's.
 * @module
 */
import { Box } from "ink";
import { render } from "ink-testing-library";
import type { ReactElement } from "react";
import { App } from "../../admin-tui/app.tsx";
import { Block } from "../../admin-tui/frame/block.tsx";
import { createPaint } from "../../admin-tui/paint.ts";
import type { Line } from "../../admin-tui/spans.ts";
import { eventually } from "../harness/eventually.ts";
import { type HarnessOptions, type RunningDashboard, startDashboard } from "./dashboard_harness.ts";

/** A component that is on the screen. */
export interface Drawn extends AsyncDisposable {
  /** The last frame without its colours. */
  frame(): string;
  /** The last frame as it was written. */
  raw(): string;
  /** Bytes as a terminal sends them. */
  send(keys: string): void;
  /** Resolves when a frame fits. */
  shows(pattern: RegExp | string): Promise<string>;
  /** Resolves when a frame fits no longer. */
  hides(pattern: RegExp | string): Promise<void>;
  resize(columns: number, rows: number): void;
}

/** The whole dashboard, drawn. */
export interface DrawnApp
  extends Drawn,
    Pick<RunningDashboard, "dashboard" | "server" | "tell" | "pass" | "says" | "become"> {}

/** Draws a component. */
export function draw(element: ReactElement): Drawn {
  const { stdout, stdin, lastFrame, unmount, cleanup } = render(element);
  const raw = () => lastFrame() ?? "";
  const frame = () => Bun.stripANSI(raw());
  const fits = (pattern: RegExp | string) =>
    typeof pattern === "string" ? frame().includes(pattern) : pattern.test(frame());
  const until = async (isRight: () => boolean, what: string) => {
    await eventually(isRight, { what }).catch((error: Error) => {
      throw new Error(`${error.message} on\n${frame()}`);
    });
  };
  return {
    raw,
    frame,
    send: (keys) => stdin.write(keys),
    async shows(pattern) {
      await until(() => fits(pattern), `${pattern}`);
      return frame();
    },
    hides: (pattern) => until(() => !fits(pattern), `the end of ${pattern}`),
    resize(columns, rows) {
      // The library's screen is 100 columns wide and says nothing of its rows.
      Object.defineProperties(stdout, {
        columns: { value: columns, configurable: true },
        rows: { value: rows, configurable: true },
      });
      stdout.emit("resize");
    },
    async [Symbol.asyncDispose]() {
      unmount();
      cleanup();
    },
  };
}

/** Draws lines. @returns The frame without its colours, line by line. */
export async function drawLines(lines: readonly Line[], width: number): Promise<string[]> {
  return Bun.stripANSI(await paintLines(lines, width)).split("\n");
}

/** Draws lines. @returns The frame as it was written. */
export async function paintLines(lines: readonly Line[], width: number): Promise<string> {
  await using drawn = draw(
    <Box width={width} flexShrink={0}>
      <Block lines={lines} width={width} paint={createPaint({ colors: true })} />
    </Box>,
  );
  return drawn.raw();
}

/** Draws the whole dashboard on a server in memory. */
export async function drawApp(options: HarnessOptions = {}): Promise<DrawnApp> {
  const { size = { columns: 100, rows: 30 } } = options;
  const running = await startDashboard({ ...options, size });
  const { dashboard, server, tell, pass, says, become } = running;
  const drawn = draw(<App dashboard={dashboard} paint={createPaint({ colors: true })} />);
  drawn.resize(size.columns, size.rows);
  await eventually(() => dashboard.desk.state.layout.rows === size.rows);
  return {
    ...drawn,
    dashboard,
    server,
    tell,
    pass,
    says,
    become,
    async [Symbol.asyncDispose]() {
      await drawn[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
    },
  };
}
