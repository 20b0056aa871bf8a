import { afterAll, expect, test } from "bun:test";
import { createTestApp, type TestUser } from "../../test/harness/app.ts";
import { createWorld } from "../../test/harness/world.ts";
import { erasePeople } from "./erase_people.ts";

const app = await createTestApp();
const world = createWorld(app);
afterAll(app.close);
const { sql } = app.context.database;

/** Rows that refer to a row that is not there, by the foreign keys that there are. */
async function orphans(): Promise<string[]> {
  const keys = await sql<{ name: string; child: string; parent: string; column: string; key: string }[]>`
    select c.conname as name, c.conrelid::regclass::text as child, c.confrelid::regclass::text as parent,
      (select attname from pg_attribute where attrelid = c.conrelid and attnum = c.conkey[1]) as column,
      (select attname from pg_attribute where attrelid = c.confrelid and attnum = c.confkey[1]) as key
    from pg_constraint c where c.contype = 'f'
  `;
  const found: string[] = [];
  for (const { name, child, parent, column, key } of keys) {
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count from ${sql(child)} x
      where x.${sql(column)} is not null and not exists (select from ${sql(parent)} p where p.${sql(key)} = x.${sql(column)})
    `;
    if (row!.count > 0) found.push(`${name}: ${row!.count}`);
  }
  return found;
}

async function counts(ids: readonly string[]): Promise<Record<string, number>> {
  const [row] = await sql<Record<string, number>[]>`
    select
      (select count(*)::int from users where id = any(${ids}::uuid[])) as users,
      (select count(*)::int from user_events where user_id = any(${ids}::uuid[])) as events,
      (select count(*)::int from messages where sender_id = any(${ids}::uuid[]) or receiver_id = any(${ids}::uuid[])) as messages,
      (select count(*)::int from pairs where user1_id = any(${ids}::uuid[]) or user2_id = any(${ids}::uuid[])) as pairs
  `;
  return row!;
}

test("everything of the people goes, with their side of others' conversations; nothing else does", async () => {
  const [ana, ben, cleo, dan] = (await Promise.all(Array.from({ length: 4 }, () => app.createUser()))) as [
    TestUser,
    TestUser,
    TestUser,
    TestUser,
  ];
  for (const [a, b] of [
    [ana, ben],
    [ana, cleo],
    [cleo, dan],
  ] as const) {
    await world.match(a, b);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      expect((await world.send(from, to)).status).toBe(201);
  }
  expect((await world.ask(ben, dan)).status).toBe(201);
  await app.request("POST", `/api/v1/users/${ben.id}/report`, {
    token: cleo.token,
    body: { reason: "spam" },
  });
  await world.block(ana, cleo);
  await app.context.database.begin((tx) => erasePeople(tx, [ana.id, ben.id]));

  expect(await counts([ana.id, ben.id])).toEqual({ users: 0, events: 0, messages: 0, pairs: 0 });
  expect(await orphans()).toEqual([]);
  const rest = await counts([cleo.id, dan.id]);
  expect(rest).toMatchObject({ users: 2, messages: 2, pairs: 1 });
  expect((await world.send(cleo, dan)).status).toBe(201);
});
