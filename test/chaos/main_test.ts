/** `bun run chaos` on SIGTERM: no process that it started outlives it. @module */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAlive } from "../../server/db/embedded/processes.ts";
import { startChild } from "../harness/child.ts";
import { eventually } from "../harness/eventually.ts";
import { familyOf } from "../harness/processes.ts";
import { hasRedis } from "../harness/redis.ts";

test.skipIf(!hasRedis)(
  "SIGTERM in the middle of a row ends servers, databases, proxies and the judge",
  async () => {
    await using chaos = startChild(["test/chaos/main.ts", "60", "a node stands still"]);
    const judging = () => familyOf(chaos.pid).some((pid) => commandOf(pid).includes("chat-pairs"));
    await eventually(judging, { withinMs: 90_000, what: "the judge" });
    const family = familyOf(chaos.pid).slice(1);
    // Three servers, Redis, the judge, and whatever front there is.
    expect(family.length).toBeGreaterThanOrEqual(5);
    const home = () => readdirSync(tmpdir()).some((name) => name.endsWith(`-chaos-${chaos.pid}`));
    expect(home()).toBe(true);
    expect((await chaos.end("SIGTERM")).code).toBe(143);
    await eventually(() => !family.some(isAlive), { what: "the end of everybody" });
    await eventually(() => !home(), { what: "the end of PostgreSQL" });
  },
  180_000,
);

test("a row that is not there is refused", async () => {
  await using chaos = startChild(["test/chaos/main.ts", "-", "no such row"]);
  expect(await chaos.ended).toMatchObject({ code: 2, stdout: "" });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
