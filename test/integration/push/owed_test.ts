/**
 * What a device has not received: grouped by conversation, judged from the newest event backwards.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Owed, selectOwed } from "../../../server/features/push/owed_queries.ts";
import { createTestApp, type TestApp, type TestUser } from "../../harness/app.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
beforeAll(async () => {
  app = await createTestApp();
  world = createWorld(app);
});
afterAll(() => app.close());

/** Ben's device is registered once the conversations exist, so that all of it is about what comes later. */
async function scene() {
  const [ana, cleo, ben] = [
    await app.createUser({ name: "Ana" }),
    await app.createUser({ name: "Cleo" }),
    await app.createUser({ name: "Ben" }),
  ];
  const anas = await world.befriend(ana, ben);
  const cleos = await world.befriend(cleo, ben);
  await app.request("PUT", "/api/v1/devices/current", {
    token: ben.token,
    body: { provider: "fcm", token: `owed-${ben.id}`, preview: "text" },
  });
  const { sql } = app.context.database;
  const [device] = await sql<{ id: string }[]>`select id from devices where user_id = ${ben.id}`;
  const owed = async (): Promise<Owed | undefined> =>
    (await selectOwed(sql, { deviceIds: [device!.id], graceMs: 0 })).get(device!.id);
  return { ana, cleo, ben, anas, cleos, owed, sql };
}

async function headOf({ id }: TestUser): Promise<number> {
  const { sql } = app.context.database;
  const [row] = await sql<
    { seq: number }[]
  >`select last_seq::float8 as seq from user_logs where user_id = ${id}`;
  return row!.seq;
}

describe("what a device has not received", () => {
  test("one's own newest message does not hide what came before it", async () => {
    const { ana, ben, anas, owed } = await scene();
    const before = await headOf(ben);
    await world.say(ana, ben, { content: "first" });
    await world.say(ana, ben, { content: "second" });
    await world.say(ben, ana, { content: "my own, from the web" });
    expect(await owed()).toMatchObject({
      headSeq: before + 3,
      hasMore: false,
      events: [{ seq: before + 2, firstSeq: before + 1, conversationId: anas, name: "Ana", text: "second" }],
    });
  });

  test("each conversation by its newest event, in the order of their first ones", async () => {
    const { ana, cleo, ben, anas, cleos, owed } = await scene();
    for (const from of [cleo, ana, ana, cleo]) await world.say(from, ben, { content: `from ${from.id}` });
    const found = await owed();
    expect(found?.events.map(({ conversationId }) => conversationId)).toEqual([cleos, anas]);
    const head = await headOf(ben);
    expect(found?.events.map(({ seq }) => seq)).toEqual([head, head - 1]);
  });

  test("when nothing counts, the device still is told up to where everything was looked at", async () => {
    const { ana, ben, owed, sql } = await scene();
    await world.say(ana, ben, { content: "not heard" });
    await world.say(ben, ana, { content: "one's own" });
    await sql`update users set muted_until = now() + interval '1 day' where id = ${ana.id}`;
    expect(await owed()).toEqual({ headSeq: await headOf(ben), hasMore: false, events: [] });
  });

  test("somebody else's reading corrects no badge, one's own does", async () => {
    const { ana, ben, owed } = await scene();
    const own = await world.say(ben, ana, { content: "read by her" });
    await app.request("PUT", `/api/v1/messages/${own.message_id}/read`, { token: ana.token });
    expect((await owed())?.events).toEqual([]);
    const hers = await world.say(ana, ben, { content: "read by him" });
    await app.request("PUT", `/api/v1/messages/${hers.message_id}/read`, { token: ben.token });
    expect((await owed())?.events).toMatchObject([{ event: "message_read" }]);
  });

  test("notices from moderation are notified each", async () => {
    const { ben, owed } = await scene();
    for (const text of ["one", "two"]) {
      await app.context.write(async ({ emit }) =>
        emit(ben.id, "moderation_notice", {
          notice: "sanction",
          kind: "warn",
          text,
          until: null,
          report_id: null,
        }),
      );
    }
    expect((await owed())?.events.map(({ text }) => text)).toEqual(["one", "two"]);
  });

  test("a long log is looked at in parts, each from its beginning", async () => {
    const { ana, ben, anas, owed, sql } = await scene();
    const before = await headOf(ben);
    await world.write(
      ana,
      ben,
      Array.from({ length: 230 }, (_, i) => `message ${i}`),
    );
    expect(await owed()).toMatchObject({
      headSeq: before + 200,
      hasMore: true,
      events: [{ seq: before + 200, firstSeq: before + 1, conversationId: anas }],
    });
    await sql`update devices set pushed_seq = ${before + 200} where user_id = ${ben.id}`;
    expect(await owed()).toMatchObject({
      headSeq: before + 230,
      hasMore: false,
      events: [{ seq: before + 230 }],
    });
  });
});
