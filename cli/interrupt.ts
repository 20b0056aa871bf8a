/**
 * Ctrl-C in the middle: the first asks a command to stop at a safe point, the second ends the process.
 * @module
 */
import { CliError, EXIT, type Io } from "./output.ts";

/** npx and `bun run` pass a signal on that the terminal has sent to their child as well, ms. */
const SAME_SIGNAL_MS = 500;
const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.terminated } as const;

/** Why a command that was asked to stop has stopped; a command says in it what is done. */
export class Interrupted extends CliError {
  constructor(
    what: string,
    { signal = "SIGINT", hint, told }: { signal?: keyof typeof SIGNALS; hint?: string; told?: boolean } = {},
  ) {
    super(what, { code: "INTERRUPTED", exitCode: SIGNALS[signal], hint, told });
    this.name = "Interrupted";
    this.signal = signal;
  }
  readonly signal: keyof typeof SIGNALS;
}

/**
 * Runs something that has a safe way to stop. While it runs, a first signal aborts its AbortSignal (the reason is
 * an {@link Interrupted}); without this function a signal just ends the process.
 */
export async function interruptible<T>(
  { signals }: Pick<Io, "signals">,
  fn: (signal: AbortSignal) => Promise<T>,
) {
  const controller = new AbortController();
  let firstAt = 0;
  const listeners = (Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]).map((signal) => {
    const listener = () => {
      if (!controller.signal.aborted) {
        firstAt = performance.now();
        controller.abort(new Interrupted("Interrupted", { signal }));
      } else if (performance.now() - firstAt > SAME_SIGNAL_MS) signals?.exit(SIGNALS[signal]);
    };
    signals?.on(signal, listener);
    return { signal, listener };
  });
  try {
    return await fn(controller.signal);
  } catch (error) {
    // Whatever fails after the signal fails because of it, or no longer matters.
    throw controller.signal.aborted && !(error instanceof Interrupted) ? controller.signal.reason : error;
  } finally {
    for (const { signal, listener } of listeners) signals?.off(signal, listener);
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
