/**
 * A whole deployment to break: server processes behind a front, a PostgreSQL of their own that loses nothing in a
 * crash, and Redis, both reached through proxies that can go silent.
 * @module
 */
import { freePort } from "../../server/listen.ts";
import { createTestApp, TEST_SECRET, type TestApp, type TestUser } from "../harness/app.ts";
import { type Child, startChild } from "../harness/child.ts";
import { DURABLE, openCluster, type TestCluster } from "../harness/cluster.ts";
import { createTestDatabase, type TestDatabase } from "../harness/database.ts";
import { startProxy, type TestProxy } from "../harness/proxy.ts";
import { startRedis, startRedisCluster, type TestRedis } from "../harness/redis.ts";
import { type Front, startFront } from "./front.ts";

const NODES = 3;

/** See the module. */
export interface World {
  readonly front: Front;
  readonly cluster: TestCluster;
  readonly database: TestDatabase;
  readonly redis: TestRedis;
  readonly toDatabase: TestProxy;
  readonly toRedis: TestProxy;
  readonly nodes: readonly Child[];
  /** Ends a node by a signal and starts it again on its port. @returns Its exit code. */
  replace(index: number, signal: NodeJS.Signals): Promise<number>;
  createPair(): Promise<readonly [TestUser, TestUser]>;
  close(): Promise<void>;
}

/** @param options.masters With three, Redis is a Cluster, and `redis` is one of them, reached without a proxy. */
export async function createWorld({ masters = 1 }: { masters?: 1 | 3 } = {}): Promise<World> {
  const cluster = await openCluster({ name: "chaos", settings: DURABLE });
  const database = await createTestDatabase({ cluster });
  const shards = masters === 3 ? await startRedisCluster() : undefined;
  const redis = shards?.nodes[0] ?? (await startRedis());
  const toDatabase = await startProxy(Number(new URL(database.url).port));
  const toRedis = await startProxy(redis.port);
  const home: TestApp = await createTestApp({ config: { databaseUrl: database.url } });
  const databaseUrl = new URL(database.url);
  databaseUrl.hostname = "127.0.0.1";
  databaseUrl.port = String(toDatabase.port);
  const ports: number[] = [];
  for (let i = 0; i < NODES; i++) ports.push(await freePort({ host: "127.0.0.1", port: 0 }));

  async function start(index: number): Promise<Child> {
    const env = {
      NODE_ENV: "test",
      LOG_LEVEL: "info",
      LIMITS: "off",
      PORT: String(ports[index]),
      JWT_SECRET: TEST_SECRET,
      DATABASE_URL: databaseUrl.href,
      REDIS_URL: shards?.urls.join(",") ?? `redis://127.0.0.1:${toRedis.port}`,
    };
    const child = startChild(["server/main.ts"], { env });
    await child.says(/"Listening"/);
    return child;
  }

  const nodes = await Promise.all(ports.map((_, index) => start(index)));
  const front = await startFront(ports);
  return {
    front,
    cluster,
    database,
    redis,
    toDatabase,
    toRedis,
    nodes,
    async replace(index, signal) {
      const { code } = await nodes[index]!.end(signal);
      nodes[index] = await start(index);
      return code;
    },
    async createPair() {
      const [ana, ben] = [await home.createUser({ premium: true }), await home.createUser()];
      for (const [me, other] of [[ana, ben] as const, [ben, ana] as const]) {
        const body = { target_id: other.id, action_type: "like" };
        await home.request("POST", "/api/v1/discovery/action", { token: me.token, body });
      }
      return [ana, ben];
    },
    async close() {
      await Promise.all(nodes.map((node) => node.end("SIGKILL")));
      await front.stop();
      await home.close();
      await Promise.all([toDatabase.close(), toRedis.close(), (shards ?? redis).stop()]);
      await database.close();
    },
  };
}
