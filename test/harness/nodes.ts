/**
 * Several nodes of the real server in one process: a context and a port each, one database, one backplane.
 * @module
 */
import {
  createMemoryBackplane,
  createMemoryStore,
  createRedisBackplane,
  type OpenBackplane,
} from "../../server/backplane/mod.ts";
import { type RunningServer, startServer } from "../../server/listen.ts";
import { createTestApp, type TestApp, type TestAppOptions, type TestPerson, type TestUser } from "./app.ts";
import { createWorld, type World } from "./world.ts";

/** One node. */
export interface TestNode extends TestApp {
  readonly server: RunningServer;
  readonly url: string;
  readonly backplane: OpenBackplane;
  /** A context is never half gone: as if killed, it says nothing to anybody any more. */
  silence(): void;
}

interface NodesOptions extends TestAppOptions {
  /** Addresses of Redis; absent: a store in memory. */
  readonly redis?: readonly string[];
  /** Of presence, ms. @default 5000 and 15000 */
  readonly beatMs?: number;
  readonly leaseMs?: number;
  /** Changes the backplane of a node before it is used. */
  readonly wrap?: (backplane: OpenBackplane, index: number) => OpenBackplane;
}

/** See {@link startNodes}. */
export interface TestNodes {
  readonly nodes: readonly TestNode[];
  createUser(person?: TestPerson): Promise<TestUser>;
  readonly createPair: World["createPair"];
  close(): Promise<void>;
}

/** Starts so many nodes, each on a free port. */
export async function startNodes(count: number, options: NodesOptions = {}): Promise<TestNodes> {
  const { redis, beatMs, leaseMs, wrap = (backplane) => backplane, ...appOptions } = options;
  const store = createMemoryStore();
  const nodes: TestNode[] = [];
  for (let index = 0; index < count; index++) {
    const nodeId = `node${index + 1}`;
    const opened = redis
      ? createRedisBackplane({
          urls: redis,
          prefix: "test",
          nodeId: `${nodeId}-${crypto.randomUUID().slice(-6)}`,
          leaseMs,
        })
      : createMemoryBackplane({ nodeId, store, leaseMs });
    const backplane = wrap(opened, index);
    const databaseUrl = nodes[0]?.databaseUrl;
    const app = await createTestApp({
      ...appOptions,
      backplane,
      presenceBeatMs: beatMs,
      config: { ...appOptions.config, ...(databaseUrl === undefined ? {} : { databaseUrl }) },
    });
    const server = await startServer(app.context, { host: "127.0.0.1", port: 0 });
    nodes.push({
      ...app,
      databaseUrl: databaseUrl ?? app.databaseUrl,
      server,
      url: server.url,
      backplane,
      silence: () => silence(backplane),
    });
  }
  const [first] = nodes as [TestNode, ...TestNode[]];

  return {
    nodes,
    createUser: first.createUser,

    createPair: createWorld(first).createPair,

    async close() {
      await Promise.all(nodes.map((node) => node.server.stop(500)));
      for (const node of nodes.toReversed()) await node.close();
    },
  };
}

/** Heartbeats and news of this node vanish from now on; nothing reaches it either. */
function silence(backplane: OpenBackplane): void {
  const silent = () => Promise.reject(new Error("silenced"));
  backplane.bus.publish = () => {};
  backplane.bus.onMessage(() => {});
  for (const method of ["attach", "detach", "release", "restore", "heartbeat", "reap", "absent"] as const) {
    backplane.presence[method] = silent;
  }
}
