/**
 * Events within one process: published after a commit and passed to every subscriber synchronously. Nothing is stored
 * or sent to other processes.
 * @module
 */

/**
 * See the module.
 *
 * @example
 * ```ts
 * const revoked = new Emitter<SessionsRevoked>(onError);
 * const unsubscribe = revoked.subscribe(({ userId }) => closeSocketsOf(userId));
 * after(() => revoked.publish({ userId, sessionId: null, reason: "logout_all" }));
 * ```
 */
export class Emitter<T> {
  readonly #listeners = new Set<(event: T) => void>();
  readonly #onError: (error: unknown) => void;

  /** @param onError Called with what a listener threw; the other listeners are still called. */
  constructor(onError: (error: unknown) => void = () => {}) {
    this.#onError = onError;
  }

  publish(event: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** @returns The function that ends the subscription. */
  subscribe(listener: (event: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
