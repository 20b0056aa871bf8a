/**
 * The limits: their names, defaults and written form (`100/1h`). One declaration feeds the configuration, its
 * table in the README and the rate-limit plugin; counting happens elsewhere.
 * @module
 */

/** So many events in so many seconds. */
export interface Rate {
  /** Events allowed inside one window, at least 1. */
  readonly points: number;
  /** Length of the window in seconds, at least 1. */
  readonly seconds: number;
}

interface LimitEntry<Kind extends "rate" | "count"> {
  readonly kind: Kind;
  /** In the written form of the environment. */
  readonly fallback: string;
  readonly doc: string;
}

const rate = (fallback: string, doc: string): LimitEntry<"rate"> => ({ kind: "rate", fallback, doc });
const count = (fallback: string, doc: string): LimitEntry<"count"> => ({ kind: "count", fallback, doc });

/** Every limit; each is configured by `LIMIT_<NAME>`. */
export const LIMITS = {
  MESSAGE_REQUEST: rate("10/1h", "message requests, per user"),
  MESSAGE_SEND: rate("100/1h", "messages sent over REST, per user"),
  CONVERSATIONS: rate("60/1m", "reads of the conversation list, per user"),
  MESSAGES: rate("120/1m", "reads of message history, per user"),
  WS_SEND_MESSAGE: rate("2/1s", "messages sent over the socket, per user"),
  WS_TYPING: rate("10/1m", "typing events, per user and conversation"),
  WS_MARK_READ: rate("50/1m", "mark_read events, per user"),
  OTP_SEND_MINUTE: rate("3/1m", "sign-in codes sent, per e-mail address"),
  OTP_SEND_DAY: rate("10/1d", "sign-in codes sent, per e-mail address"),
  LIKES: rate("20/12h", "likes of a free account, per user"),
  DEFAULT: rate("300/1m", "every other route, per user"),
  ADDRESS: rate("12000/1m", "all requests, per network address and process"),
  AUTH_ADDRESS: rate("60/1m", "sign-in routes, per network address"),
  REFRESH_ADDRESS: rate("1200/1m", "refreshed tokens, per network address"),
  EXPORT: rate("3/1d", "exports of one's own data, per user"),
  PUSH_TEST: rate("10/1h", "notifications to try one's own device, per user"),
  MEDIA_UPLOADS: rate("50/1d", "pictures uploaded, per user"),
  MEDIA_BYTES: rate("200000000/1d", "bytes of pictures uploaded, per user"),
  REPORT: rate("20/1h", "reports filed, per user"),
  APPEAL: rate("10/1d", "appeals filed, per user"),
  WS_AUTHENTICATE: rate("120/1m", "authenticate events and tokens of new sockets, per user"),
  WS_FRAMES: rate(
    "500/10s",
    "frames of all kinds that a client sends, pings and pongs too, per user and process",
  ),
  WS_CONNECT: rate("300/10s", "new sockets, per network address"),
  WS_ADMISSION: rate("500/1s", "new sockets, per process; others are refused with a time to retry"),
  WS_CONNECTIONS_PER_ADDRESS: count("2000", "open sockets at one time, per network address and process"),
  WS_CONNECTIONS_PER_USER: count(
    "8",
    "open sockets at one time, per user, also with LIMITS=off; one more closes the oldest",
  ),
} as const satisfies Record<string, LimitEntry<"rate" | "count">>;

/** A name in {@link LIMITS}. */
export type LimitName = keyof typeof LIMITS;
/** The limits written `100/1h`. */
export type RateName = { [N in LimitName]: (typeof LIMITS)[N]["kind"] extends "rate" ? N : never }[LimitName];
/** The limits that are a plain number. */
export type CountName = Exclude<LimitName, RateName>;
/** The value of every limit. */
export type Limits = { readonly [N in RateName]: Rate } & { readonly [N in CountName]: number };

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const RATE = /^([1-9]\d{0,8})\/([1-9]\d{0,6})([smhd])$/;
const COUNT = /^[1-9]\d{0,8}$/;
/** 30 days: what counters may be expected to remember. */
const MAX_SECONDS = 30 * UNITS.d;

/** @returns The rate written as `100/1h` (s, m, h, d; at most 30 days), or undefined for anything else. */
export function parseRate(text: string): Rate | undefined {
  const [, points, length, unit] = RATE.exec(text) ?? [];
  if (points === undefined || length === undefined || unit === undefined) return undefined;
  const seconds = Number(length) * UNITS[unit as keyof typeof UNITS];
  return seconds <= MAX_SECONDS ? { points: Number(points), seconds } : undefined;
}

/** @returns The rate in its written form, in the largest unit that divides the window. */
export function formatRate({ points, seconds }: Rate): string {
  for (const unit of ["d", "h", "m"] as const) {
    if (seconds % UNITS[unit] === 0) return `${points}/${seconds / UNITS[unit]}${unit}`;
  }
  return `${points}/${seconds}s`;
}

/** @returns The whole number of at least 1 that the text writes, or undefined. */
export function parseCount(text: string): number | undefined {
  return COUNT.test(text) ? Number(text) : undefined;
}

/** @returns Every limit at its default. */
export function defaultLimits(): Limits {
  const parsed = Object.entries(LIMITS).map(([name, { kind, fallback }]) => [
    name,
    kind === "rate" ? parseRate(fallback) : parseCount(fallback),
  ]);
  return Object.fromEntries(parsed) as Limits;
}
