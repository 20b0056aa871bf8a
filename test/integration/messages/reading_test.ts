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
  expect(await findViolations(app.context.database.sql)).toEqual([]);
});
afterAll(() => app.close());

const outcome = ({ status, body }: TestAnswer) => [status, body.error?.code ?? body.data.message];
const DONE = [200, "Message marked as read"];

async function read(who: TestUser, messageId: string): Promise<TestAnswer> {
  return await app.request("PUT", `/api/v1/messages/${messageId}/read`, { token: who.token });
}

async function readUpTo(who: TestUser, conversationId: string, messageId: unknown): Promise<TestAnswer> {
  const path = `/api/v1/conversations/${conversationId}/read`;
  return await app.request("POST", path, { token: who.token, body: { message_id: messageId } });
}

/** The sender of three messages, who may be premium, and their reader. */
async function written(options: { premium?: boolean } = {}) {
  const [from, to] = [await app.createUser(options), await app.createUser()];
  const conversationId = await world.match(from, to);
  const ids = (await world.write(from, to, ["1", "2", "3"])) as [string, string, string];
  published = [];
  return { from, to, conversationId, ids };
}

async function states(of: TestUser, conversationId: string): Promise<[boolean, string | undefined][]> {
  const path = `/api/v1/conversations/${conversationId}/messages`;
  const { body } = await app.request("GET", path, { token: of.token });
  return body.data.messages.map((m: { is_read: boolean; read_at?: string }) => [m.is_read, m.read_at]);
}

async function unread(of: TestUser): Promise<number> {
  const { body } = await app.request("GET", "/api/v1/conversations", { token: of.token });
  return body.data.conversations[0].unread_count;
}

