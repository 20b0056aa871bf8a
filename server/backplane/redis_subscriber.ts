/**
 * One subscribing connection to one Redis node: holds the wanted channels, subscribes them by the batch, again
 * after every reconnect, and sends itself a canary, because a half-open subscriber is only silent.
 * @module
 */
import { Redis, type RedisOptions } from "ioredis";

const CANARY_EVERY_MS = 2_000;
/** Channels in one command. */
const BATCH = 200;

interface SubscriberOptions {
  readonly connection: RedisOptions;
  /** A channel of our own on this Redis node. */
  readonly canary: string;
  /** Channels that must not be in one command have different keys (a Cluster takes one slot a command). */
  readonly batchKey: (channel: string) => string | number;
  readonly onMessage: (channel: string, payload: string) => void;
  /** Everything is subscribed again after an interruption. */
  readonly onRestored: () => void;
  /** A channel belongs to another Redis node now. */
  readonly onMoved: () => void;
}

interface Waiting {
  readonly channel: string;
  readonly done: (confirmed: boolean) => void;
}

export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #redis: Redis;
  readonly #wanted = new Set<string>();
  readonly #timer: ReturnType<typeof setInterval>;
  #waiting: Waiting[] = [];
  #canarySent = 0;
  #canaryHeard = 0;
  #ready = false;
  #interrupted = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#redis = new Redis({ ...options.connection, enableReadyCheck: true });
    this.#redis.on("error", () => {});
    this.#redis.on("ready", () => this.#resubscribe());
    this.#redis.on("close", () => this.#lose());
    this.#redis.on("moved", () => options.onMoved());
    this.#redis.on("smessage", (channel: string, payload: string) => {
      if (channel === options.canary) this.#canaryHeard = Number(payload);
      else options.onMessage(channel, payload);
    });
    this.#timer = setInterval(() => this.#sendCanary(), CANARY_EVERY_MS);
  }

  /** Whether what is published on these channels arrives here, as of the last canary. */
  get healthy(): boolean {
    return this.#ready;
  }

  /** @returns Whether the store has confirmed it; otherwise it follows with the next connection. */
  add(channel: string): Promise<boolean> {
    this.#wanted.add(channel);
    if (!this.#ready) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    if (this.#waiting.push({ channel, done: resolve }) === 1) queueMicrotask(() => this.#flush());
    return promise;
  }

  remove(channel: string): void {
    if (!this.#wanted.delete(channel) || !this.#ready) return;
    // What waits in the same tick goes out first, or it would undo this.
    this.#flush();
    this.#redis.sunsubscribe(channel).catch(() => {});
  }

  close(): void {
    clearInterval(this.#timer);
    this.#lose();
    this.#redis.disconnect();
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of this.#batches(waiting, ({ channel }) => channel)) {
      const channels = batch.map(({ channel }) => channel);
      const settle = (confirmed: boolean) => {
        for (const { done } of batch) done(confirmed);
      };
      this.#redis.ssubscribe(...channels).then(
        () => settle(true),
        () => settle(false),
      );
    }
  }

  *#batches<T>(items: readonly T[], channelOf: (item: T) => string): Iterable<T[]> {
    const open = new Map<string | number, T[]>();
    for (const item of items) {
      const key = this.#options.batchKey(channelOf(item));
      const batch = open.get(key) ?? [];
      batch.push(item);
      open.set(key, batch);
      if (batch.length < BATCH) continue;
      yield batch;
      open.delete(key);
    }
    yield* open.values();
  }

  async #resubscribe(): Promise<void> {
    try {
      const { canary } = this.#options;
      await this.#redis.ssubscribe(canary);
      // From here on new channels go out by themselves; those before are sent below, some of them twice.
      this.#ready = true;
      for (const batch of this.#batches([...this.#wanted], (channel) => channel)) {
        await this.#redis.ssubscribe(...batch);
      }
      this.#canaryHeard = this.#canarySent;
      if (this.#interrupted) this.#options.onRestored();
      this.#interrupted = false;
    } catch {
      // Moved slots, or lost again: from the start.
      this.#redis.disconnect(true);
    }
  }

  #sendCanary(): void {
    if (!this.#ready) {
      // Accepted by a machine whose Redis is frozen: it never became ready.
      if (this.#redis.status === "connect" && this.#canarySent++ % 2 === 1) this.#redis.disconnect(true);
      return;
    }
    if (this.#canaryHeard !== this.#canarySent) {
      this.#redis.disconnect(true);
      return;
    }
    this.#canarySent++;
    this.#redis.spublish(this.#options.canary, String(this.#canarySent)).catch(() => {});
  }

  #lose(): void {
    this.#interrupted ||= this.#ready;
    this.#ready = false;
    for (const { done } of this.#waiting) done(false);
    this.#waiting = [];
  }
}
