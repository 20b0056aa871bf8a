/**
 * Probes external servers (mail, Redis) for `vibes doctor`: whether they answer and how they identify themselves.
 * @module
 */
import net from "node:net";
import tls from "node:tls";
import { Redis } from "ioredis";

const PATIENCE_MS = 3_000;

/** @returns The version of the Redis at that address. @throws Error that names the address, with a `hint`. */
export async function askRedis(url: string): Promise<string> {
  const { host } = new URL(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
  });
  // connect() says no more than that the connection is closed.
  let why: Error | undefined;
  redis.on("error", (error) => {
    why ??= error;
  });
  try {
    await redis.connect();
    const [, version = "?"] = /redis_version:(\S+)/.exec(await redis.info("server")) ?? [];
    return version;
  } catch (error) {
    const { message } = why ?? (error as Error);
    const refuses = /^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH)/.test(message);
    throw Object.assign(
      new Error(`Redis at ${host} ${refuses ? "refuses" : "does not answer"}: ${message}`),
      {
        hint: refuses
          ? "it is running: correct the user or the password in REDIS_URL"
          : "is it running? check REDIS_URL",
      },
    );
  } finally {
    redis.disconnect();
  }
}

/** @returns The greeting of the mail server at that address. @throws Error that names the address. */
export async function askGreeting(url: string): Promise<string> {
  const { hostname, port, protocol } = new URL(url);
  const secure = protocol === "smtps:";
  const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (secure ? 465 : 587)) };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = secure ? tls.connect({ ...target, servername: target.host }) : net.connect(target);
  socket.setTimeout(PATIENCE_MS, () => reject(new Error("it says nothing")));
  socket.once("error", reject);
  socket.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8").split("\r\n")[0] ?? ""));
  try {
    const greeting = await promise;
    if (!greeting.startsWith("220")) throw new Error(`it says "${greeting.slice(0, 80)}"`);
    return greeting.slice(4, 84);
  } catch (error) {
    throw new Error(
      `the mail server ${target.host}:${target.port} does not answer: ${(error as Error).message}`,
    );
  } finally {
    socket.destroy();
  }
}