describe("PUT /messages/{id}/read", () => {
  test("is a watermark: marks the earlier ones too, with one time, and not the later", async () => {
    const { to, conversationId, ids } = await written();
    expect(await unread(to)).toBe(3);
    const answer = await read(to, ids[1]);
    const at = answer.body.data.read_at;
    expect(outcome(answer)).toEqual(DONE);
    expect(await states(to, conversationId)).toEqual([
      [true, at],
      [true, at],
      [false, undefined],
    ]);
    expect(await unread(to)).toBe(1);
  });

  test("is idempotent, never un-reads, and tells nobody twice", async () => {
    const { to, conversationId, ids } = await written();
    const first = await read(to, ids[1]);
    expect(published).toHaveLength(1);
    for (const id of [ids[1], ids[0]]) {
      expect((await read(to, id)).body.data.read_at).toBe(first.body.data.read_at);
    }
    expect(published).toHaveLength(1);
    const last = await read(to, ids[2].toUpperCase());
    const [one, two] = [first.body.data.read_at, last.body.data.read_at];
    expect((await states(to, conversationId)).map(([, at]) => at)).toEqual([one, one, two]);
    expect((await read(to, ids[0])).body.data.read_at).toBe(one);
  });

  test("tells the reader's devices, and the sender only with premium", async () => {
    for (const premium of [false, true]) {
      const { from, to, conversationId, ids } = await written({ premium });
      const { read_at } = (await read(to, ids[2])).body.data;
      const data = { message_id: ids[2], conversation_id: conversationId, seq: 3, read_by: to.id, read_at };
      const told = published.map(({ userId, event, data: facts }) => ({ userId, event, facts }));
      const event = "message_read" as const;
      const expected = (premium ? [from, to] : [to]).map(({ id }) => ({ userId: id, event, facts: data }));
      const byUser = (x: { userId: string }, y: { userId: string }) => (x.userId < y.userId ? -1 : 1);
      expect(told.toSorted(byUser)).toEqual(expected.toSorted(byUser));
      const seen = await states(from, conversationId);
      expect(seen).toEqual(Array(3).fill(premium ? [true, read_at] : [false, undefined]));
    }
  });

  test("is the receiver's alone, and unknown to strangers", async () => {
    const { from, to, ids } = await written();
    const stranger = await app.createUser();
    expect(outcome(await read(from, ids[0]))).toEqual([403, "UNAUTHORIZED_ACTION"]);
    expect(outcome(await read(stranger, ids[0]))).toEqual([404, "MESSAGE_NOT_FOUND"]);
    expect(outcome(await read(to, crypto.randomUUID()))).toEqual([404, "MESSAGE_NOT_FOUND"]);
    expect(outcome(await read(to, "nothing"))).toEqual([400, "VALIDATION_ERROR"]);
  });

  test("works in an archived conversation and not across a block", async () => {
    const { from, to, ids } = await written();
    await world.unmatch(from, to);
    expect(outcome(await read(to, ids[0]))).toEqual(DONE);
    const other = await written({ premium: true });
    await world.block(other.to, other.from);
    published = [];
    expect(outcome(await read(other.to, other.ids[0]))).toEqual([403, "USER_BLOCKED"]);
    expect(published).toEqual([]);
  });

  test("marks a request's message before it is accepted, silently, and the mark stays", async () => {
    const [from, to] = [await app.createUser({ premium: true }), await app.createUser()];
    const ask = { receiver_id: to.id, content: "May I?" };
    const sent = await app.request("POST", "/api/v1/messages/request", { token: from.token, body: ask });
    const { message_id, request_id } = sent.body.data;
    published = [];
    expect(outcome(await read(from, message_id))).toEqual([403, "UNAUTHORIZED_ACTION"]);
    const first = await read(to, message_id);
    expect(outcome(first)).toEqual(DONE);
    expect((await read(to, message_id)).body.data.read_at).toBe(first.body.data.read_at);
    expect(published).toEqual([]);
    const path = `/api/v1/messages/request/${request_id}/respond`;
    const accepted = await app.request("POST", path, { token: to.token, body: { action: "accept" } });
    const { conversation_id } = accepted.body.data;
    expect(await states(to, conversation_id)).toEqual([[true, first.body.data.read_at]]);
    expect(outcome(await readUpTo(to, conversation_id, message_id))).toEqual(DONE);
  });

  test("not after a block has hidden the request", async () => {
    const [from, to] = [await app.createUser(), await app.createUser()];
    const sent = await world.ask(from, to);
    await world.block(to, from);
    expect(outcome(await read(to, sent.body.data.message_id))).toEqual([403, "USER_BLOCKED"]);
  });
});

describe("POST /conversations/{id}/read", () => {
  test("is the same, by conversation", async () => {
    const { to, conversationId, ids } = await written();
    const answer = await readUpTo(to, conversationId, ids[2]);
    expect(outcome(answer)).toEqual(DONE);
    expect(await unread(to)).toBe(0);
    expect((await read(to, ids[2])).body.data).toEqual(answer.body.data);
  });

  test("takes only messages of that conversation, and only from its people", async () => {
    const { from, to, conversationId, ids } = await written();
    const other = await written();
    const third = await app.createUser();
    const elsewhere = await world.match(to, third);
    expect(outcome(await readUpTo(to, elsewhere, ids[0]))).toEqual([404, "MESSAGE_NOT_FOUND"]);
    expect(outcome(await readUpTo(to, conversationId, other.ids[0]))).toEqual([404, "MESSAGE_NOT_FOUND"]);
    expect(outcome(await readUpTo(third, conversationId, ids[0]))).toEqual([404, "CONVERSATION_NOT_FOUND"]);
    expect(outcome(await readUpTo(to, crypto.randomUUID(), ids[0]))).toEqual([404, "CONVERSATION_NOT_FOUND"]);
    expect(outcome(await readUpTo(from, conversationId, ids[0]))).toEqual([403, "UNAUTHORIZED_ACTION"]);
    expect(outcome(await readUpTo(to, conversationId, "x"))).toEqual([400, "VALIDATION_ERROR"]);
    expect(outcome(await readUpTo(to, conversationId, undefined))).toEqual([400, "VALIDATION_ERROR"]);
    expect(await unread(to)).toBeGreaterThanOrEqual(0);
  });
});
