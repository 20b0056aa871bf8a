/**
 * Measures the carrying out of clients' events. It changes nothing about them.
 * @module
 */
import type { SocketObserver } from "../lib/socket_observer.ts";
import { AppError } from "../protocol/errors.ts";
import { CLIENT_EVENTS } from "../protocol/events.ts";

/** Does the work and tells the observer what became of it; without one it only does the work. */
export async function observed<T>(
  observer: SocketObserver | undefined,
  ...[event, work]: [event: string, work: () => Promise<T>]
): Promise<T> {
  if (!observer) return await work();
  const start = performance.now();
  let result = "OK";
  try {
    return await work();
  } catch (error) {
    result = error instanceof AppError ? error.code : "INTERNAL_SERVER_ERROR";
    throw error;
  } finally {
    // Clients make up names; the number of series must not be theirs to choose.
    const known = Object.hasOwn(CLIENT_EVENTS, event) ? event : "unknown";
    observer.onEvent({ event: known, result, durationMs: performance.now() - start });
  }
}
