/**
 * A complete deployment for faults: server processes behind a load balancer, a durable PostgreSQL and Redis, both
 * behind proxies that can drop traffic.
 * @module
 */
import { createDatabase, type Database } from "../../server/db/client.ts";
import { freePort } from "../../server/lib/ports.ts";
import { TEST_SECRET } from "../harness/app.ts";
import { type Child, type ChildOptions, startChild } from "../harness/child.ts";
import { type CitusCluster, startCitus } from "../harness/citus_cluster.ts";
import { DURABLE, openCluster, type TestCluster } from "../harness/cluster.ts";
import { createTestDatabase } from "../harness/database.ts";
import { type FakeS3, S3_KEYS, startS3 } from "../harness/media/s3.ts";
import { type PatroniCluster, startPatroni } from "../harness/patroni.ts";
import { startProxy, type TestProxy } from "../harness/proxy.ts";
import { startRedis, startRedisCluster, type TestRedis } from "../harness/redis.ts";
import { type Replica, startReplica } from "../harness/replica.ts";
import { type Front, startFront } from "./front.ts";

const NODES = 3;

/** What stands behind the servers. */
export type Topology = (typeof TOPOLOGIES)[number];
export const TOPOLOGIES = ["one Redis", "Cluster and replica", "Patroni", "Citus"] as const;

/** See the module. */
export interface World extends AsyncDisposable {
  readonly topology: Topology;
  /** In words. */
  readonly description: string;
  readonly front: Front;
  /** @throws Error under Patroni and on Citus. */
  readonly cluster: TestCluster;
  /** Absent elsewhere. */
  readonly citus: CitusCluster | undefined;
  /** Absent where we run PostgreSQL ourselves. */
  readonly patroni: PatroniCluster | undefined;
  /** Of the primary's present database, past the proxy. */
  readonly database: Database;
  readonly databaseUrl: string;
  /** Absent with one Redis. */
  readonly replica: Replica | undefined;
  /** One of the masters, reached without a proxy, where there are several. */
  readonly redis: TestRedis;
  readonly toDatabase: TestProxy;
  readonly toRedis: TestProxy;
  /** A bucket for pictures. */
  readonly bucket: FakeS3;
  /** Where the nodes expect a push service; nobody listens there before a row begins to. */
  readonly pushPort: number;
  readonly nodes: readonly Child[];
  /** Past the front. */
  readonly nodeUrls: readonly string[];
  /** Starts a program of ours that ends with the deployment, at the latest. */
  spawn(args: readonly string[], options?: ChildOptions): Child;
  /** The environment of a command that works on this deployment: past the proxies. */
  keys(): Record<string, string>;
  /** Ends every node by SIGTERM, does something, and starts them again on their ports. */
  whileStopped(act: () => Promise<void>): Promise<void>;
  /** Ends a node by a signal and starts it again on its port. @returns Its exit code. */
  replace(index: number, signal: NodeJS.Signals): Promise<number>;
  /** The primary is gone with all its files; the replica takes its place. */
  failOver(): Promise<void>;
  /** Messages that are stored. */
  countMessages(): Promise<number>;
}

