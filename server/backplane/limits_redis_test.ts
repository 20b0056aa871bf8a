/** The limits over a real Redis: shared while it is there, local while it is not, never an error of its own. */
import { afterAll, describe, expect, test } from "bun:test";
import { eventually } from "../../test/harness/eventually.ts";
import { hasRedis, startRedis, startRedisCluster } from "../../test/harness/redis.ts";
import { defaultLimits } from "../domain/limits.ts";
import { AppError } from "../protocol/errors.ts";
import { createLimits, type RateLimits } from "./limits.ts";
import { createRedisBackplane, type RedisBackplane } from "./redis.ts";

const configured = {
  ...defaultLimits(),
  REPORT: { points: 5, seconds: 60 },
  ADDRESS: { points: 5, seconds: 60 },
};

async function passes(limits: RateLimits, name: "REPORT" | "ADDRESS", key: string): Promise<boolean> {
  try {
    await limits.consume(name, key);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("RATE_LIMIT_EXCEEDED");
    return false;
  }
}

describe.skipIf(!hasRedis)("limits over Redis", () => {
  const opened: { close(): unknown }[] = [];
  afterAll(() => Promise.all(opened.map((part) => part.close())));

  async function connect(urls: readonly string[]): Promise<{ limits: RateLimits; node: RedisBackplane }> {
    const node = createRedisBackplane({ urls, prefix: "test" });
    opened.push(node);
    await eventually(() => node.healthy, { what: "a healthy node" });
    return { limits: createLimits({ limits: configured, redis: node.redis }), node };
  }

  test("two nodes count together, and a race gives exactly as many passes as there are", async () => {
    const redis = await startRedis();
    opened.push({ close: () => redis.stop() });
    const [a, b] = await Promise.all([connect([redis.url]), connect([redis.url])]);
    const race = Array.from({ length: 16 }, (_, i) => passes(i % 2 ? a.limits : b.limits, "REPORT", "racer"));
    expect((await Promise.all(race)).filter(Boolean)).toHaveLength(5);
    expect((await a.limits.consume("REPORT", "other")).remaining).toBe(4);
    expect((await b.limits.consume("REPORT", "other", { points: 2 })).remaining).toBe(2);
    const ttl = Number(await redis.command("pttl", "test:limit:REPORT:other"));
    expect(ttl).toBeWithin(1, 60_001);
    // The limit of an address guards each node for itself and never asks Redis.
    await a.limits.consume("ADDRESS", "1.2.3.4");
    expect((await b.limits.consume("ADDRESS", "1.2.3.4")).remaining).toBe(4);
  });

  test("a Cluster counts as well", async () => {
    const cluster = await startRedisCluster();
    opened.push({ close: () => cluster.stop() });
    const { limits } = await connect(cluster.urls);
    for (const key of ["k1", "k2", "k3", "k4"]) {
      const all = await Promise.all(Array.from({ length: 7 }, () => passes(limits, "REPORT", key)));
      expect(all.filter(Boolean)).toHaveLength(5);
    }
  });

  test("with Redis killed or silent the node counts for itself, and counts together again after", async () => {
    const redis = await startRedis();
    opened.push({ close: () => redis.stop() });
    const { limits, node } = await connect([redis.url]);
    redis.freeze();
    const start = performance.now();
    const frozen = await Promise.all(Array.from({ length: 8 }, () => passes(limits, "REPORT", "frozen")));
    expect(frozen.filter(Boolean)).toHaveLength(5);
    expect(performance.now() - start).toBeLessThan(15_000);
    redis.thaw();
    await redis.kill();
    await eventually(() => !node.healthy, { what: "the node to notice" });
    const killed = await Promise.all(Array.from({ length: 8 }, () => passes(limits, "REPORT", "killed")));
    expect(killed.filter(Boolean)).toHaveLength(5);
    await redis.start();
    await eventually(() => node.healthy, { what: "the node to be back" });
    expect((await limits.consume("REPORT", "after")).remaining).toBe(4);
    expect(await redis.command("exists", "test:limit:REPORT:after")).toBe(1);
  });
});
