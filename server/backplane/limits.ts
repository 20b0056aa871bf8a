/**
 * Counting against the configured limits: in this process, or in Redis for many. REST and sockets count through
 * the same `consume`. It knows no request and no route.
 * @module
 */
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { LIMITS, type Limits, type Rate, type RateName } from "../domain/limits.ts";
import { AppError } from "../protocol/errors.ts";
import type { RedisStore } from "./redis.ts";

/** How much of a limit is left. */
export interface LimitState {
  /** Points of one window. */
  readonly limit: number;
  /** Points left in the current window. */
  readonly remaining: number;
  /** Milliseconds until the current window ends. */
  readonly resetMs: number;
}

/** The counters of every limit. */
export interface RateLimits {
  /**
   * Counts one or more events against a limit.
   *
   * Guarantee: no more than the configured points in a fixed window pass for one key, over all nodes when Redis
   * is there. Without it (and while it is away) each node counts for itself: a limit is then at most its own
   * value times the number of nodes. Counters live for one window. It never fails for a reason of the store.
   *
   * @param name The limit.
   * @param key Who is counted: a user id, an address. It ends up in Redis: hash what is personal.
   * @param options.points How many events. @default 1
   * @returns What is left; with the limits switched off, everything always is.
   * @throws RATE_LIMIT_EXCEEDED with `{limit, window_ms, retry_after_ms}`.
   * @example
   * ```ts
   * await limits.consume("WS_SEND_MESSAGE", viewer.userId);
   * ```
   */
  consume(name: RateName, key: string, options?: { points?: number }): Promise<LimitState>;
  /** @returns The configured points and window, for headers and docs. */
  rateOf(name: RateName): Rate;
}

interface LimitsOptions {
  readonly limits: Limits;
  /** False lets everything pass. @default true */
  readonly enabled?: boolean;
  /** Absent: this process counts for itself. */
  readonly redis?: RedisStore;
  /** Told about every refusal, for metrics. */
  readonly onRefused?: (name: RateName) => void;
}

/** These guard one node's own resources, so a round trip to Redis on every request would buy nothing. */
const LOCAL: ReadonlySet<RateName> = new Set<RateName>(["ADDRESS", "WS_ADMISSION"]);
/** Timers (which the in-process counters use) take 32 bits of milliseconds, 24.8 days. */
const MAX_WINDOW_SECONDS = 24 * 86_400;

/** @throws TypeError when a window is longer than 24 days. */
export function createLimits(options: LimitsOptions): RateLimits {
  const { limits, enabled = true, onRefused } = options;
  const names = (Object.keys(LIMITS) as RateName[]).filter((name) => LIMITS[name].kind === "rate");
  const counters = new Map(names.map((name) => [name, createCounter(name, options)]));
  return {
    rateOf: (name) => limits[name],
    async consume(name, key, { points = 1 } = {}) {
      const rate = limits[name];
      if (!enabled) return { limit: rate.points, remaining: rate.points, resetMs: rate.seconds * 1000 };
      try {
        return stateOf(rate, await counters.get(name)!.consume(key, points));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        onRefused?.(name);
        throw toError(rate, refusal);
      }
    },
  };
}

function createCounter(name: RateName, { limits, redis }: LimitsOptions) {
  const { points, seconds: duration } = limits[name];
  if (duration > MAX_WINDOW_SECONDS) {
    throw new TypeError(`Cannot count ${name}: its window is longer than 24 days`);
  }
  const memory = new RateLimiterMemory({ keyPrefix: name, points, duration });
  if (!redis || LOCAL.has(name)) return memory;
  return new RateLimiterRedis({
    storeClient: redis.connection,
    keyPrefix: `${redis.prefix}:limit:${name}`,
    points,
    duration,
    // A key that is used up is refused here, so that a flood does not reach Redis.
    inMemoryBlockOnConsumed: points,
    insuranceLimiter: memory,
    rejectIfRedisNotReady: true,
  });
}

function stateOf({ points, seconds }: Rate, { remainingPoints, msBeforeNext }: RateLimiterRes): LimitState {
  const resetMs = msBeforeNext >= 0 ? msBeforeNext : seconds * 1000;
  return { limit: points, remaining: Math.max(0, remainingPoints), resetMs };
}

function toError({ points, seconds }: Rate, { msBeforeNext }: RateLimiterRes): AppError {
  return new AppError("RATE_LIMIT_EXCEEDED", undefined, {
    limit: points,
    window_ms: seconds * 1000,
    retry_after_ms: Math.max(1, Math.ceil(msBeforeNext)),
  });
}
