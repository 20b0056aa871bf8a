/** What the Redis backplane does when Redis dies, freezes, forgets, goes silent or moves a slot. */
import { afterEach, describe, expect, test } from "bun:test";
import { eventually } from "../../test/harness/eventually.ts";
import { startProxy } from "../../test/harness/proxy.ts";
import { hasRedis, startRedis, startRedisCluster } from "../../test/harness/redis.ts";
import { bucketOf, slotOf } from "./keys.ts";
import type { RedisBackplane } from "./redis.ts";
import { createRedisBackplane } from "./redis.ts";
import { isRedisAway } from "./redis_connection.ts";

/** What is told of an outage, however long it takes and however many commands fail. */
const OUTAGE = ["Redis is away: each process goes on by itself", "Redis is back"];

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function open(urls: readonly string[], nodeId: string) {
  const told: string[] = [];
  const onTrouble = (_: object, message: string) => void told.push(message);
  const node = createRedisBackplane({ urls, prefix: "test", nodeId, onTrouble });
  ends.push(() => node.close());
  const heard: string[] = [];
  let restored = 0;
  node.bus.onMessage((_, payload) => heard.push(payload));
  node.bus.onRestored(() => restored++);
  return { node, heard, told, restored: () => restored };
}

async function pair(urls: readonly string[]) {
  const [a, b] = [open(urls, "a"), open(urls, "b")];
  await eventually(() => a.node.healthy && b.node.healthy, { what: "healthy nodes" });
  expect(await b.node.bus.subscribe("u.b")).toBe(true);
  return { a, b };
}

/** @returns What the failure of a command is taken for. */
async function attachFails({ node }: { node: RedisBackplane }): Promise<unknown> {
  return await node.presence.attach("bob", "1", { max: 8 }).then(
    () => "it worked",
    (error) => (isRedisAway(error) ? "Redis is away" : error),
  );
}

/** Publishes until one arrives: the first ones after a repair may still be lost. */
async function flows(from: RedisBackplane, { heard }: { heard: string[] }): Promise<void> {
  heard.length = 0;
  await eventually(
    () => {
      from.bus.publish("u.b", "again");
      return heard.includes("again");
    },
    { what: "a message after the repair" },
  );
}

describe.skipIf(!hasRedis)("backplane faults", () => {
  test("keys: a bucket's slot is what Redis says it is", async () => {
    const redis = await startRedis(["--cluster-enabled", "yes"]);
    ends.push(() => redis.stop());
    for (const bucket of [0, 7, 42, 99, 128, 255]) {
      expect(await redis.command("cluster", "keyslot", `vibes:{${bucket}}:x`)).toBe(slotOf(bucket));
    }
  });

  test("kill -9 and a restart from nothing: noticed, nothing throws, topics are back by themselves", async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const { a, b } = await pair([redis.url]);
    await b.node.presence.attach("ann", "1", { max: 8 });
    await redis.kill();
    a.node.bus.publish("u.b", "lost");
    await eventually(() => !a.node.healthy && !b.node.healthy);
    expect(a.node.bus.healthy).toBe(false);
    expect(await b.node.bus.subscribe("u.later")).toBe(false);
    expect(await attachFails(a)).toBe("Redis is away");
    await redis.start();
    await eventually(() => a.node.healthy && b.node.healthy);
    expect(a.told).toEqual(OUTAGE);
    expect(b.restored()).toBe(1);
    await flows(a.node, b);
    a.node.bus.publish("u.later", "also");
    await eventually(() => b.heard.includes("also"));
    expect((await b.node.presence.heartbeat()).known).toBe(false);
    expect(await b.node.presence.restore(new Map([["ann", ["1"]]]))).toEqual(["ann"]);
  });

  test("SIGSTOP: commands fail fast once it is noticed, and all is back within 10 s", async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const { a, b } = await pair([redis.url]);
    redis.freeze();
    expect(await attachFails(a)).toBe("Redis is away");
    await eventually(() => !a.node.healthy && !b.node.bus.healthy);
    const started = performance.now();
    expect(await attachFails(a)).toBe("Redis is away");
    expect(performance.now() - started).toBeLessThan(100);
    redis.thaw();
    await eventually(() => a.node.healthy && b.node.healthy);
    expect(a.told).toEqual(OUTAGE);
    await flows(a.node, b);
  });

  test("a half-open connection is noticed and replaced", async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const proxy = await startProxy(redis.port);
    ends.push(() => proxy.close());
    const a = open([redis.url], "a");
    const b = open([`redis://127.0.0.1:${proxy.port}`], "b");
    await eventually(() => a.node.healthy && b.node.healthy);
    await b.node.bus.subscribe("u.b");
    proxy.blackhole();
    await eventually(() => !b.node.bus.healthy);
    proxy.pass();
    await eventually(() => b.restored() > 0 && b.node.healthy);
    await flows(a.node, b);
  });

  test("a subscriber that Redis has thrown out comes back", async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const { a, b } = await pair([redis.url]);
    await redis.command("client", "kill", "type", "pubsub");
    await eventually(() => b.restored() === 1);
    await flows(a.node, b);
  });

  test("FLUSHALL: the bus does not care, the heartbeat tells", async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const { a, b } = await pair([redis.url]);
    await a.node.presence.heartbeat();
    expect((await a.node.presence.heartbeat()).known).toBe(true);
    await redis.command("flushall");
    await redis.command("script", "flush");
    expect((await a.node.presence.heartbeat()).known).toBe(false);
    expect((await a.node.presence.attach("ann", "1", { max: 8 })).first).toBe(true);
    await flows(a.node, b);
  });

  test("cluster: a topic follows its slot to another master", async () => {
    const cluster = await startRedisCluster();
    ends.push(() => cluster.stop());
    const { a, b } = await pair(cluster.urls);
    await flows(a.node, b);
    const slot = slotOf(bucketOf("u.b"));
    const from = cluster.nodes[Math.floor(slot / Math.ceil(16_384 / 3))]!;
    const to = cluster.nodes.find((node) => node !== from)!;
    const toId = String(await to.command("cluster", "myid"));
    // No keys lie in the slot, so that it can move in one step.
    for (const node of [to, from, ...cluster.nodes])
      await node.command("cluster", "setslot", slot, "node", toId);
    await flows(a.node, b);
    expect(b.restored()).toBeGreaterThan(0);
    await eventually(() => a.node.healthy && b.node.healthy);
  });
});
