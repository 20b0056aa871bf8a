import { afterAll, expect, test } from "bun:test";
import type { StaffEvent } from "../../../server/domain/staff_events.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp } from "../../harness/app.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { request, createUser, context } = app;
const { sql } = context.database;
const staffNews: StaffEvent[] = [];
context.staffEvents.subscribe((event) => staffNews.push(event));
afterAll(() => app.close());

const block = (id: string, token: string, body?: unknown) =>
  request("POST", `/api/v1/users/${id}/block`, { token, body });
const unblock = (id: string, token: string) => request("DELETE", `/api/v1/users/${id}/block`, { token });

async function stateOf(a: string, b: string) {
  const [row] = await sql<{ conversation: string | null; match: string | null }[]>`
    select
      (select status from conversations where user1_id = least(p.a, p.b) and user2_id = greatest(p.a, p.b)) as conversation,
      (select status from matches where user1_id = least(p.a, p.b) and user2_id = greatest(p.a, p.b)) as match
    from (select ${a}::uuid as a, ${b}::uuid as b) p
  `;
  return { ...row };
}

test("a block ends the match and closes the conversation; both are told", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  const conversationId = await world.befriend(ana, ben);
  await world.write(ana, ben, ["how are you"]);

  const answer = await block(ben.id, ana.token, { reason: "inappropriate_behavior" });
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({ success: true, data: { message: "User blocked successfully" } });
  expect(await stateOf(ana.id, ben.id)).toEqual({ conversation: "blocked", match: "blocked" });

  for (const [person, other] of [
    [ana, ben],
    [ben, ana],
  ] as const) {
    const news = (await world.log(person)).slice(-2);
    expect(news).toMatchObject([
      {
        event: "conversation_updated",
        data: { conversation_id: conversationId, user_id: other.id, status: "blocked" },
      },
      { event: "match_removed", data: { user_id: other.id, conversation_id: conversationId } },
    ]);
    expect((await request("GET", `/api/v1/users/${other.id}/profile`, { token: person.token })).status).toBe(
      404,
    );
    expect((await request("GET", "/api/v1/matches", { token: person.token })).body.data.matches).toEqual([]);
    const asked = await request("POST", "/api/v1/messages/request", {
      token: person.token,
      body: { receiver_id: other.id, content: "please" },
    });
    expect([asked.status, asked.body.error.code]).toEqual([403, "USER_BLOCKED"]);
  }
  await expect(world.write(ben, ana, ["hey"])).rejects.toThrow("blocked");
  expect(staffNews.at(-1)).toMatchObject({
    event: "block_created",
    data: { blocker_id: ana.id, blocked_id: ben.id },
    except: ben.id,
  });
});

test("whatever one of the two asks for, the other is not in it", async () => {
  const [ana, ben] = [await createUser({ name: "Ana Hides" }), await createUser({ name: "Ben Hides" })];
  const conversationId = await world.befriend(ana, ben);
  await world.write(ben, ana, ["secret words"]);
  const marker = await world.log(ana);
  await block(ben.id, ana.token);
  for (const [person, other] of [
    [ana, ben],
    [ben, ana],
  ] as const) {
    for (const path of [
      "/discovery/profiles?limit=50",
      "/matches",
      "/conversations",
      "/conversations?type=archived",
      "/messages/requests",
      "/messages/requests?type=sent&status=accepted",
      "/messages/requests?type=received&status=accepted",
    ]) {
      const { status, body } = await request("GET", `/api/v1${path}`, { token: person.token });
      expect([path, status, JSON.stringify(body).includes(other.id)]).toEqual([path, 200, false]);
    }
    for (const [method, path, body] of [
      ["GET", `/conversations/${conversationId}/messages`, undefined],
      ["POST", "/messages/send", { receiver_id: other.id, content: "hey" }],
      ["POST", "/messages/send", { receiver_id: other.id, content: "hey", conversation_id: conversationId }],
      ["POST", "/messages/request", { receiver_id: other.id, content: "hey" }],
    ] as const) {
      const answer = await request(method, `/api/v1${path}`, { token: person.token, body });
      expect([path, answer.status, answer.body.error?.code]).toEqual([path, 403, "USER_BLOCKED"]);
    }
    const like = { target_id: other.id, action_type: "like" };
    const liked = await request("POST", "/api/v1/discovery/action", { token: person.token, body: like });
    expect(liked.status).toBe(404);
  }
  expect((await world.log(ana)).slice(marker.length).map(({ event }) => event)).toEqual([
    "conversation_updated",
    "match_removed",
  ]);
});

