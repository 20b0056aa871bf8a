import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { AppendedEvent } from "../../../server/db/event_log.ts";
import { createTestApp, type TestAnswer, type TestApp, type TestUser } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
let published: AppendedEvent[] = [];
beforeAll(async () => {
  app = await createTestApp({ publish: (events) => void published.push(...events) });
  world = createWorld(app);
});
afterEach(async () => {
  published = [];
  expect(await findViolations(app.context.database.sql)).toEqual([]);
});
afterAll(() => app.close());

async function people(options: { premium?: boolean } = {}): Promise<[TestUser, TestUser]> {
  return [await app.createUser(options), await app.createUser()];
}

/** Two people with an open conversation and a match; the first may be premium. */
async function friends(options: { premium?: boolean } = {}) {
  const [a, b] = await people(options);
  return { a, b, conversationId: await world.match(a, b) };
}

const outcome = ({ status, body }: TestAnswer) => [status, body.error?.code ?? body.data?.seq];
const told = (user: TestUser): string[] =>
  published.filter(({ userId }) => userId === user.id).map(({ event }) => event);

async function history(of: TestUser, conversationId: string): Promise<[string, number, string][]> {
  const path = `/api/v1/conversations/${conversationId}/messages`;
  const { body } = await app.request("GET", path, { token: of.token });
  return body.data.messages.map((m: { content: string; seq: number; sender_id: string }) => [
    m.content,
    m.seq,
    m.sender_id,
  ]);
}

describe("POST /messages/send into an open conversation", () => {
  test("stores the message at the next place and tells both", async () => {
    const { a, b, conversationId } = await friends();
    published = [];
    const first = await world.send(a, b, { client_message_id: "one" });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      success: true,
      data: {
        message_id: expect.any(String),
        conversation_id: conversationId,
        seq: 1,
        message: "Message sent successfully",
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    });
    expect(outcome(await world.send(b, a, { content: " Hi " }))).toEqual([201, 2]);
    expect(told(a)).toEqual(["new_message", "new_message"]);
    expect(told(b)).toEqual(["new_message", "new_message"]);
    const [own, others] = [a, b].map(({ id }) => published.find(({ userId }) => userId === id)!);
    expect(own!.data).toMatchObject({
      content: "Hello!",
      client_message_id: "one",
      is_request: false,
      seq: 1,
    });
    expect(others!.data).not.toHaveProperty("client_message_id");
    expect(await history(b, conversationId)).toEqual([
      ["Hello!", 1, a.id],
      ["Hi", 2, b.id],
    ]);
  });

  test("takes the conversation by name when it is the right one", async () => {
    const { a, b, conversationId } = await friends();
    const other = await friends();
    expect(outcome(await world.send(a, b, { conversation_id: conversationId.toUpperCase() }))).toEqual([
      201, 1,
    ]);
    expect(outcome(await world.send(a, { id: b.id.toUpperCase() }))).toEqual([201, 2]);
    for (const wrong of [other.conversationId, crypto.randomUUID()]) {
      expect(outcome(await world.send(a, b, { conversation_id: wrong }))).toEqual([
        404,
        "CONVERSATION_NOT_FOUND",
      ]);
    }
  });

  test("is refused by what became of the two", async () => {
    const blocked = await friends();
    await world.block(blocked.a, blocked.b);
    expect(outcome(await world.send(blocked.a, blocked.b))).toEqual([403, "USER_BLOCKED"]);
    expect(outcome(await world.send(blocked.b, blocked.a))).toEqual([403, "USER_BLOCKED"]);
    const over = await friends();
    await world.unmatch(over.a, over.b);
    expect(outcome(await world.send(over.a, over.b))).toEqual([403, "UNAUTHORIZED_ACTION"]);
    expect(outcome(await world.send(over.b, over.a))).toEqual([403, "UNAUTHORIZED_ACTION"]);
  });

  test("is refused while muted, and tells until when", async () => {
    const { a, b } = await friends();
    const { sql } = app.context.database;
    await sql`update users set muted_until = now() + interval '1 hour' where id = ${a.id}`;
    const muted = await world.send(a, b);
    expect(outcome(muted)).toEqual([403, "FORBIDDEN"]);
    expect(muted.body.error.details).toEqual({
      muted_until: expect.stringMatching(/^\d{4}-.*Z$/),
      permanent: false,
    });
    await sql`update users set muted_until = 'infinity' where id = ${a.id}`;
    expect((await world.send(a, b)).body.error.details).toEqual({ muted_until: null, permanent: true });
    expect(outcome(await world.send(b, a))).toEqual([201, 1]);
    await sql`update users set muted_until = now() where id = ${a.id}`;
    expect(outcome(await world.send(a, b))).toEqual([201, 2]);
  });

  test("a message's time is never before that of the one before it", async () => {
    const { a, b, conversationId } = await friends();
    const { sql } = app.context.database;
    await sql`update conversations set last_activity = now() + interval '1 minute' where id = ${conversationId}`;
    await world.send(a, b);
    const [row] = await sql`
      select m.created_at = c.last_activity as same, c.last_activity > now() as later
      from conversations c join messages m on m.id = c.last_message_id where c.id = ${conversationId}
    `;
    expect(row).toEqual({ same: true, later: true });
  });
});

