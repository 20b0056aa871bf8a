/**
 * Closing in order, within a deadline, and what leads to it. It knows steps, signals and errors, not what they close.
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
  /** Told about each step that failed or was given up. */
  readonly onProblem?: (name: string, error: unknown) => void;
}

/**
 * Closes one step after the other. A step that fails does not keep the next from closing; from the deadline on
 * the remaining steps are started, but no longer waited for.
 *
 * @returns Whether every step closed well and in time.
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

interface SignalOptions {
  /** Called for the second signal: the person in front has lost patience. */
  readonly onSecond: (signal: string) => void;
  /** @default process */
  readonly source?: Source;
}

/**
 * Listens for SIGTERM and SIGINT.
 *
 * @param onFirst Called once, for the first of them.
 * @returns Stops listening.
 */
export function onTermination(
  onFirst: (signal: string) => void,
  { onSecond, source = process }: SignalOptions,
) {
  let received = 0;
  const listeners = ["SIGTERM", "SIGINT"].map((signal) => {
    const listener = () => (received++ === 0 ? onFirst(signal) : onSecond(signal));
    source.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) source.off(signal, listener);
  };
}

/**
 * Listens for errors that nobody caught. After one of them nobody knows what still holds: the process should end, but
 * not at once, as it would by itself, because most of what is under way is not hurt.
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
