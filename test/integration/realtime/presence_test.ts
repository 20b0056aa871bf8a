/** Presence and typing on one node: who is told, and for how long. @module */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { io } from "socket.io-client";
import { createTestClock } from "../../harness/clock.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { openSocket, TestSocket } from "../../harness/socket.ts";
import { createWorld, type World } from "../../harness/world.ts";

const clock = createTestClock();
let nodes: TestNodes;
let node: TestNode;
let world: World;
beforeAll(async () => {
  nodes = await startNodes(1, { clock });
  node = nodes.nodes[0]!;
  world = createWorld(node);
});
afterAll(() => nodes.close());

const open = (token: string) => openSocket(node.url, { token });
const settle = (socket: TestSocket) => socket.call("mark_read", { message_id: crypto.randomUUID() });

type Pair = Awaited<ReturnType<TestNodes["createPair"]>>;

async function isOnline(userId: string): Promise<boolean> {
  const [row] = await node.context.database.sql<{ isOnline: boolean }[]>`
    select is_online from user_presence where user_id = ${userId}
  `;
  return row!.isOnline;
}

/** Waits for the flag: news about somebody are sent after it is written. */
const online = (userId: string) => eventually(() => isOnline(userId), { what: "online" });
const offline = (userId: string) => eventually(async () => !(await isOnline(userId)), { what: "offline" });

describe("presence", () => {
  test("online with the first device, offline ten seconds after the last, told to whom it concerns", async () => {
    const { ana, ben } = await nodes.createPair();
    const stranger = await nodes.createUser();
    const [watcher, other] = [await open(ana.token), await open(stranger.token)];
    await Promise.all([online(ana.id), online(stranger.id)]);
    const [one, two] = [await open(ben.token), await open(ben.token)];
    expect((await watcher.event("user_online")).data).toEqual({ user_id: ben.id });
    expect(await isOnline(ben.id)).toBe(true);
    await one.close();
    clock.advance(12);
    await settle(watcher);
    await two.close();
    await Bun.sleep(1_200);
    expect(await isOnline(ben.id)).toBe(true);
    clock.advance(10);
    const gone = await watcher.event("user_offline");
    expect(gone.data).toEqual({ user_id: ben.id, last_active: expect.stringMatching(/Z$/) });
    expect(await isOnline(ben.id)).toBe(false);
    await settle(watcher);
    expect(watcher.all("user_online")).toHaveLength(1);
    expect(watcher.all("user_offline")).toHaveLength(1);
    expect([...other.all("user_online"), ...other.all("user_offline")]).toEqual([]);
    await Promise.all([watcher.close(), other.close()]);
  });

  test("a quick reconnect is nobody's news", async () => {
    const { ana, ben } = await nodes.createPair();
    const watcher = await open(ana.token);
    await online(ana.id);
    for (let i = 0; i < 5; i++) {
      const socket = await open(ben.token);
      await online(ben.id);
      clock.advance(5);
      await socket.close();
      clock.advance(4);
      await Bun.sleep(300);
    }
    const last = await open(ben.token);
    clock.advance(60);
    await Bun.sleep(1_200);
    await settle(watcher);
    expect(watcher.all("user_online")).toHaveLength(1);
    expect(watcher.all("user_offline")).toEqual([]);
    await Promise.all([watcher.close(), last.close()]);
  });

  test("whoever hides their activity is not told of, and blocked people are not told", async () => {
    const hidden = await nodes.createPair();
    await node.request("PUT", "/api/v1/users/profile", {
      token: hidden.ben.token,
      body: { show_activity_status: false },
    });
    const blocked = await nodes.createPair();
    await node.request("POST", `/api/v1/users/${blocked.ben.id}/block`, {
      token: blocked.ana.token,
      body: {},
    });
    const watchers = [await open(hidden.ana.token), await open(blocked.ana.token)];
    await Promise.all([online(hidden.ana.id), online(blocked.ana.id)]);
    const sockets = [await open(hidden.ben.token), await open(blocked.ben.token)];
    await Promise.all([online(hidden.ben.id), online(blocked.ben.id)]);
    for (const socket of sockets) await socket.close();
    clock.advance(11);
    await Promise.all([offline(hidden.ben.id), offline(blocked.ben.id)]);
    for (const watcher of watchers) {
      await settle(watcher);
      expect([...watcher.all("user_online"), ...watcher.all("user_offline")]).toEqual([]);
      await watcher.close();
    }
  });

  test("hiding one's activity while online is going, showing it again is coming", async () => {
    const { ana, ben } = await nodes.createPair();
    const [watcher, socket] = [await open(ana.token), await open(ben.token)];
    await Promise.all([online(ana.id), online(ben.id)]);
    const show = (shown: boolean) =>
      node.request("PUT", "/api/v1/users/profile", {
        token: ben.token,
        body: { show_activity_status: shown },
      });
    await show(false);
    expect((await watcher.event("user_offline")).data.user_id).toBe(ben.id);
    const before = watcher.all("user_online").length;
    await show(true);
    await eventually(() => watcher.all("user_online").length === before + 1);
    await Promise.all([watcher.close(), socket.close()]);
  });

  test("lists show it, masked for who hides it", async () => {
    const { ana, ben } = await nodes.createPair();
    const socket = await open(ben.token);
    await online(ben.id);
    const { body } = await node.request("GET", "/api/v1/matches", { token: ana.token });
    expect(body.data.matches[0].user).toMatchObject({ id: ben.id, is_online: true });
    await socket.close();
  });

  test("a socket that comes back gets who is online of those it may see, and changes after it", async () => {
    const { ana, ben } = await nodes.createPair();
    const [gone, hidden, stranger] = [
      await nodes.createUser(),
      await nodes.createUser(),
      await nodes.createUser(),
    ];
    for (const person of [gone, hidden]) await world.match(ana, person);
    const sockets = await Promise.all([ben, gone, hidden, stranger].map(({ token }) => open(token)));
    await Promise.all([ben, gone, hidden, stranger].map(({ id }) => online(id)));
    await node.request("PUT", "/api/v1/users/profile", {
      token: hidden.token,
      body: { show_activity_status: false },
    });
    await world.unmatch(gone, ana);
    const socket = new TestSocket(node.url);
    await socket.opened;
    await socket.call("authenticate", { token: ana.token, since: 0 });
    const snapshot = await socket.event("presence_snapshot");
    expect(snapshot.data).toEqual({ online: [ben.id] });
    const names = socket.frames.map(({ event }) => event);
    expect(names.indexOf("presence_snapshot")).toBe(names.indexOf("caught_up") + 1);
    await Promise.all([socket, ...sockets].map((one) => one.close()));
  });

  test("a flag that is missing is found and set", async () => {
    const { ana, ben } = await nodes.createPair();
    const watcher = await open(ana.token);
    await online(ana.id);
    const { sql } = node.context.database;
    const socket = await open(ben.token);
    await watcher.event("user_online");
    clock.advance(6);
    await sql`update user_presence set is_online = false where user_id = ${ben.id}`;
    await online(ben.id);
    await eventually(() => watcher.all("user_online").length === 2);
    await Promise.all([watcher.close(), socket.close()]);
  });
});

