/** The reliability table in its short form, and whether its judge would notice. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { hasRedis } from "../harness/redis.ts";
import { lineOf, ROWS, runRow } from "./rows.ts";
import { Talk } from "./talk.ts";
import { createWorld, type World } from "./world.ts";

setDefaultTimeout(90_000);
if (!Bun.which("haproxy")) console.warn("\n⚠ haproxy is not on PATH: a stand-in hands out the connections\n");

describe.skipIf(!hasRedis)("under people who talk", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  test.each(ROWS)("$name", async (row) => {
    const outcome = await runRow(world, row, { holdMs: 300, pairs: 2 });
    console.log(lineOf(outcome));
    expect(outcome.problems).toEqual([]);
    expect(outcome.verdict.acknowledged).toBeGreaterThan(20);
  });

  test("a message that is gone is noticed", async () => {
    const talk = new Talk(world);
    await talk.begin(1);
    await world.database.sql`
      delete from messages where id = (select id from messages order by created_at desc limit 1)
    `;
    const { lost, reordered } = await talk.end();
    expect([lost, reordered > 0]).toEqual([1, true]);
  });
});

test.skipIf(!hasRedis)("a rolling restart of all nodes, with a Redis Cluster of three masters", async () => {
  const world = await createWorld({ masters: 3 });
  const row = ROWS.find(({ name }) => name.includes("rolling"))!;
  const outcome = await runRow(world, row, { holdMs: 0, pairs: 2 }).finally(() => world.close());
  console.log(lineOf(outcome));
  expect(outcome.problems).toEqual([]);
});
