/** Message requests over REST: every answer, every refusal, and what the tables hold afterwards. @module */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createTestApp, type TestUser as Person, type TestApp } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createWorld, type World } from "../../harness/world.ts";

let t: TestApp;
let world: World;
let ann: Person;
let bob: Person;
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
const UNKNOWN = "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11";

beforeAll(async () => {
  t = await createTestApp();
  world = createWorld(t);
});
afterAll(() => t.close());
afterEach(async () => {
  expect(await findViolations(t.context.database.sql)).toEqual([]);
});

async function pair() {
  [ann, bob] = await Promise.all([t.createUser({ name: "Ann" }), t.createUser({ name: "Bob" })]);
}

/** Sends a request and gives its id. */
async function asked(from: Person, to: Person, more?: Record<string, unknown>): Promise<string> {
  const { status, body } = await world.ask(from, to, more);
  expect(status).toBe(201);
  return body.data.request_id;
}

const sqlOf = () => t.context.database.sql;

function refused(status: number, code: string, details?: unknown) {
  const error = { code, ...(details === undefined ? {} : { details }) };
  return expect.objectContaining({
    status,
    body: { success: false, error: expect.objectContaining(error) },
  });
}

describe("sending", () => {
  test("the plan's answer: 201, the text, pending; the receiver and the sender's devices are told", async () => {
    await pair();
    const { status, body } = await world.ask(ann, bob, { content: "  Hi! Hiking?\n" });
    expect(status).toBe(201);
    expect(body).toEqual({
      success: true,
      data: {
        request_id: uuid,
        message_id: uuid,
        message: "Message request sent successfully",
        preview_text: "Hi! Hiking?",
        status: "pending",
      },
    });
    const { request_id, message_id } = body.data;
    const created_at = expect.stringMatching(/Z$/);
    expect(await world.events(bob)).toEqual([
      {
        event: "request_received",
        data: { request_id, message_id, sender_id: ann.id, preview_text: "Hi! Hiking?", created_at },
      },
    ]);
    const told = { request_id, message_id, sender_id: ann.id, receiver_id: bob.id, status: "pending" };
    expect(await world.events(ann)).toEqual([
      { event: "request_updated", data: { ...told, conversation_id: null, match_id: null } },
    ]);
  });

  test("250 code points pass, 251 are CONTENT_TOO_LONG; astral emoji count once, trimming comes first", async () => {
    await pair();
    const long = (n: number) => ({ content: "🙂".repeat(n) });
    expect(await world.ask(ann, bob, long(251))).toEqual(refused(422, "CONTENT_TOO_LONG"));
    expect(await world.ask(ann, bob, { content: "x".repeat(251) })).toEqual(refused(422, "CONTENT_TOO_LONG"));
    expect(await world.ask(ann, bob, long(12_000))).toEqual(refused(422, "CONTENT_TOO_LONG"));
    const id = await asked(ann, bob, { content: `  ${"🙂".repeat(250)}\n\n` });
    const [listed] = (await world.requests(bob)).body.data.requests;
    expect(listed).toMatchObject({ id, preview_text: "🙂".repeat(250) });
  });

  test.each([
    ["nothing", { content: "" }],
    ["white space", { content: " \n\t\u00a0" }],
    ["what nobody can see", { content: "\u200b\u200d" }],
    ["a NUL", { content: "a\0b" }],
    ["half a surrogate pair", { content: "a\ud83d" }],
    ["a number", { content: 5 }],
    ["no content", { content: null }],
    ["a malformed receiver", { receiver_id: "bob" }],
    ["no receiver", { receiver_id: undefined }],
    ["a list of receivers", { receiver_id: [UNKNOWN] }],
    ["a key that is too long", { client_message_id: "k".repeat(65) }],
    ["an empty key", { client_message_id: "" }],
  ])("%s is VALIDATION_ERROR and stores nothing", async (_, bad) => {
    await pair();
    expect(await world.ask(ann, bob, bad)).toEqual(refused(400, "VALIDATION_ERROR"));
    expect((await world.requests(bob)).body.data.requests).toEqual([]);
    expect(await sqlOf()`select 1 from messages where sender_id = ${ann.id}`).toHaveLength(0);
  });

  test("to oneself is 400, in either case of the id", async () => {
    await pair();
    for (const id of [ann.id, ann.id.toUpperCase()]) {
      expect(await world.ask(ann, { id })).toEqual(refused(400, "VALIDATION_ERROR"));
    }
  });

  test("fields that are not ours have no effect", async () => {
    await pair();
    const { body } = await world.ask(ann, bob, {
      sender_id: bob.id,
      status: "accepted",
      is_request: false,
      is_premium: true,
      conversation_id: UNKNOWN,
      message_id: UNKNOWN,
    });
    expect(body.data).toMatchObject({ status: "pending" });
    expect(body.data.message_id).not.toBe(UNKNOWN);
    expect(await sqlOf()`select 1 from user_actions where actor_id = ${ann.id}`).toHaveLength(0);
  });

  test("only text may be sent", async () => {
    await pair();
    for (const message_type of ["image", "emoji", "video"]) {
      expect(await world.ask(ann, bob, { message_type })).toEqual(refused(422, "INVALID_MESSAGE_TYPE"));
    }
    await asked(ann, bob, { message_type: "text" });
  });

  test("somebody unknown, inactive or suspended is USER_NOT_FOUND", async () => {
    await pair();
    expect(await world.ask(ann, { id: UNKNOWN })).toEqual(refused(404, "USER_NOT_FOUND"));
    await sqlOf()`update users set is_active = false where id = ${bob.id}`;
    expect(await world.ask(ann, bob)).toEqual(refused(404, "USER_NOT_FOUND"));
    await sqlOf()`update users set is_active = true, suspended_until = 'infinity' where id = ${bob.id}`;
    expect(await world.ask(ann, bob)).toEqual(refused(404, "USER_NOT_FOUND"));
    await sqlOf()`update users set suspended_until = now() - interval '1 second' where id = ${bob.id}`;
    await asked(ann, bob);
  });

  test("a block of either direction is USER_BLOCKED", async () => {
    await pair();
    await world.block(ann, bob);
    expect(await world.ask(ann, bob)).toEqual(refused(403, "USER_BLOCKED"));
    expect(await world.ask(bob, ann)).toEqual(refused(403, "USER_BLOCKED"));
  });

  test("a muted sender is FORBIDDEN with the time, until it is over", async () => {
    await pair();
    await sqlOf()`update users set muted_until = '2999-01-01T00:00:00Z' where id = ${ann.id}`;
    const until = { muted_until: "2999-01-01T00:00:00.000Z", permanent: false };
    expect(await world.ask(ann, bob)).toEqual(refused(403, "FORBIDDEN", until));
    await sqlOf()`update users set muted_until = 'infinity' where id = ${ann.id}`;
    const forEver = { muted_until: null, permanent: true };
    expect(await world.ask(ann, bob)).toEqual(refused(403, "FORBIDDEN", forEver));
    await sqlOf()`update users set muted_until = now() - interval '1 second' where id = ${ann.id}`;
    await asked(ann, bob);
  });

  test("a second one is MESSAGE_REQUEST_EXISTS and names the first", async () => {
    await pair();
    const request_id = await asked(ann, bob);
    expect(await world.ask(ann, bob)).toEqual(refused(409, "MESSAGE_REQUEST_EXISTS", { request_id }));
  });

  test("where there is a conversation it is CONFLICT, where the match ended UNAUTHORIZED_ACTION", async () => {
    await pair();
    const answer = await world.respond(bob, await asked(ann, bob), "accept");
    const { conversation_id, match_id } = answer.body.data;
    expect(await world.ask(ann, bob)).toEqual(refused(409, "CONFLICT", { conversation_id }));
    expect(await world.ask(bob, ann)).toEqual(refused(409, "CONFLICT", { conversation_id }));
    await world.endMatch(bob, match_id);
    expect(await world.ask(ann, bob)).toEqual(refused(403, "UNAUTHORIZED_ACTION"));
    expect(await world.ask(bob, ann)).toEqual(refused(403, "UNAUTHORIZED_ACTION"));
  });

  test("toward somebody who asked me it is a reply: a match, my text the second message", async () => {
    await pair();
    const first = (await world.ask(ann, bob, { content: "one" })).body.data;
    const { status, body } = await world.ask(bob, ann, { content: "two" });
    expect(status).toBe(201);
    const { conversation_id, message_id } = body.data;
    expect(body.data).toEqual({
      request_id: first.request_id,
      message_id: uuid,
      message: "Message request sent successfully",
      preview_text: "two",
      status: "accepted",
      conversation_id: uuid,
    });
    const messages = await sqlOf()`
      select id, seq::int, content, is_request, request_status, request_id from messages
      where conversation_id = ${conversation_id} order by seq
    `;
    const { request_id } = first;
    expect([...messages] as unknown[]).toEqual([
      {
        id: first.message_id,
        seq: 1,
        content: "one",
        requestId: request_id,
        isRequest: true,
        requestStatus: "accepted",
      },
      {
        id: message_id,
        seq: 2,
        content: "two",
        requestId: request_id,
        isRequest: false,
        requestStatus: null,
      },
    ]);
    const [match] = (await world.matches(ann)).body.data.matches;
    expect(match).toMatchObject({ match_type: "message_replied", conversation_id, user: { id: bob.id } });
    expect((await world.events(ann)).map(({ event }) => event)).toEqual([
      "request_updated",
      "conversation_updated",
      "new_message",
      "match_created",
      "request_updated",
      "new_message",
    ]);
  });

  test("a reply has a request's limits: a muted person cannot, 250 characters hold", async () => {
    await pair();
    await asked(ann, bob);
    expect(await world.ask(bob, ann, { content: "x".repeat(251) })).toEqual(refused(422, "CONTENT_TOO_LONG"));
    await sqlOf()`update users set muted_until = 'infinity' where id = ${bob.id}`;
    expect(await world.ask(bob, ann)).toEqual(refused(403, "FORBIDDEN"));
    expect((await world.requests(bob)).body.data.requests).toHaveLength(1);
  });
});