describe("typing", () => {
  test("is passed to the other person, ends ten seconds after the last start, and on stop", async () => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const [a, b] = [await open(ana.token), await open(ben.token)];
    const about = { conversation_id: conversationId };
    const typing = (is_typing: boolean) => ({ ...about, user_id: ana.id, is_typing });
    const news = () => b.all("user_typing").map(({ data }) => data);
    expect(await a.call("typing_start", about)).toMatchObject({ event: "ack", data: {} });
    await eventually(() => news().length === 1, { what: "typing" });
    clock.advance(8);
    await a.call("typing_start", about);
    await eventually(() => news().length === 2, { what: "its renewal" });
    clock.advance(8);
    // Two turns of the timer later it is still shown.
    await Bun.sleep(2_100);
    expect(news()).toEqual([typing(true), typing(true)]);
    clock.advance(3);
    await eventually(() => news().length === 3, { what: "the end of typing" });
    expect(news()[2]).toEqual(typing(false));
    await a.call("typing_start", about);
    await a.call("typing_stop", about);
    await a.call("typing_stop", about);
    await settle(b);
    expect(news().slice(3)).toEqual([typing(true), typing(false)]);
    expect(a.all("user_typing")).toEqual([]);
    await Promise.all([a.close(), b.close()]);
  });

  /** Whatever ends a conversation, or the right to type, while typing is shown. */
  const ENDINGS: Readonly<Record<string, (pair: Pair) => Promise<unknown>>> = {
    "the typing one unmatches": ({ ana, ben }) => world.unmatch(ana, ben),
    "the reader unmatches": ({ ana, ben }) => world.unmatch(ben, ana),
    "the typing one blocks": ({ ana, ben }) => world.block(ana, ben),
    "the reader blocks": ({ ana, ben }) => world.block(ben, ana),
    "the typing one is muted": async ({ ana }) => {
      const admin = await nodes.createUser({ role: "admin" });
      const body = { action: "mute", hours: 1, reason: "Wrote the same to everybody" };
      return await node.request("POST", `/api/v1/admin/users/${ana.id}/sanctions`, {
        token: admin.token,
        body,
      });
    },
  };
  for (const [name, end] of Object.entries(ENDINGS)) {
    test(`ends when ${name}, and can neither go on nor end twice`, async () => {
      const pair = await nodes.createPair();
      const { ana, ben, conversationId } = pair;
      const [a, b] = [await open(ana.token), await open(ben.token)];
      const about = { conversation_id: conversationId };
      const shown = () => b.all("user_typing").map(({ data }) => data.is_typing);
      await a.call("typing_start", about);
      await eventually(() => shown().length === 1);
      expect((await end(pair)) as object).toMatchObject({ body: { success: true } });
      await eventually(() => shown().length === 2, { what: "the end of typing" });
      for (const event of ["typing_start", "typing_stop"]) {
        expect((await a.call(event, about)).data.code).toBeOneOf([
          "UNAUTHORIZED_ACTION",
          "USER_BLOCKED",
          "FORBIDDEN",
        ]);
      }
      await a.close();
      clock.advance(11);
      await Bun.sleep(1_100);
      await settle(b);
      expect(shown()).toEqual([true, false]);
      await b.close();
    });
  }

  test("ends when the socket closes", async () => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const [a, b] = [await open(ana.token), await open(ben.token)];
    await a.call("typing_start", { conversation_id: conversationId });
    await b.event("user_typing");
    await a.close();
    await eventually(() => b.all("user_typing").at(-1)?.data.is_typing === false);
    await b.close();
  });

  /** Sends typing events as a client of that framing does. @returns The code of the error, or undefined. */
  const FRAMINGS = {
    async JSON(token: string) {
      const socket = await open(token);
      const say = async (event: string, data: object): Promise<string | undefined> =>
        (await socket.call(event, data)).data.code;
      return { say, close: () => socket.close() };
    },
    async "Socket.IO"(token: string) {
      const socket = io(node.url, { transports: ["websocket"], forceNew: true, auth: { token } });
      await new Promise((resolve) => socket.once("authenticated", resolve));
      const say = async (event: string, data: object): Promise<string | undefined> =>
        (await socket.emitWithAck(event, data)).error?.code;
      return { say, close: async () => void socket.disconnect() };
    },
  };
  for (const [framing, connectAs] of Object.entries(FRAMINGS)) {
    test(`an id in upper case is the same conversation, and passes no block: ${framing}`, async () => {
      const { ana, ben, conversationId } = await nodes.createPair();
      const b = await open(ben.token);
      const shown = () => b.all("user_typing").map(({ data }) => data);
      const [upper, lower] = [conversationId.toUpperCase(), conversationId];
      let a = await connectAs(ana.token);
      expect(await a.say("typing_start", { conversation_id: upper })).toBeUndefined();
      expect(await a.say("typing_stop", { conversation_id: lower })).toBeUndefined();
      await eventually(() => shown().length === 2);
      expect(shown()).toMatchObject([
        { conversation_id: lower, is_typing: true },
        { conversation_id: lower, is_typing: false },
      ]);
      expect(await a.say("typing_start", { conversation_id: upper })).toBeUndefined();
      await eventually(() => shown().length === 3);
      const path = `/api/v1/users/${ana.id.toUpperCase()}/block`;
      expect((await node.request("POST", path, { token: ben.token, body: {} })).status).toBe(201);
      await eventually(() => shown().length === 4);
      for (const id of [upper, lower]) {
        expect(await a.say("typing_start", { conversation_id: id })).toBe("USER_BLOCKED");
      }
      await a.close();
      a = await connectAs(ana.token);
      for (const id of [upper, lower]) {
        expect(await a.say("typing_start", { conversation_id: id })).toBe("USER_BLOCKED");
      }
      await settle(b);
      expect(shown().map(({ is_typing }) => is_typing)).toEqual([true, false, true, false]);
      await Promise.all([a.close(), b.close()]);
    });
  }

  test("only inside an active conversation of one's own, as of now", async () => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const stranger = await nodes.createUser();
    const [a, b, s] = [await open(ana.token), await open(ben.token), await open(stranger.token)];
    const about = { conversation_id: conversationId };
    expect((await a.call("typing_start", about)).event).toBe("ack");
    expect((await s.call("typing_start", about)).data.code).toBe("CONVERSATION_NOT_FOUND");
    const unknown = { conversation_id: crypto.randomUUID() };
    expect((await a.call("typing_start", unknown)).data.code).toBe("CONVERSATION_NOT_FOUND");
    await world.unmatch(ana, ben);
    expect((await a.call("typing_start", about)).data.code).toBe("UNAUTHORIZED_ACTION");
    await world.block(ana, ben);
    expect((await b.call("typing_start", about)).data.code).toBe("USER_BLOCKED");
    expect(a.all("user_typing")).toEqual([]);
    await Promise.all([a, b, s].map((socket) => socket.close()));
  });
});
