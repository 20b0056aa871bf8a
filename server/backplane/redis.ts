/**
 * The backplane over Redis 7.0 or later, single or Cluster, for many processes. Redis is never the truth: without
 * it everything works on, each node by itself, and `healthy` says so.
 * @module
 */
import type { Cluster, Redis } from "ioredis";
import { type Backplane, LEASE_MS } from "./backplane.ts";
import { createKeys } from "./keys.ts";
import { RedisBus } from "./redis_bus.ts";
import { addressOf, connectionOptions, type OnTrouble, openRedis, watch } from "./redis_connection.ts";
import { RedisPresence } from "./redis_presence.ts";

interface RedisBackplaneOptions {
  /** `redis://user:password@host:port/db`; several: nodes of one Cluster. */
  readonly urls: readonly string[];
  /** What the names of all keys and channels begin with: that of the installation, see {@link createKeys}. */
  readonly prefix: string;
  /** Unique among the processes. @default random */
  readonly nodeId?: string;
  /** Milliseconds. @default LEASE_MS */
  readonly leaseMs?: number;
  /** Told when a connection fails. */
  readonly onTrouble?: OnTrouble;
}

/** A connection, and what the names of this installation's keys begin with. */
export interface RedisStore {
  readonly connection: Redis | Cluster;
  readonly prefix: string;
}

/** A backplane with its connection, which the rate limits use too. */
export interface RedisBackplane extends Backplane {
  readonly redis: RedisStore;
}

/**
 * Opens the backplane; connections are made in the background, so that a server starts without Redis.
 *
 * @example
 * ```ts
 * const backplane = createRedisBackplane({ urls: ["redis://localhost:6379"], prefix: "vibes-3f9a1c2b7d0e" });
 * ```
 */
export function createRedisBackplane(options: RedisBackplaneOptions): RedisBackplane {
  const { urls, prefix, nodeId = randomNodeId(), leaseMs = LEASE_MS, onTrouble = () => {} } = options;
  const keys = createKeys(prefix);
  const redis = openRedis(urls, onTrouble);
  const { host, port } = addressOf(urls[0]!);
  const connection = connectionOptions(urls[0]!);
  const bus = new RedisBus(redis, { nodeId, keys, connection, address: `${host}:${port}` });
  const health = watch(redis);
  return {
    nodeId,
    kind: "redis",
    bus,
    presence: new RedisPresence(redis, { nodeId, leaseMs, keys }),
    redis: { connection: redis, prefix },
    get healthy() {
      return health.healthy() && bus.healthy;
    },
    async close() {
      health.stop();
      bus.close();
      redis.disconnect();
    },
  };
}

/** @returns A short id that no other process has. */
export function randomNodeId(): string {
  return crypto.randomUUID().slice(-12);
}