describe("a retry", () => {
  test("with the same key gives the first answer, whatever became of the request", async () => {
    await pair();
    const send = () => world.ask(ann, bob, { client_message_id: "key-1" });
    const first = await send();
    expect(await send()).toMatchObject({ status: 201, body: first.body });
    await world.respond(bob, first.body.data.request_id, "accept");
    expect(await send()).toMatchObject({ status: 201, body: first.body });
    await sqlOf()`update users set muted_until = 'infinity' where id = ${ann.id}`;
    expect(await send()).toMatchObject({ status: 201, body: first.body });
    expect(await sqlOf()`select 1 from messages where sender_id = ${ann.id}`).toHaveLength(1);
  });

  test("of a cancelled request whose row was replaced still gives the first answer", async () => {
    await pair();
    const first = await world.ask(ann, bob, { client_message_id: "k" });
    await world.cancel(ann, first.body.data.request_id);
    await asked(ann, bob);
    const retry = await world.ask(ann, bob, { client_message_id: "k" });
    expect(retry).toMatchObject({ status: 201, body: first.body });
  });

  test("of a reply gives the reply's answer", async () => {
    await pair();
    await asked(ann, bob);
    const send = () => world.ask(bob, ann, { content: "yes", client_message_id: "r" });
    const first = await send();
    expect(first.body.data.status).toBe("accepted");
    expect(await send()).toMatchObject({ status: 201, body: first.body });
  });

  test("the header and the field are the same key; both must be equal", async () => {
    await pair();
    const body = { receiver_id: bob.id, content: "Hi" };
    const call = (key: string, more = {}) =>
      t.request("POST", "/api/v1/messages/request", {
        token: ann.token,
        body: { ...body, ...more },
        headers: { "Idempotency-Key": key },
      });
    const first = await call("h-1");
    expect(first.status).toBe(201);
    expect((await world.ask(ann, bob, { content: "Hi", client_message_id: "h-1" })).body).toEqual(first.body);
    expect((await call("h-1", { client_message_id: "h-1" })).body).toEqual(first.body);
    expect(await call("h-1", { client_message_id: "h-2" })).toEqual(refused(400, "VALIDATION_ERROR"));
  });

  test("the same key with another text, or of a plain message, is CONFLICT; toward somebody else it is another one", async () => {
    await pair();
    const eve = await t.createUser();
    await asked(ann, bob, { client_message_id: "k" });
    const again = { client_message_id: "k" };
    expect(await world.ask(ann, bob, { ...again, content: "other" })).toEqual(refused(409, "CONFLICT"));
    expect((await world.ask(ann, eve, again)).status).toBe(201);
    await world.cancel(ann, (await world.ask(ann, eve, again)).body.data.request_id);
    await sqlOf()`update users set is_premium = true where id = ${ann.id}`;
    expect((await world.send(ann, eve, { client_message_id: "m" })).status).toBe(201);
    const taken = { content: "Hello", client_message_id: "m" };
    expect(await world.ask(ann, eve, taken)).toEqual(refused(409, "CONFLICT"));
  });

  test("keys are the sender's own", async () => {
    await pair();
    const eve = await t.createUser();
    await asked(ann, bob, { client_message_id: "shared" });
    await asked(eve, bob, { client_message_id: "shared" });
  });
});

