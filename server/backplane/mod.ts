/**
 * The face of the backplane: what several server processes share in memory, and the counters of the limits.
 * @module
 */
import type { Backplane } from "./backplane.ts";
import type { RedisStore } from "./redis.ts";

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
export { createRedisBackplane, type RedisBackplane, type RedisStore } from "./redis.ts";
export { isRedisAway } from "./redis_connection.ts";

/** A backplane with the connection to Redis, which the limits use too, when there is one. */
export type OpenBackplane = Backplane & { readonly redis?: RedisStore };
