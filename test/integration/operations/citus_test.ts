/** One PostgreSQL and Citus behind the same server: what tells them apart, and what only the second one has. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { constraintOfShard, DISTRIBUTED, readSpread } from "../../../server/db/citus.ts";
import { createDatabase, type Sql } from "../../../server/db/client.ts";
import { distribute } from "../../../server/db/distribute.ts";
import { violates } from "../../../server/db/pg_errors.ts";
import { selectHistory } from "../../../server/features/conversations/list_queries.ts";
import { insertBatch, type NewMessage } from "../../../server/features/messages/batch_sql.ts";
import { insertMarks } from "../../../server/features/messages/marks_sql.ts";
import { selectLog } from "../../../server/features/sync/queries.ts";
import { createTestApp, TEST_SECRET, type TestApp } from "../../harness/app.ts";
import { isOnCitus } from "../../harness/citus.ts";
import { runVibes } from "../../harness/cli.ts";
import { newMessage } from "../../harness/conversing.ts";
import { WRITER_SETTINGS } from "../../harness/database.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createWorld, type World } from "../../harness/world.ts";

if (!isOnCitus) console.warn("SKIPPED on Citus: TEST_CITUS_URL leads to no coordinator");
interface Place {
  readonly message: () => NewMessage;
  readonly reader: string;
  readonly last: string;
  readonly viewerId: string;
  readonly conversationId: string;
}

const mark = (readerId: string, messageId: string) => ({ readerId, messageId, conversationId: null });
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

  test("is what the migrations make, and migrates as one PostgreSQL does", async () => {
    const env = {
      NODE_ENV: "test",
      DATABASE_URL: app.databaseUrl,
      DATABASE_DIRECT_URL: app.ownerUrl,
      DATABASE_ENGINE: "citus",
      JWT_SECRET: TEST_SECRET,
    };
    for (const line of ["migrate down", "migrate up", "migrate verify"]) {
      expect([line, (await runVibes(line, { env })).code]).toEqual([line, 0]);
    }
    const { out } = await runVibes("doctor", { env });
    expect(out).toMatch(/ok +engine +Citus: messages in \d+ shards/);
  });

  test("16 at once into one conversation, from both sides: nothing lost, doubled, reordered", async () => {
    const [a, b] = [await app.createUser({ premium: true }), await app.createUser()];
    await world.match(a, b);
    await Promise.all(Array.from({ length: 16 }, (_, n) => world.send(n % 2 ? a : b, n % 2 ? b : a)));
    expect(await findViolations(app.owner.sql)).toEqual([]);
  });

  /** What the coordinator sends to workers for one call; a statement that begins to ask every shard shows here. */
  test.each<[string, number, (sql: Sql, at: Place) => Promise<unknown>]>([
    ["store one message", 30, (sql, { message }) => insertBatch(sql, [message()])],
    [
      "store 64 in one conversation",
      40,
      (sql, { message }) => insertBatch(sql, Array.from({ length: 64 }, message)),
    ],
    ["mark as read", 50, (sql, { reader, last }) => insertMarks(sql, [mark(reader, last)])],
    ["a page of history", 8, (sql, place) => selectHistory(sql, { ...place, limit: 41, beforeId: null })],
    [
      "a page of the log",
      5,
      (sql, { viewerId }) => selectLog(sql, { userId: viewerId, since: 0, limit: 100 }),
    ],
  ])("%s: %d commands at most", async (_, ceiling, run) => {
    const [a, b] = [await app.createUser(), await app.createUser()];
    const conversationId = await world.match(a, b);
    for (let n = 0; n < 3; n++) await world.send(a, b);
    const last = (await world.send(a, b)).body.data.message_id as string;
    const issued: string[] = [];
    const connection = createDatabase({
      url: app.ownerUrl,
      max: 1,
      settings: { ...WRITER_SETTINGS, "citus.log_remote_commands": "on" },
      onNotice: ({ message }) => {
        if (message?.startsWith("issuing ")) issued.push(message.slice(8));
      },
    });
    const message = () => newMessage(a.id, b.id);
    await connection.ready();
    await run(connection.sql, { message, reader: b.id, last, viewerId: b.id, conversationId });
    await connection.close();
    if (process.env.SHOW_PLANS)
      console.log(
        _,
        issued.length,
        issued.map((text) => text.slice(0, 150)),
      );
    expect(issued.length).toBeGreaterThan(0);
    expect(issued.length).toBeLessThanOrEqual(ceiling);
  });
});
