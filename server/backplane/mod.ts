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

/**
 * Opens the backplane that the configuration asks for.
 *
 * @param options.redisUrls None: this process is alone. One: a single Redis. Several: nodes of a Cluster.
 * @returns The backplane, and Redis's connection for the limits when there is one.
 * @example
 * ```ts
 * const { backplane, redis } = openBackplane({ redisUrls: config.redisUrls });
 * const limits = createLimits({ limits: config.limits, redis });
 * ```
 */
export function openBackplane({
  redisUrls,
  onTrouble,
}: {
  redisUrls: readonly string[];
  onTrouble?: OnTrouble;
}): {
  readonly backplane: Backplane;
  readonly redis: Redis | Cluster | undefined;
} {
  if (redisUrls.length === 0) return { backplane: createMemoryBackplane(), redis: undefined };
  const backplane = createRedisBackplane({ urls: redisUrls, onTrouble });
  return { backplane, redis: backplane.redis };
}
