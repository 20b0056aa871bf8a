/** Discovery over REST: who is in the feed and where, and the rules of actions. @module */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { GENDERS, type Gender } from "../../../server/protocol/models.ts";
import { createTestApp, type TestUser as Person, type TestApp, type TestPerson } from "../../harness/app.ts";
import { insertPresence } from "../../harness/conversing.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createWorld, type World } from "../../harness/world.ts";

let t: TestApp;
let world: World;
const UNKNOWN = "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11";
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);

beforeAll(async () => {
  t = await createTestApp();
  world = createWorld(t);
});
afterAll(() => t.close());
afterEach(async () => {
  const { sql } = t.context.database;
  expect(await findViolations(sql)).toEqual([]);
  // Every test has the feed to itself. Messages of requests refer to nobody by a key.
  await sql`delete from messages`;
  await sql`delete from read_marks`;
  await sql`delete from users`;
});

function refused(status: number, code: string, details?: unknown) {
  const error = { code, ...(details === undefined ? {} : { details }) };
  return expect.objectContaining({
    status,
    body: { success: false, error: expect.objectContaining(error) },
  });
}

const feedOf = async (person: Person, query = "?limit=50"): Promise<string[]> =>
  (await world.feed(person, query)).body.data.profiles.map(({ id }: Person) => id);

const change = async (
  person: Person,
  { isOnline, lastActive, ...values }: { isOnline?: boolean; lastActive?: string; [column: string]: unknown },
) => {
  const { sql } = t.context.database;
  if (Object.keys(values).length > 0) await sql`update users set ${sql(values)} where id = ${person.id}`;
  await insertPresence(sql);
  await sql`
    update user_presence set
      is_online = coalesce(${isOnline ?? null}, is_online),
      last_active = coalesce(${lastActive ?? null}::text::timestamptz, last_active)
    where user_id = ${person.id}
  `;
};

