/**
 * Formats times, counts and ids for narrow columns. Pure.
 * @module
 */
import { GLYPHS } from "./theme.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NUMBERS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** @returns A duration by its largest unit: `42s`, `12m`, `5h`, `3d`. */
export function duration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < MINUTE) return `${Math.floor(length / SECOND)}s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)}m`;
  if (length < 2 * DAY) return `${Math.floor(length / HOUR)}h`;
  return `${Math.floor(length / DAY)}d`;
}

/** @returns How long ago a time of the wire was. */
export function age(at: string, now: number): string {
  return duration(now - Date.parse(at));
}

/** @returns How much of the promised time is left: `48m left`, `2h over`. */
export function timeLeft(due: string, now: number): string {
  const left = Date.parse(due) - now;
  return left >= 0 ? `${duration(left)} left` : `${duration(-left)} over`;
}

/** @returns `14:05`, in the timezone of whoever looks. */
export function clockTime(at: string): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @returns `2026-01-15 14:05`, in the timezone of whoever looks. */
export function dateTime(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockTime(at)}`;
}

/** @returns `2026-01-15`, in the timezone of whoever looks. */
export function day(at: string): string {
  return dateTime(at).slice(0, 10);
}

/** @returns `12,481`. */
export function count(value: number): string {
  return NUMBERS.format(value);
}

/** @returns `1 report`, `3 reports`. */
export function counted(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? "" : "s"}`;
}

/** @returns The end of an id, which is random, as a handle for people: `R-8F31A2`. */
export function handle(letter: string, id: string): string {
  return `${letter}-${id.slice(-6).toUpperCase()}`;
}

/** @returns The newest values as bars, each against the largest; spaces where there was nothing yet. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const newest = values.slice(Math.max(0, values.length - width));
  const peak = Math.max(0, ...newest.map((value) => value ?? 0));
  const bars = newest.map((value) => {
    if (value === null) return " ";
    const level = peak === 0 ? 0 : Math.round((value / peak) * (GLYPHS.bars.length - 1));
    return GLYPHS.bars[level];
  });
  return bars.join("").padStart(width);
}

/** @returns A word of the wire as people write it: `fake_profile` → `fake profile`. */
export function words(value: string): string {
  return value.replaceAll(/[_.]/g, " ");
}

/** What is known of another report in a line. */
interface ReportOutcome {
  readonly reason: string;
  readonly status: string;
  readonly action: string | null;
  readonly created_at: string;
}

/** @returns `spam  resolved, warn  3d ago`. */
export function outcomeWords({ reason, status, action, created_at }: ReportOutcome, now: number): string {
  const outcome = action && action !== "none" ? `${status}, ${action}` : status;
  return `${words(reason)}  ${outcome}  ${age(created_at, now)} ago`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** @returns Whether a word is a whole id. */
export function isId(word: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(word);
}
