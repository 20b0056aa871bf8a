/** The typed client against the real server, through every way of losing its socket. @module */
import { afterAll, expect, test } from "bun:test";
import { type Client, type ClientOptions, createClient, createRest } from "../../../client/mod.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes } from "../../harness/nodes.ts";
import { startProxy } from "../../harness/proxy.ts";

const { nodes, createPair, createUser, close } = await startNodes(2);
const [one, two] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
const clients: Client[] = [];
afterAll(async () => {
  for (const client of clients) client.close();
  await close();
});

function open(url: string, token: ClientOptions["token"], options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ url, token, minDelayMs: 5, maxDelayMs: 50, ...options });
  clients.push(client);
  return client;
}

test("two people on two nodes: messages, receipts, typing, and history over REST", async () => {
  const { ana, ben, conversationId } = await createPair();
  const [a, b] = [open(one.url, ana.token), open(two.url, ben.token)];
  const got: string[] = [];
  const read: string[] = [];
  const typing: boolean[] = [];
  b.on("new_message", ({ content }) => got.push(content));
  a.on("message_read", ({ message_id }) => read.push(message_id));
  a.on("user_typing", ({ is_typing }) => typing.push(is_typing));
  await Promise.all([a.ready(), b.ready()]);
  const acks = await Promise.all(["1", "2", "3"].map((content) => a.send({ receiver_id: ben.id, content })));
  expect(acks.map(({ seq, conversation_id }) => [seq, conversation_id])).toEqual(
    [1, 2, 3].map((seq) => [seq, conversationId]),
  );
  await eventually(() => got.length === 3);
  expect(got).toEqual(["1", "2", "3"]);
  expect((await b.markRead(acks[2]!.message_id)).read_at).toEndWith("Z");
  await eventually(() => read.includes(acks[2]!.message_id));
  b.typing(conversationId, true);
  await eventually(() => typing.length === 1);
  const rest = createRest({ url: one.url, token: ana.token });
  const path = `/api/v1/conversations/${conversationId}/messages`;
  const { data } = await rest<{ messages: { content: string }[] }>(path, { query: { limit: 2 } });
  expect(data.messages.map(({ content }) => content)).toEqual(["2", "3"]);
});

test("connections that break in the middle: no hole, nothing twice", async () => {
  const { ana, ben } = await createPair();
  const proxies = await Promise.all([one, two].map(({ url }) => startProxy(Number(new URL(url).port))));
  const [a, b] = [ana, ben].map(({ token }, i) => open(`http://127.0.0.1:${proxies[i]!.port}`, token)) as [
    Client,
    Client,
  ];
  const seen: string[][] = [[], []];
  for (const [i, client] of [a, b].entries())
    client.on("new_message", ({ content }) => seen[i]!.push(content));
  // Its own message is told by the confirmation, or by an event after one that was lost.
  a.onSend((change) => {
    if (change.state === "sent" && change.seq !== undefined) seen[0]!.push(change.message.content);
  });
  await Promise.all([a.ready(), b.ready()]);
  const wanted = Array.from({ length: 60 }, (_, i) => `message ${i}`);
  for (const [i, content] of wanted.entries()) {
    const sending = a.send({ receiver_id: ben.id, content });
    if (i % 10 === 3) proxies[0]!.cut();
    if (i % 10 === 7) proxies[1]!.cut();
    await sending;
  }
  await eventually(() => seen.every((messages) => messages.length >= 60));
  expect(seen).toEqual([wanted, wanted]);
  expect([a.stats.connects > 3, b.stats.connects > 3]).toEqual([true, true]);
  await Promise.all(proxies.map((proxy) => proxy.close()));
});

test("eighty messages that waited for a connection are no flood", async () => {
  const ana = await createUser({ premium: true });
  const others = await Promise.all(Array.from({ length: 80 }, () => createUser()));
  const a = open(one.url, ana.token);
  const changes: string[] = [];
  a.onConnection(({ state }) => changes.push(state));
  await Promise.all(others.map(({ id }) => a.send({ receiver_id: id, content: "hello" })));
  expect(changes).toEqual(["live"]);
});

test("a session that ends closes for good; a refused token asks for a fresh one", async () => {
  const { ana } = await createPair();
  const reasons: string[] = [];
  const a = open(one.url, (reason) => {
    reasons.push(reason);
    return reason === "rejected" ? ana.token : "not a token";
  });
  await a.ready();
  expect(reasons).toEqual(["connect", "rejected"]);
  const other = open(two.url, "not a token");
  await expect(other.ready()).rejects.toMatchObject({ code: "CLOSED", details: { code: 4501 } });
  const rest = createRest({ url: one.url, token: ana.token });
  await rest("/api/v1/auth/logout", { method: "POST", body: {} });
  await eventually(() => a.state === "closed");
  await expect(a.ready()).rejects.toMatchObject({ details: { code: 4504 } });
});

test("staff follow the statistics", async () => {
  const staff = await createUser({ role: "moderator" });
  const client = open(one.url, staff.token);
  const seen: object[] = [];
  client.on("admin_stats", (stats) => seen.push(stats));
  expect(await client.request("admin_subscribe", { stats: true })).toEqual({ stats: true });
  await eventually(() => seen.length > 0);
  const nobody = open(one.url, (await createUser()).token);
  await expect(nobody.request("admin_subscribe", { stats: true })).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
});
