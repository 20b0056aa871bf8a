/** The chat store against real servers: what it shows is what the server has, over kills, restarts and lost networks. */
import { afterAll, expect, test } from "bun:test";
import { type Chat, createChat, memoryStorage } from "../../../client/chat/mod.ts";
import type { ClientStorage } from "../../../client/mod.ts";
import { codeIn, otherCode } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes } from "../../harness/nodes.ts";
import { startProxy } from "../../harness/proxy.ts";

const { nodes, createPair, close } = await startNodes(2);
const [one, two] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
const chats: Chat[] = [];
afterAll(async () => {
  await Promise.all(chats.map((chat) => chat.close()));
  await close();
});

interface Person {
  readonly id: string;
  readonly token: string;
}

async function open(url: string, person: Person, storage: ClientStorage = memoryStorage()): Promise<Chat> {
  const chat = createChat({
    url,
    storage,
    session: { access_token: person.token, refresh_token: "unused" },
    client: { minDelayMs: 5, maxDelayMs: 50 },
    onError: () => {},
  });
  chats.push(chat);
  await chat.start();
  return chat;
}

const shown = (chat: Chat, id: string) =>
  chat
    .messages(id)
    .getSnapshot()
    .map(({ content, state }) => `${content} ${state}`);
const item = (chat: Chat, id: string) => chat.conversations.getSnapshot().find((one) => one.id === id);

test("two people talk: messages at once, unread counts, receipts, typing", async () => {
  const { ana, ben, conversationId } = await createPair();
  const [a, b] = [await open(one.url, ana), await open(two.url, ben)];
  await eventually(
    () => a.connection.getSnapshot().state === "live" && item(b, conversationId) !== undefined,
  );
  await eventually(() => item(a, conversationId) !== undefined);
  await Promise.all([a.open(conversationId), b.open(conversationId)]);
  a.send({ receiver_id: ben.id, content: " hello " });
  expect(shown(a, conversationId)).toEqual(["hello pending"]);
  await eventually(() => shown(b, conversationId).length === 1);
  await eventually(() => shown(a, conversationId)[0] === "hello sent");
  expect(shown(b, conversationId)).toEqual(["hello sent"]);
  expect([item(b, conversationId)?.unread_count, b.unread.getSnapshot()]).toEqual([1, 1]);
  await b.markRead(conversationId);
  expect(b.unread.getSnapshot()).toBe(0);
  b.setTyping(conversationId, true);
  await eventually(() => a.typing(conversationId).getSnapshot());
  b.send({ receiver_id: ana.id, content: "hi" });
  await eventually(() => shown(a, conversationId).join() === "hello sent,hi sent");
  await eventually(() => !a.typing(conversationId).getSnapshot());
});

test("what was written offline goes out after a restart, and what came meanwhile is there", async () => {
  const { ana, ben, conversationId } = await createPair();
  const storage = memoryStorage();
  const proxy = await startProxy(Number(new URL(one.url).port));
  const address = `http://127.0.0.1:${proxy.port}`;
  const first = await open(address, ana, storage);
  const b = await open(two.url, ben);
  await eventually(() => item(first, conversationId) !== undefined && item(b, conversationId) !== undefined);
  await first.open(conversationId);
  first.send({ receiver_id: ben.id, content: "1" });
  await eventually(() => shown(first, conversationId).join() === "1 sent");
  await proxy.close();
  first.send({ receiver_id: ben.id, content: "2" });
  first.send({ receiver_id: ben.id, content: "3" });
  await first.close();
  b.send({ receiver_id: ana.id, content: "while you were away" });
  await b.open(conversationId);
  await eventually(() => shown(b, conversationId).length === 2);

  const second = await open(one.url, ana, storage);
  await eventually(() => shown(second, conversationId).length === 4);
  await eventually(() => shown(second, conversationId).every((text) => text.endsWith(" sent")));
  await eventually(() => shown(b, conversationId).length === 4);
  expect(shown(second, conversationId)).toEqual(["1 sent", "while you were away sent", "2 sent", "3 sent"]);
  expect(shown(b, conversationId)).toEqual(shown(second, conversationId));
});

test("signing in by code: the session survives a restart, and nothing stays after signing out", async () => {
  const { ana, ben, conversationId } = await createPair();
  const texts = new Map<string, string>();
  const storage: ClientStorage = { get: (key) => texts.get(key), set: (key, text) => texts.set(key, text) };
  const create = () => {
    const chat = createChat({ url: one.url, storage, onError: () => {} });
    chats.push(chat);
    return chat;
  };
  const first = create();
  await first.start();
  expect([first.session.getSnapshot(), first.connection.getSnapshot().state]).toEqual([null, "signed_out"]);
  expect(() => first.send({ receiver_id: ben.id, content: "too early" })).toThrow("nobody is signed in");
  await first.sendCode(ana.email);
  const mail = await eventually(() => one.mails.findLast(({ to }) => to === ana.email));
  const code = codeIn(mail);
  const wrong = first.verify(ana.email, otherCode(code));
  expect(await wrong.catch(({ code }) => code)).toBe("UNAUTHORIZED");
  expect(await first.verify(ana.email, code)).toEqual({ user_exists: true });
  await eventually(() => item(first, conversationId));
  await first.close();

  const second = create();
  await second.start();
  expect(second.session.getSnapshot()?.user_id).toBe(ana.id);
  // At once, from the storage.
  expect(item(second, conversationId)?.user.id).toBe(ben.id);
  await second.signOut();
  expect([second.connection.getSnapshot().state, second.conversations.getSnapshot()]).toEqual([
    "signed_out",
    [],
  ]);
  expect([...texts.values()].join()).not.toContain(ben.id);
});

