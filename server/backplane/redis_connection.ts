/**
 * Connections to Redis, single or Cluster, with the options that keep a lost Redis from hanging or doubling
 * anything: no offline queue, no resending, a deadline on every command, a ping that notices silence.
 * @module
 */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { SCRIPTS, type ScriptedRedis } from "./redis_scripts.ts";

const COMMAND_TIMEOUT_MS = 1_000;
const PING_EVERY_MS = 1_000;

/** Told when the connection is lost and when it is back, not of every failed attempt or command. */
export type OnTrouble = (facts: OutageFacts, message: string) => void;

/** The cause when it begins; how long it took, in ms, and the failed attempts when it ends. */
type OutageFacts =
  | { readonly err: unknown }
  | { readonly duration_ms: number; readonly failed_attempts: number };

/** @returns Options common to every connection; credentials and TLS come from the URL. */
export function connectionOptions(url: string): RedisOptions {
  const { username, password, protocol, pathname } = new URL(url);
  const db = Number(pathname.slice(1) || 0);
  return {
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(Number.isInteger(db) && db > 0 ? { db } : {}),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
    // A command whose answer was lost is not sent again: an increment would count twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    autoResubscribe: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 1_000) + Math.floor(Math.random() * 100),
  };
}

/** @returns Host and port of a URL. */
export function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6379) };
}

/** Opens the connection for commands: one URL is a single Redis, several are nodes of a Cluster. */
export function openRedis(urls: readonly string[], onTrouble: OnTrouble): ScriptedRedis {
  const [first] = urls;
  if (first === undefined) throw new TypeError("Cannot open Redis: no address");
  const { retryStrategy, enableOfflineQueue, ...shared } = connectionOptions(first);
  const redis =
    urls.length === 1
      ? new Redis({ ...shared, ...addressOf(first), retryStrategy, enableOfflineQueue, scripts: SCRIPTS })
      : new Cluster(urls.map(addressOf), {
          redisOptions: shared,
          enableOfflineQueue: false,
          scripts: SCRIPTS,
          clusterRetryStrategy: (times) => Math.min(100 * times, 1_000),
          slotsRefreshTimeout: 2_000,
          slotsRefreshInterval: 10_000,
          // A client waits for its answer meanwhile: two tries, no more.
          maxRedirections: 3,
        });
  reportOutages(redis, onTrouble);
  return redis as unknown as ScriptedRedis;
}

/** The driver's own failures of a command, by name or by what they say: they have no codes. */
const AWAY =
  /^(?:MaxRetriesPerRequestError|ClusterAllFailedError|AbortError|Connection is closed\.|Command timed out|(?:Stream isn't writeable|Cluster isn't ready) and enableOfflineQueue options is false)$/;

/** @returns Whether a command failed because Redis is away, which its connection reports by itself, once an outage. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return AWAY.test(error.name) || AWAY.test(error.message);
}

/** An outage of an hour fails thousands of attempts to connect: two reports say as much. */
function reportOutages(redis: Redis | Cluster, onTrouble: OnTrouble): void {
  let outage: { readonly since: number; attempts: number } | undefined;
  function begin(err: unknown): { attempts: number } {
    if (outage === undefined) onTrouble({ err }, "Redis is away: each process goes on by itself");
    outage ??= { since: performance.now(), attempts: 0 };
    return outage;
  }
  redis.on("error", (err) => void begin(err).attempts++);
  // A Redis that is silent, or says goodbye, is no error of the connection.
  redis.on(
    "reconnecting",
    () => void begin(new Error("The connection was closed, or dropped for its silence")),
  );
  redis.on("ready", () => {
    if (outage === undefined) return;
    const { since, attempts } = outage;
    outage = undefined;
    onTrouble(
      { duration_ms: Math.round(performance.now() - since), failed_attempts: attempts },
      "Redis is back",
    );
  });
}

/** Watches a connection: one that is open but silent is dropped, so that commands fail at once instead of in time. */
export function watch(redis: Redis | Cluster): { healthy(): boolean; stop(): void } {
  let answered = false;
  async function ping(): Promise<void> {
    try {
      await redis.ping();
      answered = true;
    } catch {
      if (answered && redis.status === "ready") redis.disconnect(true);
      answered = false;
    }
  }
  redis.on("ready", ping);
  const timer = setInterval(ping, PING_EVERY_MS);
  return {
    healthy: () => redis.status === "ready" && answered,
    stop: () => clearInterval(timer),
  };
}
