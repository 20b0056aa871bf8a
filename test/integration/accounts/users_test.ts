/** Profiles over REST: one's own, and how others see them. @module */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { conversationIdOf, orderPair } from "../../../server/db/pair.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { request, createUser, context, close } = app;
const { sql } = context.database;
afterAll(close);

const MINE = "/api/v1/users/profile";
const read = (token: string) => request("GET", MINE, { token });
const change = (token: string, body: unknown) => request("PUT", MINE, { token, body });
const look = (viewer: TestUser, id: string) =>
  request("GET", `/api/v1/users/${id}/profile`, { token: viewer.token });

describe("one's own profile", () => {
  test("has everything that is stored about it, and nothing else", async () => {
    const { id, token, email } = await createUser({ name: "Ana", bio: "tea", birthdate: "1990-01-01" });
    const { status, body } = await read(token);
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      data: {
        id,
        email,
        name: "Ana",
        date_of_birth: "1990-01-01",
        age: expect.any(Number),
        gender: "female",
        country: "DE",
        state: null,
        city: null,
        bio: "tea",
        profile_photos: [],
        interests: [],
        preferred_genders: [],
        show_activity_status: true,
        is_premium: false,
        premium_expires_at: null,
        onboarding_completed: true,
        role: "user",
        last_active: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        created_at: expect.stringMatching(/Z$/),
        updated_at: expect.stringMatching(/Z$/),
      },
    });
  });

  test("changes field by field; null clears, absent stays", async () => {
    const { token } = await createUser({ name: "Ana", bio: "tea", interests: ["tea"] });
    const changed = await change(token, {
      name: " Ana  Maria ",
      gender: "non-binary",
      country: "fr",
      city: "Lyon",
      profile_photos: ["https://a.example/1.jpg"],
      preferred_genders: ["male", "female"],
      show_activity_status: false,
    });
    expect(changed.status).toBe(200);
    expect(changed.body.data).toMatchObject({
      name: "Ana Maria",
      gender: "non-binary",
      country: "FR",
      city: "Lyon",
      bio: "tea",
      interests: ["tea"],
      profile_photos: ["https://a.example/1.jpg"],
      preferred_genders: ["male", "female"],
      show_activity_status: false,
    });
    const cleared = await change(token, { bio: null, city: "", profile_photos: [], interests: [] });
    expect(cleared.body.data).toMatchObject({ bio: null, city: null, profile_photos: [], interests: [] });
    expect((await read(token)).body).toEqual(cleared.body);
  });

  test("changes of different fields at once are all kept", async () => {
    const { token } = await createUser();
    const changes = [{ bio: "b" }, { city: "c" }, { state: "s" }, { interests: ["i"] }, { name: "Nn" }];
    await Promise.all(changes.map((body) => change(token, body)));
    const { body } = await read(token);
    expect(body.data).toMatchObject({ bio: "b", city: "c", state: "s", interests: ["i"], name: "Nn" });
  });

  test("with nothing to change stays as it is", async () => {
    const { token } = await createUser();
    const before = await read(token);
    expect((await change(token, {})).body).toEqual(before.body);
  });

  test("takes nothing that is not the person's to change", async () => {
    const { id, token, email } = await createUser({ birthdate: "1990-01-01" });
    const before = (await read(token)).body.data;
    const injected = {
      id: newId(),
      email: "boss@example.com",
      role: "admin",
      is_premium: true,
      premium_expires_at: "2100-01-01T00:00:00Z",
      is_active: false,
      onboarding_completed: false,
      date_of_birth: "1960-01-01",
      last_active: "2100-01-01T00:00:00Z",
      created_at: "2000-01-01T00:00:00Z",
      is_online: true,
      muted_until: null,
      suspended_until: "infinity",
      tag: "x",
      user_id: newId(),
      constructor: { prototype: { role: "admin" } },
    };
    const { status, body } = await change(token, { ...injected, bio: "changed" });
    expect(status).toBe(200);
    expect(body.data).toEqual({ ...before, bio: "changed", updated_at: expect.any(String) });
    expect(body.data).toMatchObject({ id, email, role: "user", is_premium: false });
    const [row] = await sql`
      select u.is_active, tag, suspended_until, is_online
      from users u join user_presence p on p.user_id = u.id where u.id = ${id}`;
    expect(row as unknown).toEqual({ isActive: true, tag: null, suspendedUntil: null, isOnline: false });
  });

  test.each([
    ["name", "J"],
    ["name", "🙂".repeat(51)],
    ["name", "   "],
    ["name", null],
    ["name", 5],
    ["name", "a\u0000b"],
    ["name", "a\ud800b"],
    ["gender", "other"],
    ["gender", null],
    ["country", "Germany"],
    ["country", "XX"],
    ["bio", "🙂".repeat(501)],
    ["bio", "x".repeat(10_000)],
    ["city", "x".repeat(101)],
    ["profile_photos", ["http://a.example/1.jpg"]],
    ["profile_photos", Array.from({ length: 10 }, (_, i) => `https://a.example/${i}`)],
    ["profile_photos", "https://a.example/1.jpg"],
    ["profile_photos", [null]],
    ["interests", Array.from({ length: 31 }, (_, i) => `i${i}`)],
    ["interests", ["x".repeat(51)]],
    ["interests", [""]],
    ["preferred_genders", ["all"]],
    ["show_activity_status", "no"],
    ["show_activity_status", 0],
  ])("refuses %s: %j", async (field, value) => {
    const { token } = await createUser();
    const before = await read(token);
    const { status, body } = await change(token, { bio: "changed", [field]: value });
    expect([status, body.error.code]).toEqual([400, "VALIDATION_ERROR"]);
    expect((await read(token)).body).toEqual(before.body);
  });

  test("refuses what is no object, before nothing but the token", async () => {
    const { token } = await createUser();
    for (const body of [[], "x", 1, null]) expect((await change(token, body)).status).toBe(400);
    expect(
      (await request("PUT", MINE, { token, rawBody: "{", headers: { "content-type": "application/json" } }))
        .status,
    ).toBe(400);
    expect((await request("PUT", MINE, { body: { name: 1 } })).status).toBe(401);
    expect((await request("GET", MINE)).status).toBe(401);
  });

  test("says premium only while it counts", async () => {
    const { id, token } = await createUser({ premium: true });
    expect((await read(token)).body.data).toMatchObject({ is_premium: true, premium_expires_at: null });
    await sql`update users set premium_expires_at = now() - interval '1 second' where id = ${id}`;
    expect((await read(token)).body.data).toMatchObject({ is_premium: false });
  });
});

