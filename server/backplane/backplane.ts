/**
 * What several server processes share in memory: a bus for wake-ups and ephemeral events, and who is connected
 * where. It is never the truth: whatever is lost here is found again in the database.
 * @module
 */

/**
 * Wake-ups and ephemeral events between the processes ("nodes").
 *
 * Guarantee: at most once, and what one node publishes on one topic arrives in order. A node never receives its
 * own messages. Nothing is kept: who is not subscribed at the moment misses the message. While the store is away
 * messages are dropped in silence, `healthy` is false, and `onRestored` tells when it is over.
 */
export interface Bus {
  /**
   * Sends to every other node that is subscribed to the topic. Returns at once and never throws.
   *
   * @param topic Short text without spaces, for example `u.<user id>`.
   * @param payload Any text.
   * @example
   * ```ts
   * bus.publish(`u.${userId}`, frame);
   * ```
   */
  publish(topic: string, payload: string): void;
  /**
   * Sends like `publish`, after everything that was published before, and tells how far it went.
   *
   * @returns To how many other nodes; each of them may still miss it. 0 while the store is away. Never rejects, but
   * may take as long as a silent store is waited for.
   */
  reach(topic: string, payload: string): Promise<number>;
  /**
   * Starts to receive a topic.
   *
   * @returns True once the store has confirmed it. False when it could not now: the topic is subscribed as soon as
   * the store is back (`onRestored`). Never rejects.
   */
  subscribe(topic: string): Promise<boolean>;
  /** Stops receiving a topic; messages on their way may still arrive. */
  unsubscribe(topic: string): void;
  /** Sets the one receiver of all topics. */
  onMessage(receive: (topic: string, payload: string) => void): void;
  /** Sets what is called after an interruption, when everything is subscribed again: messages were lost. */
  onRestored(restored: () => void): void;
  /** Whether there is no other node, now: what is published goes nowhere, and need not be written. */
  readonly alone: boolean;
  /** Whether messages go through now, as far as this node knows: a silent store is noticed within 4 s. */
  readonly healthy: boolean;
}

/** What happened when a socket was registered. */
export interface Attached {
  /** Whether nobody held this user before: they come online. */
  readonly first: boolean;
  /** The user's oldest sockets beyond the limit, already unregistered: whoever holds them closes them. */
  readonly evicted: readonly string[];
}

/** This node's place among all of them. */
export interface Heartbeat {
  /** Whether the store still knew this node. False: it was taken for dead, or the store was emptied; attach again. */
  readonly known: boolean;
  /** Nodes whose lease ran out, to be reaped. */
  readonly dead: readonly string[];
  /** Nodes whose lease runs, this one included. */
  readonly alive: readonly string[];
}

/**
 * Who is connected where.
 *
 * Guarantee: a user is held while at least one live node holds them; each call is atomic for one user. A node's
 * lease lasts {@link LEASE_MS} from its last heartbeat. Nothing survives the store. Every method may reject
 * while the store is away; callers then go on with what they know themselves.
 */
export interface PresenceStore {
  /**
   * Registers a socket of a user on this node.
   *
   * @param socketId Unique on this node, without spaces; in answers it is preceded by the node's id and a slash.
   * @param max Sockets a user may have on all nodes.
   */
  attach(userId: string, socketId: string, options: { max: number }): Promise<Attached>;
  /** Unregisters a socket; this node still holds the user until {@link PresenceStore.release}. */
  detach(userId: string, socketId: string): Promise<void>;
  /**
   * This node no longer holds these users.
   *
   * @returns Those whom nobody holds any more: they went offline.
   */
  release(userIds: readonly string[]): Promise<string[]>;
  /**
   * Registers again what this node holds, after the store has forgotten it.
   *
   * @returns The users whom nobody held.
   */
  restore(held: ReadonlyMap<string, readonly string[]>): Promise<string[]>;
  /** Renews this node's lease. Called every {@link HEARTBEAT_MS}. */
  heartbeat(): Promise<Heartbeat>;
  /**
   * Takes over some users of a dead node. Only one node does it at a time.
   *
   * @returns Users who went offline with it, and whether the node is gone altogether now.
   */
  reap(nodeId: string): Promise<{ readonly offline: string[]; readonly done: boolean }>;
  /**
   * @param alive The nodes whose hold counts; the hold of any other is dropped on the way.
   * @returns Those of the users whom nobody holds.
   */
  absent(userIds: readonly string[], options: { alive: readonly string[] }): Promise<string[]>;
}

/** A node's lease on its users, in milliseconds. Lease, one heartbeat and the reaping stay below 30 s. */
export const LEASE_MS = 15_000;
/** Between two heartbeats of a node, in milliseconds. */
export const HEARTBEAT_MS = 5_000;

/** The backplane of one process. */
export interface Backplane {
  /** This process among the others. */
  readonly nodeId: string;
  readonly kind: "memory" | "redis";
  readonly bus: Bus;
  readonly presence: PresenceStore;
  /** Whether the store answers. Without it the server works on, degraded. */
  readonly healthy: boolean;
  /** Gives the lease back and closes the connections. Users that are still held are reaped by the others. */
  close(): Promise<void>;
}