describe("the feed", () => {
  test("shows a profile without anything private", async () => {
    const ann = await t.createUser();
    const bob = await t.createUser({ name: "Bob", gender: "male", country: "DE", interests: ["hiking"] });
    const { body } = await world.feed(ann);
    expect(body).toEqual({
      success: true,
      data: {
        profiles: [
          {
            id: bob.id,
            name: "Bob",
            age: expect.any(Number),
            gender: "male",
            country: "DE",
            state: null,
            city: null,
            bio: null,
            profile_photos: [],
            interests: ["hiking"],
            is_online: null,
            last_active: null,
            interaction_status: {
              has_liked: false,
              has_messaged: false,
              is_matched: false,
              can_message: true,
            },
          },
        ],
      },
      meta: { pagination: { cursor: null, hasMore: false } },
    });
  });

  test("says of each what the viewer has to do with them", async () => {
    const [ann, bob] = [await t.createUser(), await t.createUser()];
    const status = async () =>
      (await world.feed(ann)).body.data.profiles.find(({ id }: Person) => id === bob.id).interaction_status;
    expect(await status()).toMatchObject({ has_messaged: false, can_message: true });
    const { request_id } = (await world.ask(ann, bob)).body.data;
    expect(await status()).toMatchObject({ has_messaged: true, can_message: false });
    await t.request("DELETE", `/api/v1/messages/request/${request_id}`, { token: ann.token });
    expect(await status()).toMatchObject({ has_messaged: false, can_message: true });
  });

  test("leaves out oneself, those acted on, matched, talked to, blocked, inactive, suspended and staff", async () => {
    const me = await t.createUser({ premium: true });
    const person = () => t.createUser();
    const [liked, disliked, likesMe, requested, unmatched, direct] = await Promise.all(
      Array.from({ length: 6 }, person),
    );
    const wroteMe = await t.createUser({ premium: true });
    const [blocked, blocksMe, inactive, suspended, wasSuspended, askedMe, moderator, admin] =
      await Promise.all(Array.from({ length: 8 }, person));
    await world.act(me, liked!, "like");
    await world.act(me, disliked!, "dislike");
    await world.act(likesMe!, me, "like");
    await world.ask(me, requested!);
    await world.act(unmatched!, me, "like");
    const { match } = (await world.act(me, unmatched!, "like")).body.data;
    await world.endMatch(me, match.id);
    await t.context.database.sql`delete from user_actions where target_id = ${unmatched!.id}`;
    await world.write(me, direct!, ["Hello"]);
    await world.write(wroteMe, me, ["Hello"]);
    await world.block(me, blocked!);
    await world.block(blocksMe!, me);
    await change(inactive!, { isActive: false });
    await change(moderator!, { role: "moderator" });
    await change(admin!, { role: "admin" });
    await change(suspended!, { suspendedUntil: "9999-01-01" });
    await change(wasSuspended!, { suspendedUntil: "2020-01-01" });
    await world.ask(askedMe!, me);
    expect((await feedOf(me)).toSorted()).toEqual([likesMe!.id, wasSuspended!.id, askedMe!.id].toSorted());
  });

  test("respects the preferences of both; no preference is everyone", async () => {
    const people = {
      openWoman: { gender: "female" },
      womanForMen: { gender: "female", preferred_genders: ["male"] },
      womanForWomen: { gender: "female", preferred_genders: ["female"] },
      man: { gender: "male" },
      enby: { gender: "non-binary", preferred_genders: ["male", "female"] },
    } satisfies Record<string, TestPerson>;
    const ids = new Map<string, string>();
    for (const [name, profile] of Object.entries(people)) ids.set((await t.createUser(profile)).id, name);
    const seenBy = async (viewer: TestPerson) => {
      const person = await t.createUser(viewer);
      const names = (await feedOf(person)).map((id) => ids.get(id)).filter(Boolean);
      await change(person, { isActive: false });
      return names.toSorted() as string[];
    };
    const all = Object.keys(people);
    const without = (...names: string[]) => all.filter((name) => !names.includes(name)).toSorted();
    expect(await seenBy({ gender: "male" })).toEqual(without("womanForWomen"));
    expect(await seenBy({ gender: "female" })).toEqual(without("womanForMen"));
    expect(await seenBy({ gender: "non-binary" })).toEqual(["man", "openWoman"]);
    const wants = (gender: Gender, ...preferred_genders: Gender[]) => seenBy({ gender, preferred_genders });
    expect(await wants("male", "female")).toEqual(["openWoman", "womanForMen"]);
    expect(await wants("male", "male", "non-binary")).toEqual(["enby", "man"]);
    expect(await wants("female", "female", "female")).toEqual(["openWoman", "womanForWomen"]);
  });

  test("is sorted online first, then the last active, over all genders and pages", async () => {
    const me = await t.createUser();
    const people = await Promise.all(
      Array.from({ length: 12 }, (_, i) => t.createUser({ gender: GENDERS[i % 3] })),
    );
    const at = (i: number) => `2026-03-${String((i * 5) % 12 < 6 ? 1 : 2).padStart(2, "0")}T00:00:00.000001Z`;
    for (const [i, person] of people.entries()) {
      await t.context.database.sql`
        update user_presence set is_online = ${i % 4 === 0}, last_active = ${at(i)}::text::timestamptz where user_id = ${person.id}
      `;
    }
    const place = (person: Person) => {
      const i = people.indexOf(person);
      return `${i % 4 === 0 ? 1 : 0} ${at(i)} ${person.id}`;
    };
    const expected = people.toSorted((a, b) => (place(a) < place(b) ? 1 : -1)).map(({ id }) => id);
    expect(await feedOf(me)).toEqual(expected);
    const paged: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await world.feed(me, `?limit=5${cursor && `&cursor=${cursor}`}`);
      paged.push(...body.data.profiles.map(({ id }: Person) => id));
      cursor = body.meta.pagination.cursor;
    }
    expect(paged).toEqual(expected);
  });

  test("does not give away who hides their activity: neither by fields nor by place", async () => {
    const me = await t.createUser();
    const [hidden, online, today, lastWeek] = await Promise.all(
      Array.from({ length: 4 }, () => t.createUser()),
    );
    // A Wednesday noon: the week began on Monday the 2nd.
    await change(hidden!, { isOnline: true, showActivityStatus: false, lastActive: "2026-03-04T12:00:00Z" });
    await change(online!, { isOnline: true, lastActive: "2026-03-04T12:00:00Z" });
    await change(today!, { lastActive: "2026-03-02T00:00:01Z" });
    await change(lastWeek!, { lastActive: "2026-03-01T23:59:59Z" });
    const order = [online, today, hidden, lastWeek].map((person) => person!.id);
    expect(await feedOf(me)).toEqual(order);
    for (const [isOnline, lastActive] of [
      [false, "2026-03-02T00:00:00Z"],
      [true, "2026-03-08T23:59:59Z"],
    ] as const) {
      await change(hidden!, { isOnline, lastActive });
      expect(await feedOf(me)).toEqual(order);
    }
    const { profiles } = (await world.feed(me)).body.data;
    expect(profiles[2]).toMatchObject({ id: hidden!.id, is_online: null, last_active: null });
  });

  test("its cursor tells nobody when the last one shown was active, and is good for one viewer", async () => {
    const [me, other, _third] = [await t.createUser(), await t.createUser(), await t.createUser()];
    const { body } = await world.feed(me, "?limit=1");
    const { cursor } = body.meta.pagination;
    const bytes = Buffer.from(cursor, "base64url").toString("latin1");
    expect(bytes).not.toContain(body.data.profiles[0].id);
    expect(bytes).not.toMatch(/\d{4}-\d\d/);
    expect((await world.feed(me, `?limit=1&cursor=${cursor}`)).status).toBe(200);
    expect(await world.feed(other, `?limit=1&cursor=${cursor}`)).toEqual(refused(400, "VALIDATION_ERROR"));
    const changed = `${cursor.startsWith("A") ? "B" : "A"}${cursor.slice(1)}`;
    expect(await world.feed(me, `?limit=1&cursor=${changed}`)).toEqual(refused(400, "VALIDATION_ERROR"));
  });

  const foreign = Buffer.from(JSON.stringify({ id: UNKNOWN, createdAt: "2026-01-01T00:00:00Z" }));
  test.each([
    "?limit=0",
    "?limit=51",
    "?limit=x",
    "?cursor=broken",
    `?cursor=${foreign.toString("base64url")}`,
  ])("%s is VALIDATION_ERROR", async (query) => {
    const me = await t.createUser();
    expect(await world.feed(me, query)).toEqual(refused(400, "VALIDATION_ERROR"));
  });
});

