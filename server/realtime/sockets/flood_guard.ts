/**
 * Recognises clients that send too much: every message, ping and pong counts, for its socket and for its person on this
 * node. It closes nothing.
 * @module
 */
import type { Rate } from "../../domain/limits.ts";
import type { Connection } from "./connection.ts";

interface FloodGuardOptions {
  /** Frames of one socket in one second; null: any number. */
  readonly maxBurst: number | null;
  /** Frames of one person on this node; null: any number. */
  readonly perUser: Rate | null;
}

/** See the module. The windows of all people begin together, so that the counters of the last one go at once. */
export class FloodGuard {
  readonly #options: FloodGuardOptions;
  readonly #counts = new Map<string, number>();
  #window = 0;

  constructor(options: FloodGuardOptions) {
    this.#options = options;
  }

  /**
   * Counts one frame that came in.
   *
   * @param now Milliseconds since the epoch.
   * @returns Whether it is one too many.
   */
  count(connection: Connection, now: number): boolean {
    const { maxBurst } = this.#options;
    const isSameSecond = Math.floor(connection.heardAt / 1000) === Math.floor(now / 1000);
    connection.heard(now);
    connection.burst = isSameSecond ? connection.burst + 1 : 1;
    const isTooMany = this.#isTooManyOfUser(connection, now);
    return isTooMany || (maxBurst !== null && connection.burst > maxBurst);
  }

  #isTooManyOfUser({ member }: Connection, now: number): boolean {
    const { perUser } = this.#options;
    if (!perUser || !member) return false;
    const window = Math.floor(now / (perUser.seconds * 1000));
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    const count = (this.#counts.get(member.userId) ?? 0) + 1;
    this.#counts.set(member.userId, count);
    return count > perUser.points;
  }
}
