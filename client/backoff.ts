/**
 * When to try again: exponential, with full jitter, and never sooner than the server asked. Pure.
 * @module
 */
import { CLOSE_CODES } from "../server/protocol/close_codes.ts";
import { readRetryAfter } from "./failure.ts";

/** What a delay depends on. */
export interface BackoffOptions {
  /** Failures in a row before this one. */
  readonly attempt: number;
  /** Upper end of the first delay, milliseconds. */
  readonly minDelayMs: number;
  /** Upper end of every delay, milliseconds. */
  readonly maxDelayMs: number;
  /** What the server asked for, milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * Full jitter: anywhere between nothing and the upper end, so that many clients that were dropped together come
 * back apart. A server's own wish is already spread: it is kept, plus at most the first delay.
 *
 * @returns Milliseconds.
 */
export function delayBefore({
  attempt,
  minDelayMs,
  maxDelayMs,
  retryAfterMs,
  random,
}: BackoffOptions): number {
  const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(attempt, 30));
  if (retryAfterMs === undefined) return Math.round(random() * ceiling);
  return Math.round(retryAfterMs + (random() * Math.min(ceiling, retryAfterMs)) / 4);
}

/** Milliseconds that a flooding client stays away when the server does not say. */
const FLOODING_MS = 5_000;

/** @returns What a close asks for: `retry_after_ms` of its reason. */
export function wishOf(code: number, reason: string): number | undefined {
  let wish: number | undefined;
  try {
    wish = readRetryAfter(JSON.parse(reason));
  } catch {
    // Most reasons are words.
  }
  return wish ?? (code === CLOSE_CODES.FLOODING.code ? FLOODING_MS : undefined);
}
