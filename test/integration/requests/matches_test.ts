/** Matches over REST: the ways to one that start in requests and likes, the list, and leaving one. @module */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createTestApp, type TestUser as Person, type TestApp } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createStaff, fileReport } from "../../harness/staff.ts";
import { createWorld, type World } from "../../harness/world.ts";

let t: TestApp;
let world: World;
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
const time = expect.stringMatching(/Z$/);

beforeAll(async () => {
  t = await createTestApp();
  world = createWorld(t);
});
afterAll(() => t.close());
afterEach(async () => {
  expect(await findViolations(t.context.database.sql)).toEqual([]);
});

const two = () => Promise.all([t.createUser({ name: "Ann" }), t.createUser({ name: "Bob" })]);

async function matched(a: Person, b: Person) {
  await world.act(a, b, "like");
  const { match } = (await world.act(b, a, "like")).body.data;
  return match as { id: string; conversation_id: string };
}

function refused(status: number, code: string) {
  return expect.objectContaining({
    status,
    body: { success: false, error: expect.objectContaining({ code }) },
  });
}

const contentsOf = async (conversationId: string) => {
  const rows = await t.context.database.sql<{ content: string }[]>`
    select content from messages where conversation_id = ${conversationId} order by seq
  `;
  return rows.map(({ content }) => content);
};

describe("a like makes a match", () => {
  test("when it is mutual: 201, who and where; both are told; the conversation is empty", async () => {
    const [ann, bob] = await two();
    const first = await world.act(ann, bob, "like");
    expect(first.status).toBe(201);
    const recorded = { message: "Like recorded", action_id: uuid, match_found: false };
    expect(first.body).toEqual({ success: true, data: recorded });
    const { status, body } = await world.act(bob, ann, "super_like");
    expect(status).toBe(201);
    const match = {
      id: uuid,
      user: { id: ann.id, name: "Ann", profile_photos: [], is_online: false, last_active: time },
      match_type: "mutual_like",
      matched_at: time,
      conversation_id: uuid,
    };
    expect(body.data).toEqual({ message: "It's a match!", action_id: uuid, match_found: true, match });
    const { id, conversation_id } = body.data.match;
    expect((await world.matches(bob)).body).toEqual({
      success: true,
      data: { matches: [{ ...match, id, conversation_id }] },
      meta: { pagination: { cursor: null, hasMore: false } },
    });
    expect((await world.matches(ann)).body.data.matches).toMatchObject([{ id, user: { id: bob.id } }]);
    expect((await world.events(ann)).map(({ event }) => event)).toEqual([
      "conversation_updated",
      "match_created",
    ]);
    expect(await contentsOf(conversation_id)).toEqual([]);
  });

  test("when it likes back: the request waiting for the liker is accepted", async () => {
    const [ann, bob] = await two();
    const { request_id } = (await world.ask(ann, bob, { content: "one" })).body.data;
    const { body } = await world.act(bob, ann, "like");
    expect(body.data).toMatchObject({ match_found: true, match: { match_type: "mutual_like" } });
    expect(await contentsOf(body.data.match.conversation_id)).toEqual(["one"]);
    const sent = (await world.requests(ann, "?type=sent&status=accepted")).body.data.requests;
    expect(sent).toMatchObject([{ id: request_id }]);
  });

  test("when it is mutual and the liker's own request waits, which is accepted too", async () => {
    const [ann, bob] = await two();
    await world.act(bob, ann, "like");
    await world.ask(ann, bob, { content: "one" });
    const { body } = await world.act(ann, bob, "like");
    expect(body.data.match_found).toBe(true);
    expect(await contentsOf(body.data.match.conversation_id)).toEqual(["one"]);
  });

  test("not of one's own request alone, nor with a dislike", async () => {
    const [ann, bob] = await two();
    await world.ask(ann, bob);
    expect((await world.act(ann, bob, "like")).body.data.match_found).toBe(false);
    expect((await world.act(bob, ann, "dislike")).body.data).toMatchObject({ match_found: false });
    expect((await world.requests(bob)).body.data.requests).toHaveLength(1);
  });

  test("when a like stood before the request came: repeating it likes back", async () => {
    const [ann, bob] = await two();
    await world.act(bob, ann, "like");
    await world.ask(ann, bob, { content: "one" });
    const { status, body } = await world.act(bob, ann, "like");
    expect(status).toBe(201);
    expect(body.data.match_found).toBe(true);
  });

  test("with somebody who wrote directly (premium): the conversation goes on and waits for nobody", async () => {
    const [ann, bob] = [await t.createUser({ premium: true }), await t.createUser()];
    const { conversation_id } = (await world.send(ann, bob, { content: "Hello" })).body.data;
    expect((await world.act(ann, bob, "like")).body.data.match_found).toBe(false);
    const { body } = await world.act(bob, ann, "like");
    expect(body.data.match).toMatchObject({ conversation_id, match_type: "mutual_like" });
    expect(await contentsOf(conversation_id)).toEqual(["Hello"]);
  });

  test("once: an accepted request of two who like each other keeps its match", async () => {
    const [ann, bob] = await two();
    const { request_id } = (await world.ask(ann, bob)).body.data;
    const accepted = (await world.respond(bob, request_id, "accept")).body.data;
    for (const [by, target] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      const { status, body } = await world.act(by, target, "like");
      expect(status).toBe(201);
      expect(body.data.match).toMatchObject({ id: accepted.match_id, match_type: "message_accepted" });
    }
    expect((await world.events(ann)).filter(({ event }) => event === "match_created")).toHaveLength(1);
  });
});

