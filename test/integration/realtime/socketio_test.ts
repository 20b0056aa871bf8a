/** The stock socket.io-client 4.8 against `/socket.io/`, with the WebSocket transport that the apps use. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { CLOSE_CODES, type CloseReason } from "../../../server/protocol/close_codes.ts";
import type { Connection } from "../../../server/realtime/sockets/connection.ts";
import { createTestClock } from "../../harness/clock.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { startProxy } from "../../harness/proxy.ts";
import { openSocket } from "../../harness/socket.ts";

const clock = createTestClock();
let nodes: TestNodes;
let node: TestNode;
beforeAll(async () => {
  nodes = await startNodes(1, { clock });
  node = nodes.nodes[0]!;
});
afterAll(() => nodes.close());

const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

interface Heard {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any event
  readonly data: any;
  readonly meta: { readonly seq: number } | undefined;
}

function connect(options: Partial<ManagerOptions & SocketOptions> = {}, url = node.url) {
  const socket = io(url, { transports: ["websocket"], forceNew: true, reconnectionDelay: 50, ...options });
  clients.push(socket);
  const heard: Heard[] = [];
  socket.onAny((event, data, meta) => heard.push({ event, data, meta }));
  const find = (name: string) => eventually(() => heard.find(({ event }) => event === name), { what: name });
  const connected = () => eventually(() => socket.connected, { what: "a connection" });
  return { socket, heard, find, connected };
}

describe("socket.io-client", () => {
  test("connects with auth {token}, sends with an acknowledgement, receives with the position", async () => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const a = connect({ auth: { token: ana.token } });
    const b = connect({ auth: { token: ben.token } });
    expect((await a.find("authenticated")).data).toMatchObject({ user_id: ana.id, heartbeat_ms: 25_000 });
    await b.find("authenticated");
    const message = {
      conversation_id: conversationId,
      receiver_id: ben.id,
      content: "Hello!",
      message_type: "text",
    };
    const acknowledgement = Promise.withResolvers<unknown[]>();
    a.socket.emit("send_message", message, (...args: unknown[]) => acknowledgement.resolve(args));
    const [ack, placed] = (await acknowledgement.promise) as [{ data: { message_id: string } }, object];
    expect(ack).toMatchObject({ success: true, data: { conversation_id: conversationId, seq: 1 } });
    // It stands for the event, with its position.
    expect(placed).toEqual({ seq: expect.any(Number) });
    expect(a.heard.filter(({ event }) => event === "new_message")).toEqual([]);
    const got = await b.find("new_message");
    expect(got.data).toMatchObject({
      message_id: ack.data.message_id,
      conversation_id: conversationId,
      sender_id: ana.id,
      receiver_id: ben.id,
      content: "Hello!",
      message_type: "text",
    });
    expect(got.meta).toEqual({ seq: expect.any(Number) });
    b.socket.emit("mark_read", { message_id: ack.data.message_id });
    expect((await a.find("message_read")).data).toMatchObject({ read_by: ben.id });
    b.socket.emit("typing_start", { conversation_id: conversationId });
    expect((await a.find("user_typing")).data).toEqual({
      conversation_id: conversationId,
      user_id: ben.id,
      is_typing: true,
    });
  });

  test("connects bare and authenticates by event, with or without an acknowledgement", async () => {
    const { id, token } = await nodes.createUser();
    const one = connect();
    await one.connected();
    const early = one.socket.emitWithAck("mark_read", { message_id: id });
    one.socket.emit("authenticate", { token });
    expect((await one.find("authenticated")).data.user_id).toBe(id);
    expect(await early).toMatchObject({ success: false, error: { code: "MESSAGE_NOT_FOUND" } });
    const two = connect();
    await two.connected();
    const ack = await two.socket.emitWithAck("authenticate", { token });
    expect(ack).toMatchObject({ success: true, data: { user_id: id } });
    await two.find("authenticated");
  });

  test("a bad token is a connect_error with the code, and the client gives up", async () => {
    const { socket } = connect({ auth: { token: "nonsense" } });
    // biome-ignore lint/suspicious/noExplicitAny: the client's own type knows no data
    const error = await new Promise<any>((resolve) => socket.once("connect_error", resolve));
    expect(error.data).toMatchObject({ code: "UNAUTHORIZED", retryable: false });
    expect(socket.active).toBe(false);
  });

  test("errors without an acknowledgement come as an event", async () => {
    const { token } = await nodes.createUser();
    const { socket, find } = connect({ auth: { token } });
    await find("authenticated");
    socket.emit("send_message", { receiver_id: "nobody", content: "x" });
    expect((await find("error")).data).toMatchObject({ code: "VALIDATION_ERROR" });
  });

  test("talks to clients of /ws as if there were one protocol", async () => {
    const { ana, ben } = await nodes.createPair();
    const a = connect({ auth: { token: ana.token } });
    await a.find("authenticated");
    const b = await openSocket(node.url, { token: ben.token });
    await a.socket.emitWithAck("send_message", { receiver_id: ben.id, content: "from socket.io" });
    expect((await b.event("new_message")).data.content).toBe("from socket.io");
    await b.call("send_message", { receiver_id: ana.id, content: "from ws" });
    await eventually(() => a.heard.some(({ data }) => data.content === "from ws"));
    await b.close();
  });

  test("reconnects by itself and resumes with since", async () => {
    const { ana, ben } = await nodes.createPair();
    const sender = connect({ auth: { token: ana.token } });
    await sender.find("authenticated");
    let last: number | undefined;
    const b = connect({
      auth: (give: (auth: object) => void) =>
        give(last === undefined ? { token: ben.token } : { token: ben.token, since: last }),
    });
    last = (await b.find("authenticated")).data.seq;
    await sender.socket.emitWithAck("send_message", { receiver_id: ben.id, content: "1" });
    last = (await b.find("new_message")).meta!.seq;
    b.socket.io.engine.close();
    await sender.socket.emitWithAck("send_message", { receiver_id: ben.id, content: "2" });
    await b.find("caught_up");
    await sender.socket.emitWithAck("send_message", { receiver_id: ben.id, content: "3" });
    const contents = () =>
      b.heard.filter(({ event }) => event === "new_message").map(({ data }) => data.content);
    await eventually(() => contents().length === 3);
    expect(contents()).toEqual(["1", "2", "3"]);
  });

  test("is kept alive by pings, and leaves when it disconnects", async () => {
    const { id, token } = await nodes.createUser();
    const { socket, find } = connect({ auth: { token } });
    await find("authenticated");
    let pings = 0;
    socket.io.on("ping", () => pings++);
    // Past two heartbeats of 25 s, in steps in which a ping can still be answered in time (10 s).
    for (let i = 0; i < 7; i++) {
      clock.advance(8);
      await Bun.sleep(1_000);
    }
    expect(pings).toBeGreaterThan(0);
    expect(socket.connected).toBe(true);
    const answer = await socket.emitWithAck("mark_read", { message_id: id });
    expect(answer.error.code).toBe("MESSAGE_NOT_FOUND");
    const { counters } = node.context.people;
    socket.disconnect();
    await eventually(() => counters.open === 0);
  });

  test("another namespace does not exist", async () => {
    const { socket } = connect({}, `${node.url}/admin`);
    const error = await new Promise<Error>((resolve) => socket.once("connect_error", resolve));
    expect(error.message).toBe("Invalid namespace");
  });

  test("the end of a session keeps it from coming back; a drain makes it come back", async () => {
    const ana = await nodes.createUser();
    const out = connect({ auth: { token: ana.token } });
    await out.find("authenticated");
    const reason = new Promise<string>((resolve) => out.socket.once("disconnect", resolve));
    await node.request("POST", "/api/v1/auth/logout", { token: ana.token });
    expect(await reason).toBe("io server disconnect");
    expect(out.socket.active).toBe(false);
    const draining = await startNodes(1);
    try {
      const ben = await draining.createUser();
      const going = connect({ auth: { token: ben.token } }, draining.nodes[0]!.url);
      await going.find("authenticated");
      const left = new Promise<string>((resolve) => going.socket.once("disconnect", resolve));
      await draining.nodes[0]!.context.realtime.drain();
      expect(await left).toBe("transport close");
      expect(going.socket.active).toBe(true);
    } finally {
      await draining.close();
    }
  });
});

/** The ways in which apps authenticate. */
const WAYS = {
  "auth {token}": (token: string, url?: string) => connect({ auth: { token } }, url),
  "emit on connect": (token: string, url?: string) => {
    const client = connect({}, url);
    client.socket.on("connect", () => client.socket.emit("authenticate", { token }));
    return client;
  },
};

