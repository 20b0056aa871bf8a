/**
 * The bus over Redis's sharded publish/subscribe: a topic lives on one shard, and a node that has not subscribed
 * it hears nothing of it. In a Cluster there is one subscribing connection for each shard that is needed.
 * @module
 */
import { Cluster, type RedisOptions } from "ioredis";
import type { Bus } from "./backplane.ts";
import { BUCKETS, bucketOf, type Keys, slotOf, topicOf } from "./keys.ts";
import type { ScriptedRedis } from "./redis_scripts.ts";
import { Subscriber } from "./redis_subscriber.ts";

/** How often a Cluster whose shard is silent is asked who took over. */
const CHECK_EVERY_MS = 1_000;

interface RedisBusOptions {
  readonly nodeId: string;
  readonly connection: RedisOptions;
  readonly keys: Keys;
  /** `host:port` of a single Redis. */
  readonly address: string;
}

interface Outgoing {
  readonly bucket: number;
  readonly topic: string;
  readonly payload: string;
  /** Hears how many have got it. */
  readonly onReached?: (reached: number) => void;
}

export class RedisBus implements Bus {
  /** Nobody knows who else is subscribed. */
  readonly alone = false;
  readonly #redis: ScriptedRedis;
  readonly #options: RedisBusOptions;
  readonly #prefix: string;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #subscribers = new Map<string, Subscriber>();
  /** By bucket: who is subscribed to it, and the topics wanted. */
  readonly #owners: (string | undefined)[] = [];
  readonly #topics: Set<string>[] = Array.from({ length: BUCKETS }, () => new Set());
  #outgoing: Outgoing[] = [];
  #receive: (topic: string, payload: string) => void = () => {};
  #restored: () => void = () => {};

  constructor(redis: ScriptedRedis, options: RedisBusOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#prefix = `${options.nodeId} `;
    if (redis instanceof Cluster) redis.on("refresh", () => this.#reroute());
    else this.#reroute();
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS);
  }

  get healthy(): boolean {
    if (this.#redis.status !== "ready" || this.#subscribers.size === 0) return false;
    for (const subscriber of this.#subscribers.values()) if (!subscriber.healthy) return false;
    return true;
  }

  publish(topic: string, payload: string): void {
    this.#send({ bucket: bucketOf(topic), topic, payload: this.#prefix + payload });
  }

  async reach(topic: string, payload: string): Promise<number> {
    const bucket = bucketOf(topic);
    const { promise, resolve: onReached } = Promise.withResolvers<number>();
    this.#send({ bucket, topic, payload: this.#prefix + payload, onReached });
    const reached = await promise;
    // This node's own subscription is among them, and hears nothing of it.
    return Math.max(0, reached - (this.#topics[bucket]!.has(topic) ? 1 : 0));
  }

  async subscribe(topic: string): Promise<boolean> {
    const bucket = bucketOf(topic);
    this.#topics[bucket]!.add(topic);
    const subscriber = this.#subscribers.get(this.#owners[bucket] ?? "");
    return subscriber ? subscriber.add(this.#options.keys.channelOf(topic, bucket)) : false;
  }

  unsubscribe(topic: string): void {
    const bucket = bucketOf(topic);
    if (!this.#topics[bucket]!.delete(topic)) return;
    this.#subscribers.get(this.#owners[bucket] ?? "")?.remove(this.#options.keys.channelOf(topic, bucket));
  }

  onMessage(receive: (topic: string, payload: string) => void): void {
    this.#receive = receive;
  }

  onRestored(restored: () => void): void {
    this.#restored = restored;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
    this.#owners.fill(undefined);
  }

  /** Which Redis node has a bucket now. */
  #ownerOf(bucket: number): string | undefined {
    if (!(this.#redis instanceof Cluster)) return this.#options.address;
    return this.#redis.slots[slotOf(bucket)]?.[0];
  }

  #send(message: Outgoing): void {
    // One write for everything that a batch of sends publishes in one go.
    if (this.#outgoing.push(message) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    if (this.#redis.status !== "ready") {
      for (const { onReached } of outgoing) onReached?.(0);
      return;
    }
    // A pipeline goes to one Redis node.
    for (const messages of Map.groupBy(outgoing, ({ bucket }) => this.#ownerOf(bucket)).values()) {
      const pipeline = this.#redis.pipeline();
      for (const { topic, payload, bucket } of messages) {
        pipeline.spublish(this.#options.keys.channelOf(topic, bucket), payload);
      }
      const tell = (replies: readonly (readonly [unknown, unknown])[] | null) => {
        for (const [i, { onReached }] of messages.entries()) onReached?.(Number(replies?.[i]?.[1] ?? 0));
      };
      // Lost is lost: receivers notice by the gap, or by their next look at the log.
      pipeline.exec().then(tell, () => tell(null));
    }
  }

  #check(): void {
    if (this.#redis instanceof Cluster && this.#redis.status === "ready" && !this.healthy) {
      this.#redis.refreshSlotsCache();
    }
  }

  /** Follows the slots to where they are now. */
  #reroute(): void {
    const moved: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const owner = this.#ownerOf(bucket);
      if (owner === undefined || owner === this.#owners[bucket]) continue;
      this.#move(bucket, owner);
      moved.push(bucket);
    }
    if (moved.length === 0) return;
    const used = new Set(this.#owners);
    for (const [address, subscriber] of this.#subscribers) {
      if (used.has(address)) continue;
      subscriber.close();
      this.#subscribers.delete(address);
    }
  }

  #move(bucket: number, owner: string): void {
    const before = this.#subscribers.get(this.#owners[bucket] ?? "");
    this.#owners[bucket] = owner;
    const after = this.#subscribers.get(owner) ?? this.#open(owner, bucket);
    const added = [...this.#topics[bucket]!].map((topic) => {
      const channel = this.#options.keys.channelOf(topic, bucket);
      before?.remove(channel);
      return after.add(channel);
    });
    // Between the old place and the new one messages were lost.
    if (before && added.length > 0) void Promise.all(added).then(() => this.#restored());
  }

  #open(address: string, bucket: number): Subscriber {
    const colon = address.lastIndexOf(":");
    const subscriber = new Subscriber({
      connection: {
        ...this.#options.connection,
        host: address.slice(0, colon),
        port: Number(address.slice(colon + 1)),
      },
      canary: this.#options.keys.channelOf(`canary.${this.#options.nodeId}`, bucket),
      batchKey: (channel) => (this.#redis instanceof Cluster ? bucketOf(topicOf(channel)) : 0),
      onMessage: (channel, payload) => {
        if (!payload.startsWith(this.#prefix)) {
          this.#receive(topicOf(channel), payload.slice(payload.indexOf(" ") + 1));
        }
      },
      onRestored: () => this.#restored(),
      onMoved: () => {
        if (this.#redis instanceof Cluster) this.#redis.refreshSlotsCache();
      },
    });
    this.#subscribers.set(address, subscriber);
    return subscriber;
  }
}
