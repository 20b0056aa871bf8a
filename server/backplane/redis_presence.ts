/**
 * Presence in Redis: for each user the nodes that hold them and their sockets, for each node its lease and the
 * users it holds. It decides nothing about people; it may lose everything and is filled again.
 * @module
 */
import type { Attached, Heartbeat, PresenceStore } from "./backplane.ts";
import type { Keys } from "./keys.ts";
import type { ScriptedRedis } from "./redis_scripts.ts";

/** Commands under way at one time when many users change at once. */
const CHUNK = 200;
/** A reaper that stops in the middle is replaced after this, milliseconds. */
const REAP_LOCK_MS = 10_000;

interface RedisPresenceOptions {
  readonly nodeId: string;
  readonly leaseMs: number;
  readonly keys: Keys;
}

export class RedisPresence implements PresenceStore {
  readonly #redis: ScriptedRedis;
  readonly #nodeId: string;
  readonly #leaseMs: number;
  readonly #keys: Keys;

  constructor(redis: ScriptedRedis, { nodeId, leaseMs, keys }: RedisPresenceOptions) {
    this.#redis = redis;
    this.#nodeId = nodeId;
    this.#leaseMs = leaseMs;
    this.#keys = keys;
  }

  async attach(userId: string, socketId: string, { max }: { max: number }): Promise<Attached> {
    const [[first, evicted]] = await Promise.all([
      this.#attach(userId, [socketId], max),
      this.#redis.sadd(this.#keys.heldBy(this.#nodeId), userId),
    ]);
    return { first: first === 1, evicted };
  }

  async detach(userId: string, socketId: string): Promise<void> {
    await this.#redis.zrem(this.#keys.socketsOf(userId), `${this.#nodeId}/${socketId}`);
  }

  async release(userIds: readonly string[]): Promise<string[]> {
    const gone = await this.#filter(userIds, (userId) => this.#drop(userId, this.#nodeId));
    if (userIds.length > 0) await this.#redis.srem(this.#keys.heldBy(this.#nodeId), ...userIds);
    return gone;
  }

  async restore(held: ReadonlyMap<string, readonly string[]>): Promise<string[]> {
    const userIds = [...held.keys()];
    for (let i = 0; i < userIds.length; i += CHUNK) {
      await this.#redis.sadd(this.#keys.heldBy(this.#nodeId), ...userIds.slice(i, i + CHUNK));
    }
    return this.#filter(userIds, async (userId) => {
      const [first] = await this.#attach(userId, held.get(userId)!, Number.MAX_SAFE_INTEGER);
      return first === 1;
    });
  }

  async heartbeat(): Promise<Heartbeat> {
    const args = [this.#keys.nodes, this.#keys.reaping, this.#nodeId, this.#leaseMs] as const;
    const [known, dead, alive] = await this.#redis.presenceHeartbeat(...args);
    return { known: known === 1, dead, alive };
  }

  async reap(nodeId: string): Promise<{ offline: string[]; done: boolean }> {
    const mine = await this.#redis.set(this.#keys.reaperOf(nodeId), this.#nodeId, "PX", REAP_LOCK_MS, "NX");
    if (mine === null) {
      if ((await this.#redis.get(this.#keys.reaperOf(nodeId))) !== this.#nodeId)
        return { offline: [], done: true };
      // Between two batches it may have come back: its heartbeat took it off this list.
      if ((await this.#redis.sismember(this.#keys.reaping, nodeId)) === 0) return this.#endReap(nodeId);
    } else {
      await this.#redis.sadd(this.#keys.reaping, nodeId);
    }
    await this.#redis.pexpire(this.#keys.reaperOf(nodeId), REAP_LOCK_MS);
    const users = await this.#redis.srandmember(this.#keys.heldBy(nodeId), CHUNK);
    if (users.length === 0) {
      await Promise.all([
        this.#redis.zrem(this.#keys.nodes, nodeId),
        this.#redis.srem(this.#keys.reaping, nodeId),
      ]);
      return this.#endReap(nodeId);
    }
    const offline = await this.#filter(users, (userId) => this.#drop(userId, nodeId));
    await this.#redis.srem(this.#keys.heldBy(nodeId), ...users);
    return { offline, done: false };
  }

  absent(userIds: readonly string[], { alive }: { alive: readonly string[] }): Promise<string[]> {
    return this.#filter(userIds, async (userId) => {
      const keys = [this.#keys.holdersOf(userId), this.#keys.socketsOf(userId)] as const;
      return (await this.#redis.presenceAbsent(...keys, ...alive)) === 1;
    });
  }

  #attach(userId: string, socketIds: readonly string[], max: number) {
    const keys = [this.#keys.holdersOf(userId), this.#keys.socketsOf(userId)] as const;
    return this.#redis.presenceAttach(...keys, this.#nodeId, max, ...socketIds);
  }

  async #drop(userId: string, nodeId: string): Promise<boolean> {
    return (
      (await this.#redis.presenceDrop(this.#keys.holdersOf(userId), this.#keys.socketsOf(userId), nodeId)) ===
      1
    );
  }

  async #endReap(nodeId: string) {
    await this.#redis.del(this.#keys.reaperOf(nodeId));
    return { offline: [], done: true };
  }

  async #filter(userIds: readonly string[], test: (userId: string) => Promise<boolean>): Promise<string[]> {
    const passed: string[] = [];
    for (let i = 0; i < userIds.length; i += CHUNK) {
      const chunk = userIds.slice(i, i + CHUNK);
      const answers = await Promise.all(chunk.map(test));
      passed.push(...chunk.filter((_, index) => answers[index]));
    }
    return passed;
  }
}
