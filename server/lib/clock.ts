/**
 * The process's clock, for what lives in the process (token expiry, limits, timers). Durable state takes the
 * database's `now()` instead, so that servers with skewed clocks agree.
 * @module
 */

/** A source of the current time. */
export interface Clock {
  /** @returns Milliseconds since the Unix epoch. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };
