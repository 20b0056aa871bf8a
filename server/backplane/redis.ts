/**
 * The backplane over Redis 7.0 or later, single or Cluster, for many processes. Redis is never the truth: without
 * it everything works on, each node by itself, and `healthy` says so.
 * @module
 */
import type { Cluster, Redis } from "ioredis";
import { type Backplane, LEASE_MS } from "./backplane.ts";
import { RedisBus } from "./redis_bus.ts";
import { addressOf, connectionOptions, type OnTrouble, openRedis, watch } from "./redis_connection.ts";
import { RedisPresence } from "./redis_presence.ts";

interface RedisBackplaneOptions {
  /** `redis://user:password@host:port/db`; several: nodes of one Cluster. */
  readonly urls: readonly string[];
  /** Unique among the processes. @default random */
  readonly nodeId?: string;
  /** Milliseconds. @default LEASE_MS */
  readonly leaseMs?: number;
  /** Told when a connection fails. */
  readonly onTrouble?: OnTrouble;
}

/** A backplane with its connection, which the rate limits use too. */
export interface RedisBackplane extends Backplane {
  readonly redis: Redis | Cluster;
}

/**
 * Opens the backplane; connections are made in the background, so that a server starts without Redis.
 *
 * @example
 * ```ts
 * const backplane = createRedisBackplane({ urls: ["redis://localhost:6379"] });
 * ```
 */
export function createRedisBackplane(options: RedisBackplaneOptions): RedisBackplane {
  const { urls, nodeId = randomNodeId(), leaseMs = LEASE_MS, onTrouble = () => {} } = options;
  const redis = openRedis(urls, onTrouble);
  const { host, port } = addressOf(urls[0]!);
  const connection = connectionOptions(urls[0]!);
  const bus = new RedisBus(redis, { nodeId, connection, address: `${host}:${port}` });
  const health = watch(redis);
  return {
    nodeId,
    kind: "redis",
    bus,
    presence: new RedisPresence(redis, { nodeId, leaseMs }),
    redis,
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
