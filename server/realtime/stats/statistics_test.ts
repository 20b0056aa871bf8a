/** Numbers of nodes: counted here, told to the others, added up. */
import { expect, test } from "bun:test";
import { createMemoryBackplane, createMemoryStore } from "../../backplane/mod.ts";
import { Counters, Latencies } from "./counters.ts";
import { STATS_TOPIC, Statistics } from "./statistics.ts";

test("percentiles are right within a quarter, over several nodes too", () => {
  const [one, two] = [new Latencies(), new Latencies()];
  expect(one.percentile(0.5)).toBeNull();
  for (let ms = 1; ms <= 1000; ms++) (ms % 2 ? one : two).record(ms);
  one.add(two.filled());
  expect(one.percentile(0.5)).toBeWithin(500, 626);
  expect(one.percentile(0.99)).toBeWithin(990, 1_239);
  one.record(1e9);
  one.record(0);
  expect(one.percentile(1)).toBeGreaterThan(50_000);
  one.add([[999, 5]]);
  expect(one.percentile(0.001)).toBeLessThan(2);
});

test("every node shows all, and forgets who falls silent", async () => {
  let now = 1_000_000;
  const store = createMemoryStore();
  const [a, b] = ["a", "b"].map((nodeId) => {
    const { bus } = createMemoryBackplane({ nodeId, store });
    const counters = new Counters();
    const statistics = new Statistics({ nodeId, bus, counters, now: () => now });
    void bus.subscribe(STATS_TOPIC);
    bus.onMessage((_, payload) => statistics.heard(payload));
    return { counters, statistics };
  }) as [Node, Node];
  type Node = { counters: Counters; statistics: Statistics };
  for (let second = 0; second < 10; second++) {
    a.counters.sent += 30;
    b.counters.sent += 12;
    b.counters.reconnects += 2;
    b.counters.connections.json = 7;
    a.counters.delivery.record(2);
    for (const { statistics } of [a, b]) statistics.turn();
    now += 1_000;
  }
  await Bun.sleep(1);
  const shown = a.statistics.read();
  expect(shown).toMatchObject({
    nodes: [
      { id: "a", connections: 0 },
      { id: "b", connections: 7 },
    ],
    messages_per_second: 42,
    reconnects_per_minute: 20,
    rate_limit_hits_per_minute: 0,
  });
  expect(shown.delivery_ms!.p50).toBeWithin(2, 3);
  expect(b.statistics.read()).toEqual(shown);
  now += 6_000;
  a.statistics.turn();
  expect(a.statistics.read().nodes.map(({ id }) => id)).toEqual(["a"]);
});
