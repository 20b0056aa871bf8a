/** One suite over every backplane: what callers rely on holds for each of them. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../test/harness/eventually.ts";
import { hasRedis, startRedis, startRedisCluster } from "../../test/harness/redis.ts";
import type { Backplane } from "./backplane.ts";
import { createMemoryBackplane, createMemoryStore } from "./memory.ts";
import { createRedisBackplane } from "./redis.ts";

interface Flavour {
  readonly name: string;
  /** @returns A way to open nodes that share one store, and the end of it. */
  open(): Promise<{ node(nodeId: string): Backplane; stop(): Promise<void> }>;
}

const LEASE_MS = 400;

const flavours: Flavour[] = [
  {
    name: "memory",
    async open() {
      const store = createMemoryStore();
      return {
        node: (nodeId) => createMemoryBackplane({ nodeId, store, leaseMs: LEASE_MS }),
        stop: async () => {},
      };
    },
  },
];
if (hasRedis) {
  flavours.push(
    {
      name: "redis",
      async open() {
        const redis = await startRedis();
        return {
          node: (nodeId) =>
            createRedisBackplane({ urls: [redis.url], prefix: "test", nodeId, leaseMs: LEASE_MS }),
          stop: () => redis.stop(),
        };
      },
    },
    {
      name: "redis cluster",
      async open() {
        const cluster = await startRedisCluster();
        return {
          node: (nodeId) =>
            createRedisBackplane({ urls: cluster.urls, prefix: "test", nodeId, leaseMs: LEASE_MS }),
          stop: () => cluster.stop(),
        };
      },
    },
  );
}

