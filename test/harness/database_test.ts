import { afterAll, expect, test } from "bun:test";
import { createTestDatabase } from "./database.ts";

const opened: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(opened.map((db) => db.close())));

test("a test database has the schema and nobody else's rows", async () => {
  const [a, b] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  opened.push(a, b);
  await a.sql`insert into pairs (user1_id, user2_id) values ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002')`;
  const [row] = await b.sql`select count(*)::int as pairs from pairs`;
  expect(row).toEqual({ pairs: 0 });
});

test("an empty one has no table", async () => {
  const db = await createTestDatabase({ empty: true });
  opened.push(db);
  const [row] = await db.sql`select to_regclass('users') as users`;
  expect(row).toEqual({ users: null });
});
