/**
 * The hooks by which the socket layer reports to metrics. It holds no state.
 * @module
 */

/** Every hook is called synchronously and must be cheap. */
export interface SocketObserver {
  /** A client's event was answered; `result` is OK or an error's code. */
  onEvent(answered: { event: string; result: string; durationMs: number }): void;
  /** A message was stored: the n-th of its conversation. */
  onStored(nth: number): void;
  /** A socket that came back has everything that it missed. */
  onResumed(missed: number): void;
}
