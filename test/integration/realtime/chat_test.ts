/** The chat store against real servers: what it shows is what the server has, over kills, restarts and lost networks. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { type Chat, createChat, memoryStorage } from "../../../client/chat/mod.ts";
import type { ClientStorage } from "../../../client/mod.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes } from "../../harness/nodes.ts";
import { startProxy } from "../../harness/proxy.ts";

setDefaultTimeout(60_000);

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

test("a block takes the conversation away on both sides, and a send that was refused says why", async () => {
  const { ana, ben, conversationId } = await createPair();
  const [a, b] = [await open(one.url, ana), await open(two.url, ben)];
  await eventually(() => item(a, conversationId) !== undefined && item(b, conversationId) !== undefined);
  await a.block(ben.id);
  await eventually(() => item(a, conversationId) === undefined && item(b, conversationId) === undefined);
  expect([a.unread.getSnapshot(), a.matches.getSnapshot()]).toEqual([0, []]);
});
