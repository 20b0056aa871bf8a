/**
 * Measures and traces the handling of clients' events. It changes nothing about them.
 * @module
 */
import type { SocketObserver } from "../../lib/socket_observer.ts";
import { AppError } from "../../protocol/errors.ts";
import { CLIENT_EVENTS } from "../../protocol/events.ts";
import type { Tracing } from "../../tracing.ts";

/** What is told of each event; mostly nothing is. */
export interface Watchers {
  readonly observer?: SocketObserver | undefined;
  readonly tracing?: Tracing | undefined;
}

/** Does the work and tells the watchers its result; without any it only does the work. */
export function observed<T>(watchers: Watchers, event: string, work: () => Promise<T>): Promise<T> {
  return watchers.observer || watchers.tracing ? watched(watchers, event, work) : work();
}

async function watched<T>(
  { observer, tracing }: Watchers,
  event: string,
  work: () => Promise<T>,
): Promise<T> {
  // A client can send any name: unknown ones share one series and one span name.
  const known = Object.hasOwn(CLIENT_EVENTS, event) ? event : "unknown";
  const start = performance.now();
  let result = "OK";
  try {
    return await (tracing ? tracing.span(`socket ${known}`, {}, work) : work());
  } catch (error) {
    result = error instanceof AppError ? error.code : "INTERNAL_SERVER_ERROR";
    throw error;
  } finally {
    observer?.onEvent({ event: known, result, durationMs: performance.now() - start });
  }
}
