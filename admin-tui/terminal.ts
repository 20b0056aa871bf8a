/**
 * Sets the terminal up for the dashboard and restores it however the dashboard ends: a key, a signal, a crash, a lost
 * line.
 * @module
 */

/** How a run ended. */
export interface Ending {
  readonly exitCode: number;
  /** A crash. */
  readonly error?: unknown;
}

/** Why lines are not wrapped: see anchor.ts; text that is wider than expected must not run into the next row. */
export const NO_WRAP = "\u001b[?7l";
/** Wrapping on, cursor shown, bracketed paste off, styles off. */
export const RESTORE = "\u001b[?7h\u001b[?25h\u001b[?2004l\u001b[0m";
/** The same when Ink could not leave the alternate screen itself. */
export const RESTORE_HARD = `\u001b[?1049l${RESTORE}`;

/** The exit code for Ctrl-C, be it a signal or a key. */
export const INTERRUPTED = 130;
const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGINT: INTERRUPTED,
  SIGTERM: 143,
  SIGHUP: 129,
};

interface TerminalOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/**
 * Watches for everything that can end the run from outside.
 *
 * @param onEnd Called once.
 * @returns What stops the watch.
 */
export function watchTerminal(
  { stdin, stdout }: TerminalOptions,
  onEnd: (ending: Ending) => void,
): () => void {
  let isOver = false;
  function end(ending: Ending): void {
    if (isOver) return;
    isOver = true;
    onEnd(ending);
  }

  const crash = (error: unknown) => end({ exitCode: 1, error });
  const lost = () => end({ exitCode: 129 });
  // Writing to a line that is gone fails again and again: once is enough to know.
  const broken = () => end({ exitCode: 129 });
  const handlers = Object.entries(SIGNALS).map(
    ([signal, exitCode]) => [signal as NodeJS.Signals, () => end({ exitCode })] as const,
  );

  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  stdin.on("end", lost);
  stdout.on("error", broken);
  return () => {
    process.off("uncaughtException", crash);
    process.off("unhandledRejection", crash);
    for (const [signal, handler] of handlers) process.off(signal, handler);
    stdin.off("end", lost);
  };
}
