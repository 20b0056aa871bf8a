/**
 * Handles Ctrl-C: the first asks the command to stop at a safe point, the second ends the process.
 * @module
 */
import { onSignals } from "../server/lib/shutdown.ts";
import { CliError, EXIT, type Io } from "./output.ts";

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.terminated } as const;

/** Why a command that was asked to stop has stopped; a command says in it what is done. */
export class Interrupted extends CliError {
  constructor(
    what: string,
    { signal = "SIGINT", hint }: { signal?: keyof typeof SIGNALS; hint?: string } = {},
  ) {
    super(what, { code: "INTERRUPTED", exitCode: SIGNALS[signal], hint });
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
  const off = onSignals(
    Object.keys(SIGNALS) as (keyof typeof SIGNALS)[],
    (signal) => controller.abort(new Interrupted("Interrupted", { signal })),
    { onSecond: (signal) => signals?.exit(SIGNALS[signal]), source: signals },
  );
  try {
    return await fn(controller.signal);
  } catch (error) {
    // Whatever fails after the signal fails because of it, or no longer matters.
    throw controller.signal.aborted && !(error instanceof Interrupted) ? controller.signal.reason : error;
  } finally {
    off();
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