describe("the list", () => {
  test("is the newest first, pages through equal times, and holds both sides of the pair", async () => {
    const ann = await t.createUser();
    const others = await Promise.all(Array.from({ length: 7 }, () => t.createUser()));
    const ids: string[] = [];
    for (const other of others) ids.push((await matched(ann, other)).id);
    const { sql } = t.context.database;
    // One below and one above in the order of ids: the pair's columns swap.
    await sql`update matches set matched_at = '2026-01-01T00:00:00.123456Z' where id = any (${ids}::uuid[])`;
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await world.matches(ann, `?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.matches.map(({ id }: { id: string }) => id));
      cursor = body.meta.pagination.cursor;
    }
    expect(seen).toEqual(ids.toSorted().reverse());
    for (const other of others) expect((await world.matches(other)).body.data.matches).toHaveLength(1);
  });

  test("masks activity, and shows nobody across a block", async () => {
    const [ann, bob] = await two();
    await matched(ann, bob);
    const { sql } = t.context.database;
    await sql`update users set show_activity_status = false where id = ${bob.id}`;
    await sql`
      update user_presence set show_activity_status = false, is_online = true where user_id = ${bob.id}`;
    const [{ user }] = (await world.matches(ann)).body.data.matches;
    expect(user).toMatchObject({ is_online: false, last_active: null });
    await world.block(bob, ann);
    expect((await world.matches(ann)).body.data.matches).toEqual([]);
    expect((await world.matches(bob)).body.data.matches).toEqual([]);
  });

  test.each(["?limit=0", "?limit=51", "?cursor=broken"])("%s is VALIDATION_ERROR", async (query) => {
    const [ann] = await two();
    expect(await world.matches(ann, query)).toEqual(refused(400, "VALIDATION_ERROR"));
  });
});

describe("unmatching", () => {
  test("archives the conversation, tells both, and is for good", async () => {
    const [ann, bob] = await two();
    const { id, conversation_id } = await matched(ann, bob);
    const { status, body } = await world.endMatch(ann, id);
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, data: { message: "Unmatched successfully" } });
    for (const [me, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      expect((await world.matches(me)).body.data.matches).toEqual([]);
      expect((await world.events(me)).slice(-2)).toEqual([
        { event: "conversation_updated", data: { conversation_id, user_id: other.id, status: "archived" } },
        { event: "match_removed", data: { match_id: id, user_id: other.id, conversation_id } },
      ]);
      const { profiles } = (await world.feed(me, "?limit=50")).body.data;
      expect(profiles.some((profile: Person) => profile.id === other.id)).toBe(false);
      for (const action of ["like", "dislike", "super_like"]) {
        expect(await world.act(me, other, action)).toEqual(refused(403, "UNAUTHORIZED_ACTION"));
      }
      expect(await world.ask(me, other)).toEqual(refused(403, "UNAUTHORIZED_ACTION"));
    }
  });

  test("keeps why for moderators alone, and deletes it with either account", async () => {
    const { sql } = t.context.database;
    const staff = await createStaff(t);
    const [ann, bob] = await two();
    const { id } = await matched(ann, bob);
    const reason = "Asked for money \u{1f4b8}";
    const long = await world.call(ann, `DELETE /matches/${id}`, { reason: "x".repeat(101) });
    expect(long).toEqual(refused(400, "VALIDATION_ERROR"));
    expect((await world.call(ann, `DELETE /matches/${id}`, { reason: `  ${reason} ` })).status).toBe(200);
    // A second one is too late: the match has ended.
    expect((await world.call(bob, `DELETE /matches/${id}`, { reason: "No, they did" })).status).toBe(200);
    const report = await fileReport(t, { by: await t.createUser(), about: bob });
    const { history } = (await staff.get(`/reports/${report}`)).body.data.report;
    expect(history.unmatch_reasons).toEqual([{ reason, at: expect.any(String) }]);
    expect(JSON.stringify(history.unmatch_reasons)).not.toContain(ann.id);
    const exported = async (of: Person) => (await world.call(of, "GET /users/me/export")).body;
    expect(JSON.stringify(await exported(ann))).toContain(reason);
    expect(JSON.stringify([await exported(bob), await world.events(bob)])).not.toContain("Asked for money");
    await world.leave(bob);
    expect(await sql`select 1 from unmatch_reasons where ${bob.id} in (about_id, by_id)`).toHaveLength(0);
  });

  test("twice, by either, answers the same and changes nothing", async () => {
    const [ann, bob] = await two();
    const { id } = await matched(ann, bob);
    await world.endMatch(ann, id);
    const before = await world.events(bob);
    for (const by of [ann, bob]) expect((await world.endMatch(by, id)).status).toBe(200);
    expect(await world.events(bob)).toEqual(before);
  });

  test("is MATCH_NOT_FOUND to strangers, across a block, and for what is no match", async () => {
    const [ann, bob] = await two();
    const eve = await t.createUser();
    const { id } = await matched(ann, bob);
    expect(await world.endMatch(eve, id)).toEqual(refused(404, "MATCH_NOT_FOUND"));
    expect(await world.endMatch(ann, bob.id)).toEqual(refused(404, "MATCH_NOT_FOUND"));
    expect(await world.endMatch(ann, "nonsense")).toEqual(refused(400, "VALIDATION_ERROR"));
    expect(await world.call(undefined, `DELETE /matches/${id}`)).toEqual(refused(401, "UNAUTHORIZED"));
    const { sql } = t.context.database;
    await sql`update matches set status = 'blocked' where id = ${id}`;
    await sql`update conversations set status = 'blocked' where ${ann.id} in (user1_id, user2_id)`;
    expect(await world.endMatch(ann, id)).toEqual(refused(404, "MATCH_NOT_FOUND"));
  });
});
