/**
 * What grows can be spread over machines: every unique key of these tables carries the column that would distribute it.
 * PostgreSQL itself refuses a unique key without the partition column, so each table is declared once more, partitioned.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";

/** What grows with messages and people's activity, and where a row of it belongs. */
const DISTRIBUTED = [
  ["conversations", "id"],
  ["messages", "conversation_id"],
  ["read_marks", "conversation_id"],
  ["user_logs", "user_id"],
  ["user_events", "user_id"],
  ["user_presence", "user_id"],
] as const;

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.sql`create schema partitioned`;
});
afterAll(() => db.close());

test.each(DISTRIBUTED)("%s by %s", async (table, column) => {
  const { sql } = db;
  await sql.unsafe(`
    create table partitioned.${table} (like public.${table} including defaults including generated including constraints)
    partition by hash (${column})
  `);
  const keys = await sql<{ name: string; definition: string }[]>`
    select c.relname as name, pg_get_indexdef(c.oid) as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = ${`public.${table}`}::text::regclass and i.indisunique
  `;
  expect(keys.length).toBeGreaterThan(0);
  for (const { definition } of keys) {
    await sql.unsafe(definition.replace(` ON public.${table} `, ` ON partitioned.${table} `));
  }
  const others = column === "id" ? "created_at" : "seq";
  const without = sql.unsafe(
    `create unique index on partitioned.${table} (${table === "user_presence" ? "last_active" : table === "user_logs" ? "last_seq" : others})`,
  );
  await expect(without.then(() => "accepted")).rejects.toThrow("must include all partitioning columns");
});

test("no trigger, sequence or foreign key to anything but people", async () => {
  const tables = DISTRIBUTED.map(([table]) => table as string);
  const triggers = await db.sql`
    select tgname from pg_trigger
    where not tgisinternal and tgrelid = any(${tables}::text[]::regclass[])
  `;
  const keys = await db.sql`
    select conname from pg_constraint
    where contype = 'f' and conrelid = any(${tables}::text[]::regclass[]) and confrelid <> 'users'::regclass
  `;
  const sequences =
    await db.sql`select relname from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace`;
  expect([triggers, keys, sequences].map((rows) => rows.length)).toEqual([0, 0, 0]);
});
