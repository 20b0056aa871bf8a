/**
 * Shows the progress of long operations: one rewritten line on a terminal, nothing elsewhere.
 * @module
 */
import type { Io, OutputOptions } from "./output.ts";

/** A line of progress. */
export interface Progress {
  /** @param done From 0 to 1. @param what Said behind the bar. */
  update(done: number, what: string): void;
  /** Takes the line away. */
  end(): void;
}

const BAR = 24;
/** Terminals need not be written to more often, ms. */
const EVERY_MS = 100;

/** @returns Progress on standard error, silent with --quiet, --json and off a terminal. */
export function createProgress(io: Pick<Io, "stderr">, options: OutputOptions): Progress {
  const startedAt = performance.now();
  let shownAt = Number.NEGATIVE_INFINITY;
  const silent = options.quiet || options.json || io.stderr.isTTY !== true;
  if (silent) return { update: () => {}, end: () => {} };
  return {
    update(done, what) {
      const now = performance.now();
      if (now - shownAt < EVERY_MS && done < 1) return;
      shownAt = now;
      io.stderr.write(`\r${bar(done)} ${what}${eta(done, now - startedAt)}\x1b[K`);
    },
    end: () => void io.stderr.write("\r\x1b[K"),
  };
}

function bar(done: number): string {
  const full = Math.round(Math.min(1, Math.max(0, done)) * BAR);
  return `[${"#".repeat(full)}${"-".repeat(BAR - full)}] ${String(Math.floor(done * 100)).padStart(3)}%`;
}

/** Only once there is something to go by. */
function eta(done: number, elapsedMs: number): string {
  if (done < 0.02 || done >= 1) return "";
  const seconds = Math.ceil(((elapsedMs / done) * (1 - done)) / 1_000);
  return `, ${seconds >= 90 ? `${Math.ceil(seconds / 60)} min` : `${seconds} s`} left`;
}