describe("POST /messages/send without a conversation", () => {
  test("is not found for a free account", async () => {
    const [a, b] = await people();
    expect(outcome(await world.send(a, b))).toEqual([404, "CONVERSATION_NOT_FOUND"]);
    expect(outcome(await world.send(a, { id: crypto.randomUUID() }))).toEqual([404, "USER_NOT_FOUND"]);
    expect(outcome(await world.send(a, a))).toEqual([400, "VALIDATION_ERROR"]);
  });

  test("is refused across a block, in both directions", async () => {
    const [a, b] = await people({ premium: true });
    await world.block(b, a);
    expect(outcome(await world.send(a, b))).toEqual([403, "USER_BLOCKED"]);
    expect(outcome(await world.send(b, a))).toEqual([403, "USER_BLOCKED"]);
  });

  test("is refused while one's own request waits", async () => {
    const [a, b] = await people();
    await world.ask(a, b);
    expect(outcome(await world.send(a, b))).toEqual([403, "UNAUTHORIZED_ACTION"]);
  });

  test("answers a request that waits: accepted, matched, the text is the second message", async () => {
    const [a, b] = await people();
    const { request_id } = (await world.ask(a, b)).body.data;
    published = [];
    const reply = await world.send(b, a, { content: "Sure", client_message_id: "r" });
    expect(outcome(reply)).toEqual([201, 2]);
    expect(await history(a, reply.body.data.conversation_id)).toEqual([
      ["Hi there", 1, a.id],
      ["Sure", 2, b.id],
    ]);
    const events = ["conversation_updated", "match_created", "new_message", "new_message", "request_updated"];
    expect(told(a).sort()).toEqual(events);
    expect(told(b).sort()).toEqual(events);
    const matched = published.find(({ event }) => event === "match_created")!;
    expect(matched.data).toMatchObject({ match_type: "message_replied" });
    const [row] = await app.context.database.sql`
      select r.status, m.request_id from message_requests r, messages m
      where r.id = ${request_id} and m.id = ${reply.body.data.message_id}
    `;
    expect(row).toEqual({ status: "accepted", requestId: request_id });
    const retry = await world.send(b, a, { content: "Sure", client_message_id: "r" });
    expect(retry.body.data).toEqual(reply.body.data);
  });

  test("a premium account opens a conversation; the first answer makes the match", async () => {
    const [a, b] = await people({ premium: true });
    const first = await world.send(a, b, { content: "Hey" });
    expect(outcome(first)).toEqual([201, 1]);
    expect(told(b)).toEqual(["conversation_updated", "new_message"]);
    expect(outcome(await world.send(a, b, { content: "There?" }))).toEqual([201, 2]);
    const matches = async (of: TestUser) =>
      (await app.request("GET", "/api/v1/matches", { token: of.token })).body.data.matches;
    expect(await matches(a)).toEqual([]);
    const { sql } = app.context.database;
    const actions =
      await sql`select action_type from user_actions where actor_id = ${a.id} and target_id = ${b.id}`;
    expect([...actions]).toEqual([{ actionType: "message_request" }]);
    published = [];
    expect(outcome(await world.send(b, a, { content: "Hi" }))).toEqual([201, 3]);
    expect(told(a).sort()).toEqual(["match_created", "new_message"]);
    expect(await matches(a)).toMatchObject([{ user: { id: b.id }, match_type: "message_replied" }]);
    expect(outcome(await world.send(b, a))).toEqual([201, 4]);
  });

  test("expired premium opens nothing", async () => {
    const [a, b] = await people({ premium: true });
    await app.context.database.sql`
      update users set premium_expires_at = now() - interval '1 second' where id = ${a.id}
    `;
    expect(outcome(await world.send(a, b))).toEqual([404, "CONVERSATION_NOT_FOUND"]);
  });

  test("a premium account's own waiting request becomes the first message", async () => {
    const [a, b] = await people({ premium: true });
    const { request_id, message_id } = (await world.ask(a, b)).body.data;
    published = [];
    const direct = await world.send(a, b, { content: "Or just so" });
    expect(outcome(direct)).toEqual([201, 2]);
    expect(await history(b, direct.body.data.conversation_id)).toEqual([
      ["Hi there", 1, a.id],
      ["Or just so", 2, a.id],
    ]);
    const { sql } = app.context.database;
    const [row] = await sql`
      select r.status, m.request_status from message_requests r join messages m on m.id = r.message_id
      where r.id = ${request_id} and m.id = ${message_id}
    `;
    expect(row).toEqual({ status: "cancelled", requestStatus: "cancelled" });
    const actions = await sql`select action_type from user_actions where actor_id = ${a.id}`;
    expect([...actions]).toEqual([{ actionType: "message_request" }]);
    expect(told(b).sort()).toEqual(["conversation_updated", "new_message", "new_message", "request_updated"]);
  });

  test("naming a conversation that does not exist is not found, even with premium", async () => {
    const [a, b] = await people({ premium: true });
    const answer = await world.send(a, b, { conversation_id: crypto.randomUUID() });
    expect(outcome(answer)).toEqual([404, "CONVERSATION_NOT_FOUND"]);
  });

  test("a muted account opens nothing, a suspended person is not reached", async () => {
    const [a, b] = await people({ premium: true });
    const { sql } = app.context.database;
    await sql`update users set muted_until = 'infinity' where id = ${a.id}`;
    expect(outcome(await world.send(a, b))).toEqual([403, "FORBIDDEN"]);
    await sql`update users set muted_until = null where id = ${a.id}`;
    await sql`update users set suspended_until = now() + interval '1 day' where id = ${b.id}`;
    expect(outcome(await world.send(a, b))).toEqual([404, "USER_NOT_FOUND"]);
  });
});