describe("answering", () => {
  test("accept opens a conversation with the request as its first message, and a match", async () => {
    await pair();
    const { request_id, message_id } = (await world.ask(ann, bob, { content: "one" })).body.data;
    const { status, body } = await world.respond(bob, request_id, "accept");
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      data: {
        message: "Request accepted successfully",
        conversation_id: uuid,
        match_created: true,
        match_id: uuid,
        user: {
          id: ann.id,
          name: "Ann",
          profile_photos: [],
          is_online: false,
          last_active: expect.any(String),
        },
      },
    });
    const { conversation_id, match_id } = body.data;
    const told = (other: Person) => [
      {
        event: "conversation_updated",
        data: { conversation_id, user_id: other.id, status: "active" },
      },
      { event: "new_message", data: null },
      {
        event: "match_created",
        data: {
          match_id,
          user_id: other.id,
          match_type: "message_accepted",
          conversation_id,
          matched_at: expect.stringMatching(/Z$/),
        },
      },
      {
        event: "request_updated",
        data: {
          request_id,
          message_id,
          sender_id: ann.id,
          receiver_id: bob.id,
          status: "accepted",
          conversation_id,
          match_id,
        },
      },
    ];
    expect((await world.events(ann)).slice(1)).toEqual(told(bob));
    expect((await world.events(bob)).slice(1)).toEqual(told(ann));
    const [message] = await sqlOf()`select * from messages where id = ${message_id}`;
    expect(message).toMatchObject({ seq: "1", conversationId: conversation_id, requestStatus: "accepted" });
  });

  test("decline says so, leaves neither conversation nor match, and tells both", async () => {
    await pair();
    const { request_id } = (await world.ask(ann, bob)).body.data;
    const { status, body } = await world.respond(bob, request_id, "decline");
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, data: { message: "Request declined successfully" } });
    expect(await sqlOf()`select 1 from conversations where ${ann.id} in (user1_id, user2_id)`).toHaveLength(
      0,
    );
    const last = { event: "request_updated", data: expect.objectContaining({ status: "declined" }) };
    expect((await world.events(ann)).at(-1)).toEqual(last);
    expect((await world.events(bob)).at(-1)).toEqual(last);
  });

  test("is for its receiver only: 404 to strangers, 403 to the sender", async () => {
    await pair();
    const eve = await t.createUser();
    const id = await asked(ann, bob);
    for (const action of ["accept", "decline"]) {
      expect(await world.respond(eve, id, action)).toEqual(refused(404, "REQUEST_NOT_FOUND"));
      expect(await world.respond(ann, id, action)).toEqual(refused(403, "UNAUTHORIZED_ACTION"));
      expect(await world.respond(bob, UNKNOWN, action)).toEqual(refused(404, "REQUEST_NOT_FOUND"));
    }
    expect(await world.respond(bob, "nonsense", "accept")).toEqual(refused(400, "VALIDATION_ERROR"));
    expect(await world.respond(bob, id, "ACCEPT")).toEqual(refused(400, "VALIDATION_ERROR"));
    expect(await world.respond(bob, id, "cancel")).toEqual(refused(400, "VALIDATION_ERROR"));
  });

  test.each(["accept", "decline"])("a second time after %s is CONFLICT with the status", async (action) => {
    await pair();
    const id = await asked(ann, bob);
    await world.respond(bob, id, action);
    const status = action === "accept" ? "accepted" : "declined";
    for (const again of ["accept", "decline"]) {
      expect(await world.respond(bob, id, again)).toEqual(refused(409, "CONFLICT", { status }));
    }
    expect(await world.cancel(ann, id)).toEqual(refused(409, "CONFLICT", { status }));
  });

  test("a declined request may be followed by a new one after 30 days, and answered at once the other way", async () => {
    await pair();
    const id = await asked(ann, bob);
    await world.respond(bob, id, "decline");
    const again = await world.ask(ann, bob);
    expect(again).toEqual(refused(409, "CONFLICT", { retry_at: expect.stringMatching(/Z$/) }));
    const wait = Date.parse(again.body.error.details.retry_at) - Date.now();
    expect(Math.abs(wait - 30 * 86_400_000)).toBeLessThan(60_000);

    const move = (interval: string) =>
      sqlOf()`update message_requests set updated_at = now() - ${interval}::interval where id = ${id}`;
    await move("29 days 23 hours");
    expect(await world.ask(ann, bob)).toEqual(refused(409, "CONFLICT"));
    await move("30 days 1 second");
    const second = await asked(ann, bob);
    expect(second).not.toBe(id);
    expect(await world.respond(bob, id, "accept")).toEqual(refused(404, "REQUEST_NOT_FOUND"));
    await world.respond(bob, second, "decline");

    const turned = await asked(bob, ann);
    expect((await world.ask(ann, bob)).body.data).toMatchObject({ status: "accepted", request_id: turned });
  });

  test("a request of somebody who is suspended is kept back until they return", async () => {
    await pair();
    const id = await asked(ann, bob);
    await sqlOf()`update users set suspended_until = now() + interval '1 day' where id = ${ann.id}`;
    expect((await world.requests(bob)).body.data.requests).toEqual([]);
    expect(await world.respond(bob, id, "accept")).toEqual(refused(404, "REQUEST_NOT_FOUND"));
    await sqlOf()`update users set suspended_until = null where id = ${ann.id}`;
    expect((await world.requests(bob)).body.data.requests).toHaveLength(1);
    expect((await world.respond(bob, id, "accept")).status).toBe(200);
  });
});