describe("somebody else's profile", () => {
  let ana: TestUser;
  let ben: TestUser;
  beforeEach(async () => {
    ana = await createUser({ name: "Ana" });
    ben = await createUser({ name: "Ben", birthdate: "1990-01-01", gender: "male", interests: ["tea"] });
  });

  const status = async (viewer: TestUser, id: string) =>
    (await look(viewer, id)).body.data.interaction_status;
  const NOTHING = { has_liked: false, has_messaged: false, is_matched: false, can_message: true };

  test("shows an age and never an address or a birth date", async () => {
    const { status, body } = await look(ana, ben.id);
    expect(status).toBe(200);
    expect(body.data).toEqual({
      id: ben.id,
      name: "Ben",
      age: expect.any(Number),
      gender: "male",
      country: "DE",
      state: null,
      city: null,
      bio: null,
      profile_photos: [],
      interests: ["tea"],
      is_online: null,
      last_active: null,
      interaction_status: NOTHING,
    });
    expect(JSON.stringify(body)).not.toMatch(/1990|@/);
  });

  test("counts full years", async () => {
    await sql`update users set date_of_birth = current_date - interval '30 years' where id = ${ben.id}`;
    expect((await look(ana, ben.id)).body.data.age).toBe(30);
    await sql`update users set date_of_birth = (current_date - interval '30 years') + interval '1 day' where id = ${ben.id}`;
    expect((await look(ana, ben.id)).body.data.age).toBe(29);
  });

  test("hides activity when asked to", async () => {
    await sql`update user_presence set is_online = true where user_id = ${ben.id}`;
    const friend = await createUser();
    await world.befriend(friend, ben);
    expect((await look(friend, ben.id)).body.data).toMatchObject({
      is_online: true,
      last_active: expect.any(String),
    });
    await change(ben.token, { show_activity_status: false });
    expect((await look(friend, ben.id)).body.data).toMatchObject({ is_online: false, last_active: null });
  });

  test("is 404 when unknown, closed, suspended or blocked either way; 400 when the id is none", async () => {
    const notFound = async (viewer: TestUser, id: string) => {
      const { status, body } = await look(viewer, id);
      expect([status, body.error?.code]).toEqual([404, "NOT_FOUND"]);
    };
    await notFound(ana, newId());
    for (const id of ["x", "1", "null", "%00", `${ben.id}'`, ben.id.slice(1)]) {
      expect((await look(ana, id)).status).toBe(400);
    }
    await world.block(ben, ana);
    await notFound(ana, ben.id);
    await notFound(ben, ana.id);
    expect((await world.call(ben, `DELETE /users/${ana.id}/block`)).status).toBe(200);
    expect((await look(ana, ben.id.toUpperCase())).status).toBe(200);
    await sql`update users set suspended_until = 'infinity' where id = ${ben.id}`;
    await notFound(ana, ben.id);
    await sql`update users set suspended_until = null, is_active = false where id = ${ben.id}`;
    await notFound(ana, ben.id);
  });

  test("of oneself can be looked at, but not messaged", async () => {
    expect(await status(ana, ana.id)).toEqual({ ...NOTHING, can_message: false });
  });

  test("knows the viewer's likes, not the other's", async () => {
    const record = (type: string) => sql`
      update user_actions set action_type = ${type} where actor_id = ${ana.id} and target_id = ${ben.id}`;
    await world.act(ben, ana, "like");
    expect(await status(ana, ben.id)).toEqual(NOTHING);
    await world.act(ana, ben, "dislike");
    for (const type of ["like", "super_like"]) {
      await record(type);
      expect((await status(ana, ben.id)).has_liked).toBe(true);
    }
    for (const type of ["dislike", "message_request"]) {
      await record(type);
      expect((await status(ana, ben.id)).has_liked).toBe(false);
    }
  });

  test("knows a match while it lasts", async () => {
    await world.match(ana, ben);
    expect((await status(ana, ben.id)).is_matched).toBe(true);
    expect((await status(ben, ana.id)).is_matched).toBe(true);
    await world.unmatch(ben, ana);
    expect((await status(ana, ben.id)).is_matched).toBe(false);
  });

  test("request by request: pending, declined for 30 days, cancelled", async () => {
    expect((await world.ask(ana, ben)).status).toBe(201);
    const set = (state: string, days = 0) => sql`
      update message_requests set status = ${state}, updated_at = now() - make_interval(days => ${days})
      where sender_id = ${ana.id}`;
    expect(await status(ana, ben.id)).toEqual({ ...NOTHING, has_messaged: true, can_message: false });
    // Ben has Ana's request: his text would be a reply.
    expect(await status(ben, ana.id)).toEqual(NOTHING);
    await set("declined", 29);
    expect(await status(ana, ben.id)).toEqual({ ...NOTHING, has_messaged: true, can_message: false });
    expect(await status(ben, ana.id)).toEqual(NOTHING);
    await set("declined", 31);
    expect(await status(ana, ben.id)).toEqual({ ...NOTHING, has_messaged: true });
    await set("cancelled");
    expect(await status(ana, ben.id)).toEqual(NOTHING);
  });

  test("a premium viewer may write at once, unless premium has run out", async () => {
    expect((await world.ask(ana, ben)).status).toBe(201);
    await context.accounts.grant(ana.id, { premium: true });
    expect((await status(ana, ben.id)).can_message).toBe(true);
    await sql`update users set premium_expires_at = now() - interval '1 second' where id = ${ana.id}`;
    expect((await status(ana, ben.id)).can_message).toBe(false);
  });

  test("a conversation decides: active yes, archived no, premium or not; muted never", async () => {
    const { user1Id, user2Id } = orderPair(ana.id, ben.id);
    const conversation = conversationIdOf(ana.id, ben.id);
    await sql`insert into conversations (id, user1_id, user2_id) values (${conversation}, ${user1Id}, ${user2Id})`;
    expect(await status(ana, ben.id)).toEqual(NOTHING);
    const received = sql(ben.id === user1Id ? "user1_received" : "user2_received");
    await sql`update conversations set ${received} = 1 where id = ${conversation}`;
    expect(await status(ana, ben.id)).toEqual({ ...NOTHING, has_messaged: true });
    expect(await status(ben, ana.id)).toEqual(NOTHING);
    await sql`update users set muted_until = now() + interval '1 hour' where id = ${ana.id}`;
    expect((await status(ana, ben.id)).can_message).toBe(false);
    expect((await status(ben, ana.id)).can_message).toBe(true);
    await sql`update users set muted_until = now(), is_premium = true where id = ${ana.id}`;
    expect((await status(ana, ben.id)).can_message).toBe(true);
    await sql`update conversations set status = 'archived' where id = ${conversation}`;
    expect((await status(ana, ben.id)).can_message).toBe(false);
  });
});

test("the role and sanctions of a live session are those of the database, not of the token", async () => {
  const { id, token } = await createUser();
  await context.accounts.grant(id, { role: "moderator" });
  expect((await read(token)).body.data.role).toBe("moderator");
  await sql`update users set suspended_until = now() + interval '1 hour' where id = ${id}`;
  const { status, body } = await read(token);
  expect([status, body.error.code]).toEqual([403, "FORBIDDEN"]);
  expect(body.error.details).toEqual({ suspended_until: expect.stringMatching(/Z$/), permanent: false });
});
