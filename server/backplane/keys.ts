/**
 * Names of keys and channels in Redis. Everything about one user lies in one of 256 buckets, a hash tag, so that a
 * script may touch it in a Cluster and so that channels can be subscribed by the batch.
 * @module
 */

/** Buckets are few enough to be moved one by one and many enough to spread over any Cluster. */
export const BUCKETS = 256;
const SLOTS = 16_384;

/** @returns The bucket of a user or topic: FNV-1a, the same on every machine and in every version. */
export function bucketOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}

/** @returns The Cluster slot of a bucket: CRC16 (XMODEM) of its hash tag. */
export function slotOf(bucket: number): number {
  let crc = 0;
  for (const char of String(bucket)) {
    crc ^= char.charCodeAt(0) << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return (crc & 0xffff) % SLOTS;
}

/** @returns The topic of a channel. */
export function topicOf(channel: string): string {
  return channel.slice(channel.indexOf(":c:") + 3);
}

/** The names of one installation. */
export interface Keys {
  /** The channel of a topic. */
  channelOf(topic: string, bucket?: number): string;
  /** A user's sockets on all nodes, oldest first. */
  socketsOf(userId: string): string;
  /** The nodes that hold a user. */
  holdersOf(userId: string): string;
  /** Every node with the time of its last heartbeat. */
  readonly nodes: string;
  /** Nodes that are being reaped. */
  readonly reaping: string;
  /** The users that a node holds, for whoever reaps it. */
  heldBy(nodeId: string): string;
  /** The lock of whoever reaps a node. */
  reaperOf(nodeId: string): string;
}

/** @param prefix Of the installation: two on one Redis have nothing in common. Without a colon and braces. */
export function createKeys(prefix: string): Keys {
  return {
    channelOf: (topic, bucket = bucketOf(topic)) => `${prefix}:{${bucket}}:c:${topic}`,
    socketsOf: (userId) => `${prefix}:{${bucketOf(userId)}}:s:${userId}`,
    holdersOf: (userId) => `${prefix}:{${bucketOf(userId)}}:h:${userId}`,
    nodes: `${prefix}:{nodes}:all`,
    reaping: `${prefix}:{nodes}:reaping`,
    heldBy: (nodeId) => `${prefix}:held:${nodeId}`,
    reaperOf: (nodeId) => `${prefix}:reap:${nodeId}`,
  };
}