describe("idempotency", () => {
  test("a retry has the original's answer, for ever, whatever happened since", async () => {
    const { a, b } = await friends();
    const first = await world.send(a, b, { client_message_id: "k" });
    expect((await world.send(a, b, { client_message_id: "k" })).body.data).toEqual(first.body.data);
    const header = await app.request("POST", "/api/v1/messages/send", {
      token: a.token,
      body: { receiver_id: b.id, content: "Hello!" },
      headers: { "idempotency-key": "k" },
    });
    expect([header.status, header.body.data]).toEqual([201, first.body.data]);
    await world.block(b, a);
    expect((await world.send(a, b, { client_message_id: "k" })).body.data).toEqual(first.body.data);
    expect(outcome(await world.send(a, b, { client_message_id: "new" }))).toEqual([403, "USER_BLOCKED"]);
  });

  test("the same key with another body is a conflict", async () => {
    const { a, b } = await friends();
    const c = await app.createUser();
    await world.match(a, c);
    await world.send(a, b, { client_message_id: "k" });
    const other = { client_message_id: "k", content: "Other" };
    expect(outcome(await world.send(a, b, other))).toEqual([409, "CONFLICT"]);
    // A key is a sender's own toward one receiver.
    expect(outcome(await world.send(a, c, { client_message_id: "k" }))).toEqual([201, 1]);
    const image = { client_message_id: "k", message_type: "emoji", content: "👋" };
    expect(outcome(await world.send(a, b, image))).toEqual([409, "CONFLICT"]);
    expect(outcome(await world.send(b, a, { client_message_id: "k" }))).toEqual([201, 2]);
    const both = await app.request("POST", "/api/v1/messages/send", {
      token: a.token,
      body: { receiver_id: b.id, content: "Hello!", client_message_id: "x" },
      headers: { "idempotency-key": "y" },
    });
    expect(outcome(both)).toEqual([400, "VALIDATION_ERROR"]);
  });

  test("a request's key cannot be used for a message", async () => {
    const [a, b] = await people();
    const body = { receiver_id: b.id, content: "Hello!", client_message_id: "k" };
    await app.request("POST", "/api/v1/messages/request", { token: a.token, body });
    expect(outcome(await world.send(a, b, { client_message_id: "k" }))).toEqual([409, "CONFLICT"]);
    await world.send(b, a);
    expect(outcome(await world.send(a, b, { client_message_id: "k" }))).toEqual([409, "CONFLICT"]);
  });
});

