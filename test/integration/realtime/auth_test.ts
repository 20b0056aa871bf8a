/** Authenticating a socket, renewing its token, and ending its session. @module */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createTestClock } from "../../harness/clock.ts";
import { startNodes, type TestNodes } from "../../harness/nodes.ts";
import { openSocket, TestSocket } from "../../harness/socket.ts";

const clock = createTestClock();
let nodes: TestNodes;
let url: string;
beforeAll(async () => {
  nodes = await startNodes(1, { clock });
  url = nodes.nodes[0]!.url;
});
afterAll(() => nodes.close());

describe("authentication", () => {
  test("by first frame, Authorization header and subprotocol; the token is never in an answer's URL", async () => {
    const { id, token } = await nodes.createUser();
    const frame = await openSocket(url, { token });
    const header = await openSocket(url, { headers: { authorization: `Bearer ${token}` } });
    const both = await openSocket(url, { protocols: ["vibesmatch", `bearer.${token}`] });
    const alone = await openSocket(url, { protocols: [`bearer.${token}`] });
    for (const socket of [frame, header, both, alone]) {
      const { data } = await socket.event("authenticated");
      expect(data).toEqual({ user_id: id, seq: 0, heartbeat_ms: 25_000, session_id: expect.any(String) });
    }
    expect([frame, both, alone].map(({ ws }) => ws.protocol)).toEqual(["", "vibesmatch", `bearer.${token}`]);
    for (const socket of [frame, header, both, alone]) await socket.close();
  });

  test("a wrong token is told why, then closed for good", async () => {
    for (const [name, open] of Object.entries({
      frame: (token: string) => {
        const socket = new TestSocket(url);
        void socket.opened.then(() => socket.send("authenticate", { token }, "mine"));
        return socket;
      },
      header: (token: string) => new TestSocket(url, { headers: { authorization: `Bearer ${token}` } }),
    })) {
      const socket = open("not.a.token");
      expect([name, (await socket.closed).code]).toEqual([name, 4501]);
      expect(socket.frames).toMatchObject([
        { event: "error", data: { code: "UNAUTHORIZED", retryable: false } },
      ]);
      if (name === "frame") expect(socket.frames[0]!.id).toBe("mine");
    }
  });

  test("anything before authentication is refused, and the socket may still authenticate", async () => {
    const { token } = await nodes.createUser();
    const socket = await openSocket(url);
    for (const event of [
      "send_message",
      "mark_read",
      "typing_start",
      "typing_stop",
      "admin_subscribe",
      "nope",
    ]) {
      expect((await socket.call(event)).data).toMatchObject({ code: "UNAUTHORIZED" });
    }
    expect((await socket.call("authenticate", { token: 5 })).data).toMatchObject({
      code: "VALIDATION_ERROR",
    });
    expect(await socket.call("authenticate", { token })).toMatchObject({ event: "authenticated" });
    await socket.close();
  });

  test("a live socket takes a fresh token of the same person, and of nobody else", async () => {
    const [ana, ben] = [await nodes.createUser(), await nodes.createUser()];
    const socket = await openSocket(url, { token: ana.token });
    expect(await socket.call("authenticate", { token: ana.token })).toMatchObject({
      event: "authenticated",
      data: { user_id: ana.id },
    });
    expect((await socket.call("authenticate", { token: ben.token })).data.code).toBe("UNAUTHORIZED");
    expect((await socket.call("authenticate", { token: "x" })).data.code).toBe("UNAUTHORIZED");
    expect((await socket.call("mark_read", { message_id: ben.id })).data.code).toBe("MESSAGE_NOT_FOUND");
    await socket.close();
  });

  test("whoever says nothing is dropped after ten seconds", async () => {
    const socket = await openSocket(url);
    clock.advance(9);
    await socket.call("nope");
    clock.advance(2);
    expect((await socket.closed).code).toBe(4011);
  });

  test("a token that runs out is announced a minute before, and closes; a fresh one keeps the socket", async () => {
    const { id, token, refreshToken } = await nodes.createUser();
    const [kept, lost] = [await openSocket(url, { token }), await openSocket(url, { token })];
    clock.advance(3600 - 61);
    const { data } = await kept.event("token_expiring");
    expect(Date.parse(data.expires_at) - clock.now()).toBeWithin(50_000, 61_000);
    await lost.event("token_expiring");
    const { sessions } = nodes.nodes[0]!.context;
    const fresh = await sessions.refresh(refreshToken);
    await kept.call("authenticate", { token: fresh.access_token });
    clock.advance(62);
    expect((await lost.closed).code).toBe(4501);
    expect((await kept.call("mark_read", { message_id: id })).data.code).toBe("MESSAGE_NOT_FOUND");
    await kept.close();
  });
});

describe("the end of a session", () => {
  test("logout closes the sockets of that session only, logout-all all of them", async () => {
    const { node, ana, second } = await twoSessions();
    const [one, two] = [
      await openSocket(url, { token: ana.token }),
      await openSocket(url, { token: second }),
    ];
    await node.request("POST", "/api/v1/auth/logout", { token: ana.token });
    expect((await one.closed).code).toBe(4504);
    expect((await two.call("mark_read", { message_id: ana.id })).data.code).toBe("MESSAGE_NOT_FOUND");
    await node.request("POST", "/api/v1/auth/logout-all", { token: second });
    expect((await two.closed).code).toBe(4504);
    const late = new TestSocket(url, { headers: { authorization: `Bearer ${second}` } });
    expect((await late.closed).code).toBe(4501);
  });

  test("a suspension closes every socket at once and refuses new ones", async () => {
    const { node, ana, second } = await twoSessions();
    const admin = await nodes.createUser({ role: "moderator" });
    const sockets = [await openSocket(url, { token: ana.token }), await openSocket(url, { token: second })];
    const until = new Date(clock.now() + 86_400_000).toISOString();
    const answer = await node.request("POST", `/api/v1/admin/users/${ana.id}/sanctions`, {
      token: admin.token,
      body: { action: "suspend", until, reason: "spam again and again" },
    });
    expect(answer.status).toBe(201);
    for (const socket of sockets) expect((await socket.closed).code).toBe(4503);
    const late = new TestSocket(url, { headers: { authorization: `Bearer ${ana.token}` } });
    expect([4501, 4503]).toContain((await late.closed).code);
  });

  test("a revocation that no message told of is found by reconciliation", async () => {
    const { token, id } = await nodes.createUser();
    const socket = await openSocket(url, { token });
    await nodes.nodes[0]!.context.database.sql`update sessions set revoked_at = now() where user_id = ${id}`;
    expect((await socket.closed).code).toBe(4504);
  });

  async function twoSessions() {
    const node = nodes.nodes[0]!;
    const ana = await nodes.createUser();
    const { sessions, database } = node.context;
    const { access_token: second } = await sessions.open(database.sql, ana.id);
    return { node, ana, second };
  }
});
