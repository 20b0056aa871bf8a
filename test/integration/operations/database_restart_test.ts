import { afterAll, beforeAll, expect, test } from "bun:test";
import { createWrite } from "../../../server/db/unit_of_work.ts";
import { DURABLE, openCluster, type TestCluster } from "../../harness/cluster.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";

let cluster: TestCluster;
let db: TestDatabase;
beforeAll(async () => {
  cluster = await openCluster({ name: "restart", settings: DURABLE });
  db = await createTestDatabase({ cluster, empty: true });
  await db.sql`create table counted (worker int primary key, total int not null)`;
  await db.sql`insert into counted select n, 0 from generate_series(1, 8) n`;
});
afterAll(() => db.close());

test("a server that crashes and comes back: 503 meanwhile, then as before, every commit there and no half of one", async () => {
  const write = createWrite({ database: db.database, publish: () => {} });
  const acknowledged = new Map<number, number>();
  const codes = new Set<string>();
  let stopped = false;
  let lastFailure = 0;

  async function count(worker: number): Promise<void> {
    while (!stopped) {
      try {
        await write(async ({ sql }) => {
          await sql`update counted set total = total + 1 where worker = ${worker}`;
          await sql`select 1`;
          await sql`update counted set total = total + 1 where worker = ${worker}`;
        });
        acknowledged.set(worker, (acknowledged.get(worker) ?? 0) + 2);
      } catch (error) {
        codes.add((error as { code: string }).code);
        lastFailure = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  const workers = Array.from({ length: 8 }, (_, index) => count(index + 1));
  await eventually(() => acknowledged.size === 8);
  await cluster.crash();
  await eventually(() => codes.size > 0);
  await expect(db.database.ready()).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  const back = performance.now();
  await cluster.restart();
  const before = new Map(acknowledged);
  await eventually(() => [...acknowledged].every(([worker, total]) => total > (before.get(worker) ?? 0)));
  stopped = true;
  await Promise.all(workers);

  expect([...codes]).toEqual(["SERVICE_UNAVAILABLE"]);
  expect(lastFailure - back).toBeLessThan(20_000);
  const rows = await db.sql<
    { worker: number; total: number }[]
  >`select worker, total from counted order by worker`;
  for (const { worker, total } of rows) {
    expect(total % 2).toBe(0);
    // The commit that was under way when it crashed may be there although nobody was told.
    expect(total - (acknowledged.get(worker) as number)).toBeOneOf([0, 2]);
  }
});
