import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { AppendedEvent } from "../../../server/db/event_log.ts";
import { createSyncService } from "../../../server/features/sync/mod.ts";
import { createTestApp, type TestAnswer, type TestApp, type TestUser } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
let published: AppendedEvent[] = [];
beforeAll(async () => {
  app = await createTestApp({ publish: (events) => void published.push(...events) });
  world = createWorld(app);
});
afterAll(() => app.close());

const code = ({ status, body }: TestAnswer) => [status, body.error?.code];

async function pull(of: TestUser, query = ""): Promise<TestAnswer> {
  return await app.request("GET", `/api/v1/sync${query}`, { token: of.token });
}

async function people(): Promise<[TestUser, TestUser]> {
  return [await app.createUser({ premium: true }), await app.createUser()];
}

function withActivity(data: AppendedEvent["data"]) {
  const { user } = data as { user: object };
  return { ...data, user: { ...user, is_online: false, last_active: expect.any(String) } };
}

const names = ({ body }: TestAnswer) => body.data.events.map(({ event }: { event: string }) => event);

describe("GET /sync", () => {
  test("gives exactly what was published, in order, as numbers", async () => {
    const [a, b] = await people();
    published = [];
    const body = { receiver_id: b.id, content: "May I?" };
    const asked = await app.request("POST", "/api/v1/messages/request", { token: a.token, body });
    const path = `/api/v1/messages/request/${asked.body.data.request_id}/respond`;
    await app.request("POST", path, { token: b.token, body: { action: "accept" } });
    const { message_id: id } = await world.say(a, b, { content: "one", client_message_id: "k" });
    await app.request("PUT", `/api/v1/messages/${id}/read`, { token: b.token });
    for (const { id: userId, token } of [a, b]) {
      // A card's activity is that of the moment; a request's was told before the two could see any.
      const own = published
        .filter((event) => event.userId === userId)
        .map((event) =>
          event.event === "request_received" ? { ...event, data: withActivity(event.data) } : event,
        );
      const answer = await pull({ id: userId, token } as TestUser);
      expect(answer.body.data).toEqual({
        events: own.map(({ seq, event, data }) => ({ seq, event, data })),
        seq: own.length,
        has_more: false,
        resync_required: false,
      });
      expect(own.map(({ seq }) => seq)).toEqual(own.map((_, index) => index + 1));
    }
    const mine = (await pull(a)).body.data.events.at(-2).data;
    expect(mine).toMatchObject({ message_id: id, seq: 2, content: "one", client_message_id: "k" });
    const theirs = (await pull(b)).body.data.events.at(-2).data;
    expect(theirs).not.toHaveProperty("client_message_id");
  });

  test("goes on from a position, page by page", async () => {
    const [a, b] = await people();
    await world.match(a, b);
    for (let n = 0; n < 5; n++) await world.say(a, b, { content: `${n}` });
    const seen: number[] = [];
    let since = 2;
    for (;;) {
      const { data } = (await pull(b, `?since=${since}&limit=2`)).body;
      seen.push(...data.events.map(({ seq }: { seq: number }) => seq));
      since = data.seq;
      if (!data.has_more) break;
    }
    expect(seen).toEqual([3, 4, 5, 6, 7]);
    expect(since).toBe(7);
    const after = await pull(b, "?since=7");
    expect(after.body.data).toEqual({ events: [], seq: 7, has_more: false, resync_required: false });
  });

  test("an empty log is one without events", async () => {
    const nobody = await app.createUser();
    const { data } = (await pull(nobody)).body;
    expect(data).toEqual({ events: [], seq: 0, has_more: false, resync_required: false });
  });

  test("says so when the position is before what is kept, or none of this log", async () => {
    const [a, b] = await people();
    await world.match(a, b);
    for (let n = 0; n < 4; n++) await world.say(a, b);
    const { sql } = app.context.database;
    await sql`
      update user_events set created_at = now() - interval '31 days' where user_id = ${b.id} and seq <= 3
    `;
    expect(await app.context.sync.trimLogs()).toBe(3);
    expect(await app.context.sync.trimLogs()).toBe(0);
    const tooOld = { events: [], seq: 6, has_more: false, resync_required: true };
    for (const since of [0, 2, 99]) expect((await pull(b, `?since=${since}`)).body.data).toEqual(tooOld);
    const kept = await pull(b, "?since=3");
    expect(kept.body.data.resync_required).toBe(false);
    expect(kept.body.data.events.map(({ seq }: { seq: number }) => seq)).toEqual([4, 5, 6]);
    expect((await pull(a)).body.data.events).toHaveLength(6);
    await world.say(a, b);
    expect((await pull(b, "?since=6")).body.data.seq).toBe(7);
  });

  test("trims the whole past, event by event of one person never out of the middle", async () => {
    const [a, b] = await people();
    await world.match(a, b);
    for (let n = 0; n < 4; n++) await world.say(a, b);
    const { sql } = app.context.database;
    // The clock of the events before it went backwards: what is before a removed event goes with it.
    await sql`update user_events set created_at = now() - interval '31 days' where user_id = ${a.id} and seq = 3`;
    await sql`insert into user_events (user_id, seq, event, data, created_at)
      select gen_random_uuid(), 1, 'match_removed', '{}', now() - interval '40 days' from generate_series(1, 1500)`;
    expect(await app.context.sync.trimLogs()).toBe(1503);
    const left = await sql`select seq::int from user_events where user_id = ${a.id} order by seq`;
    expect(left.map(({ seq }) => seq)).toEqual([4, 5, 6]);
  });

  test("nothing of the other side comes across a block, and devices learn that it happened", async () => {
    const [a, b] = await people();
    const body = { receiver_id: b.id, content: "May I?" };
    await app.request("POST", "/api/v1/messages/request", { token: a.token, body });
    const { message_id: id } = await world.say(b, a, { content: "Sure" });
    await app.request("PUT", `/api/v1/messages/${id}/read`, { token: a.token });
    expect(names(await pull(b))).toContain("request_received");
    await world.block(b, a);
    for (const [me, other] of [
      [b, a],
      [a, b],
    ] as const) {
      const { data } = (await pull(me)).body;
      const hidden = ["new_message", "message_read", "request_received", "match_created"];
      for (const name of hidden)
        expect(data.events.map((e: { event: string }) => e.event)).not.toContain(name);
      expect(JSON.stringify(data)).not.toContain("Sure");
      expect(JSON.stringify(data)).not.toContain("May I?");
      expect(data.events.at(-2)).toMatchObject({
        event: "conversation_updated",
        data: { user_id: other.id, status: "blocked" },
      });
      expect(data.events.at(-1).event).toBe("match_removed");
    }
  });

  test("goes past a page of which everything is hidden", async () => {
    const [a, b] = await people();
    await world.match(a, b);
    for (let n = 0; n < 5; n++) await world.say(a, b);
    await world.block(a, b);
    const { data } = (await pull(b, "?since=2&limit=3")).body;
    expect(data).toEqual({ events: [], seq: 5, has_more: true, resync_required: false });
    expect(names(await pull(b, "?since=5&limit=10"))).toEqual(["conversation_updated", "match_removed"]);
  });

  test("shows the other person with what begins, as they are when it is told", async () => {
    const [a, b] = await people();
    const { sql } = app.context.database;
    published = [];
    await world.say(a, b);
    const { message_id: id } = await world.say(b, a, { content: "second" });
    const body = { name: "Renamed" };
    await app.request("PUT", "/api/v1/users/profile", { token: a.token, body });
    const cards = (events: readonly { event: string; data: object }[]) =>
      events.flatMap(({ event, data }) => ("user" in data ? [[event, (data.user as TestUser).id]] : []));
    for (const [me, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const live = published.filter(({ userId }) => userId === me.id);
      const { events } = (await pull(me)).body.data;
      expect(cards(live)).toEqual([
        ["new_message", other.id],
        ["match_created", other.id],
      ]);
      expect(cards(events)).toEqual(cards(live));
      expect(
        events.find(({ data }: { data: { message_id?: string } }) => data.message_id === id),
      ).toBeDefined();
    }
    const { events } = (await pull(b)).body.data;
    const [opening] = events.filter(({ event }: { event: string }) => event === "new_message");
    expect(opening.data.user).toMatchObject({ id: a.id, name: "Renamed", is_online: false });
    const [log] = await sql`select count(*)::int as stored from user_events where data ? 'user'`;
    expect(log).toEqual({ stored: 0 });
    // Who has left is in nobody's log.
    const [eve, dan] = await people();
    const ask = { receiver_id: dan.id, content: "May I?" };
    await app.request("POST", "/api/v1/messages/request", { token: eve.token, body: ask });
    expect(cards((await pull(dan)).body.data.events)).toEqual([["request_received", eve.id]]);
    await sql`delete from messages where sender_id = ${eve.id}`;
    await sql`delete from users where id = ${eve.id}`;
    expect((await pull(dan)).body.data.events).toEqual([]);
  });

  test("waits for a message that is not visible yet, where commits spread over machines, and never skips it", async () => {
    const [a, b] = await people();
    const conversationId = await world.match(a, b);
    const { sql } = app.context.database;
    const { message_id: first } = await world.say(a, b);
    const missing = crypto.randomUUID();
    await sql`update user_logs set last_seq = last_seq + 1 where user_id = ${b.id}`;
    await sql`
      insert into user_events (user_id, seq, event, conversation_id, message_id)
      select user_id, last_seq, 'new_message', ${conversationId}, ${missing} from user_logs where user_id = ${b.id}
    `;
    let looked = 0;
    const counting = ((strings: TemplateStringsArray, ...values: unknown[]) => {
      if ([strings].flat().join("").includes("user_logs")) looked++;
      return (sql as unknown as (...args: unknown[]) => unknown)(strings, ...values);
    }) as unknown as typeof sql;
    const sync = createSyncService({ database: { sql: counting }, media: app.context.media });
    const [head] = await sql<
      { seq: number }[]
    >`select last_seq::float8 as seq from user_logs where user_id = ${b.id}`;
    // What comes before it is given at once.
    const before = await sync.readLog(b.id, { since: head!.seq - 2, limit: 10 });
    expect(before).toMatchObject({ seq: head!.seq - 1, hasMore: true });
    expect(before.events.map(({ data }) => data.message_id)).toEqual([first]);
    looked = 0;
    const waiting = sync.readLog(b.id, { since: before.seq, limit: 10 });
    await eventually(() => looked > 1, { what: "a second look" });
    await sql`
      insert into messages (id, conversation_id, seq, sender_id, receiver_id, content)
      values (${missing}, ${conversationId}, 2, ${a.id}, ${b.id}, 'late')
    `;
    const { events, seq, hasMore } = await waiting;
    expect([events.map(({ data }) => data.content), seq, hasMore]).toEqual([["late"], head!.seq, false]);
    // One that is gone for good, which is with its conversation, is left out.
    await sql`delete from messages where conversation_id = ${conversationId}`;
    await sql`delete from conversations where id = ${conversationId}`;
    expect(await sync.readLog(b.id, { since: before.seq, limit: 10 })).toMatchObject({
      events: [],
      seq: head!.seq,
    });
  });

  test.each([
    ["the last", 0],
    ["one before others", 1],
  ])("waits for an event that is not visible yet: %s", async (_, back) => {
    const [a, b] = await people();
    await world.match(a, b);
    for (const _ of "123") await world.say(a, b);
    const { sql } = app.context.database;
    const sync = createSyncService({ database: { sql }, media: app.context.media });
    const [log] = await sql<[{ seq: number }]>`
      select last_seq::float8 as seq from user_logs where user_id = ${b.id}
    `;
    const since = log.seq - 3;
    const [hidden] = await sql`
      delete from user_events where user_id = ${b.id} and seq = ${log.seq - back} returning *
    `;
    const before = await sync.readLog(b.id, { since, limit: 10 });
    expect(before).toMatchObject({ seq: log.seq - back - 1, hasMore: true });
    expect(await sync.readLog(b.id, { since: before.seq, limit: 10 })).toEqual({
      events: [],
      seq: before.seq,
      hasMore: true,
      resyncRequired: false,
    });
    await sql`
      insert into user_events (user_id, seq, event, conversation_id, message_id)
      values (${b.id}, ${hidden!.seq}, ${hidden!.event}, ${hidden!.conversationId}, ${hidden!.messageId})
    `;
    const after = await sync.readLog(b.id, { since: before.seq, limit: 10 });
    expect([after.events.length, after.seq, after.hasMore]).toEqual([back + 1, log.seq, false]);
  });

  test("positions and limits that are none are refused", async () => {
    const me = await app.createUser();
    for (const query of [
      "since=-1",
      "since=x",
      "since=1.5",
      "limit=0",
      "limit=501",
      "since=9".padEnd(30, "9"),
    ]) {
      expect(code(await pull(me, `?${query}`))).toEqual([400, "VALIDATION_ERROR"]);
    }
    expect((await pull(me, "?since=9007199254740991")).body.data.resync_required).toBe(true);
    expect(code(await app.request("GET", "/api/v1/sync"))).toEqual([401, "UNAUTHORIZED"]);
  });
});
