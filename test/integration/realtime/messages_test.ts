/** Messages, receipts, relationship events and replay over sockets of one node. @module */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { openSocket, type TestSocket } from "../../harness/socket.ts";

let nodes: TestNodes;
let node: TestNode;
let url: string;
beforeAll(async () => {
  nodes = await startNodes(1);
  node = nodes.nodes[0]!;
  url = node.url;
});
afterAll(() => nodes.close());

const open = (token: string, since?: number) => openSocket(url, { token, since });
/** Everything that was on its way has arrived once this has come back. */
const settle = (socket: TestSocket) => socket.call("mark_read", { message_id: crypto.randomUUID() });

describe("messages", () => {
  test("every device of both people hears of it once; the sender's is acknowledged after the commit", async () => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const sockets = [
      await open(ana.token),
      await open(ana.token),
      await open(ben.token),
      await open(ben.token),
    ];
    const [a1, a2, b1] = sockets as [TestSocket, TestSocket, TestSocket];
    const ack = await a1.call("send_message", {
      receiver_id: ben.id,
      conversation_id: conversationId,
      content: "Hello 👋\nyou",
      message_type: "text",
      client_message_id: "m-1",
    });
    expect(ack).toMatchObject({ event: "ack", data: { conversation_id: conversationId, seq: 1 } });
    const common = {
      message_id: ack.data.message_id,
      conversation_id: conversationId,
      seq: 1,
      sender_id: ana.id,
      receiver_id: ben.id,
      content: "Hello 👋\nyou",
      message_type: "text",
      is_request: false,
      created_at: ack.data.created_at,
    };
    const own = { ...common, client_message_id: "m-1" };
    for (const socket of sockets) if (socket !== a1) await socket.event("new_message");
    // The confirmation stands for the event, at its place in the log.
    expect(a1.all("new_message")).toEqual([]);
    expect(ack.seq).toBe(a2.all("new_message")[0]!.seq!);
    expect(a2.all("new_message").map(({ data }) => data)).toEqual([own]);
    expect(b1.all("new_message").map(({ data }) => data)).toEqual([common]);
    const [row] = await node.context.database
      .sql`select content from messages where id = ${common.message_id}`;
    expect(row).toEqual({ content: "Hello 👋\nyou" });
    for (const socket of sockets) await socket.close();
  });

  test("REST's messages reach sockets, and a socket's are in REST's history", async () => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const socket = await open(ben.token);
    const body = { receiver_id: ben.id, content: "by REST" };
    await node.request("POST", "/api/v1/messages/send", { token: ana.token, body });
    expect((await socket.event("new_message")).data.content).toBe("by REST");
    await socket.call("send_message", { receiver_id: ana.id, content: "by socket" });
    const history = await node.request("GET", `/api/v1/conversations/${conversationId}/messages`, {
      token: ana.token,
    });
    expect(history.body.data.messages.map(({ content }: { content: string }) => content)).toEqual([
      "by REST",
      "by socket",
    ]);
    await socket.close();
  });

  test("a retry is the same message, over either way; another text is a conflict", async () => {
    const { ana, ben } = await nodes.createPair();
    const socket = await open(ana.token);
    const message = { receiver_id: ben.id, content: "once", client_message_id: "k" };
    const first = await socket.call("send_message", message);
    const again = await socket.call("send_message", message);
    expect(again.data).toEqual(first.data);
    expect([first.seq, again.seq]).toEqual([expect.any(Number), undefined]);
    const rest = await node.request("POST", "/api/v1/messages/send", { token: ana.token, body: message });
    expect(rest.body.data.message_id).toBe(first.data.message_id);
    const other = await socket.call("send_message", { ...message, content: "twice" });
    expect(other).toMatchObject({ event: "error", data: { code: "CONFLICT", retryable: false } });
    expect(socket.all("new_message")).toEqual([]);
    await socket.close();
  });

  test("without an id nothing is confirmed, and the event comes to the sending socket as well", async () => {
    const { ana, ben } = await nodes.createPair();
    const socket = await open(ana.token);
    socket.send("send_message", { receiver_id: ben.id, content: "unnamed" });
    expect((await socket.event("new_message")).data.content).toBe("unnamed");
    expect(socket.all("ack")).toEqual([]);
    await socket.close();
  });

  test("two devices that both send have the log once and in order, confirmations in the places of events", async () => {
    const { ana, ben } = await nodes.createPair();
    const [one, two, peer] = [await open(ana.token), await open(ana.token), await open(ben.token)];
    const head = (await one.event("authenticated")).data.seq;
    const sends = [one, two, peer].flatMap((socket, from) =>
      Array.from({ length: 20 }, (_, n) => {
        const receiver_id = socket === peer ? ana.id : ben.id;
        return socket.call("send_message", { receiver_id, content: `${from} ${n}` });
      }),
    );
    const acks = await Promise.all(sends);
    expect(acks.map(({ seq }) => typeof seq)).toEqual(acks.map(() => "number"));
    for (const [from, socket] of [one, two, peer].entries()) {
      await eventually(() => socket.told().length === 60, { what: "all messages" });
      expect(socket.logged().map(({ seq }) => seq)).toEqual(
        Array.from({ length: 60 }, (_, n) => (socket === peer ? socket.logged()[0]!.seq! : head + 1) + n),
      );
      expect(socket.told().map(({ data }) => data.seq)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
      const own = socket.all("new_message").filter(({ data }) => data.content.startsWith(`${from} `));
      expect(own).toEqual([]);
    }
    await Promise.all([one, two, peer].map((socket) => socket.close()));
  });

  test("a confirmation that was lost with its socket: the log brings the event, the retry's has no place", async () => {
    const { ana, ben } = await nodes.createPair();
    const message = { receiver_id: ben.id, content: "once", client_message_id: "k" };
    const first = await open(ana.token);
    const head = (await first.event("authenticated")).data.seq;
    const sent = await first.call("send_message", message);
    (first.ws as unknown as { terminate(): void }).terminate();
    const second = await open(ana.token, head);
    const again = await second.call("send_message", message);
    expect([again.data, again.seq]).toEqual([sent.data, undefined]);
    await second.event("caught_up");
    expect(second.told().map(({ event, seq, data }) => [event, seq, data.message_id])).toEqual([
      ["new_message", sent.seq!, sent.data.message_id],
    ]);
    await second.close();
  });

  test("a retry of what waits for its place in the log is confirmed there, too: the message is told", async () => {
    const { ana, ben } = await nodes.createPair();
    const socket = await open(ana.token);
    const head = (await socket.event("authenticated")).data.seq;
    // An event that nobody was told of: what comes after it waits until the socket has read the log.
    await node.context.database.sql`
      with grown as (
        update user_logs set last_seq = last_seq + 1 where user_id = ${ana.id} returning user_id, last_seq
      )
      insert into user_events (user_id, seq, event, data)
      select user_id, last_seq, 'match_removed', jsonb_build_object(
        'match_id', ${crypto.randomUUID()}::text, 'user_id', ${ben.id}::text, 'conversation_id', null)
      from grown
    `;
    const message = { receiver_id: ben.id, content: "once", client_message_id: "k" };
    // As clients do that have waited too long: the same frame.
    socket.send("send_message", message, "frame");
    socket.send("send_message", message, "frame");
    await socket.find(({ seq }) => seq === head + 2, "the message's place");
    // A client takes the first answer: without a place it would wait for an event that its confirmation has replaced.
    expect(socket.all("ack")[0]!.seq).toBe(head + 2);
    expect(socket.logged().map(({ seq }) => seq)).toEqual([head + 1, head + 2]);
    await socket.close();
  });

  test("what is sent while the log is replayed is confirmed at its place in it", async () => {
    const { ana, ben } = await nodes.createPair();
    const before = await open(ben.token);
    for (let n = 0; n < 30; n++) await before.call("send_message", { receiver_id: ana.id, content: `${n}` });
    const socket = await open(ana.token, 0);
    const acks = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        socket.call("send_message", { receiver_id: ben.id, content: `own ${n}` }),
      ),
    );
    await socket.event("caught_up");
    await eventually(() => socket.told().length === 35, { what: "all messages" });
    const seqs = socket.logged().map(({ seq }) => seq!);
    expect(seqs).toEqual(seqs.map((_, n) => seqs[0]! + n));
    expect(acks.map(({ seq }) => seqs.includes(seq!))).toEqual(acks.map(() => true));
    await Promise.all([socket.close(), before.close()]);
  });

  test("a message that opens a conversation is confirmed after the events that came before it", async () => {
    const [ana, ben] = [await nodes.createUser({ premium: true }), await nodes.createUser()];
    const socket = await open(ana.token);
    const ack = await socket.call("send_message", { receiver_id: ben.id, content: "Hello!" });
    expect(socket.logged().map(({ event }) => event)).toEqual(["conversation_updated", "ack"]);
    expect(socket.logged().at(-1)).toEqual(ack);
    await socket.close();
  });

  test("frames of one socket are carried out in their order", async () => {
    const { ana, ben } = await nodes.createPair();
    const [socket, peer] = [await open(ana.token), await open(ben.token)];
    for (let i = 0; i < 50; i++) socket.send("send_message", { receiver_id: ben.id, content: `${i}` }, i);
    await eventually(() => peer.all("new_message").length === 50);
    expect(peer.all("new_message").map(({ data }) => Number(data.content))).toEqual([...Array(50).keys()]);
    await eventually(() => socket.all("ack").length === 50);
    expect(socket.all("ack").map(({ id }) => id)).toEqual([...Array(50).keys()]);
    await Promise.all([socket.close(), peer.close()]);
  });

  test("refusals are REST's", async () => {
    const { ana, ben } = await nodes.createPair();
    const stranger = await nodes.createUser();
    const socket = await open(ana.token);
    const cases: [data: object, code: string][] = [
      [{ receiver_id: ben.id, content: "x".repeat(1001) }, "CONTENT_TOO_LONG"],
      [{ receiver_id: ben.id, content: "  " }, "VALIDATION_ERROR"],
      [{ receiver_id: ben.id, content: "x", message_type: "video" }, "INVALID_MESSAGE_TYPE"],
      [{ receiver_id: ana.id, content: "x" }, "VALIDATION_ERROR"],
      [{ receiver_id: crypto.randomUUID(), content: "x" }, "USER_NOT_FOUND"],
      [{ receiver_id: ben.id, conversation_id: crypto.randomUUID(), content: "x" }, "CONVERSATION_NOT_FOUND"],
      [{ content: "x" }, "VALIDATION_ERROR"],
    ];
    for (const [data, code] of cases) {
      const { event, data: error } = await socket.call("send_message", data);
      expect([event, error.code]).toEqual(["error", code]);
    }
    const free = await open(stranger.token);
    const answer = await free.call("send_message", { receiver_id: ben.id, content: "hi" });
    expect(answer.data.code).toBe("CONVERSATION_NOT_FOUND");
    await Promise.all([socket.close(), free.close()]);
  });

  test("reading is told to the reader's devices, and to the sender if premium", async () => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const [a, b1, b2] = [await open(ana.token), await open(ben.token), await open(ben.token)];
    const sent = await a.call("send_message", { receiver_id: ben.id, content: "read me" });
    const ack = await b1.call("mark_read", { message_id: sent.data.message_id });
    expect(ack).toMatchObject({ event: "ack", data: { read_at: expect.any(String) } });
    const news = {
      message_id: sent.data.message_id,
      conversation_id: conversationId,
      seq: 1,
      read_by: ben.id,
      read_at: ack.data.read_at,
    };
    for (const socket of [a, b1, b2]) expect((await socket.event("message_read")).data).toEqual(news);
    const reply = await b1.call("send_message", { receiver_id: ana.id, content: "read by premium" });
    await a.call("mark_read", { message_id: reply.data.message_id });
    await settle(b1);
    expect(b1.all("message_read")).toHaveLength(1);
    await Promise.all([a, b1, b2].map((socket) => socket.close()));
  });

  test("requests, matches and conversations are told to both", async () => {
    const [ana, ben] = [await nodes.createUser(), await nodes.createUser()];
    const [a, b] = [await open(ana.token), await open(ben.token)];
    const request = await node.request("POST", "/api/v1/messages/request", {
      token: ana.token,
      body: { receiver_id: ben.id, content: "May I?" },
    });
    const received = await b.event("request_received");
    expect(received.data).toMatchObject({ sender_id: ana.id, preview_text: "May I?" });
    const path = `/api/v1/messages/request/${request.body.data.request_id}/respond`;
    await node.request("POST", path, { token: ben.token, body: { action: "accept" } });
    for (const [socket, peer] of [[a, ben] as const, [b, ana] as const]) {
      expect((await socket.event("match_created")).data).toMatchObject({ user_id: peer.id });
      expect((await socket.event("conversation_updated")).data).toMatchObject({ status: "active" });
      expect((await socket.event("new_message")).data).toMatchObject({ is_request: true, seq: 1 });
      expect(socket.logged().map(({ seq }) => seq)).toEqual(socket.logged().map((_, i) => i + 1));
    }
    await Promise.all([a.close(), b.close()]);
  });

  test("after a block nothing passes, and both hear that the conversation is gone", async () => {
    const { ana, ben, conversationId } = await nodes.createPair();
    const [a, b] = [await open(ana.token), await open(ben.token)];
    await node.request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token, body: {} });
    for (const socket of [a, b]) {
      expect((await socket.event("conversation_updated")).data).toMatchObject({
        conversation_id: conversationId,
        status: "blocked",
      });
    }
    expect((await b.call("send_message", { receiver_id: ana.id, content: "why" })).data.code).toBe(
      "USER_BLOCKED",
    );
    expect((await b.call("typing_start", { conversation_id: conversationId })).data.code).toBe(
      "USER_BLOCKED",
    );
    await settle(a);
    expect(a.all("new_message")).toEqual([]);
    expect(a.all("user_typing")).toEqual([]);
    await Promise.all([a.close(), b.close()]);
  });
});

