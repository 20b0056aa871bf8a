/** The stock socket.io-client 4.8 against `/socket.io/`, with the WebSocket transport that the apps use. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { createTestClock } from "../../harness/clock.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
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
    const ack = await a.socket.emitWithAck("send_message", {
      conversation_id: conversationId,
      receiver_id: ben.id,
      content: "Hello!",
      message_type: "text",
    });
    expect(ack).toMatchObject({ success: true, data: { conversation_id: conversationId, seq: 1 } });
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
    const refused = await one.socket.emitWithAck("mark_read", { message_id: id });
    expect(refused).toMatchObject({ success: false, error: { code: "UNAUTHORIZED" } });
    one.socket.emit("authenticate", { token });
    expect((await one.find("authenticated")).data.user_id).toBe(id);
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
    for (let i = 0; i < 11; i++) {
      clock.advance(3);
      await Bun.sleep(1_000);
    }
    expect(pings).toBeGreaterThan(0);
    expect(socket.connected).toBe(true);
    const answer = await socket.emitWithAck("mark_read", { message_id: id });
    expect(answer.error.code).toBe("MESSAGE_NOT_FOUND");
    const { counters } = node.context.hub;
    socket.disconnect();
    await eventually(() => counters.open === 0);
  }, 20_000);

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
    const ben = await nodes.createUser();
    const going = connect({ auth: { token: ben.token } });
    await going.find("authenticated");
    const left = new Promise<string>((resolve) => going.socket.once("disconnect", resolve));
    await node.context.realtime.drain();
    expect(await left).toBe("transport close");
    expect(going.socket.active).toBe(true);
  });
});
