/**
 * The scripts that run inside Redis, each on the keys of one user or on the list of nodes, and their types.
 * @module
 */
import type { Cluster, Redis } from "ioredis";

/** Drops a node's hold of a user, and the node's sockets with it. */
const DROP = `
local function drop(holders, sockets, node)
  redis.call('srem', holders, node)
  for _, socket in ipairs(redis.call('zrange', sockets, 0, -1)) do
    if string.sub(socket, 1, #node + 1) == node .. '/' then redis.call('zrem', sockets, socket) end
  end
end
`;

export const SCRIPTS = {
  /** KEYS holders, sockets; ARGV node, max, sockets…; the answer: first, evicted sockets. */
  presenceAttach: {
    numberOfKeys: 2,
    lua: `
local first = redis.call('scard', KEYS[1]) == 0
redis.call('sadd', KEYS[1], ARGV[1])
local newest = redis.call('zrange', KEYS[2], -1, -1, 'withscores')
local order = tonumber(newest[2]) or 0
for i = 3, #ARGV do
  order = order + 1
  redis.call('zadd', KEYS[2], 'nx', order, ARGV[1] .. '/' .. ARGV[i])
end
local evicted = {}
local over = redis.call('zcard', KEYS[2]) - tonumber(ARGV[2])
if over > 0 then
  evicted = redis.call('zrange', KEYS[2], 0, over - 1)
  redis.call('zremrangebyrank', KEYS[2], 0, over - 1)
end
return {first and 1 or 0, evicted}`,
  },
  /** KEYS holders, sockets; ARGV node; the answer: whether nobody holds the user now. */
  presenceDrop: {
    numberOfKeys: 2,
    lua: `${DROP}
drop(KEYS[1], KEYS[2], ARGV[1])
return redis.call('scard', KEYS[1]) == 0 and 1 or 0`,
  },
  /** KEYS holders, sockets; ARGV the nodes alive; the answer: whether nobody of them holds the user. */
  presenceAbsent: {
    numberOfKeys: 2,
    lua: `${DROP}
local alive = {}
for _, node in ipairs(ARGV) do alive[node] = true end
for _, node in ipairs(redis.call('smembers', KEYS[1])) do
  if not alive[node] then drop(KEYS[1], KEYS[2], node) end
end
return redis.call('scard', KEYS[1]) == 0 and 1 or 0`,
  },
  /**
   * KEYS nodes, reaping; ARGV node, lease; the answer: known, dead nodes, live nodes. By the store's own clock: the
   * nodes' clocks may differ. Who is being reaped is told so, and the reaper stops.
   */
  presenceHeartbeat: {
    numberOfKeys: 2,
    lua: `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('zscore', KEYS[1], ARGV[1])
if redis.call('srem', KEYS[2], ARGV[1]) == 1 then known = false end
redis.call('zadd', KEYS[1], now, ARGV[1])
local edge = now - tonumber(ARGV[2])
return {
  known and 1 or 0,
  redis.call('zrangebyscore', KEYS[1], '-inf', '(' .. edge),
  redis.call('zrangebyscore', KEYS[1], edge, '+inf'),
}`,
  },
} as const;

interface Scripted {
  presenceAttach(
    ...args: [holders: string, sockets: string, node: string, max: number, ...socketIds: string[]]
  ): Promise<[first: number, evicted: string[]]>;
  presenceDrop(holders: string, sockets: string, node: string): Promise<number>;
  presenceAbsent(holders: string, sockets: string, ...alive: string[]): Promise<number>;
  presenceHeartbeat(
    nodes: string,
    reaping: string,
    node: string,
    lease: number,
  ): Promise<[known: number, dead: string[], alive: string[]]>;
}

/** A connection whose `scripts` option was {@link SCRIPTS}. */
export type ScriptedRedis = (Redis | Cluster) & Scripted;
