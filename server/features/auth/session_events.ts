/**
 * The news that sessions have ended, for whoever holds something open in their name (sockets). In this process
 * only: the one who listens carries it to other nodes.
 * @module
 */

/** Why a session ended, or stops being served. */
export type RevokeReason = "logout" | "logout_all" | "token_reuse" | "sanction" | "deleted";

/** One session, or all of a person's. */
export interface SessionsRevoked {
  readonly userId: string;
  /** Null: every session of the person. */
  readonly sessionId: string | null;
  readonly reason: RevokeReason;
}

/** The port between those who end sessions and those who must act on it. */
export interface SessionEvents {
  /** Tells the listeners. Call it after the commit: `after(() => sessionEvents.revoked(…))`. */
  revoked(news: SessionsRevoked): void;
  /** @returns What ends the subscription. */
  subscribe(listener: (news: SessionsRevoked) => void): () => void;
}

/** @returns A port without listeners. A listener that throws does not keep the others from hearing. */
export function createSessionEvents(onError: (error: unknown) => void = () => {}): SessionEvents {
  const listeners = new Set<(news: SessionsRevoked) => void>();
  return {
    revoked(news) {
      for (const listener of [...listeners]) {
        try {
          listener(news);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