describe("content", () => {
  const cases: [string, object, number, unknown][] = [
    ["1000 characters", { content: "x".repeat(1000) }, 201, undefined],
    ["1001 characters", { content: "x".repeat(1001) }, 422, "CONTENT_TOO_LONG"],
    ["1000 astral emoji", { content: "👩".repeat(1000) }, 201, undefined],
    ["1001 astral emoji", { content: "👩".repeat(1001) }, 422, "CONTENT_TOO_LONG"],
    ["1000 between spaces", { content: ` ${"x".repeat(1000)} ` }, 201, undefined],
    ["only white space", { content: " \n\t\u3000 " }, 400, "VALIDATION_ERROR"],
    ["nothing", { content: "" }, 400, "VALIDATION_ERROR"],
    ["NUL", { content: "a\u0000b" }, 400, "VALIDATION_ERROR"],
    ["a lone surrogate", { content: "a\ud800b" }, 400, "VALIDATION_ERROR"],
    ["a number", { content: 7 }, 400, "VALIDATION_ERROR"],
    ["no content", { content: undefined }, 400, "VALIDATION_ERROR"],
    ["beyond any bound", { content: "x".repeat(9000) }, 422, "CONTENT_TOO_LONG"],
    ["emoji", { content: "👍🏽🇩🇪", message_type: "emoji" }, 201, undefined],
    ["text as emoji", { content: "hi 👍", message_type: "emoji" }, 422, "INVALID_MESSAGE_TYPE"],
    ["an image", { content: "https://storage.vibesmatch.com/a.jpg", message_type: "image" }, 201, undefined],
    [
      "a foreign image",
      { content: "https://evil.test/a.jpg", message_type: "image" },
      422,
      "INVALID_MESSAGE_TYPE",
    ],
    ["an unknown type", { message_type: "video" }, 422, "INVALID_MESSAGE_TYPE"],
    ["an empty key", { client_message_id: "" }, 400, "VALIDATION_ERROR"],
    ["a key of 64", { client_message_id: "k".repeat(64) }, 201, undefined],
    ["a key of 65", { client_message_id: "k".repeat(65) }, 400, "VALIDATION_ERROR"],
    ["a key with NUL", { client_message_id: "a\u0000" }, 400, "VALIDATION_ERROR"],
    ["a bad receiver", { receiver_id: "nobody" }, 400, "VALIDATION_ERROR"],
    ["a bad conversation", { conversation_id: "1" }, 400, "VALIDATION_ERROR"],
  ];
  let pair: Awaited<ReturnType<typeof friends>>;
  beforeAll(async () => {
    pair = await friends();
  });
  test.each(cases)("%s", async (_name, body, status, code) => {
    const answer = await world.send(pair.a, pair.b, { ...body });
    expect([answer.status, answer.body.error?.code]).toEqual([status, code as string]);
    expect(answer.body.success).toBe(status === 201);
  });

  test("is stored cleaned: NFC, trimmed, without controls, not escaped", async () => {
    const { a, b, conversationId } = await friends();
    await world.send(a, b, { content: " e\u0301\u0007 <b>&\n\tx " });
    expect((await history(b, conversationId))[0]?.[0]).toBe("\u00e9 <b>&\n\tx");
  });

  test("nothing that the body adds has an effect", async () => {
    const { a, b, conversationId } = await friends();
    const c = await app.createUser();
    const extra = {
      sender_id: c.id,
      seq: 99,
      is_request: true,
      is_read: true,
      status: "read",
      user_id: c.id,
    };
    expect(outcome(await world.send(a, b, extra))).toEqual([201, 1]);
    expect(await history(b, conversationId)).toEqual([["Hello!", 1, a.id]]);
  });

  test("an anonymous caller is told so before anything else", async () => {
    const answer = await app.request("POST", "/api/v1/messages/send", { body: { content: 1 } });
    expect(outcome(answer)).toEqual([401, "UNAUTHORIZED"]);
  });
});
