/**
 * Real Redis servers for tests: found on PATH, started on a free port without persistence, gone with the test.
 * Without `redis-server` the tests are skipped loudly, and fail in CI.
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../../server/lib/ports.ts";

/** Whether there is a redis-server; asked once, it complains when there is none. */
export const hasRedis: boolean = Bun.which("redis-server") !== null;
if (!hasRedis) {
  if (process.env.CI) throw new Error("Cannot test against Redis: redis-server is not on PATH");
  console.warn("\n⚠ redis-server is not on PATH: everything that needs Redis is SKIPPED\n");
}

/** A running Redis. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Kills it at once; `start` brings an empty one back on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops answering without closing anything (SIGSTOP), and goes on. */
  freeze(): void;
  thaw(): void;
  /** Sends one command. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a Redis; `extra` are further command-line options. */
export async function startRedis(extra: readonly string[] = []): Promise<TestRedis> {
  // The bus port of a Cluster is 10,000 higher and must exist too.
  let port = await freePort("127.0.0.1");
  while (port > 55_000) port = await freePort("127.0.0.1");
  const folder = mkdtempSync(join(tmpdir(), "vibes-redis-"));
  let child: Bun.Subprocess | undefined;
  const admin = new Redis({
    port,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
    protocol: 2,
  });
  admin.on("error", () => {});

  async function start(): Promise<void> {
    const options = ["--port", String(port), "--save", "", "--appendonly", "no", "--dir", folder];
    child = Bun.spawn(
      ["redis-server", ...options, "--bind", "127.0.0.1", "--loglevel", "warning", ...extra],
      {
        stdout: "ignore",
        stderr: "ignore",
      },
    );
    await admin.ping();
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    async kill() {
      child?.kill("SIGKILL");
      await child?.exited;
    },
    freeze: () => child?.kill("SIGSTOP"),
    thaw: () => child?.kill("SIGCONT"),
    command: (name, ...args) => admin.call(name, ...args),
    async stop() {
      admin.disconnect();
      child?.kill("SIGKILL");
      await child?.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A running Cluster of three masters. */
export interface TestCluster {
  readonly urls: readonly string[];
  readonly nodes: readonly TestRedis[];
  stop(): Promise<void>;
}

/** Starts three masters that share the slots. */
export async function startRedisCluster(): Promise<TestCluster> {
  const cluster = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis(cluster)));
  const [first, ...others] = nodes as [TestRedis, ...TestRedis[]];
  const share = Math.ceil(16_384 / nodes.length);
  for (const [index, node] of nodes.entries()) {
    const last = Math.min(16_383, (index + 1) * share - 1);
    await node.command("cluster", "addslotsrange", index * share, last);
  }
  for (const node of others) await first.command("cluster", "meet", "127.0.0.1", node.port);
  for (const node of nodes) {
    while (!String(await node.command("cluster", "info")).includes("cluster_state:ok")) await Bun.sleep(20);
    while (!String(await node.command("cluster", "info")).includes("cluster_known_nodes:3"))
      await Bun.sleep(20);
  }
  return {
    urls: nodes.map((node) => node.url),
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