describe("an action", () => {
  test("is 201 when it is new, 200 when it stood already or changed, with one id", async () => {
    const [ann, bob] = [await t.createUser(), await t.createUser()];
    const first = await world.act(ann, bob, "dislike");
    expect(first.status).toBe(201);
    const recorded = { message: "Dislike recorded", action_id: uuid, match_found: false };
    expect(first.body.data).toEqual(recorded);
    const { action_id } = first.body.data;
    for (const [type, message] of [
      ["dislike", "Dislike recorded"],
      ["like", "Like recorded"],
      ["like", "Like recorded"],
      ["super_like", "Super like recorded"],
    ] as const) {
      const { status, body } = await world.act(ann, bob, type);
      expect(status).toBe(200);
      expect(body.data).toEqual({ message, action_id, match_found: false });
    }
    for (const type of ["dislike", "like"]) {
      const stands = { action_type: "super_like" };
      expect(await world.act(ann, bob, type)).toEqual(refused(409, "CONFLICT", stands));
    }
  });

  test("of message_request is refused and points to the route", async () => {
    const [ann, bob] = [await t.createUser(), await t.createUser()];
    const answer = await world.act(ann, bob, "message_request");
    expect(answer).toEqual(refused(400, "VALIDATION_ERROR"));
    expect(JSON.stringify(answer.body)).toContain("POST /api/v1/messages/request");
  });

  test("must be of a known kind, on somebody else who is there", async () => {
    const [ann, bob] = [await t.createUser(), await t.createUser()];
    for (const type of ["", "LIKE", "block", "x".repeat(65)]) {
      expect(await world.act(ann, bob, type)).toEqual(refused(400, "VALIDATION_ERROR"));
    }
    for (const id of [ann.id, ann.id.toUpperCase(), "nonsense", ""]) {
      expect(await world.act(ann, { id }, "like")).toEqual(refused(400, "VALIDATION_ERROR"));
    }
    expect(await world.act(ann, { id: UNKNOWN }, "like")).toEqual(refused(404, "USER_NOT_FOUND"));
    await change(bob, { suspendedUntil: "9999-01-01" });
    expect(await world.act(ann, bob, "like")).toEqual(refused(404, "USER_NOT_FOUND"));
    await change(bob, { suspendedUntil: null, isActive: false });
    expect(await world.act(ann, bob, "like")).toEqual(refused(404, "USER_NOT_FOUND"));
    expect(await t.request("POST", "/api/v1/discovery/action", { rawBody: "{" })).toEqual(
      refused(401, "UNAUTHORIZED"),
    );
  });

  test("across a block of either direction is USER_NOT_FOUND", async () => {
    const [ann, bob] = [await t.createUser(), await t.createUser()];
    await world.block(bob, ann);
    expect(await world.act(ann, bob, "like")).toEqual(refused(404, "USER_NOT_FOUND"));
    expect(await world.act(bob, ann, "like")).toEqual(refused(404, "USER_NOT_FOUND"));
  });

  test("cannot dislike a match", async () => {
    const [ann, bob] = [await t.createUser(), await t.createUser()];
    const { request_id } = (await world.ask(ann, bob)).body.data;
    const { match_id } = (await world.respond(bob, request_id, "accept")).body.data;
    expect(await world.act(ann, bob, "dislike")).toEqual(refused(409, "CONFLICT", { match_id }));
  });

  test("is not limited when limits are off", async () => {
    const ann = await t.createUser();
    for (let i = 0; i < 22; i++)
      expect((await world.act(ann, await t.createUser(), "like")).status).toBe(201);
  });
});