test("a block cancels pending requests, whoever sent them", async () => {
  for (const direction of ["sent", "received"]) {
    const [ana, ben] = [await createUser(), await createUser()];
    const [from, to] = direction === "sent" ? [ana, ben] : [ben, ana];
    const sent = await request("POST", "/api/v1/messages/request", {
      token: from.token,
      body: { receiver_id: to.id, content: "hello" },
    });
    expect(sent.status).toBe(201);
    expect((await block(ben.id, ana.token)).status).toBe(201);
    const [row] = await sql`select status from message_requests where id = ${sent.body.data.request_id}`;
    expect(row?.status).toBe("cancelled");
    const answered = await request("POST", `/api/v1/messages/request/${sent.body.data.request_id}/respond`, {
      token: to.token,
      body: { action: "accept" },
    });
    expect(answered.status).toBeGreaterThanOrEqual(403);
    for (const person of [ana, ben]) {
      expect((await world.log(person, "request_updated")).at(-1)?.data.status).toBe("cancelled");
    }
  }
});

test("blocking and unblocking again change nothing and tell nobody", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  await world.befriend(ana, ben);
  expect((await block(ben.id, ana.token, { reason: "first" })).status).toBe(201);
  const before = [await world.log(ana), await world.log(ben), staffNews.length];
  const again = await block(ben.id, ana.token, { reason: "second" });
  expect([again.status, again.body.data.message]).toEqual([200, "User blocked successfully"]);
  expect([await world.log(ana), await world.log(ben), staffNews.length]).toEqual(before);
  const [row] = await sql`select reason from user_blocks where blocker_id = ${ana.id}`;
  expect(row?.reason).toBe("first");

  expect((await unblock(ben.id, ana.token)).status).toBe(200);
  const after = await world.log(ben);
  const second = await unblock(ben.id, ana.token);
  expect([second.status, second.body.data.message]).toEqual([200, "User unblocked successfully"]);
  expect(await world.log(ben)).toEqual(after);
});

test("an unblocked conversation can be read again, the match stays ended", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  await world.befriend(ana, ben);
  await block(ben.id, ana.token);
  await unblock(ben.id, ana.token);
  expect(await stateOf(ana.id, ben.id)).toEqual({ conversation: "archived", match: "blocked" });
  expect((await world.log(ben)).at(-1)).toMatchObject({
    event: "conversation_updated",
    data: { user_id: ana.id, status: "archived" },
  });
  expect((await request("GET", "/api/v1/matches", { token: ana.token })).body.data.matches).toEqual([]);
});

test("with two blocks in force the first unblocking opens nothing", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  await world.befriend(ana, ben);
  expect((await block(ben.id, ana.token)).status).toBe(201);
  expect((await block(ana.id, ben.token)).status).toBe(201);
  await unblock(ben.id, ana.token);
  expect((await stateOf(ana.id, ben.id)).conversation).toBe("blocked");
  await unblock(ana.id, ben.token);
  expect((await stateOf(ana.id, ben.id)).conversation).toBe("archived");
});

test("strangers can be blocked, and meet anew after it", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  expect((await block(ben.id, ana.token)).status).toBe(201);
  expect(await stateOf(ana.id, ben.id)).toEqual({ conversation: null, match: null });
  expect(await world.log(ben)).toEqual([]);
  await unblock(ben.id, ana.token);
  await world.befriend(ana, ben);
});

