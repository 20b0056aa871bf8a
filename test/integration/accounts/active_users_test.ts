/**
 * The number of recently active users: exact, recounted in the background after ten minutes, read from an index.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createDatabase } from "../../../server/db/client.ts";
import { selectActiveUsers } from "../../../server/features/admin/stats/queries.ts";
import { ActiveUsersCount } from "../../../server/features/admin/stats/service.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { buffersOf, createRecorder, type PlanNode, seqScansOf } from "../../harness/explain.ts";

const TEN_MINUTES = 600_000;

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase({ deadlineMs: 60_000 });
});
afterAll(() => db.close());

async function people(count: number, { ago, gone = false }: { ago: string; gone?: boolean }): Promise<void> {
  await db.sql`
    with made as (
      insert into users (id, email, name, date_of_birth, gender, country, show_activity_status, is_active)
      select id, id || '@example.com', 'Somebody', '1995-05-15', 'female', 'DE', nth % 2 = 0, ${!gone}
      from generate_series(1, ${count}::int) n, lateral (select gen_random_uuid() as id, n as nth) one
      returning *
    )
    insert into user_presence (user_id, gender, show_activity_status, is_active, last_active)
    select id, gender, show_activity_status, is_active, now() - ${ago}::interval from made
  `;
}

function usedIndex(plan: PlanNode): (string | undefined)[] {
  return [plan["Index Name"], ...(plan.Plans ?? []).flatMap(usedIndex)].filter((name) => name !== undefined);
}

test("counts a day and thirty days, whoever hides it, and nobody who left", async () => {
  await people(4, { ago: "1 hour" });
  await people(3, { ago: "25 hours" });
  await people(2, { ago: "29 days" });
  await people(5, { ago: "31 days" });
  await people(6, { ago: "1 hour", gone: true });
  expect(await selectActiveUsers(db.sql)).toEqual({ day: 4, month: 9 });
});

test("is counted again after ten minutes, behind the answer", async () => {
  let now = 0;
  const count = new ActiveUsersCount({ db: db.database, clock: { now: () => now } });
  expect(await count.read()).toEqual({ day: 4, month: 9 });
  await people(1, { ago: "2 days" });
  now = TEN_MINUTES - 1;
  expect(await count.read()).toEqual({ day: 4, month: 9 });
  now = TEN_MINUTES;
  // Who asks gets what is known, and sets the count going.
  expect(await count.read()).toEqual({ day: 4, month: 9 });
  while ((await count.read())?.month === 9) await Bun.sleep(5);
  expect(await count.read()).toEqual({ day: 4, month: 10 });
});

test("is unknown, not an error, while it cannot be counted", async () => {
  const nowhere = createDatabase({ url: "postgres://nobody@127.0.0.1:1/none", deadlineMs: 500 });
  const count = new ActiveUsersCount({ db: nowhere, clock: { now: () => 0 } });
  expect(await count.read()).toBeNull();
  await nowhere.close();
});

test("reads the index of those who were active, not everybody", async () => {
  await people(40_000, { ago: "90 days" });
  await db.sql`vacuum (analyze, index_cleanup on) user_presence`;
  const { sql, plans } = createRecorder(db.sql);
  await selectActiveUsers(sql);
  expect(seqScansOf(plans[0]!)).toEqual([]);
  expect(usedIndex(plans[0]!)).toEqual(["user_presence_active_idx"]);
  expect(buffersOf(plans[0])).toBeLessThan(20);
});
