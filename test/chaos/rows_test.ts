/** The reliability table in its short form, and a check that its judge notices a lost message. @module */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { askReplica, checkReplica } from "../../cli/commands/doctor/replica.ts";
import { createDatabase } from "../../server/db/client.ts";
import { ReplicaReader } from "../../server/db/replica.ts";
import { createTestDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";
import { hasRedis } from "../harness/redis.ts";
import { beginTalk } from "./judge.ts";
import { lineOf } from "./outcome.ts";
import type { Row } from "./row.ts";
import { ROWS } from "./rows/mod.ts";
import { createWorld, type Topology, type World } from "./world.ts";

setDefaultTimeout(90_000);
if (!Bun.which("haproxy")) console.warn("\n⚠ haproxy is not on PATH: a stand-in hands out the connections\n");

/** Of the rows on the larger deployment, the one that the other cannot run; `bun run chaos` runs all of them. */
const LARGER = /replica takes over/;
const SCALE = { holdMs: 300, pairs: 2, rate: 100, watchMs: 0 } as const;

function rowsOn(topology: Topology) {
  return ROWS.filter(({ on, longOnly }) => on.includes(topology) && !longOnly);
}

async function pass(row: Row, world: World): Promise<void> {
  const outcome = await row.run(world, SCALE);
  console.log(lineOf(outcome));
  expect(outcome.problems).toEqual([]);
}

describe.skipIf(!hasRedis)("under people who talk", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld("one Redis");
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test.each(rowsOn("one Redis"))("$name", (row) => pass(row, world));

  test("a message that is gone is noticed", async () => {
    await using talk = await beginTalk(world, { ...SCALE, gates: [] });
    await talk.flows();
    const { sql } = world.database;
    await sql`delete from messages where id = (select id from messages order by created_at desc limit 1)`;
    const { counts, verdict } = await talk.end();
    // Neither of the two finds it in the history.
    expect([verdict, counts.lost]).toEqual(["failed", 2]);
  });
});

describe.skipIf(!hasRedis)("with three masters of Redis and a replica of PostgreSQL", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld("Cluster and replica");
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test("a reader asks the replica while it is near, and the primary while it is behind or away, as doctor says", async () => {
    const { database, databaseUrl } = world;
    const replica = world.replica!;
    const url = replica.urlOf(databaseUrl);
    const standby = createDatabase({ url, max: 1 });
    const reader = new ReplicaReader(database, { url, deadlineMs: 1_000 });
    const askedStandby = () =>
      reader.read(async (sql) => {
        const [row] = await sql<[{ it: boolean }]>`select pg_is_in_recovery() as it`;
        return row.it;
      });
    const within = { withinMs: 30_000 };
    await eventually(askedStandby, within);
    const doctor = async (primaryUrl: string) => checkReplica(await askReplica(url, primaryUrl));
    expect(await doctor(databaseUrl)).toEqual({
      status: "ok",
      detail: expect.stringMatching(/^a standby of this database, at most \d+ ms behind$/),
    });
    const other = await createTestDatabase({ empty: true });
    const strange = { status: "fail", detail: expect.stringContaining("another cluster") };
    expect(await doctor(other.url)).toMatchObject(strange);
    await other.close();
    // It receives and confirms, but shows nothing new.
    await standby.sql`select pg_wal_replay_pause()`;
    await database.sql`create table later ()`;
    await eventually(() => !reader.isNear, within);
    expect(await askedStandby()).toBe(false);
    const behind = /more than 2000 ms and [1-9][\d,]* bytes behind: servers read the primary/;
    const late = { status: "warn", detail: expect.stringMatching(behind) };
    expect(await doctor(databaseUrl)).toMatchObject(late);
    await standby.sql`select pg_wal_replay_resume()`;
    await eventually(askedStandby, within);
    replica.freeze();
    expect(await askedStandby()).toBe(false);
    replica.thaw();
    await eventually(askedStandby, within);
    await database.sql`drop table later`;
    await Promise.all([reader.close(), standby.close()]);
  });

  const rows = rowsOn("Cluster and replica").filter(({ name }) => LARGER.test(name));
  test.each(rows)("$name", (row) => pass(row, world));

  test("there is something to take over", () => expect(rows.length).toBe(1));
});
