import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { encodeCursor } from "../../../server/lib/cursor.ts";
import { createTestApp, type TestAnswer, type TestApp, type TestUser } from "../../harness/app.ts";
import { recount } from "../../harness/conversing.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
beforeAll(async () => {
  app = await createTestApp();
  world = createWorld(app);
});
afterAll(() => app.close());

const code = ({ status, body }: TestAnswer) => [status, body.error?.code];

async function list(of: TestUser, query = ""): Promise<TestAnswer> {
  return await app.request("GET", `/api/v1/conversations${query}`, { token: of.token });
}

async function read(of: TestUser, id: string, query = ""): Promise<TestAnswer> {
  return await app.request("GET", `/api/v1/conversations/${id}/messages${query}`, { token: of.token });
}

const seqs = ({ body }: TestAnswer) => body.data.messages.map(({ seq }: { seq: number }) => seq);
const ids = ({ body }: TestAnswer) => body.data.conversations.map(({ id }: { id: string }) => id);

describe("GET /conversations", () => {
  test("shows the other person, the last message and what is unread", async () => {
    const a = await app.createUser({ profile_photos: ["https://storage.vibesmatch.com/a.jpg"] });
    const b = await app.createUser();
    const id = await world.match(a, b);
    expect((await list(b)).body.data.conversations).toEqual([
      {
        id,
        status: "active",
        user: {
          id: a.id,
          name: expect.any(String),
          profile_photos: ["https://storage.vibesmatch.com/a.jpg"],
          is_online: false,
          last_active: expect.any(String),
        },
        last_message: null,
        unread_count: 0,
        my_read_seq: 0,
        last_activity: expect.any(String),
      },
    ]);
    await world.say(a, b, { content: "one" });
    const sent = await world.say(a, b, { content: "two", client_message_id: "k" });
    const { body } = await list(b);
    expect(body.meta.pagination).toEqual({ cursor: null, hasMore: false });
    expect(body.data.conversations[0]).toMatchObject({ unread_count: 2, last_activity: sent.created_at });
    expect(body.data.conversations[0].last_message).toEqual({
      id: sent.message_id,
      seq: 2,
      content: "two",
      message_type: "text",
      sender_id: a.id,
      created_at: sent.created_at,
      is_read: false,
    });
    expect((await list(a)).body.data.conversations[0].unread_count).toBe(0);
  });

  test("whether one's last message was read is for premium accounts", async () => {
    for (const premium of [false, true]) {
      const [a, b] = [await app.createUser({ premium }), await app.createUser()];
      await world.match(a, b);
      const { message_id } = await world.say(a, b);
      await app.request("PUT", `/api/v1/messages/${message_id}/read`, { token: b.token });
      const last = async (of: TestUser) => (await list(of)).body.data.conversations[0].last_message.is_read;
      expect(await last(a)).toBe(premium);
      expect(await last(b)).toBe(true);
    }
  });

  test("who hides their activity is neither online nor last seen", async () => {
    const [a, b] = [await app.createUser({ show_activity_status: false }), await app.createUser()];
    await world.match(a, b);
    await app.context.database.sql`update user_presence set is_online = true where user_id = ${a.id}`;
    const [{ user }] = (await list(b)).body.data.conversations;
    expect([user.is_online, user.last_active]).toEqual([false, null]);
  });

  test("says what is unread in all active conversations, on every page and of either list", async () => {
    const [me, a, b, c] = [
      await app.createUser(),
      await app.createUser(),
      await app.createUser(),
      await app.createUser(),
    ];
    for (const other of [a, b, c]) await world.match(other, me);
    await world.say(a, me, { content: "1" });
    await world.say(a, me, { content: "2" });
    await world.say(b, me, { content: "3" });
    await world.say(me, b, { content: "own messages are not unread" });
    await world.say(c, me, { content: "of an archived one" });
    await world.unmatch(c, me);
    const total = async (query: string) => (await list(me, query)).body.meta.unread_total;
    expect(await total("")).toBe(3);
    expect(await total("?limit=1")).toBe(3);
    expect(await total("?type=archived")).toBe(3);
    const [first] = (await list(me, "?limit=1")).body.data.conversations;
    expect([first.unread_count, first.my_read_seq]).toEqual([1, 0]);
  });

  test("one conversation is an item of the list; premium accounts see how far the other has read", async () => {
    const [a, b] = [await app.createUser({ premium: true }), await app.createUser()];
    const id = await world.match(a, b);
    await world.say(a, b, { content: "1" });
    const { message_id } = await world.say(a, b, { content: "2" });
    await world.say(a, b, { content: "3" });
    await app.request("PUT", `/api/v1/messages/${message_id}/read`, { token: b.token });
    const read = async (of: TestUser) =>
      (await app.request("GET", `/api/v1/conversations/${id}`, { token: of.token })).body;
    for (const of of [a, b]) {
      expect((await read(of)).data.conversation).toEqual((await list(of)).body.data.conversations[0]);
    }
    expect((await read(a)).data.conversation).toMatchObject({
      my_read_seq: 0,
      peer_read_seq: 2,
      unread_count: 0,
    });
    expect((await read(b)).data.conversation).toMatchObject({ my_read_seq: 2, unread_count: 1 });
    expect((await read(b)).data.conversation).not.toHaveProperty("peer_read_seq");
    // What is read after the end stays the reader's own.
    await world.unmatch(a, b);
    await app.request("POST", `/api/v1/conversations/${id}/read`, {
      token: b.token,
      body: { message_id: (await read(b)).data.conversation.last_message.id },
    });
    expect((await read(b)).data.conversation).toMatchObject({ my_read_seq: 3, unread_count: 0 });
    expect((await read(a)).data.conversation).toMatchObject({
      peer_read_seq: 2,
      last_message: { is_read: false },
    });
    await world.block(a, b);
    expect((await read(a)).error.code).toBe("USER_BLOCKED");
    expect((await read(await app.createUser())).error.code).toBe("CONVERSATION_NOT_FOUND");
  });

  test("unread is counted exactly", async () => {
    const [a, b] = [await app.createUser(), await app.createUser()];
    const id = await world.match(a, b);
    await app.context.database.sql`
      insert into messages (id, conversation_id, seq, sender_id, receiver_id, content)
      select gen_random_uuid(), ${id}, n, ${a.id}, ${b.id}, 'x' from generate_series(1, 1005) n
    `;
    await recount(app.context.database.sql);
    expect((await list(b)).body.data.conversations[0].unread_count).toBe(1005);
  });

  test("archived ones are in their own list, blocked ones in none", async () => {
    const me = await app.createUser();
    const others = [await app.createUser(), await app.createUser(), await app.createUser()] as const;
    const known: string[] = [];
    for (const other of others) known.push(await world.match(me, other));
    await world.unmatch(me, others[1]);
    await world.block(others[2], me);
    expect(ids(await list(me))).toEqual([known[0]]);
    expect(ids(await list(me, "?type=active"))).toEqual([known[0]]);
    expect(ids(await list(me, "?type=archived"))).toEqual([known[1]]);
    expect(ids(await list(others[2]))).toEqual([]);
    expect(ids(await list(others[2], "?type=archived"))).toEqual([]);
    for (const wrong of ["?type=blocked", "?type=", "?type=active&type=archived"]) {
      expect(code(await list(me, wrong))).toEqual([400, "VALIDATION_ERROR"]);
    }
  });

  test("pages by last activity to the microsecond: each once, in order", async () => {
    const me = await app.createUser();
    const known: string[] = [];
    for (let n = 0; n < 7; n++) known.push(await world.match(me, await app.createUser()));
    // Two of one moment, the others a microsecond apart: less than a millisecond for all of them.
    await app.context.database.sql`
      update conversations c set last_activity = '2026-01-01T00:00:00Z'::timestamptz
        + (least(o.n, 6) * interval '1 microsecond')
      from unnest(${known}::uuid[]) with ordinality as o (id, n) where c.id = o.id
    `;
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await list(me, `?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      seen.push(...body.data.conversations.map(({ id }: { id: string }) => id));
      cursor = body.meta.pagination.cursor;
      expect(body.meta.pagination.hasMore).toBe(cursor !== null);
    } while (cursor);
    const [sixth, seventh] = known.slice(5).sort();
    expect(seen).toEqual([seventh!, sixth!, ...known.slice(0, 5).reverse()]);
  });

  test("limits and cursors that are none are refused", async () => {
    const me = await app.createUser();
    const bad = ["limit=0", "limit=-1", "limit=51", "limit=1e1", "limit=x", "limit=99999999999999999999"];
    bad.push("cursor=", "cursor=abc", `cursor=${crypto.randomUUID()}`, "limit=1&limit=2");
    bad.push(`cursor=${Buffer.from(JSON.stringify({ id: "1", createdAt: "now" })).toString("base64url")}`);
    for (const query of bad) expect(code(await list(me, `?${query}`))).toEqual([400, "VALIDATION_ERROR"]);
    // A cursor names a place in time; one of somebody else's list leads nowhere but there.
    const foreign = encodeCursor({ id: crypto.randomUUID(), createdAt: "2026-01-01T00:00:00Z" });
    expect((await list(me, `?cursor=${foreign}`)).body.data.conversations).toEqual([]);
    expect(code(await app.request("GET", "/api/v1/conversations?limit=x"))).toEqual([401, "UNAUTHORIZED"]);
  });
});

describe("GET /conversations/{id}/messages", () => {
  test("gives the newest page in order of writing; the cursor leads to older ones", async () => {
    const [a, b] = [await app.createUser(), await app.createUser()];
    const id = await world.match(a, b);
    const sent: string[] = [];
    for (let n = 1; n <= 7; n++)
      sent.push((await world.say(n % 2 ? a : b, n % 2 ? b : a, { content: `${n}` })).message_id);
    const newest = await read(a, id, "?limit=3");
    expect(seqs(newest)).toEqual([5, 6, 7]);
    const { cursor } = newest.body.meta.pagination;
    expect(newest.body.meta.pagination.hasMore).toBe(true);
    expect(JSON.parse(Buffer.from(cursor, "base64url").toString())).toEqual({
      id: sent[4],
      createdAt: expect.any(String),
    });
    const older = await read(b, id, `?limit=3&cursor=${cursor}`);
    expect(seqs(older)).toEqual([2, 3, 4]);
    const oldest = await read(a, id, `?limit=3&cursor=${sent[1]!.toUpperCase()}`);
    expect(seqs(oldest)).toEqual([1]);
    expect(oldest.body.meta.pagination).toEqual({ cursor: null, hasMore: false });
    expect(seqs(await read(a, id, "?limit=7"))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect((await read(a, id, "?limit=7")).body.meta.pagination.hasMore).toBe(false);
    expect(seqs(await read(a, id.toUpperCase()))).toHaveLength(7);
  });

  test("shows a message as it is, with the client's own id only to its sender", async () => {
    const [a, b] = [await app.createUser(), await app.createUser()];
    const id = await world.match(a, b);
    const sent = await world.say(a, b, { content: "hi", client_message_id: "k" });
    const expected = {
      id: sent.message_id,
      conversation_id: id,
      seq: 1,
      sender_id: a.id,
      receiver_id: b.id,
      content: "hi",
      message_type: "text",
      is_request: false,
      is_read: false,
      created_at: sent.created_at,
    };
    expect((await read(a, id)).body.data.messages).toEqual([{ ...expected, client_message_id: "k" }]);
    expect((await read(b, id)).body.data.messages).toEqual([expected]);
    const empty = await world.match(a, await app.createUser());
    expect((await read(a, empty)).body).toEqual({
      success: true,
      data: { messages: [] },
      meta: { pagination: { cursor: null, hasMore: false } },
    });
  });

  test("is its two people's: readable when archived, not across a block", async () => {
    const [a, b, c] = [await app.createUser(), await app.createUser(), await app.createUser()];
    const id = await world.match(a, b);
    await world.say(a, b);
    expect(code(await read(c, id))).toEqual([404, "CONVERSATION_NOT_FOUND"]);
    expect(code(await read(a, crypto.randomUUID()))).toEqual([404, "CONVERSATION_NOT_FOUND"]);
    expect(code(await read(a, "1"))).toEqual([400, "VALIDATION_ERROR"]);
    await world.unmatch(a, b);
    expect(seqs(await read(b, id))).toEqual([1]);
    await world.block(a, b);
    expect(code(await read(a, id))).toEqual([403, "USER_BLOCKED"]);
    expect(code(await read(b, id))).toEqual([403, "USER_BLOCKED"]);
    expect(code(await read(c, id))).toEqual([404, "CONVERSATION_NOT_FOUND"]);
  });

  test("limits and cursors that are none are refused, another conversation's too", async () => {
    const [a, b, c] = [await app.createUser(), await app.createUser(), await app.createUser()];
    const id = await world.match(a, b);
    await world.match(a, c);
    await world.say(a, b);
    const foreign = (await world.say(a, c)).message_id;
    const bad = ["limit=0", "limit=-5", "limit=101", "limit=1.5", "cursor=abc", `cursor=${foreign}`];
    bad.push(`cursor=${encodeCursor({ id: foreign, createdAt: "2026-01-01T00:00:00Z" })}`);
    bad.push(`cursor=${crypto.randomUUID()}`, "cursor=%00", "cursor=%ff");
    for (const query of bad) expect(code(await read(a, id, `?${query}`))).toEqual([400, "VALIDATION_ERROR"]);
  });
});
