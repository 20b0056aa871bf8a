/**
 * Rows in which Redis is killed, emptied, stopped or unreachable: nothing that was acknowledged may depend on it.
 * @module
 */
import { eventually } from "../../harness/eventually.ts";
import { loseOnePublish } from "../lost_publish.ts";
import { type Row, underTalk } from "../row.ts";

/** See the module. */
export const REDIS_ROWS: readonly Row[] = [
  underTalk({
    name: "Redis is killed and comes back empty",
    silenceMs: 3_000,
    async break({ world: { redis, front }, broken, blame, holdMs }) {
      await redis.kill();
      broken();
      await eventually(() => saysDegraded(front.url), { what: "degraded" }).catch(() =>
        blame("/readyz does not say that Redis is missing"),
      );
      await Bun.sleep(holdMs);
      await redis.start();
    },
  }),
  underTalk({
    name: "Redis forgets everything (FLUSHALL)",
    longOnly: true,
    silenceMs: 3_000,
    async break({ world: { redis }, broken }) {
      await redis.command("flushall");
      broken();
    },
  }),
  underTalk({
    name: "Redis stands still (SIGSTOP)",
    silenceMs: 3_000,
    async break({ world: { redis }, broken, holdMs }) {
      redis.freeze();
      broken();
      await Bun.sleep(holdMs);
      redis.thaw();
    },
  }),
  underTalk({
    name: "everything to and from Redis vanishes",
    longOnly: true,
    silenceMs: 3_000,
    async break({ world: { toRedis }, broken, holdMs }) {
      toRedis.blackhole();
      broken();
      await Bun.sleep(holdMs);
      toRedis.pass();
      // What vanished left the protocol out of step.
      toRedis.cut();
    },
  }),
  underTalk({
    name: "connections to Redis are half open",
    silenceMs: 3_000,
    async break({ world: { toRedis }, broken, holdMs }) {
      // Nobody mends it: who uses them has to find out.
      toRedis.halfOpen();
      broken();
      await Bun.sleep(holdMs);
    },
  }),
  underTalk({
    name: "one publish is lost and none follows",
    // realtime_nodes_test.ts
    longOnly: true,
    async break({ world, broken, blame, note }) {
      broken();
      const tookMs = await loseOnePublish(world);
      note(`found after ${(tookMs / 1_000).toFixed(1)} s`);
      if (tookMs > FOUND_WITHIN_MS) blame(`found after ${Math.round(tookMs)} ms`);
    },
  }),
];

/** A loss that nothing later tells of, ms. */
const FOUND_WITHIN_MS = 30_000;

/** Without Redis a node stays in traffic and names what is missing. */
async function saysDegraded(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`);
  const { data } = (await response.json()) as { data?: { degraded: string[] } };
  return response.status === 200 && data?.degraded.includes("redis") === true;
}