test("the list of blocks: newest first, page by page, only one's own", async () => {
  const ana = await createUser();
  const others = [];
  for (let i = 0; i < 5; i++) others.push(await createUser({ name: `Other ${i}` }));
  for (const other of others) await block(other.id, ana.token, { reason: "spam" });
  await block(ana.id, others[0]!.token);

  const names: string[] = [];
  let cursor: string | null = "";
  let pages = 0;
  while (cursor !== null) {
    const query: string = `limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const { status, body } = await request("GET", `/api/v1/users/blocks?${query}`, { token: ana.token });
    expect(status).toBe(200);
    names.push(...body.data.blocks.map((row: { user: { name: string } }) => row.user.name));
    expect(body.meta.pagination.hasMore).toBe(body.meta.pagination.cursor !== null);
    cursor = body.meta.pagination.cursor;
    pages++;
  }
  expect([names, pages]).toEqual([["Other 4", "Other 3", "Other 2", "Other 1", "Other 0"], 3]);
  const { body } = await request("GET", "/api/v1/users/blocks?limit=1", { token: ana.token });
  expect(body.data.blocks[0]).toEqual({
    id: expect.any(String),
    user: { id: others[4]!.id, name: "Other 4", profile_photos: [] },
    reason: "spam",
    created_at: expect.stringMatching(/^\d{4}-.*Z$/),
  });
});

test("bad input", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  const cases: [string, unknown, number, string][] = [
    [ana.id, {}, 400, "VALIDATION_ERROR"],
    [ana.id.toUpperCase(), {}, 400, "VALIDATION_ERROR"],
    [newId(), {}, 404, "USER_NOT_FOUND"],
    ["nonsense", {}, 400, "VALIDATION_ERROR"],
    [ben.id, { reason: "x".repeat(101) }, 400, "VALIDATION_ERROR"],
    [ben.id, { reason: "😀".repeat(101) }, 400, "VALIDATION_ERROR"],
    [ben.id, { reason: 5 }, 400, "VALIDATION_ERROR"],
    [ben.id, { reason: "a\0b" }, 400, "VALIDATION_ERROR"],
    [ben.id, { reason: "\ud800" }, 400, "VALIDATION_ERROR"],
    [ben.id, [], 400, "VALIDATION_ERROR"],
  ];
  for (const [id, body, status, code] of cases) {
    const answer = await block(id, ana.token, body);
    expect([id, body, answer.status, answer.body.error?.code]).toEqual([id, body, status, code]);
  }
  expect(await sql`select 1 from user_blocks where blocker_id = ${ana.id}`).toHaveLength(0);

  const full = await block(ben.id, ana.token, {
    reason: ` ${"😀".repeat(100)} `,
    blocker_id: ben.id,
    blocked_id: ana.id,
    upheld_at: "2026-01-01T00:00:00Z",
  });
  expect(full.status).toBe(201);
  const [row] = await sql`select blocker_id, reason, upheld_at from user_blocks where blocked_id = ${ben.id}`;
  expect({ ...row }).toEqual({ blockerId: ana.id, reason: "😀".repeat(100), upheldAt: null });

  expect((await unblock(ana.id, ana.token)).status).toBe(400);
  expect((await unblock(newId(), ana.token)).body.error.code).toBe("USER_NOT_FOUND");
  for (const query of [
    "limit=0",
    "limit=51",
    "limit=-1",
    "limit=x",
    "limit=1&limit=2",
    "cursor=x",
    "cursor=e30",
  ]) {
    const answer = await request("GET", `/api/v1/users/blocks?${query}`, { token: ana.token });
    expect([query, answer.status]).toEqual([query, 400]);
  }
  for (const [method, path] of [
    ["POST", `/api/v1/users/${ben.id}/block`],
    ["DELETE", `/api/v1/users/${ben.id}/block`],
    ["GET", "/api/v1/users/blocks"],
  ] as const) {
    expect((await request(method, path)).status).toBe(401);
  }
});

test("blocking back shows the other one as they were before their own block, here and in the export", async () => {
  const [ana, ben] = [await createUser({ name: "Ana Before" }), await createUser({ name: "Ben Before" })];
  await world.befriend(ana, ben);
  await block(ben.id, ana.token);
  const photo = "https://storage.vibesmatch.com/after.jpg";
  for (const [person, name] of [
    [ana, "Ana After"],
    [ben, "Ben After"],
  ] as const) {
    const body = { name, profile_photos: [photo] };
    expect((await request("PUT", "/api/v1/users/profile", { token: person.token, body })).status).toBe(200);
  }
  await block(ana.id, ben.token);
  await unblock(ben.id, ana.token);
  await block(ben.id, ana.token);
  for (const [person, known, news] of [
    [ana, "Ben Before", "Ben After"],
    [ben, "Ana Before", "Ana After"],
  ] as const) {
    const { token } = person;
    const { body } = await request("GET", "/api/v1/users/blocks", { token });
    expect(body.data.blocks.map((row: { user: object }) => row.user)).toMatchObject([
      { name: known, profile_photos: [] },
    ]);
    const exported = await request("GET", "/api/v1/users/me/export", { token });
    const { conversations, matches } = exported.body.data;
    expect([conversations.length, matches.length]).toEqual([1, 1]);
    expect(JSON.stringify([conversations, matches])).not.toContain(news);
  }
});
