/**
 * Shutdown: signals and uncaught errors that start it, and closing steps in order within a deadline.
 * @module
 */

/** Something that has to be closed. */
export interface Closing {
  readonly name: string;
  close(): unknown;
}

interface CloseOptions {
  /** For all steps together, in milliseconds. */
  readonly deadlineMs: number;
  /** Called for each step that failed or did not end in time. */
  readonly onProblem?: (name: string, error: unknown) => void;
}

/**
 * Closes one step after the other. A step that fails does not keep the next from closing; from the deadline on
 * the remaining steps are started, but no longer waited for.
 *
 * @returns Whether every step closed without an error and in time.
 */
export async function closeAll(
  steps: readonly Closing[],
  { deadlineMs, onProblem }: CloseOptions,
): Promise<boolean> {
  const deadline = Promise.withResolvers<never>();
  deadline.promise.catch(() => {});
  const timer = setTimeout(() => {
    deadline.reject(new Error(`Cannot close in order: ${deadlineMs} ms are over`));
  }, deadlineMs);
  let clean = true;
  for (const step of steps) {
    try {
      // Started before the race, so that every step is at least asked to close.
      const closing = Promise.resolve(step.close());
      closing.catch(() => {});
      await Promise.race([closing, deadline.promise]);
    } catch (error) {
      clean = false;
      onProblem?.(step.name, error);
    }
  }
  clearTimeout(timer);
  return clean;
}

interface Source {
  on(name: string, listener: (...given: unknown[]) => void): unknown;
  off(name: string, listener: (...given: unknown[]) => void): unknown;
}

interface SignalOptions<Signal extends string> {
  /** Called for a second signal, to exit at once. */
  readonly onSecond: (signal: Signal) => void;
  /** Such as `process`; undefined: no signals. */
  readonly source: Source | undefined;
  /** Milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** npx and `bun run` forward a signal that the terminal sends to their child as well: the copy comes within this, ms. */
const SAME_SIGNAL_MS = 500;

/**
 * Listens for signals that ask a process to end. What comes within half a second of the first is a copy of it.
 *
 * @param onFirst Called once, for the first of them.
 * @returns Stops listening.
 */
export function onSignals<Signal extends string>(
  signals: readonly Signal[],
  onFirst: (signal: Signal) => void,
  { onSecond, source, now = () => performance.now() }: SignalOptions<Signal>,
) {
  let firstAt: number | undefined;
  const listeners = signals.map((signal) => {
    const listener = () => {
      if (firstAt === undefined) {
        firstAt = now();
        onFirst(signal);
      } else if (now() - firstAt > SAME_SIGNAL_MS) onSecond(signal);
    };
    source?.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) source?.off(signal, listener);
  };
}

/**
 * Listens for uncaught errors. The state of the process is unknown after one, so it should end; not at once, as it
 * would by default, because requests under way can still be answered.
 *
 * @param onError Called for each of them.
 * @returns Stops listening.
 */
export function onUncaught(onError: (error: unknown) => void, source: Source = process): () => void {
  const events = ["uncaughtException", "unhandledRejection"];
  const listener = (error: unknown) => onError(error);
  for (const event of events) source.on(event, listener);
  return () => {
    for (const event of events) source.off(event, listener);
  };
}
