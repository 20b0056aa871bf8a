/** What `vibes doctor` says of a streaming replica that follows, stands still, or is another cluster's. @module */
import { afterAll, beforeAll, expect, test } from "bun:test";
import postgres from "postgres";
import { askReplica, checkReplica } from "../../../cli/commands/doctor/replica.ts";
import { DURABLE, openCluster, type TestCluster } from "../../harness/cluster.ts";
import { createTestDatabase } from "../../harness/database.ts";
import { type Replica, startReplica } from "../../harness/replica.ts";

const other = await createTestDatabase({ empty: true });
let primary: TestCluster;
let replica: Replica;
beforeAll(async () => {
  primary = await openCluster({ name: "doctor", alone: true, settings: DURABLE });
  replica = await startReplica(primary);
});
afterAll(async () => {
  await replica.stop();
  await primary.destroy();
  await other.close();
});

const check = async (primaryUrl: string) =>
  checkReplica(await askReplica(replica.urlOf(primary.adminUrl), primaryUrl));

test("one that follows, and one of another cluster", async () => {
  expect(await check(primary.adminUrl)).toEqual({
    status: "ok",
    detail: expect.stringMatching(/^a standby of this database, at most \d+ ms behind$/),
  });
  expect(await check(other.url)).toMatchObject({
    status: "fail",
    detail: expect.stringContaining("another cluster"),
  });
});

test("one that has stopped replaying", async () => {
  const [standby, admin] = [replica.urlOf(primary.adminUrl), primary.adminUrl].map((url) =>
    postgres(url, { max: 1, fetch_types: false }),
  );
  await standby!`select pg_wal_replay_pause()`;
  await admin!`create table written ()`;
  expect(await check(primary.adminUrl)).toMatchObject({
    status: "warn",
    detail: expect.stringMatching(/more than 2000 ms and [1-9][\d,]* bytes behind: servers read the primary/),
  });
  await standby!`select pg_wal_replay_resume()`;
  await Promise.all([standby!.end(), admin!.end()]);
});
