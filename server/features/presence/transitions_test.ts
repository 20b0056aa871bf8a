import { afterAll, describe, expect, test } from "bun:test";
import { insertConversations, insertPeople } from "../../../test/harness/conversing.ts";
import { createTestDatabase } from "../../../test/harness/database.ts";
import { startProxy } from "../../../test/harness/proxy.ts";
import { createDatabase } from "../../db/client.ts";
import { updateOffline, updateOnline } from "./queries.ts";
import { Transitions } from "./transitions.ts";

const db = await createTestDatabase();
const proxy = await startProxy(Number(new URL(db.url).port));
const url = Object.assign(new URL(db.url), { port: String(proxy.port) }).href;
const database = createDatabase({ url, max: 1, deadlineMs: 500 });
afterAll(async () => {
  await database.close();
  await proxy.close();
  await db.close();
});

const isOnline = async (id: string) =>
  (await db.sql<{ isOnline: boolean }[]>`select is_online from user_presence where user_id = ${id}`)[0]!
    .isOnline;

describe("a change whose answer is lost", () => {
  test.each(["user_online", "user_offline"] as const)(
    "is announced by the next try: %s",
    async (expected) => {
      const [ana, ben] = (await insertPeople(db.sql, 2)) as [string, string];
      await insertConversations(db.sql, [[ana, ben].sort() as [string, string]]);
      await db.sql`update user_presence set is_online = true where user_id = ${ben}`;
      await db.sql`update user_presence set is_online = ${expected === "user_offline"} where user_id = ${ana}`;
      // Prepared beforehand: with answers lost, a new statement is not even sent.
      for (const update of [updateOnline, updateOffline])
        await update(database.sql, { userIds: [], again: [] });
      const announced = Promise.withResolvers<readonly [string, string]>();
      const failed = Promise.withResolvers<void>();
      const transitions = new Transitions({
        database,
        announce: (peerId, event) => announced.resolve([peerId, event]),
        confirmOffline: async (userIds) => userIds,
        onError: () => {
          proxy.pass();
          failed.resolve();
        },
      });
      proxy.swallowAnswers();
      transitions.note([ana], expected === "user_online");
      await failed.promise;
      expect(await isOnline(ana)).toBe(expected === "user_online");
      expect(await announced.promise).toEqual([ben, expected]);
      await transitions.close();
    },
  );
});
