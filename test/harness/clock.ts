/**
 * A clock that runs like the machine's and can be moved forward.
 * @module
 */
import type { Clock } from "../../server/lib/clock.ts";

/** See the module. */
export interface TestClock extends Clock {
  /** Puts it forward by so many seconds. */
  advance(seconds: number): void;
}

/** @returns A clock that shows the present. */
export function createTestClock(): TestClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(seconds) {
      ahead += seconds * 1000;
    },
  };
}