/** Whatever was started is ended, also when the rest could not be. */
export async function createWorld(topology: Topology): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const patroni = topology === "Patroni" ? stack.use(await startPatroni()) : undefined;
  const citus = topology === "Citus" ? stack.use(await startCitus({ workers: 2 })) : undefined;
  const isOurs = !patroni && !citus;
  const cluster = isOurs ? await openCluster({ name: "chaos", alone: true, settings: DURABLE }) : undefined;
  const primary = await createTestDatabase({ cluster: patroni ?? cluster, citusUrl: citus?.adminUrl });
  let database = primary.database;
  let databaseUrl = primary.url;
  stack.defer(() => database.close());
  const isLarger = topology === "Cluster and replica";
  const replica = isLarger && cluster ? await startReplica(cluster) : undefined;
  stack.defer(() => replica?.stop());
  const shards = isLarger ? await startRedisCluster() : undefined;
  const redis = shards?.nodes[0] ?? (await startRedis());
  stack.defer(() => (shards ?? redis).stop());
  const toDatabase = await startProxy(Number(new URL(databaseUrl).port));
  stack.defer(() => toDatabase.close());
  const toRedis = await startProxy(redis.port);
  stack.defer(() => toRedis.close());

  const bucket = startS3();
  stack.defer(() => bucket.stop());

  const DATABASE_ENGINE = citus ? "citus" : "postgresql";
  const keys = { NODE_ENV: "test", LIMITS: "off", JWT_SECRET: TEST_SECRET, DATABASE_ENGINE };
  const proxied = new URL(databaseUrl);
  proxied.hostname = "127.0.0.1";
  proxied.port = String(toDatabase.port);
  const pushPort = await freePort("127.0.0.1");
  const ports: number[] = [];
  for (let i = 0; i < NODES; i++) ports.push(await freePort("127.0.0.1"));

  async function start(index: number): Promise<Child> {
    const env = {
      ...keys,
      LOG_LEVEL: "info",
      PORT: String(ports[index]),
      // Under Patroni, one of them finds the primary in the list of all members by itself.
      DATABASE_URL: patroni && index === 0 ? patroni.asList(databaseUrl) : proxied.href,
      PUSH_EXPO_TOKEN: "of-tests",
      PUSH_EXPO_URL: `http://127.0.0.1:${pushPort}`,
      MEDIA_STORE: bucket.store,
      S3_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
      S3_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
      REDIS_URL: shards?.urls.join(",") ?? `redis://127.0.0.1:${toRedis.port}`,
    };
    const child = startChild(["server/main.ts"], { env });
    nodes[index] = child;
    await child.says(/"Listening"/);
    return child;
  }

  const nodes: Child[] = [];
  stack.defer(async () => void (await Promise.all(nodes.map((node) => node.end("SIGKILL")))));
  await Promise.all(ports.map((_, index) => start(index)));
  const front = await startFront(ports);
  stack.defer(() => front.stop());
  const helpers: Child[] = [];
  stack.defer(async () => void (await Promise.all(helpers.map((child) => child.end("SIGKILL")))));
  const owned = stack.move();
  const behind = {
    "one Redis": "one PostgreSQL with fsync, one Redis",
    "Cluster and replica":
      "a PostgreSQL primary with a synchronous replica, a Redis Cluster of three masters",
    Citus: "a Citus coordinator with two workers, one Redis",
    Patroni: "three PostgreSQL under Patroni (etcd, synchronous mode), one Redis",
  }[topology];
  return {
    topology,
    description: `three nodes behind ${front.kind}, ${behind}`,
    front,
    get cluster() {
      if (!cluster) throw new Error(`Cannot reach into PostgreSQL: there is more than one (${topology})`);
      return cluster;
    },
    patroni,
    citus,
    replica,
    get database() {
      return database;
    },
    get databaseUrl() {
      return databaseUrl;
    },
    redis,
    toDatabase,
    toRedis,
    bucket,
    pushPort,
    nodes,
    nodeUrls: ports.map((port) => `http://127.0.0.1:${port}`),
    spawn(args, options) {
      const child = startChild(args, options);
      helpers.push(child);
      return child;
    },
    keys: () => ({ ...keys, DATABASE_URL: databaseUrl }),
    async whileStopped(act) {
      await Promise.all(nodes.map((node) => node.end("SIGTERM")));
      await act();
      await Promise.all(ports.map((_, index) => start(index)));
    },
    async replace(index, signal) {
      const { code } = await nodes[index]!.end(signal);
      await start(index);
      return code;
    },
    async failOver() {
      if (!replica || !cluster) throw new Error("Cannot fail over: there is no replica");
      await cluster.destroy();
      await replica.promote();
      toDatabase.retarget(replica.port);
      toDatabase.cut();
      await database.close();
      databaseUrl = replica.urlOf(databaseUrl);
      database = createDatabase({ url: databaseUrl });
    },
    async countMessages() {
      const [row] = await database.sql<{ count: number }[]>`
        select coalesce(sum(last_seq), 0)::int as count from conversations
      `;
      return row!.count;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