describe("cancelling", () => {
  test("is for the sender, once; a new request may follow", async () => {
    await pair();
    const eve = await t.createUser();
    const id = await asked(ann, bob);
    expect(await world.cancel(eve, id)).toEqual(refused(404, "REQUEST_NOT_FOUND"));
    expect(await world.cancel(bob, id)).toEqual(refused(403, "UNAUTHORIZED_ACTION"));
    const { status, body } = await world.cancel(ann, id);
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, data: { message: "Request cancelled successfully" } });
    const over = { status: "cancelled" };
    expect(await world.cancel(ann, id)).toEqual(refused(409, "CONFLICT", over));
    expect(await world.respond(bob, id, "accept")).toEqual(refused(409, "CONFLICT", over));
    expect((await world.requests(bob)).body.data.requests).toEqual([]);
    const [told] = (await world.events(bob)).slice(-1);
    expect(told).toMatchObject({ event: "request_updated", data: { request_id: id, status: "cancelled" } });
    expect(await asked(ann, bob)).not.toBe(id);
    expect(await sqlOf()`select 1 from messages where sender_id = ${ann.id}`).toHaveLength(2);
  });
});

describe("discovery", () => {
  const inFeed = async (by: Person, whom: Person) =>
    (await world.feed(by, "?limit=50")).body.data.profiles.some(({ id }: Person) => id === whom.id);

  test("a free request leaves the target in the sender's feed", async () => {
    await pair();
    await asked(ann, bob);
    expect(await inFeed(ann, bob)).toBe(true);
  });

  test.each(["decline", "cancel"])(
    "a premium request takes the target out, %s brings them back",
    async (how) => {
      const vip = await t.createUser({ premium: true });
      const other = await t.createUser();
      const id = await asked(vip, other);
      expect(await inFeed(vip, other)).toBe(false);
      expect(await inFeed(other, vip)).toBe(true);
      await (how === "cancel" ? world.cancel(vip, id) : world.respond(other, id, "decline"));
      expect(await inFeed(vip, other)).toBe(true);
    },
  );

  test("what the sender said themselves stays: a like is not undone with the request", async () => {
    const vip = await t.createUser({ premium: true });
    const other = await t.createUser();
    await world.act(vip, other, "like");
    await world.cancel(vip, await asked(vip, other));
    expect(await inFeed(vip, other)).toBe(false);
  });

  test("an expired premium is none", async () => {
    const lapsed = await t.createUser({ premium: true });
    const other = await t.createUser();
    await sqlOf()`update users set premium_expires_at = now() - interval '1 second' where id = ${lapsed.id}`;
    await asked(lapsed, other);
    expect(await inFeed(lapsed, other)).toBe(true);
  });
});