for (const flavour of flavours) {
  describe(`backplane: ${flavour.name}`, () => {
    let shared: Awaited<ReturnType<Flavour["open"]>>;
    let nodes: Backplane[] = [];
    let run = 0;

    beforeAll(async () => {
      shared = await flavour.open();
    });
    afterEach(async () => {
      await Promise.all(nodes.map((node) => node.close()));
      nodes = [];
    });
    afterAll(() => shared.stop());

    async function open(count: number): Promise<Backplane[]> {
      run++;
      nodes = Array.from({ length: count }, (_, index) => shared.node(`n${run}-${index + 1}`));
      await eventually(() => nodes.every((node) => node.healthy), { what: "healthy nodes" });
      return nodes;
    }
    /** Names of this test only: the store is shared. */
    const user = (name: string) => `${name}-${run}`;

    function record(node: Backplane): string[] {
      const heard: string[] = [];
      node.bus.onMessage((topic, payload) => heard.push(`${topic}=${payload}`));
      return heard;
    }

    describe("bus", () => {
      test("bus: who publishes can hear to how many nodes it went, after what went before", async () => {
        const [a, b, c] = (await open(3)) as [Backplane, Backplane, Backplane];
        const topic = user("t");
        const heard = record(b);
        await Promise.all([a, b].map(({ bus }) => bus.subscribe(topic)));
        a.bus.publish(topic, "1");
        expect(await a.bus.reach(topic, "2")).toBe(1);
        expect(await c.bus.reach(topic, "3")).toBe(2);
        expect(await a.bus.reach(user("nobody"), "4")).toBe(0);
        await eventually(() => heard.length === 3);
        expect(heard).toEqual(["1", "2", "3"].map((payload) => `${topic}=${payload}`));
      });

      test("a message reaches every other subscribed node, and not its sender", async () => {
        const [a, b, c] = (await open(3)) as [Backplane, Backplane, Backplane];
        const heard = [record(a), record(b), record(c)];
        expect(await Promise.all([a, b].map((node) => node.bus.subscribe("u.x")))).toEqual([true, true]);
        a.bus.publish("u.x", "hello world {1}");
        await eventually(() => heard[1]!.length === 1);
        b.bus.publish("u.x", "back");
        await eventually(() => heard[0]!.length === 1);
        expect(heard).toEqual([["u.x=back"], ["u.x=hello world {1}"], []]);
      });

      test("order is kept for a topic, whatever the payload holds", async () => {
        const [a, b] = (await open(2)) as [Backplane, Backplane];
        const heard = record(b);
        await b.bus.subscribe("u.order");
        const texts = Array.from({ length: 500 }, (_, i) => `${i} \r\n "é😀\u0000" ${"x".repeat(i)}`);
        for (const text of texts) a.bus.publish("u.order", text);
        await eventually(() => heard.length === texts.length);
        expect(heard).toEqual(texts.map((text) => `u.order=${text}`));
      });

      test("many topics, subscribed at once, then left", async () => {
        const [a, b] = (await open(2)) as [Backplane, Backplane];
        const heard = record(b);
        const topics = Array.from({ length: 1500 }, (_, i) => `u.${i}`);
        expect((await Promise.all(topics.map((topic) => b.bus.subscribe(topic)))).every(Boolean)).toBe(true);
        for (const topic of topics) a.bus.publish(topic, "1");
        await eventually(() => heard.length === topics.length);
        expect(new Set(heard).size).toBe(topics.length);
        heard.length = 0;
        for (const topic of topics.slice(1)) b.bus.unsubscribe(topic);
        await b.bus.subscribe("u.end");
        for (const topic of topics) a.bus.publish(topic, "2");
        a.bus.publish("u.end", "");
        await eventually(() => heard.includes("u.end=") && heard.includes("u.0=2"));
        expect(heard.filter((line) => line !== "u.end=")).toEqual(["u.0=2"]);
      });

      test("leaving and coming back at once leaves the topic subscribed", async () => {
        const [a, b] = (await open(2)) as [Backplane, Backplane];
        const heard = record(b);
        await b.bus.subscribe("u.flip");
        b.bus.unsubscribe("u.flip");
        const again = b.bus.subscribe("u.flip");
        b.bus.unsubscribe("u.flip");
        const last = b.bus.subscribe("u.flip");
        await Promise.all([again, last]);
        a.bus.publish("u.flip", "here");
        await eventually(() => heard.length === 1);
      });
    });

    describe("presence", () => {
      test("the first hold brings a user online, the last release takes them offline", async () => {
        const [a, b] = (await open(2)) as [Backplane, Backplane];
        const ann = user("ann");
        expect(await a.presence.attach(ann, "1", { max: 8 })).toEqual({ first: true, evicted: [] });
        expect(await b.presence.attach(ann, "1", { max: 8 })).toEqual({ first: false, evicted: [] });
        await a.presence.detach(ann, "1");
        expect(await a.presence.release([ann])).toEqual([]);
        await b.presence.detach(ann, "1");
        // A node holds on until it releases: the grace of a reconnect.
        expect(await a.presence.attach(ann, "2", { max: 8 })).toEqual({ first: false, evicted: [] });
        expect(await b.presence.release([ann])).toEqual([]);
        expect(await a.presence.release([ann, user("nobody")])).toEqual([ann, user("nobody")]);
        expect((await b.presence.attach(ann, "3", { max: 8 })).first).toBe(true);
      });

      test("the ninth socket evicts the oldest, wherever it is", async () => {
        const [a, b] = (await open(2)) as [Backplane, Backplane];
        const bob = user("bob");
        for (let i = 1; i <= 4; i++) {
          await a.presence.attach(bob, `a${i}`, { max: 8 });
          await b.presence.attach(bob, `b${i}`, { max: 8 });
        }
        expect((await b.presence.attach(bob, "b5", { max: 8 })).evicted).toEqual([`${a.nodeId}/a1`]);
        await a.presence.detach(bob, "a2");
        expect((await a.presence.attach(bob, "a5", { max: 8 })).evicted).toEqual([]);
        expect((await a.presence.attach(bob, "a6", { max: 3 })).evicted).toHaveLength(6);
      });

      test("parallel holds and releases have exactly one first and one last", async () => {
        const [a, b] = (await open(2)) as [Backplane, Backplane];
        const cat = user("cat");
        const attached = await Promise.all(
          Array.from({ length: 16 }, (_, i) => [a, b][i % 2]!.presence.attach(cat, `s${i}`, { max: 99 })),
        );
        expect(attached.filter(({ first }) => first)).toHaveLength(1);
        const released = await Promise.all([a.presence.release([cat]), b.presence.release([cat])]);
        expect(released.flat()).toEqual([cat]);
      });

      test("a node that stops its heartbeat is found dead and reaped once", async () => {
        const [a, b, c] = (await open(3)) as [Backplane, Backplane, Backplane];
        const only = Array.from({ length: 450 }, (_, i) => user(`only${i}`));
        const both = user("both");
        for (const node of [a, b, c]) expect((await node.presence.heartbeat()).known).toBe(false);
        expect(await a.presence.restore(new Map(only.map((id) => [id, ["1"]])))).toEqual(only);
        await a.presence.attach(both, "1", { max: 8 });
        await b.presence.attach(both, "1", { max: 8 });
        expect(await b.presence.heartbeat()).toMatchObject({ known: true, dead: [] });
        const { alive } = await eventually(
          async () => {
            await c.presence.heartbeat();
            const beat = await b.presence.heartbeat();
            return beat.dead.includes(a.nodeId) && beat;
          },
          { what: "the dead node" },
        );
        expect(alive).toContain(c.nodeId);
        const offline: string[] = [];
        async function reapAll(node: Backplane) {
          for (;;) {
            const reaped = await node.presence.reap(a.nodeId);
            offline.push(...reaped.offline);
            if (reaped.done) return;
          }
        }
        await Promise.all([reapAll(b), reapAll(c)]);
        expect(offline.sort()).toEqual([...only].sort());
        expect((await b.presence.heartbeat()).dead).not.toContain(a.nodeId);
        // It was only slow: it learns that it is to attach again.
        expect((await a.presence.heartbeat()).known).toBe(false);
        expect(await a.presence.restore(new Map([[only[0]!, ["1", "2"]]]))).toEqual([only[0]!]);
      });

      test("a hold of a node that is not alive does not count", async () => {
        const [a, b] = (await open(2)) as [Backplane, Backplane];
        const [dan, eve, fay] = [user("dan"), user("eve"), user("fay")];
        await a.presence.attach(dan, "1", { max: 8 });
        await b.presence.attach(eve, "1", { max: 8 });
        const absent = await b.presence.absent([dan, eve, fay], { alive: [b.nodeId] });
        expect(absent).toEqual([dan, fay]);
      });
    });
  });
}
