/** Sockets while Redis or the database is unavailable, and while the server drains. @module */
import { afterEach, describe, expect, test } from "bun:test";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode } from "../../harness/nodes.ts";
import { startProxy } from "../../harness/proxy.ts";
import { hasRedis, startRedis, startRedisCluster } from "../../harness/redis.ts";
import { openSocket } from "../../harness/socket.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const open = (node: TestNode, token: string, since?: number) => openSocket(node.url, { token, since });

describe.skipIf(!hasRedis)("Redis is never the truth", () => {
  async function start() {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const nodes = await startNodes(2, { redis: [redis.url] });
    ends.push(() => nodes.close());
    const [a, b] = nodes.nodes as [TestNode, TestNode];
    await eventually(() => a.backplane.healthy && b.backplane.healthy);
    const { ana, ben } = await nodes.createPair();
    const [sender, reader] = [await open(a, ana.token), await open(b, ben.token)];
    let sent = 0;
    /** Sends so many; all of them must be acknowledged. */
    async function send(count: number): Promise<void> {
      for (let i = 0; i < count; i++) {
        const { event } = await sender.call("send_message", { receiver_id: ben.id, content: `${++sent}` });
        expect(event).toBe("ack");
      }
    }
    const received = () => reader.all("new_message").map(({ data }) => Number(data.content));
    const complete = (withinMs: number) =>
      eventually(() => received().length === sent, { withinMs, what: `${sent} messages` });
    const exact = () => expect(received()).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
    return { redis, nodes, a, b, ana, ben, sender, reader, send, complete, exact };
  }

  for (const [name, hurt, mend] of [
    ["kill -9", "kill", "start"],
    ["SIGSTOP", "freeze", "thaw"],
  ] as const) {
    test(`${name}: sends go on, delivery polls the log, push is back within 10 s`, async () => {
      const t = await start();
      await t.send(3);
      await t.complete(2_000);
      await t.redis[hurt]();
      await t.send(5);
      await t.complete(10_000);
      await eventually(() => t.a.context.degraded().includes("redis"));
      const { body, status } = await ready(t.a);
      expect([status, body.data]).toEqual([200, { status: "degraded", degraded: ["redis"] }]);
      await t.send(5);
      await t.complete(4_000);
      // People come and go meanwhile, also new ones.
      const late = await open(t.b, t.ben.token, 0);
      await late.event("caught_up");
      await t.redis[mend]();
      await eventually(() => t.a.backplane.healthy && t.b.backplane.healthy);
      await t.send(5);
      await t.complete(1_000);
      t.exact();
      await eventually(() => late.all("new_message").length === 18);
      expect(t.a.context.degraded()).toEqual([]);
    });
  }

  test("a Cluster: works, and its death is survived like a single Redis's", async () => {
    const cluster = await startRedisCluster();
    ends.push(() => cluster.stop());
    const nodes = await startNodes(2, { redis: cluster.urls });
    ends.push(() => nodes.close());
    const [a, b] = nodes.nodes as [TestNode, TestNode];
    await eventually(() => a.backplane.healthy && b.backplane.healthy);
    const { ana, ben } = await nodes.createPair();
    const [sender, reader] = [await open(a, ana.token), await open(b, ben.token)];
    const send = async (content: string) =>
      expect((await sender.call("send_message", { receiver_id: ben.id, content })).event).toBe("ack");
    await send("pushed");
    await eventually(() => reader.all("new_message").length === 1);
    await Promise.all(cluster.nodes.map((redis) => redis.kill()));
    await send("polled");
    await eventually(() => reader.all("new_message").length === 2);
    expect(a.context.degraded()).toEqual(["redis"]);
    // A new person comes in all the same.
    const late = await open(b, ben.token, 0);
    await late.event("caught_up");
  });

  test("FLUSHALL: nothing is lost, presence is put back", async () => {
    const t = await start();
    await t.send(2);
    await t.redis.command("flushall");
    await t.send(2);
    await t.complete(1_000);
    t.exact();
    const { presence } = t.a.backplane;
    const alive = [t.a.backplane.nodeId, t.b.backplane.nodeId];
    await eventually(async () => (await presence.absent([t.ana.id, t.ben.id], { alive })).length === 0);
    expect(t.sender.all("user_offline")).toEqual([]);
  });
});

