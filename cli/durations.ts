/**
 * Durations such as `500ms`, `30s`, `2m`, `12h`, `7d`: how every option of the command line takes and prints them. Pure.
 * @module
 */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @returns Milliseconds, or undefined when the text is no span of time. 0 needs no unit. */
export function parseDuration(text: string): number | undefined {
  if (text.trim() === "0") return 0;
  const [, number, unit] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  return number === undefined ? undefined : Number(number) * UNITS[unit as keyof typeof UNITS];
}

/** @returns The span in its largest whole unit. */
export function formatDuration(ms: number): string {
  for (const unit of ["h", "m", "s"] as const) {
    if (ms >= UNITS[unit] && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
  }
  if (ms === 0) return "0";
  return ms >= 1_000 ? `${Math.round(ms / 100) / 10}s` : `${Math.round(ms)}ms`;
}

/** Reads an option's duration. @returns Milliseconds. @throws InvalidArgumentError */
export function readSpan(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("Give a span of time such as 500ms, 30s or 2m.");
  return ms;
}

/** @returns An option that takes a span of time and shows its default as one can be written. */
export function spanOption<const F extends string>(flags: F, description: string, defaultMs: number) {
  return new Option(flags, description).argParser(readSpan).default(defaultMs, formatDuration(defaultMs));
}