describe.each(Object.entries(WAYS))("as apps use it, %s:", (_, enter) => {
  test("what was emitted before the connection and during an interruption arrives, in order", async () => {
    const { ana, ben } = await nodes.createPair();
    const { socket, find } = enter(ana.token);
    const send = (n: number) => socket.emitWithAck("send_message", { receiver_id: ben.id, content: `${n}` });
    const first = [1, 2, 3, 4, 5].map(send);
    expect((await Promise.all(first)).map(({ data }) => data.seq)).toEqual([1, 2, 3, 4, 5]);
    await find("authenticated");
    socket.io.engine.close();
    await eventually(() => !socket.connected);
    const second = [6, 7, 8].map(send);
    expect((await Promise.all(second)).map(({ data }) => data.seq)).toEqual([6, 7, 8]);
    expect(await contents(ana.id)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
  });

  test("five messages and disconnect(): five are stored", async () => {
    const { ana, ben } = await nodes.createPair();
    const { socket, find } = enter(ana.token);
    await find("authenticated");
    for (let n = 1; n <= 5; n++) socket.emit("send_message", { receiver_id: ben.id, content: `${n}` });
    socket.disconnect();
    await eventually(async () => (await contents(ana.id)).length === 5, { what: "five messages" });
    expect(await contents(ana.id)).toEqual(["1", "2", "3", "4", "5"]);
    await eventually(() => node.context.people.members.get(ana.id)!.sockets.length === 0);
  });

  test("a database that is away makes it try again until it is in", async () => {
    const target = new URL(node.databaseUrl);
    const proxy = await startProxy(Number(target.port));
    target.port = String(proxy.port);
    target.hostname = "127.0.0.1";
    const second = await startNodes(1, { config: { databaseUrl: target.href }, databaseDeadlineMs: 2_000 });
    try {
      const { id, token } = await nodes.createUser();
      proxy.blackhole();
      proxy.cut();
      const client = enter(token, second.nodes[0]!.url);
      const { counters } = second.nodes[0]!.context.people;
      await eventually(() => (counters.closes[4013] ?? 0) > 0, { what: "4013" });
      expect(client.socket.active).toBe(true);
      proxy.pass();
      proxy.cut();
      const entered = await eventually(() => client.heard.find(({ event }) => event === "authenticated"));
      expect(entered.data.user_id).toBe(id);
      client.socket.disconnect();
    } finally {
      await second.close();
      await proxy.close();
    }
  });
});

async function contents(senderId: string): Promise<string[]> {
  const rows = await node.context.database.sql<{ content: string }[]>`
    select content from messages where sender_id = ${senderId} order by seq
  `;
  return rows.map(({ content }) => content);
}

test("without authenticate at most a queue of frames is kept: one more is 4029", async () => {
  const { socket, heard, connected } = connect();
  await connected();
  for (let i = 0; i < 64; i++) socket.emit("mark_read", { message_id: "x" });
  // Answered by the protocol after those.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(heard).toEqual([]);
  socket.emit("mark_read", { message_id: "x" });
  await eventually(() => !socket.connected);
  expect(heard).toMatchObject([
    { event: "error", data: { code: "FLOODING", details: { close_code: 4029 } } },
  ]);
});

test("without authenticate at most 256 KiB are kept", async () => {
  const { socket, heard, connected } = connect();
  await connected();
  for (let i = 0; i < 17; i++) socket.emit("send_message", { content: "x".repeat(16_000) });
  await eventually(() => !socket.connected);
  expect(heard).toMatchObject([
    { event: "error", data: { code: "FLOODING", details: { close_code: 4029 } } },
  ]);
});

describe("before every close an error says why and whether to come back:", () => {
  test.each(Object.keys(CLOSE_CODES) as CloseReason[])("%s", async (reason) => {
    const { id, token } = await nodes.createUser();
    const { socket, heard, find } = connect({ auth: { token }, reconnectionDelay: 60_000 });
    await find("authenticated");
    const ended = new Promise((resolve) => socket.once("disconnect", resolve));
    node.context.people.members.get(id)!.sockets[0]!.close(reason);
    await ended;
    const { code, reconnect } = CLOSE_CODES[reason];
    expect(heard.at(-1)).toMatchObject({
      event: "error",
      data: { code: reason, details: { close_code: code, reconnect }, retryable: reconnect },
    });
    expect(socket.active).toBe(reconnect);
  });

  test("also when nobody has authenticated", async () => {
    const late = connect();
    await late.connected();
    clock.advance(11);
    expect((await late.find("error")).data).toMatchObject({
      code: "AUTH_TIMEOUT",
      details: { close_code: 4011, reconnect: true },
    });
    const wrong = connect();
    await wrong.connected();
    wrong.socket.emit("authenticate", { token: "nonsense" });
    await eventually(() => !wrong.socket.connected);
    expect(wrong.heard.map(({ data }) => [data.code, data.details.close_code])).toEqual([
      ["UNAUTHORIZED", undefined],
      ["UNAUTHORIZED", 4501],
    ]);
    expect(wrong.socket.active).toBe(false);
  });

  test("retry_after_ms of the close code's reason is in it", async () => {
    const { id, token } = await nodes.createUser();
    const { heard, find, socket } = connect({ auth: { token }, reconnectionDelay: 60_000 });
    await find("authenticated");
    (node.context.people.members.get(id)!.sockets[0] as Connection).close("GOING_AWAY", {
      retry_after_ms: 7,
    });
    await eventually(() => !socket.connected);
    expect(heard.at(-1)!.data.details).toEqual({ close_code: 4000, reconnect: true, retry_after_ms: 7 });
  });
});

test("/ws: five messages and a close: five are stored", async () => {
  for (const close of [(ws: WebSocket) => ws.close(), (ws: WebSocket) => ws.close(1000)]) {
    const { ana, ben } = await nodes.createPair();
    const socket = await openSocket(node.url, { token: ana.token });
    for (let n = 1; n <= 5; n++) socket.send("send_message", { receiver_id: ben.id, content: `${n}` });
    close(socket.ws);
    await eventually(async () => (await contents(ana.id)).length === 5, { what: "five messages" });
    expect(await contents(ana.id)).toEqual(["1", "2", "3", "4", "5"]);
  }
});