describe("the database is away", () => {
  test("a new socket is told to come again, one that is open stays and goes on", async () => {
    const nodes = await startNodes(1);
    ends.push(() => nodes.close());
    const target = new URL(nodes.nodes[0]!.databaseUrl);
    const proxy = await startProxy(Number(target.port));
    ends.push(() => proxy.close());
    target.port = String(proxy.port);
    target.hostname = "127.0.0.1";
    const second = await startNodes(1, { config: { databaseUrl: target.href }, databaseDeadlineMs: 2_000 });
    ends.push(() => second.close());
    const node = second.nodes[0]!;
    const { ana, ben } = await nodes.createPair();
    const socket = await open(node, ana.token);
    proxy.blackhole();
    const lost = await socket.call("send_message", {
      receiver_id: ben.id,
      content: "?",
      client_message_id: "1",
    });
    expect(lost.data).toMatchObject({ code: "SERVICE_UNAVAILABLE", retryable: true });
    const refused = await openSocket(node.url, { headers: { authorization: `Bearer ${ben.token}` } });
    const { code, reason } = await refused.closed;
    expect(code).toBe(4013);
    expect(JSON.parse(reason).retry_after_ms).toBeWithin(0, 5_001);
    expect(refused.frames[0]!.data.code).toBe("SERVICE_UNAVAILABLE");
    proxy.pass();
    proxy.cut();
    const answer = await eventually(async () => {
      const ack = await socket.call("send_message", {
        receiver_id: ben.id,
        content: "?",
        client_message_id: "1",
      });
      return ack.event === "ack" && ack;
    });
    expect(answer.data.seq).toBe(1);
  });
});

describe("drain", () => {
  test("not ready at once, what was sent is finished, everybody is told when to come again", async () => {
    const nodes = await startNodes(1);
    ends.push(() => nodes.close());
    const node = nodes.nodes[0]!;
    const pairs = await Promise.all(Array.from({ length: 10 }, () => nodes.createPair()));
    const senders = await Promise.all(pairs.map(({ ana }) => open(node, ana.token)));
    const idle = await Promise.all(pairs.map(({ ben }) => open(node, ben.token)));
    for (const [i, sender] of senders.entries()) {
      for (let n = 0; n < 5; n++) {
        sender.send(
          "send_message",
          { receiver_id: pairs[i]!.ben.id, content: `${n}`, client_message_id: `${n}` },
          n,
        );
      }
    }
    await eventually(() => senders.some((sender) => sender.all("ack").length > 0));
    const started = performance.now();
    const stopping = node.server.stop();
    const status = await fetch(`${node.url}/readyz`).then(
      (response) => response.status,
      () => "refused",
    );
    expect([503, "refused"]).toContain(status);
    const closes = await Promise.all([...senders, ...idle].map((socket) => socket.closed));
    await stopping;
    expect(performance.now() - started).toBeLessThan(25_000);
    expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([4000]));
    const hints = closes.map(({ reason }) => JSON.parse(reason).retry_after_ms as number);
    expect(new Set(hints).size).toBeGreaterThan(10);
    expect(Math.max(...hints)).toBeLessThan(30_000);
    // Acknowledged and stored are the same set.
    const acked = senders.flatMap((sender) => sender.all("ack").map(({ data }) => data.message_id)).sort();
    const rows = await node.context.database.sql<{ id: string }[]>`select id from messages`;
    expect(rows.map(({ id }) => id).sort()).toEqual(acked);
  });

  test("while it drains, a new socket is sent elsewhere", async () => {
    const nodes = await startNodes(1);
    ends.push(() => nodes.close());
    const node = nodes.nodes[0]!;
    const { token } = await nodes.createUser();
    await node.context.realtime.drain();
    const response = await fetch(`${node.url}/ws`, {
      headers: { upgrade: "websocket", connection: "Upgrade", authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

async function ready(node: TestNode) {
  const response = await fetch(`${node.url}/readyz`);
  // biome-ignore lint/suspicious/noExplicitAny: an envelope
  return { status: response.status, body: (await response.json()) as any };
}
