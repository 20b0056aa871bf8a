/**
 * The backplane inside one process: the default for a single server. Several backplanes may share one store, which
 * tests use to play several nodes; nothing leaves the process.
 * @module
 */
import { type Clock, systemClock } from "../lib/clock.ts";
import { type Attached, type Backplane, type Bus, LEASE_MS, type PresenceStore } from "./backplane.ts";

interface Holding {
  readonly nodes: Set<string>;
  /** `node/socket`, oldest first. */
  readonly sockets: Set<string>;
}

/** What the nodes of one process share. */
export interface MemoryStore {
  readonly buses: Map<string, MemoryBus>;
  readonly users: Map<string, Holding>;
  /** Time of the last heartbeat by node. */
  readonly nodes: Map<string, number>;
}

/** @returns An empty store. */
export function createMemoryStore(): MemoryStore {
  return { buses: new Map(), users: new Map(), nodes: new Map() };
}

interface MemoryOptions {
  readonly nodeId?: string;
  readonly store?: MemoryStore;
  readonly clock?: Clock;
  /** Milliseconds. @default LEASE_MS */
  readonly leaseMs?: number;
}

/**
 * @example
 * ```ts
 * const backplane = createMemoryBackplane();
 * ```
 */
export function createMemoryBackplane(options: MemoryOptions = {}): Backplane {
  const { nodeId = "local", store = createMemoryStore(), clock = systemClock, leaseMs = LEASE_MS } = options;
  const bus = new MemoryBus(store, nodeId);
  return {
    nodeId,
    kind: "memory",
    bus,
    presence: new MemoryPresence(store, { nodeId, clock, leaseMs }),
    healthy: true,
    async close() {
      store.buses.delete(nodeId);
      // Whoever is still held is found by the next heartbeat of another node.
      if (store.nodes.has(nodeId)) store.nodes.set(nodeId, Number.NEGATIVE_INFINITY);
    },
  };
}

class MemoryBus implements Bus {
  readonly healthy = true;
  readonly #store: MemoryStore;
  readonly #nodeId: string;
  readonly #topics = new Set<string>();
  #receive: (topic: string, payload: string) => void = () => {};

  constructor(store: MemoryStore, nodeId: string) {
    this.#store = store;
    this.#nodeId = nodeId;
    store.buses.set(nodeId, this);
  }

  get alone(): boolean {
    return this.#store.buses.size < 2;
  }

  publish(topic: string, payload: string): void {
    this.#send(topic, payload);
  }

  async reach(topic: string, payload: string): Promise<number> {
    return this.#send(topic, payload);
  }

  #send(topic: string, payload: string): number {
    let reached = 0;
    if (this.alone) return reached;
    for (const [nodeId, bus] of this.#store.buses) {
      if (nodeId === this.#nodeId || !bus.#topics.has(topic)) continue;
      queueMicrotask(() => bus.#receive(topic, payload));
      reached++;
    }
    return reached;
  }

  async subscribe(topic: string): Promise<boolean> {
    this.#topics.add(topic);
    return true;
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic);
  }

  onMessage(receive: (topic: string, payload: string) => void): void {
    this.#receive = receive;
  }

  onRestored(): void {}
}

class MemoryPresence implements PresenceStore {
  readonly #store: MemoryStore;
  readonly #nodeId: string;
  readonly #clock: Clock;
  readonly #leaseMs: number;

  constructor(store: MemoryStore, options: { nodeId: string; clock: Clock; leaseMs: number }) {
    this.#store = store;
    this.#nodeId = options.nodeId;
    this.#clock = options.clock;
    this.#leaseMs = options.leaseMs;
  }

  async attach(userId: string, socketId: string, { max }: { max: number }): Promise<Attached> {
    const { first, holding } = this.#hold(userId);
    holding.sockets.add(`${this.#nodeId}/${socketId}`);
    const evicted = [...holding.sockets].slice(0, Math.max(0, holding.sockets.size - max));
    for (const socket of evicted) holding.sockets.delete(socket);
    return { first, evicted };
  }

  async detach(userId: string, socketId: string): Promise<void> {
    this.#store.users.get(userId)?.sockets.delete(`${this.#nodeId}/${socketId}`);
  }

  async release(userIds: readonly string[]): Promise<string[]> {
    return userIds.filter((userId) => this.#drop(userId, this.#nodeId));
  }

  async restore(held: ReadonlyMap<string, readonly string[]>): Promise<string[]> {
    const fresh: string[] = [];
    for (const [userId, socketIds] of held) {
      const { first, holding } = this.#hold(userId);
      for (const id of socketIds) holding.sockets.add(`${this.#nodeId}/${id}`);
      if (first) fresh.push(userId);
    }
    return fresh;
  }

  async heartbeat() {
    const { nodes } = this.#store;
    const known = nodes.has(this.#nodeId);
    const now = this.#clock.now();
    nodes.set(this.#nodeId, now);
    const isDead = (id: string) => nodes.get(id)! < now - this.#leaseMs;
    return {
      known,
      dead: [...nodes.keys()].filter(isDead),
      alive: [...nodes.keys()].filter((id) => !isDead(id)),
    };
  }

  async reap(nodeId: string) {
    this.#store.nodes.delete(nodeId);
    const held = [...this.#store.users].filter(([, holding]) => holding.nodes.has(nodeId));
    return { offline: held.map(([userId]) => userId).filter((id) => this.#drop(id, nodeId)), done: true };
  }

  async absent(userIds: readonly string[], { alive }: { alive: readonly string[] }): Promise<string[]> {
    return userIds.filter((userId) => {
      const dead = [...(this.#store.users.get(userId)?.nodes ?? [])].filter((id) => !alive.includes(id));
      for (const nodeId of dead) this.#drop(userId, nodeId);
      return !this.#store.users.has(userId);
    });
  }

  #hold(userId: string): { first: boolean; holding: Holding } {
    const holding = this.#store.users.get(userId) ?? { nodes: new Set(), sockets: new Set() };
    const first = holding.nodes.size === 0;
    holding.nodes.add(this.#nodeId);
    this.#store.users.set(userId, holding);
    return { first, holding };
  }

  /** @returns Whether nobody holds the user now. */
  #drop(userId: string, nodeId: string): boolean {
    const holding = this.#store.users.get(userId);
    if (!holding) return true;
    holding.nodes.delete(nodeId);
    for (const socket of holding.sockets) {
      if (socket.startsWith(`${nodeId}/`)) holding.sockets.delete(socket);
    }
    if (holding.nodes.size === 0) this.#store.users.delete(userId);
    return holding.nodes.size === 0;
  }
}
