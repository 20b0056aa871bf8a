/** One PostgreSQL and Citus behind the same server: what tells them apart, and what only the second one has. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { constraintOfShard, DISTRIBUTED, readSpread } from "../../../server/db/citus.ts";
import { distribute } from "../../../server/db/distribute.ts";
import { violates } from "../../../server/db/pg_errors.ts";
import { createTestApp, TEST_SECRET, type TestApp } from "../../harness/app.ts";
import { onCitus } from "../../harness/citus.ts";
import { runVibes } from "../../harness/cli.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createWorld, type World } from "../../harness/world.ts";

const isOnCitus = onCitus();
let app: TestApp;
let world: World;
beforeAll(async () => {
  app = await createTestApp();
  world = createWorld(app);
});
afterAll(() => app.close());

test("a constraint that a worker names has the number of its shard behind it", () => {
  const message = 'duplicate key value violates unique constraint "messages_idempotency_key_102013"';
  expect(constraintOfShard({ message })).toBe("messages_idempotency_key");
  const error = Object.assign(new Error(message), { code: "23505" });
  expect(violates(error, "messages_idempotency_key")).toBe(true);
  expect(violates(error, "messages_pkey")).toBe(false);
  expect(constraintOfShard(new Error("unique constraint of nobody"))).toBeUndefined();
});

describe.skipIf(isOnCitus)("one PostgreSQL", () => {
  const env = () => ({ NODE_ENV: "test", DATABASE_URL: app.ownerUrl, JWT_SECRET: TEST_SECRET });

  test("has nothing to distribute to, and says what is missing", async () => {
    const { code, err } = await runVibes("db distribute", { env: env() });
    expect([code, err]).toEqual([2, expect.stringContaining("create extension citus")]);
    expect(await readSpread(app.owner.sql)).toBeUndefined();
  });

  test("is not served as Citus", async () => {
    const { code, err } = await runVibes("serve", { env: { ...env(), DATABASE_ENGINE: "citus", PORT: "0" } });
    expect([code, err]).toEqual([2, expect.stringContaining("`vibes db distribute`, once")]);
  });
});

describe.skipIf(!isOnCitus)("Citus", () => {
  test("has its tables distributed once, and says so when asked again", async () => {
    const steps = await distribute({ url: app.ownerUrl, refuseServers: false });
    expect(steps.map(({ table, column, changed }) => [table, column, changed])).toEqual(
      Object.entries(DISTRIBUTED).map(([table, column]) => [table, column, false]),
    );
    for (const { shards } of steps) expect(shards).toBeGreaterThan(1);
  });

  test("16 at once into one conversation, from both sides: nothing lost, doubled, reordered", async () => {
    const [a, b] = [await app.createUser({ premium: true }), await app.createUser()];
    await world.match(a, b);
    await Promise.all(Array.from({ length: 16 }, (_, n) => world.send(n % 2 ? a : b, n % 2 ? b : a)));
    expect(await findViolations(app.owner.sql)).toEqual([]);
  });
});
