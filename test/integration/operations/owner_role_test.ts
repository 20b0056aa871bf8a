/** The role that owns the tables and migrates, as sql/README.md makes it: no superuser. @module */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createDatabase } from "../../../server/db/client.ts";
import { readHistories } from "../../../server/db/history.ts";
import { runVibes } from "../../harness/cli.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";

const ROLE = "vibes_owner_of_tests";
let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  const { sql } = database;
  const [{ name }] = (await sql`select current_database() as name`) as unknown as [{ name: string }];
  await sql.unsafe(`drop role if exists ${ROLE}`);
  await sql.unsafe(`create role ${ROLE} login createdb password 'a password of tests'`);
  await sql.unsafe(`alter database ${name} owner to ${ROLE}`);
  const url = new URL(database.url);
  url.username = ROLE;
  url.password = encodeURIComponent("a password of tests");
  env = { NODE_ENV: "test", DATABASE_URL: url.href };
});
afterAll(async () => {
  await database.sql.unsafe(`revoke set on parameter vibes.history from ${ROLE}`);
  await database.close();
  const admin = createDatabase({ url: Object.assign(new URL(database.url), { pathname: "/postgres" }).href });
  await admin.sql.unsafe(`drop role ${ROLE}`);
  await admin.close();
});

test("migrates without the grant, of which doctor and `db restored` say what it is for", async () => {
  const up = await runVibes("migrate up", { env });
  expect([up.code, up.err]).toEqual([0, expect.not.stringContaining("error")]);
  expect((await readHistories(database.sql)).declared).toBeNull();
  expect((await runVibes("doctor", { env })).out).toMatch(
    /warn {2}history +not declared[\s\S]*grant set on parameter/,
  );
  const restored = await runVibes("db restored", { env });
  expect([restored.code, restored.err]).toEqual([
    2,
    expect.stringMatching(/may not set vibes.history[\s\S]*grant set/),
  ]);

  await database.sql.unsafe(`grant set on parameter vibes.history to ${ROLE}`);
  expect((await runVibes("migrate up", { env })).code).toBe(0);
  const { now, declared } = await readHistories(database.sql);
  expect(declared).toBe(now);
  expect((await runVibes("db restored", { env })).code).toBe(0);
});