/** The frames that have a place in the order of the log; the snapshot of presence comes when it has been read. */
const placed = ({ frames }: TestSocket) => frames.filter(({ event }) => event !== "presence_snapshot");

describe("replay", () => {
  async function withMessages(count: number) {
    const { ana, ben, conversationId } = await nodes.createPair();
    const sender = await open(ana.token);
    for (let i = 1; i <= count; i++) {
      await sender.call("send_message", { receiver_id: ben.id, content: `${i}` });
    }
    const [{ head }] = (await node.context.database.sql`
      select last_seq::int as head from user_logs where user_id = ${ben.id}
    `) as unknown as [{ head: number }];
    return { ana, ben, conversationId, sender, head };
  }

  test("since: what was missed, in order, then caught_up, then live", async () => {
    const { ben, sender, head } = await withMessages(5);
    const socket = await open(ben.token, head - 3);
    await socket.event("caught_up");
    await sender.call("send_message", { receiver_id: ben.id, content: "live" });
    await socket.find(({ data }) => data.content === "live");
    expect(placed(socket).map(({ event, seq, data }) => [event, seq ?? data.seq])).toEqual([
      ["authenticated", head],
      ["new_message", head - 2],
      ["new_message", head - 1],
      ["new_message", head],
      ["caught_up", head],
      ["new_message", head + 1],
    ]);
    expect(socket.all("new_message").map(({ data }) => data.content)).toEqual(["3", "4", "5", "live"]);
    await Promise.all([socket.close(), sender.close()]);
  });

  test("since the head: nothing but caught_up; since 0: everything", async () => {
    const { ben, sender, head } = await withMessages(3);
    const [none, all] = [await open(ben.token, head), await open(ben.token, 0)];
    await Promise.all([none.event("caught_up"), all.event("caught_up")]);
    expect(none.logged()).toEqual([]);
    expect(all.logged().map(({ seq }) => seq)).toEqual(Array.from({ length: head }, (_, i) => i + 1));
    await Promise.all([none, all, sender].map((socket) => socket.close()));
  });

  test("since is also taken from the URL when the token came with the upgrade", async () => {
    const { ben, sender, head } = await withMessages(2);
    const headers = { authorization: `Bearer ${ben.token}` };
    const socket = await openSocket(url, { headers, path: `/ws?since=${head - 1}` });
    expect(await socket.event("caught_up")).toMatchObject({ data: { seq: head } });
    expect(socket.logged().map(({ seq }) => seq)).toEqual([head]);
    await Promise.all([socket.close(), sender.close()]);
  });

  test("older than the log, or beyond it: resync_required, then live from the head", async () => {
    const { ben, sender, head } = await withMessages(2);
    await node.context.database.sql`update user_logs set trimmed_seq = 1 where user_id = ${ben.id}`;
    for (const since of [0, head + 1000]) {
      const socket = await open(ben.token, since);
      await socket.event("caught_up");
      expect(placed(socket).map(({ event, data }) => [event, data.seq])).toEqual([
        ["authenticated", head],
        ["resync_required", head],
        ["caught_up", head],
      ]);
      await socket.close();
    }
    const socket = await open(ben.token, 0);
    await socket.event("caught_up");
    await sender.call("send_message", { receiver_id: ben.id, content: "after" });
    expect((await socket.event("new_message")).seq).toBe(head + 1);
    await Promise.all([socket.close(), sender.close()]);
  });

  test("more than a page, with sends all the while: no hole, no double, no overtaking", async () => {
    const { ana, ben, sender, head } = await withMessages(1);
    const { database } = node.context;
    // Straight into the log: 1,500 events are three pages of every reader.
    await database.sql`
      insert into user_events (user_id, seq, event, data)
      select ${ben.id}, n, 'match_removed', jsonb_build_object(
        'match_id', ${crypto.randomUUID()}::text, 'user_id', ${ana.id}::text, 'conversation_id', null)
      from generate_series(${head + 1}::int, ${head + 1500}::int) n
    `;
    await database.sql`update user_logs set last_seq = ${head + 1500} where user_id = ${ben.id}`;
    let stop = false;
    const sending = (async () => {
      for (let i = 0; !stop; i++)
        await sender.call("send_message", { receiver_id: ben.id, content: `s${i}` });
    })();
    const sockets = await Promise.all(Array.from({ length: 6 }, () => open(ben.token, 0)));
    for (const socket of sockets) await socket.event("caught_up");
    stop = true;
    await sending;
    const { data } = await sender.call("send_message", { receiver_id: ben.id, content: "end" });
    for (const socket of sockets) {
      await socket.find((frame) => frame.data.message_id === data.message_id);
      const seqs = socket.logged().map(({ seq }) => seq!);
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i + 1));
      const caughtUp = socket.frames.findIndex(({ event }) => event === "caught_up");
      expect(socket.frames[caughtUp - 1]!.seq).toBe(socket.frames[caughtUp]!.data.seq);
    }
    await Promise.all([...sockets, sender].map((socket) => socket.close()));
  });

  test("what a block hides is left out, and the position goes on", async () => {
    const { ana, ben, sender, head } = await withMessages(3);
    await node.request("POST", `/api/v1/users/${ana.id}/block`, { token: ben.token, body: {} });
    const socket = await open(ben.token, 0);
    const { data } = await socket.event("caught_up");
    expect(data.seq).toBeGreaterThan(head);
    expect(socket.all("new_message")).toEqual([]);
    expect(socket.all("conversation_updated").at(-1)!.data.status).toBe("blocked");
    await Promise.all([socket.close(), sender.close()]);
  });

  test("GET /sync is the same as a replay", async () => {
    const { ben, sender } = await withMessages(3);
    const socket = await open(ben.token, 0);
    await socket.event("caught_up");
    const { body } = await node.request("GET", "/api/v1/sync?since=0", { token: ben.token });
    expect(socket.logged().map(({ event, seq, data }) => ({ seq: seq!, event, data }))).toEqual(
      body.data.events,
    );
    await Promise.all([socket.close(), sender.close()]);
  });
});
