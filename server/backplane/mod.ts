/**
 * The face of the backplane: what several server processes share in memory, and the counters of the limits.
 * @module
 */
import type { Cluster, Redis } from "ioredis";
import type { Backplane } from "./backplane.ts";
import { createMemoryBackplane } from "./memory.ts";
import { createRedisBackplane } from "./redis.ts";
import type { OnTrouble } from "./redis_connection.ts";

export {
  type Attached,
  type Backplane,
  type Bus,
  HEARTBEAT_MS,
  type Heartbeat,
  LEASE_MS,
  type PresenceStore,
} from "./backplane.ts";
export { createLimits, type LimitState, type RateLimits } from "./limits.ts";
export { createMemoryBackplane, createMemoryStore, type MemoryStore } from "./memory.ts";
export { createRedisBackplane, type RedisBackplane } from "./redis.ts";

/** A backplane with the connection to Redis, which the limits use too, when there is one. */
export type OpenBackplane = Backplane & { readonly redis?: Redis | Cluster };

interface OpenOptions {
  /** None: this process is alone. One: a single Redis. Several: nodes of a Cluster. */
  readonly redisUrls: readonly string[];
  /** Told when a connection fails. */
  readonly onTrouble?: OnTrouble;
}

/**
 * Opens the backplane that the configuration asks for.
 *
 * @example
 * ```ts
 * const backplane = openBackplane({ redisUrls: config.redisUrls });
 * const limits = createLimits({ limits: config.limits, redis: backplane.redis });
 * ```
 */
export function openBackplane({ redisUrls, onTrouble }: OpenOptions): OpenBackplane {
  if (redisUrls.length === 0) return createMemoryBackplane();
  return createRedisBackplane({ urls: redisUrls, onTrouble });
}