test("tokens are renewed once for everybody who asks, and a refused refresh signs out", async () => {
  const { ana } = await createPair();
  const calls: string[] = [];
  const chat = createChat({
    url: one.url,
    session: { access_token: ana.token, refresh_token: ana.refreshToken, expires_in: 0 },
    fetch: (input, init) => {
      calls.push(new URL(input).pathname);
      return fetch(input, init);
    },
    onError: () => {},
  });
  chats.push(chat);
  await chat.start();
  await Promise.all([1, 2, 3].map(() => chat.rest("/api/v1/users/profile")));
  await eventually(() => chat.connection.getSnapshot().state === "live");
  expect(calls.filter((path) => path.endsWith("/refresh"))).toHaveLength(1);
  // Used up by then.
  await chat.use({ access_token: ana.token, refresh_token: ana.refreshToken, expires_in: 0 });
  await one.context.database.sql`update sessions set revoked_at = now() where user_id = ${ana.id}`;
  expect(await chat.rest("/api/v1/users/profile").catch(({ code }) => code)).toBe("UNAUTHORIZED");
  await eventually(() => chat.connection.getSnapshot().state === "signed_out");
});

test("a session that is ended elsewhere signs out", async () => {
  const { ana } = await createPair();
  const chat = await open(one.url, ana);
  await eventually(() => chat.connection.getSnapshot().state === "live");
  const { status } = await one.request("POST", "/api/v1/auth/logout-all", { token: ana.token });
  expect(status).toBe(200);
  await eventually(() => chat.session.getSnapshot() === null);
  await eventually(() => chat.connection.getSnapshot().state === "signed_out");
});

test("a message that was refused stays as failed until it is sent again or given up", async () => {
  const { ana, ben, conversationId } = await createPair();
  const a = await open(one.url, ana);
  await eventually(() => item(a, conversationId));
  await a.open(conversationId);
  const mute = (until: string | null) =>
    one.context.database.sql`update users set muted_until = ${until} where id = ${ana.id}`;
  await mute("2999-01-01");
  const name = a.send({ receiver_id: ben.id, content: "e\u0301" });
  await eventually(() => shown(a, conversationId).join() === "\u00e9 failed");
  expect(a.messages(conversationId).getSnapshot()[0]).toMatchObject({ error: "FORBIDDEN", id: name });
  const other = a.send({ receiver_id: ben.id, content: "never mind" });
  await eventually(() => a.unsent.getSnapshot().filter(({ error }) => error).length === 2);
  a.discard(other);
  await mute(null);
  a.retry(name);
  expect(shown(a, conversationId)).toEqual(["\u00e9 pending"]);
  await eventually(() => shown(a, conversationId).join() === "\u00e9 sent");
});

test("after a resync what was shown stays until its replacement is there", async () => {
  const { ana, ben, conversationId } = await createPair();
  const storage = memoryStorage();
  const first = await open(one.url, ana, storage);
  const b = await open(two.url, ben);
  await eventually(() => item(first, conversationId) && item(b, conversationId));
  await first.open(conversationId);
  b.send({ receiver_id: ana.id, content: "1" });
  await eventually(() => shown(first, conversationId).length === 1);
  await first.close();
  b.send({ receiver_id: ana.id, content: "2" });
  await eventually(() => b.unsent.getSnapshot().length === 0);
  await one.context.database.sql`update user_logs set trimmed_seq = last_seq where user_id = ${ana.id}`;

  const second = createChat({ url: one.url, storage, onError: () => {} });
  chats.push(second);
  const seen: string[] = [];
  second.messages(conversationId).subscribe(() => seen.push(shown(second, conversationId).join()));
  const resyncs: number[] = [];
  second.on("resync_required", ({ seq }) => resyncs.push(seq));
  await second.start();
  await eventually(() => shown(second, conversationId).length === 2);
  expect(resyncs).toHaveLength(1);
  expect([...new Set(seen.filter((text) => text !== ""))]).toEqual(["1 sent", "1 sent,2 sent"]);
  expect(second.unread.getSnapshot()).toBe(2);
});

test("a read mark that was made offline is kept and told after a restart", async () => {
  const { ana, ben, conversationId } = await createPair();
  const storage = memoryStorage();
  const proxy = await startProxy(Number(new URL(one.url).port));
  const first = await open(`http://127.0.0.1:${proxy.port}`, ana, storage);
  const b = await open(two.url, ben);
  await eventually(() => item(first, conversationId) && item(b, conversationId));
  b.send({ receiver_id: ana.id, content: "read me" });
  await eventually(() => first.unread.getSnapshot() === 1);
  await proxy.close();
  await first.markRead(conversationId);
  expect(first.unread.getSnapshot()).toBe(0);
  await first.close();
  const second = await open(one.url, ana, storage);
  expect(second.unread.getSnapshot()).toBe(0);
  const unread = async () =>
    (await one.request("GET", `/api/v1/conversations/${conversationId}`, { token: ana.token })).body.data
      .conversation.unread_count;
  await eventually(async () => (await unread()) === 0);
});

test("a block takes the conversation, its unread messages and the match away on both sides", async () => {
  const { ana, ben, conversationId } = await createPair();
  const [a, b] = [await open(one.url, ana), await open(two.url, ben)];
  await eventually(() => item(a, conversationId) !== undefined && item(b, conversationId) !== undefined);
  await a.block(ben.id);
  await eventually(() => item(a, conversationId) === undefined && item(b, conversationId) === undefined);
  expect([a.unread.getSnapshot(), a.matches.getSnapshot()]).toEqual([0, []]);
});