describe("the list", () => {
  test("shows received ones with the sender, sent ones with the receiver, by status", async () => {
    await pair();
    const id = await asked(ann, bob, { content: "Hey!" });
    const item = {
      id,
      message_id: uuid,
      preview_text: "Hey!",
      status: "pending",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    };
    const card = ({ id }: Person, name: string) => ({
      id,
      name,
      profile_photos: [],
      age: expect.any(Number),
      is_online: null,
      last_active: null,
    });
    const end = { pagination: { cursor: null, hasMore: false } };
    expect((await world.requests(bob)).body).toEqual({
      success: true,
      data: { requests: [{ ...item, sender: card(ann, "Ann") }] },
      meta: end,
    });
    expect((await world.requests(ann, "?type=sent")).body.data.requests).toEqual([
      { ...item, receiver: card(bob, "Bob") },
    ]);
    expect((await world.requests(ann)).body.data.requests).toEqual([]);
    expect((await world.requests(bob, "?status=accepted")).body.data.requests).toEqual([]);
    await world.respond(bob, id, "accept");
    expect((await world.requests(bob)).body.data.requests).toEqual([]);
    expect((await world.requests(bob, "?status=accepted")).body.data.requests).toMatchObject([{ id }]);
    const sent = (await world.requests(ann, "?type=sent&status=accepted")).body.data.requests;
    expect(sent).toMatchObject([{ id, status: "accepted" }]);
  });

  test("masks who hides their activity, and nobody is listed across a block", async () => {
    await pair();
    await sqlOf()`update users set show_activity_status = false where id = ${ann.id}`;
    await sqlOf()`
      update user_presence set show_activity_status = false, is_online = true where user_id = ${ann.id}`;
    const id = await asked(ann, bob);
    const [{ sender }] = (await world.requests(bob)).body.data.requests;
    expect(sender).toMatchObject({ is_online: null, last_active: null });
    await world.cancel(ann, id);
    await world.block(bob, ann);
    expect((await world.requests(ann, "?type=sent&status=cancelled")).body.data.requests).toEqual([]);
    expect((await world.requests(bob, "?status=cancelled")).body.data.requests).toEqual([]);
  });

  test("pages through equal times without a gap or a repetition", async () => {
    const vip = await t.createUser();
    const people = await Promise.all(Array.from({ length: 7 }, () => t.createUser()));
    const ids: string[] = [];
    for (const person of people) ids.push(await asked(person, vip));
    await sqlOf()`update message_requests set created_at = '2026-01-01T00:00:00.123456Z' where receiver_id = ${vip.id}`;
    const seen: string[] = [];
    let cursor = "";
    for (let pages = 0; pages < 10; pages++) {
      const { body } = await world.requests(vip, `?limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.requests.map(({ id }: { id: string }) => id));
      expect(body.meta.pagination.hasMore).toBe(body.meta.pagination.cursor !== null);
      cursor = body.meta.pagination.cursor;
      if (cursor === null) break;
    }
    expect(seen).toEqual(ids.toSorted().reverse());
  });

  test.each([
    "?limit=0",
    "?limit=51",
    "?limit=-1",
    "?limit=1e1",
    "?limit=99999999999999999999",
    "?limit=1&limit=2",
    "?type=both",
    "?status=open",
    "?cursor=broken",
    "?cursor=e30",
  ])("%s is VALIDATION_ERROR", async (query) => {
    await pair();
    expect(await world.requests(bob, query)).toEqual(refused(400, "VALIDATION_ERROR"));
  });
});

test("nobody gets in without a token, whatever the body", async () => {
  await pair();
  const id = await asked(ann, bob);
  const calls = [
    "POST /messages/request",
    "GET /messages/requests?limit=0",
    `POST /messages/request/${id}/respond`,
    `DELETE /messages/request/${id}`,
  ];
  for (const line of calls) {
    const options = line.startsWith("POST") ? { rawBody: "{" } : {};
    const [method = "", path = ""] = line.split(" ");
    expect(await t.request(method, `/api/v1${path}`, options)).toEqual(refused(401, "UNAUTHORIZED"));
  }
});
