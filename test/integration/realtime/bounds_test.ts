/** Limits of a socket: hostile frames, floods, slow readers, missing heartbeats, too many sockets. @module */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type Connection, MAX_BUFFERED } from "../../../server/realtime/sockets/connection.ts";
import { isOnCitus } from "../../harness/citus.ts";
import { createTestClock } from "../../harness/clock.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { RawSocket } from "../../harness/raw_socket.ts";
import { openSocket, type TestSocket } from "../../harness/socket.ts";

describe("hostile frames", () => {
  let nodes: TestNodes;
  let node: TestNode;
  beforeAll(async () => {
    nodes = await startNodes(1);
    node = nodes.nodes[0]!;
  });
  afterAll(() => nodes.close());

  const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
  /** What is sent, and what comes of it: the code of an error on a socket that stays, or a close code. */
  const table: [name: string, send: (socket: RawSocket) => void, outcome: string | number][] = [
    ["binary", (s) => s.send(Buffer.from([0, 1, 2]), { opcode: 2 }), 4507],
    ["broken UTF-8", (s) => s.send(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 1007],
    ["a giant", (s) => s.send("x".repeat(16_385)), 1009],
    [
      "a giant in pieces",
      (s) => {
        s.send("x".repeat(10_000), { fin: false });
        s.send("x".repeat(10_000), { opcode: 0 });
      },
      1009,
    ],
    ["an unknown opcode", (s) => s.send("x", { opcode: 5 }), 1002],
    ["a frame without mask", (s) => void s.socket.write(Buffer.from([0x81, 0x01, 0x78])), 1002],
    [
      "a compressed frame that nobody agreed on",
      (s) => void s.socket.write(Buffer.from([0xc1, 0x80, 1, 2, 3, 4])),
      1002,
    ],
    ["broken JSON", (s) => s.send('{"event":"send_message"'), "VALIDATION_ERROR"],
    ["no JSON object", (s) => s.send("[1,2]"), "VALIDATION_ERROR"],
    ["nothing", (s) => s.send(""), "VALIDATION_ERROR"],
    ["deep JSON", (s) => s.send(`{"event":"mark_read","data":{"message_id":${deep}}}`), "VALIDATION_ERROR"],
    ["an unknown event", (s) => s.send('{"event":"drop_tables","data":{}}'), "VALIDATION_ERROR"],
    ["a server's event", (s) => s.send('{"event":"new_message","data":{}}'), "VALIDATION_ERROR"],
    ["a prototype key as event", (s) => s.send('{"event":"__proto__","data":{}}'), "VALIDATION_ERROR"],
    ["another one", (s) => s.send('{"event":"constructor","data":{}}'), "VALIDATION_ERROR"],
    [
      "prototype keys in data",
      (s) => s.send('{"event":"mark_read","data":{"__proto__":{"message_id":"x"}}}'),
      "VALIDATION_ERROR",
    ],
    [
      "wrong types",
      (s) => s.send('{"event":"mark_read","data":{"message_id":{"$ne":null}}}'),
      "VALIDATION_ERROR",
    ],
    ["data of the wrong kind", (s) => s.send('{"event":"mark_read","data":"x"}'), "VALIDATION_ERROR"],
    ["data that is null", (s) => s.send('{"event":"mark_read","data":null}'), "VALIDATION_ERROR"],
    [
      "a NUL byte",
      (s) =>
        s.send(
          '{"event":"send_message","data":{"receiver_id":"0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11","content":"a\\u0000b"}}',
        ),
      "VALIDATION_ERROR",
    ],
    [
      "half a surrogate pair",
      (s) =>
        s.send(
          '{"event":"send_message","data":{"receiver_id":"0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11","content":"a\\ud800b"}}',
        ),
      "VALIDATION_ERROR",
    ],
    [
      "an id that is an object",
      (s) => s.send('{"event":"mark_read","data":{},"id":{"a":1}}'),
      "VALIDATION_ERROR",
    ],
    [
      "a second token of nobody",
      (s) => s.send('{"event":"authenticate","data":{"token":"eyJ.x.y"}}'),
      "UNAUTHORIZED",
    ],
    [
      "a negative since",
      (s) => s.send('{"event":"authenticate","data":{"token":"x","since":-1}}'),
      "VALIDATION_ERROR",
    ],
    [
      "staff's event from nobody of staff",
      (s) => s.send('{"event":"admin_subscribe","data":{"stats":true}}'),
      "FORBIDDEN",
    ],
  ];

  for (const authenticated of [true, false]) {
    const when = authenticated ? "authenticated" : "before authentication";
    for (const [name, send, outcome] of table) {
      test(`${name}, ${when}: ${outcome}`, async () => {
        const { token } = authenticated ? await nodes.createUser() : { token: "" };
        const headers: Record<string, string> = authenticated ? { authorization: `Bearer ${token}` } : {};
        const socket = new RawSocket(node.url, { headers });
        await socket.opened;
        if (authenticated) await eventually(() => socket.texts().length === 1);
        const before = socket.texts().length;
        send(socket);
        if (typeof outcome === "number") {
          await socket.gone;
          expect(socket.closeCode()).toBe(outcome);
        } else {
          await eventually(() => socket.texts().length > before, { what: "an error" });
          const frame = JSON.parse(socket.texts().at(-1)!);
          // Whoever is nobody yet may also be told just that.
          const codes = authenticated ? [outcome] : [outcome, "UNAUTHORIZED"];
          expect(frame.event).toBe("error");
          expect(codes).toContain(frame.data.code);
          expect(Object.keys(frame.data)).toEqual(["code", "message", "details", "retryable"]);
        }
        socket.socket.destroy();
        // The process is well, and so is everybody else.
        const { status } = await node.request("GET", "/livez");
        expect(status).toBe(200);
      });
    }
  }
});

describe("bounds", () => {
  const clock = createTestClock();
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(env: Record<string, string> = {}): Promise<TestNodes & { node: TestNode }> {
    const nodes = await startNodes(1, { env: { ALLOWED_ORIGINS: "https://app.example.com", ...env }, clock });
    ends.push(() => nodes.close());
    return { ...nodes, node: nodes.nodes[0]! };
  }

  test("a flood of frames behind a slow one: 4029, and nobody else notices", async () => {
    const { node, createPair } = await start();
    const { ana, ben } = await createPair();
    const peer = await openSocket(node.url, { token: ben.token });
    const socket = await openSocket(node.url, { token: ana.token });
    for (let i = 0; i < 500; i++) socket.send("send_message", { receiver_id: ben.id, content: `${i}` });
    expect((await socket.closed).code).toBe(4029);
    expect(peer.all("new_message").length).toBeLessThan(70);
    expect((await peer.call("mark_read", { message_id: ana.id })).data.code).toBe("MESSAGE_NOT_FOUND");
  });

  test("a flood of frames that cost nothing is one too, with the limits on", async () => {
    const { node, createUser } = await start({ LIMITS: "on" });
    const socket = await openSocket(node.url, { token: (await createUser()).token });
    for (let i = 0; i < 1000; i++) socket.ws.send("{}");
    expect((await socket.closed).code).toBe(4029);
  });

  test("limits answer with their numbers and leave the socket open", async () => {
    const { node, createPair } = await start({ LIMITS: "on" });
    const { ana, ben, conversationId } = await createPair();
    const socket = await openSocket(node.url, { token: ana.token });
    const codes: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { event, data } = await socket.call("send_message", { receiver_id: ben.id, content: `${i}` });
      codes.push(event);
      if (event === "error") {
        expect(data).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", retryable: true });
        expect(data.details).toEqual({ limit: 2, window_ms: 1000, retry_after_ms: expect.any(Number) });
      }
    }
    expect(codes).toEqual(["ack", "ack", "error"]);
    for (let i = 0; i < 11; i++) {
      const event = i % 2 ? "typing_stop" : "typing_start";
      const { event: answer } = await socket.call(event, { conversation_id: conversationId });
      expect([i, answer]).toEqual([i, i < 10 ? "ack" : "error"]);
    }
  });

  // On Citus one sender's messages fill no buffer before the reader's pings have run out.
  test.skipIf(isOnCitus)(
    "a reader that stops is closed with 4008 at 1 MiB, resumes, and has lost nothing",
    async () => {
      const { node, createPair } = await start();
      const { ana, ben } = await createPair();
      const slow = new RawSocket(node.url, { headers: { authorization: `Bearer ${ben.token}` } });
      await slow.opened;
      await eventually(() => slow.texts().length > 0);
      slow.socket.pause();
      const buffered = watchBuffer(node.context.people.members.get(ben.id)!.sockets[0] as Connection);
      const [sender, quick] = [
        await openSocket(node.url, { token: ana.token }),
        await openSocket(node.url, { token: ben.token }),
      ];
      const { counters } = node.context.people;
      let sent = 0;
      while (counters.closes[4008] === undefined && sent < 5_000) {
        const calls = Array.from({ length: 32 }, () =>
          sender.call("send_message", { receiver_id: ben.id, content: "😀".repeat(1000) }),
        );
        sent += (await Promise.all(calls)).filter(({ event }) => event === "ack").length;
      }
      expect(counters.closes[4008]).toBe(1);
      // What one turn brings is written in one go: at most 32 frames beyond it.
      expect(buffered()).toBeWithin(MAX_BUFFERED, MAX_BUFFERED + 32 * 5_000);
      await eventually(() => quick.all("new_message").length === sent);
      slow.socket.resume();
      await eventually(() => slow.closeCode() !== undefined, { what: "the close frame" });
      expect(slow.closeCode()).toBe(4008);
      const seen = slow.texts().map((text) => JSON.parse(text));
      const last = seen.findLast(({ seq }) => seq !== undefined).seq;
      const resumed = await openSocket(node.url, { token: ben.token, since: last });
      await resumed.event("caught_up");
      const seqs = [...seen, ...resumed.frames].flatMap(({ seq }) => seq ?? []);
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i + seqs[0]));
      expect(seqs.at(-1)).toBe(quick.logged().at(-1)!.seq);
    },
  );

  test("a peer that is dead is closed, also while it is being pushed to", async () => {
    const { node, createPair } = await start();
    const { ana, ben } = await createPair();
    const dead = new RawSocket(node.url, { headers: { authorization: `Bearer ${ben.token}` } });
    const sender = await openSocket(node.url, { token: ana.token });
    await eventually(() => dead.texts().length > 0);
    // 25 s to the next ping at most, 10 s for its answer; in steps, because a jump is our own standstill.
    for (let i = 0; i < 14 && dead.closeCode() === undefined; i++) {
      clock.advance(3);
      await sender.call("send_message", { receiver_id: ben.id, content: `${i}` });
      await Bun.sleep(1_000);
    }
    await eventually(() => dead.closeCode() !== undefined);
    expect(dead.closeCode()).toBe(4010);
    expect(dead.frames.some(({ opcode }) => opcode === 9)).toBe(true);
    // The one who answers is still there.
    expect((await sender.call("mark_read", { message_id: ana.id })).data.code).toBe("MESSAGE_NOT_FOUND");
  });

  test("the ninth device closes the oldest, also with the limits off", async () => {
    const { node, createUser } = await start();
    const { token } = await createUser();
    const sockets: TestSocket[] = [];
    for (let i = 0; i < 9; i++) sockets.push(await openSocket(node.url, { token }));
    expect((await sockets[0]!.closed).code).toBe(4509);
    for (const socket of sockets.slice(1)) {
      expect((await socket.call("mark_read", { message_id: crypto.randomUUID() })).event).toBe("error");
    }
  });

  test("origins: the list and our own, no other", async () => {
    const { node } = await start();
    const outcome = async (origin: string | undefined) => {
      const response = await upgrade(node.url, origin ? { origin } : {});
      return response.split(" ")[1];
    };
    expect(await outcome(undefined)).toBe("101");
    expect(await outcome("https://app.example.com")).toBe("101");
    expect(await outcome(node.url)).toBe("101");
    expect(await outcome("https://evil.example.com")).toBe("403");
    expect(await outcome("https://app.example.com.evil.com")).toBe("403");
    expect(await outcome("null")).toBe("403");
  });

  test("one address: so many in ten seconds, so many at one time", async () => {
    const { node, createUser } = await start({
      LIMITS: "on",
      LIMIT_WS_CONNECTIONS_PER_ADDRESS: "3",
      LIMIT_WS_CONNECT: "10/10s",
    });
    const { token } = await createUser();
    const open: TestSocket[] = [];
    for (let i = 0; i < 3; i++) open.push(await openSocket(node.url, { token }));
    const refused = await upgrade(node.url);
    expect(refused).toStartWith("HTTP/1.1 429");
    expect(refused).toMatch(/retry-after: \d+/i);
    await open[0]!.close();
    await eventually(async () => (await upgrade(node.url)).startsWith("HTTP/1.1 101"));
    await Promise.all(open.map((socket) => socket.close()));
    let answer = "";
    for (let i = 0; i < 12; i++) answer = await upgrade(node.url);
    expect(answer).toStartWith("HTTP/1.1 429");
  });

  test("the whole process: a crowd is told when to come again", async () => {
    const { node } = await start({ LIMITS: "on", LIMIT_WS_CONNECT: "1000/1s", LIMIT_WS_ADMISSION: "5/1s" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => upgrade(node.url)));
    const refused = answers.filter((answer) => answer.startsWith("HTTP/1.1 503"));
    expect(refused.length).toBeGreaterThanOrEqual(10);
    for (const answer of refused) expect(answer).toMatch(/retry-after: [1-9]/i);
  });

  test("what asks for no socket is told so", async () => {
    const { node } = await start();
    for (const path of [
      "/ws",
      "/socket.io/?EIO=4&transport=websocket",
      "/socket.io/?EIO=4&transport=polling",
    ]) {
      const response = await fetch(node.url + path);
      expect([path, response.status]).toEqual([path, 400]);
      expect(await response.json()).toMatchObject({ success: false, error: { code: "VALIDATION_ERROR" } });
    }
    expect(await upgrade(node.url, {}, "/socket.io/?EIO=3&transport=websocket")).toStartWith("HTTP/1.1 400");
  });

  test("`since` on the upgrade is read as strictly as on REST, with a token or without", async () => {
    const { node, createUser } = await start();
    const { token } = await createUser();
    const outcome = async (since: string, headers: Record<string, string>) =>
      (await upgrade(node.url, headers, `/ws?since=${since}`)).split(" ")[1];
    for (const since of ["-1", "", "+1", "%201", "1.0", "1e3", "0x10", "9007199254740992", "1e300", "x"]) {
      const rest = await node.request("GET", `/api/v1/sync?since=${since}`, { token });
      expect([since, rest.status]).toEqual([since, 400]);
      expect([since, await outcome(since, {})]).toEqual([since, "400"]);
      expect([since, await outcome(since, { authorization: `Bearer ${token}` })]).toEqual([since, "400"]);
    }
    for (const since of ["0", "41", "9007199254740991"]) {
      expect([since, await outcome(since, { authorization: `Bearer ${token}` })]).toEqual([since, "101"]);
    }
  });

  test("a position beyond the log is answered at once, one beyond what is a position is refused", async () => {
    const { node, createUser } = await start();
    const { token } = await createUser();
    const socket = await openSocket(node.url);
    for (const since of [2 ** 53, 2 ** 63, 1e300, -1, 0.5, "1", null]) {
      const { data } = await socket.call("authenticate", { token, since });
      expect([since, data.code]).toEqual([since, "VALIDATION_ERROR"]);
    }
    expect((await socket.call("authenticate", { token, since: 2 ** 53 - 1 })).event).toBe("authenticated");
    expect((await socket.event("resync_required")).data).toEqual({ seq: 0 });
    await socket.event("caught_up");
  });

  test("a subprotocol that is not the server's is not answered with", async () => {
    const { node, createUser } = await start();
    const { token } = await createUser();
    const answer = async (offered: string) => {
      const head = await upgrade(node.url, { "sec-websocket-protocol": offered });
      return [head.split(" ")[1], /^sec-websocket-protocol: *(.*)$/im.exec(head)?.[1]];
    };
    expect(await answer("graphql-ws")).toEqual(["101", undefined]);
    expect(await answer("mqtt, soap")).toEqual(["101", undefined]);
    expect(await answer("mqtt, vibesmatch")).toEqual(["101", "vibesmatch"]);
    expect(await answer(`mqtt, bearer.${token}`)).toEqual(["101", `bearer.${token}`]);
  });

  test("a socket opens without a Host", async () => {
    const { node } = await start();
    expect((await upgrade(node.url, { host: "" })).split(" ")[1]).toBe("101");
  });

  test.each([
    ["pings", (socket: RawSocket) => socket.send("", { opcode: 9 })],
    ["pongs", (socket: RawSocket) => socket.send("", { opcode: 10 })],
    [
      "typing_start in conversations that do not exist",
      (socket: RawSocket) =>
        socket.send(
          JSON.stringify({ event: "typing_start", data: { conversation_id: crypto.randomUUID() }, id: 1 }),
        ),
    ],
    [
      "tokens that are wrong",
      (socket: RawSocket) => socket.send('{"event":"authenticate","data":{"token":"eyJ.x.y"},"id":1}'),
    ],
  ])("a person's %s are counted over all their sockets, and too many close with 4029", async (_, send) => {
    const { node, createUser } = await start({ LIMITS: "on", LIMIT_WS_FRAMES: "100/1h" });
    const [ana, ben] = [await createUser(), await createUser()];
    const open = async (token: string) => {
      const socket = new RawSocket(node.url, { headers: { authorization: `Bearer ${token}` } });
      await socket.opened;
      await eventually(() => socket.texts().length === 1);
      return socket;
    };
    const sockets = [await open(ana.token), await open(ana.token), await open(ana.token)];
    const other = await open(ben.token);
    // 34 each: none of them alone is too many, and each is within the queue's bound.
    for (let i = 0; i < 34; i++) for (const socket of sockets) send(socket);
    await eventually(() => sockets.some((socket) => socket.closeCode() === 4029), { what: "4029" });
    for (let i = 0; i < 34; i++) send(other);
    await Bun.sleep(50);
    expect(other.closeCode()).toBeUndefined();
    // A new socket of that person does not begin anew.
    const again = await open(ana.token);
    send(again);
    await eventually(() => again.closeCode() === 4029, { what: "4029 again" });
    for (const socket of [...sockets, other, again]) socket.socket.destroy();
  });

  test("authenticate is counted per user, on one socket and by reconnecting", async () => {
    const { node, createUser } = await start({ LIMITS: "on", LIMIT_WS_AUTHENTICATE: "5/1h" });
    const { token } = await createUser();
    const socket = await openSocket(node.url, { token });
    const answers: string[] = [];
    for (let i = 0; i < 5; i++) answers.push((await socket.call("authenticate", { token })).event);
    expect(answers).toEqual(["authenticated", "authenticated", "authenticated", "authenticated", "error"]);
    expect(socket.frames.at(-1)!.data.code).toBe("RATE_LIMIT_EXCEEDED");
    // The socket stays; a new one is told when to come back.
    expect((await socket.call("mark_read", { message_id: crypto.randomUUID() })).data.code).toBe(
      "MESSAGE_NOT_FOUND",
    );
    const next = await openSocket(node.url, { headers: { authorization: `Bearer ${token}` } });
    const { code, reason } = await next.closed;
    expect([code, JSON.parse(reason).retry_after_ms > 0]).toEqual([4029, true]);
  });

  test("the defaults let a carrier's shared address in, and an IPv6 network counts as one", async () => {
    // The bound of the process is no matter of addresses.
    const { node, createUser } = await start({
      LIMITS: "on",
      LIMIT_WS_ADMISSION: "10000/1s",
      TRUSTED_PROXIES: "127.0.0.1/32",
    });
    const { token } = await createUser();
    const statuses = async (count: number, address: (i: number) => string) => {
      const answers = await Promise.all(
        Array.from({ length: count }, (_, i) => upgrade(node.url, { "x-forwarded-for": address(i) })),
      );
      return answers.map((answer) => answer.split(" ")[1]);
    };
    // As many people behind one address as it may have in 10 s; one more is told when to come again.
    const carrier = await statuses(300, () => "203.0.113.7");
    expect(carrier.filter((status) => status !== "101")).toEqual([]);
    expect(await statuses(1, () => "203.0.113.7")).toEqual(["429"]);
    // Every host of a /64 is the same customer, the next /64 another one.
    const network = await statuses(301, (i) => `2001:db8:1:1::${(i + 1).toString(16)}`);
    expect(network.filter((status) => status === "429").length).toBe(1);
    expect(await statuses(1, () => "2001:db8:1:2::1")).toEqual(["101"]);
    expect((await node.request("GET", "/api/v1/users/profile", { token })).status).toBe(200);
  });

  test("nothing is left over when sockets are gone", async () => {
    const { node, createUser } = await start({ LIMIT_WS_CONNECTIONS_PER_USER: "100" });
    const { token } = await createUser();
    const { counters, members } = node.context.people;
    const refs: WeakRef<object>[] = [];
    for (let round = 0; round < 3; round++) {
      const sockets = await Promise.all(
        Array.from({ length: 50 }, (_, i) => openSocket(node.url, i % 2 ? { token } : {})),
      );
      expect(counters.open).toBe(50);
      for (const member of members.all()) refs.push(...member.sockets.map((socket) => new WeakRef(socket)));
      for (const [i, socket] of sockets.entries()) socket.ws.close(i % 3 ? 1000 : 3000);
      await eventually(() => counters.open === 0);
    }
    expect(counters.members).toBe(0);
    clock.advance(11);
    await eventually(() => members.size === 0);
    // The objects, too; the engine may still see one or the other on its stack.
    await eventually(() => {
      Bun.gc(true);
      return refs.filter((ref) => ref.deref() !== undefined).length < 5;
    });
    expect(refs).toHaveLength(75);
  });
});

/** @returns What tells the most that was ever buffered for a connection, bytes. */
function watchBuffer(connection: Connection): () => number {
  let most = 0;
  const look = () => {
    most = Math.max(most, connection.ws?.getBufferedAmount() ?? 0);
  };
  const [flush, close] = [connection.flush.bind(connection), connection.close.bind(connection)];
  connection.flush = () => {
    flush();
    look();
  };
  connection.close = (...given) => {
    look();
    close(...given);
  };
  return () => most;
}

/** Asks for a socket; @returns the head of the answer. A socket that opens is closed at once. */
async function upgrade(url: string, headers: Record<string, string> = {}, path = "/ws"): Promise<string> {
  const socket = new RawSocket(url, { path, headers });
  const head = await socket.opened;
  socket.socket.destroy();
  return head;
}
