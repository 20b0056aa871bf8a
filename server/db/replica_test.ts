/** Which parts may read a replica, and what becomes of a read without one. @module */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { createTestDatabase } from "../../test/harness/database.ts";
import { ReplicaReader, readPrimary } from "./replica.ts";

const SERVER = join(import.meta.dir, "..");
/** Staff's lists and numbers, and the export of one's data. Everything else promises to see a block at once. */
const MAY = /^(context|db|features\/(admin|privacy))\//;

const db = await createTestDatabase();
afterAll(() => db.close());

test("nothing else than lists of staff, numbers and exports reads a replica", async () => {
  const readers: string[] = [];
  for await (const path of new Bun.Glob("**/*.ts").scan(SERVER)) {
    if (/db\/replica\.ts"/.test(await Bun.file(join(SERVER, path)).text())) readers.push(path);
  }
  expect(readers.length).toBeGreaterThan(5);
  expect(readers.filter((path) => !MAY.test(path))).toEqual([]);
});

test("without a replica the primary is read", async () => {
  expect(await readPrimary(db.database).read((sql) => sql`select 1 as it`)).toHaveLength(1);
});

test("a server that is no standby, or away, is never near, and what a read itself does wrong is its own", async () => {
  const other = await createTestDatabase({ empty: true });
  for (const url of [other.url, "postgres://u@127.0.0.1:1/none"]) {
    const reader = new ReplicaReader(db.database, { url });
    await reader.look();
    await reader.look();
    expect(reader.isNear).toBe(false);
    const [row] = await reader.read((sql) => sql`select current_database() as name`);
    expect(row!.name).toBe(new URL(db.url).pathname.slice(1));
    await expect(reader.read((sql) => sql`select 1 / 0`.then((rows) => rows))).rejects.toThrow(
      "division by zero",
    );
    await reader.close();
  }
  await other.close();
});
