/**
 * Several nodes on one database: every event reaches every node in order and once, also when publishes are
 * lost.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { OpenBackplane } from "../../../server/backplane/mod.ts";
import { insertBatch } from "../../../server/features/messages/batch_sql.ts";
import { createTestClock } from "../../harness/clock.ts";
import { newMessage } from "../../harness/conversing.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { hasRedis, startRedis, type TestRedis } from "../../harness/redis.ts";
import { openSocket, type TestSocket } from "../../harness/socket.ts";

for (const kind of ["memory", "redis"] as const) {
  describe.skipIf(kind === "redis" && !hasRedis)(`nodes over ${kind}`, () => {
    const clock = createTestClock();
    /** Publishes that a node loses from now on. */
    let lossy: (payload: string) => boolean = () => false;
    /** How much later than it could node b hears, ms. */
    let lateMs = 0;
    let redis: TestRedis | undefined;
    let nodes: TestNodes;
    let a: TestNode;
    let b: TestNode;

    beforeAll(async () => {
      redis = kind === "redis" ? await startRedis() : undefined;
      nodes = await startNodes(2, { clock, wrap: losing, ...(redis ? { redis: [redis.url] } : {}) });
      [a, b] = nodes.nodes as [TestNode, TestNode];
      await eventually(() => a.backplane.healthy && b.backplane.healthy);
    });
    afterAll(async () => {
      await nodes.close();
      await redis?.stop();
    });

    function losing(backplane: OpenBackplane, index: number): OpenBackplane {
      const { bus } = backplane;
      const onMessage = bus.onMessage.bind(bus);
      bus.onMessage = (receive) =>
        onMessage((topic, payload) => {
          if (index === 0 || lateMs === 0) receive(topic, payload);
          else setTimeout(() => receive(topic, payload), lateMs);
        });
      const publish = bus.publish.bind(bus);
      bus.publish = (topic, payload) => {
        if (!lossy(payload)) publish(topic, payload);
      };
      return backplane;
    }

    const open = (node: TestNode, token: string, since?: number) => openSocket(node.url, { token, since });
    const closeAll = (sockets: readonly TestSocket[]) => Promise.all(sockets.map((socket) => socket.close()));

    test("messages, receipts and typing cross, every device once", async () => {
      const { ana, ben, conversationId } = await nodes.createPair();
      const sockets = [
        await open(a, ana.token),
        await open(b, ana.token),
        await open(a, ben.token),
        await open(b, ben.token),
      ];
      const [anaOnA, , , benOnB] = sockets as [TestSocket, TestSocket, TestSocket, TestSocket];
      const sent = await anaOnA.call("send_message", { receiver_id: ben.id, content: "hello" });
      for (const socket of sockets.slice(1)) {
        expect((await socket.event("new_message")).data.message_id).toBe(sent.data.message_id);
      }
      await benOnB.call("mark_read", { message_id: sent.data.message_id });
      for (const socket of sockets) await socket.event("message_read");
      await benOnB.call("typing_start", { conversation_id: conversationId });
      for (const socket of sockets.slice(0, 2)) await socket.event("user_typing");
      for (const socket of sockets) expect(socket.told()).toHaveLength(1);
      expect(anaOnA.told()).toEqual([sent]);
      await closeAll(sockets);
    });

    test("concurrent senders on both nodes: one gapless order, the same for every device", async () => {
      const plan = fc.array(fc.record({ node: fc.nat(1), sender: fc.nat(1), rest: fc.boolean() }), {
        minLength: 20,
        maxLength: 60,
      });
      await fc.assert(
        fc.asyncProperty(plan, async (sends) => {
          const { ana, ben, conversationId } = await nodes.createPair();
          const people = [ana, ben];
          const devices = await Promise.all(
            [a, b].flatMap((node) => people.map((person) => open(node, person.token))),
          );
          await Promise.all(
            sends.map(async ({ node, sender, rest }, index) => {
              const message = { receiver_id: people[1 - sender]!.id, content: `${index}` };
              if (rest) {
                const { token } = people[sender]!;
                const answer = await [a, b][node]!.request("POST", "/api/v1/messages/send", {
                  token,
                  body: message,
                });
                expect(answer.status).toBe(201);
              } else {
                const device = devices[node * 2 + sender]!;
                expect((await device.call("send_message", message)).event).toBe("ack");
              }
            }),
          );
          await eventually(() => devices.every((device) => device.told().length >= sends.length));
          const { body } = await a.request(
            "GET",
            `/api/v1/conversations/${conversationId}/messages?limit=100`,
            {
              token: ana.token,
            },
          );
          const stored = body.data.messages.map(({ id, seq }: { id: string; seq: number }) => [id, seq]);
          expect(stored.map(([, seq]: [string, number]) => seq)).toEqual(sends.map((_, i) => i + 1));
          for (const device of devices) {
            expect(device.told().map(({ data }) => [data.message_id, data.seq])).toEqual(stored);
            const seqs = device.logged().map(({ seq }) => seq!);
            expect(seqs).toEqual(seqs.map((_, i) => seqs[0]! + i));
          }
          await closeAll(devices);
        }),
        { numRuns: 5, endOnFailure: true },
      );
    });

    test("sends at every step of a reconnect, to either node: exactly what was missed", async () => {
      const { ana, ben } = await nodes.createPair();
      const sender = await open(a, ana.token);
      let stop = false;
      let sent = 0;
      const sending = (async () => {
        while (!stop) {
          const burst = Array.from({ length: 4 }, () =>
            sender.call("send_message", { receiver_id: ben.id, content: `${++sent}` }),
          );
          await Promise.all(burst);
        }
      })();
      const seen: number[] = [];
      let since = (await (await open(a, ben.token)).event("authenticated")).data.seq as number;
      const first = since;
      for (let round = 0; round < 30; round++) {
        const socket = await open(round % 2 ? a : b, ben.token, since);
        // Cut at another step each time: before, inside and after the replay.
        if (round % 3 === 1) await socket.event("caught_up");
        if (round % 3 === 2)
          await eventually(() => socket.logged().length > 3 || socket.all("caught_up").length > 0);
        await Bun.sleep(round % 5);
        const frames = socket.logged();
        socket.ws.close();
        for (const { seq } of frames) seen.push(seq!);
        since = seen.at(-1) ?? since;
      }
      stop = true;
      await sending;
      const last = await open(b, ben.token, since);
      await last.event("caught_up");
      for (const { seq } of last.logged()) seen.push(seq!);
      expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => first + 1 + i));
      const [row] = await a.context.database.sql<{ head: number }[]>`
        select last_seq::int as head from user_logs where user_id = ${ben.id}
      `;
      expect(seen.at(-1)).toBe(row!.head);
      await closeAll([sender, last]);
    });

    test("a lost publish heals: at once when another one follows, within half a minute when none does", async () => {
      const { ana, ben } = await nodes.createPair();
      const [sender, reader] = [await open(a, ana.token), await open(b, ben.token)];
      const content = () => reader.all("new_message").map(({ data }) => data.content);
      lossy = (payload) => payload.includes('"lost');
      await sender.call("send_message", { receiver_id: ben.id, content: "lost 1" });
      await sender.call("send_message", { receiver_id: ben.id, content: "follows" });
      await eventually(() => content().length === 2);
      expect(content()).toEqual(["lost 1", "follows"]);
      await sender.call("send_message", { receiver_id: ben.id, content: "lost 2" });
      // The timer calls this once a second: half a minute of it, without the waiting.
      for (let second = 0; second < 30 && content().length < 3; second++) {
        b.context.people.hub.turn();
        await eventually(() => content().length === 3, { withinMs: 100 }).catch(() => {});
      }
      lossy = () => false;
      expect(content()).toEqual(["lost 1", "follows", "lost 2"]);
      expect(b.context.people.counters.healed).toBeGreaterThan(0);
      await closeAll([sender, reader]);
    });

    test("a retry tells everybody at once of what was stored and never published, but nobody across a block", async () => {
      const { ana, ben } = await nodes.createPair();
      const [sender, other, reader] = [
        await open(a, ana.token),
        await open(b, ana.token),
        await open(b, ben.token),
      ];
      const message = { receiver_id: ben.id, content: "never told", client_message_id: "k" };
      // As by a server that was killed between its commit and its publish.
      const stored = newMessage(ana.id, ben.id, { content: "never told", clientMessageId: "k" });
      await insertBatch(a.context.database.sql, [stored]);
      const woken: string[] = [];
      lossy = (payload) => {
        if (payload === "g") woken.push(payload);
        return false;
      };
      const ack = await sender.call("send_message", message);
      expect([ack.data.message_id, ack.seq, woken.length]).toEqual([stored.id, undefined, 2]);
      for (const socket of [sender, other, reader]) {
        const { data, seq } = await socket.event("new_message");
        expect([data.message_id, socket.logged().at(-1)!.seq]).toEqual([stored.id, seq]);
      }
      const hidden = newMessage(ben.id, ana.id, { content: "hidden", clientMessageId: "h" });
      await insertBatch(a.context.database.sql, [hidden]);
      await b.request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token, body: {} });
      const retry = { receiver_id: ana.id, content: "hidden", client_message_id: "h" };
      expect((await reader.call("send_message", retry)).data.message_id).toBe(hidden.id);
      for (const socket of [sender, other, reader]) {
        await socket.find(({ data }) => data.status === "blocked", "the block");
        await socket.call("mark_read", { message_id: crypto.randomUUID() });
        expect(socket.all("new_message")).toHaveLength(1);
      }
      lossy = () => false;
      expect(woken).toHaveLength(4);
      await closeAll([sender, other, reader]);
    });

    test("publishes out of order and doubled: still each event once, in order", async () => {
      const { ana, ben } = await nodes.createPair();
      const [sender, reader] = [await open(a, ana.token), await open(b, ben.token)];
      const held: [string, string][] = [];
      const { bus } = a.backplane;
      const publish = bus.publish;
      bus.publish = (topic, payload) => void held.push([topic, payload]);
      for (let i = 0; i < 12; i++) {
        await sender.call("send_message", { receiver_id: ben.id, content: `${i}` });
      }
      bus.publish = publish;
      for (const [topic, payload] of [...held.toReversed(), ...held]) bus.publish(topic, payload);
      await eventually(() => reader.all("new_message").length === 12);
      await sender.call("send_message", { receiver_id: ben.id, content: "12" });
      await eventually(() => reader.all("new_message").length === 13);
      expect(reader.all("new_message").map(({ data }) => Number(data.content))).toEqual([
        ...Array(13).keys(),
      ]);
      await closeAll([sender, reader]);
    });

    test("a block acts on every node: nothing of the blocked side after it", async () => {
      for (let round = 0; round < 6; round++) {
        const { ana, ben, conversationId } = await nodes.createPair();
        const [onA, onB, sender] = [
          await open(a, ana.token),
          await open(b, ana.token),
          await open(b, ben.token),
        ];
        let stop = false;
        const sending = (async () => {
          for (let i = 0; !stop; i++) {
            await Promise.all([
              sender.call("send_message", { receiver_id: ana.id, content: `${i}` }),
              sender.call("typing_start", { conversation_id: conversationId }),
            ]);
          }
        })();
        await eventually(() => onA.all("new_message").length > 3);
        await a.request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token, body: {} });
        for (const socket of [onA, onB]) {
          const gone = await socket.find(({ data }) => data.status === "blocked", "the end");
          const after = socket.frames.indexOf(gone);
          await Bun.sleep(30);
          const late = socket.frames
            .slice(after + 1)
            .filter(({ event }) => event === "new_message" || event === "user_typing");
          expect(late).toEqual([]);
        }
        stop = true;
        await sending;
        expect((await sender.call("send_message", { receiver_id: ana.id, content: "?" })).data.code).toBe(
          "USER_BLOCKED",
        );
        expect((await sender.call("typing_start", { conversation_id: conversationId })).data.code).toBe(
          "USER_BLOCKED",
        );
        await closeAll([onA, onB, sender]);
      }
    });

    test("a message whose publish comes after the block's is not shown", async () => {
      const { ana, ben } = await nodes.createPair();
      const [reader, sender] = [await open(b, ana.token), await open(a, ben.token)];
      const { bus } = a.backplane;
      const publish = bus.publish;
      const held: [string, string][] = [];
      bus.publish = (topic, payload) => void held.push([topic, payload]);
      await sender.call("send_message", { receiver_id: ana.id, content: "too late" });
      bus.publish = publish;
      await b.request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token, body: {} });
      for (const [topic, payload] of held) bus.publish(topic, payload);
      await reader.find(({ data }) => data.status === "blocked");
      await reader.call("mark_read", { message_id: crypto.randomUUID() });
      expect(reader.all("new_message")).toEqual([]);
      await closeAll([reader, sender]);
    });

    test("a request whose publish comes after the block is not shown", async () => {
      const [ana, ben] = [await nodes.createUser(), await nodes.createUser()];
      const reader = await open(b, ana.token);
      const { bus } = a.backplane;
      const publish = bus.publish;
      const held: [string, string][] = [];
      bus.publish = (topic, payload) => void held.push([topic, payload]);
      const sent = await a.request("POST", "/api/v1/messages/request", {
        token: ben.token,
        body: { receiver_id: ana.id, content: "Hi" },
      });
      bus.publish = publish;
      expect([sent.status, held.some(([, payload]) => payload.includes("request_received"))]).toEqual([
        201,
        true,
      ]);
      await b.request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token, body: {} });
      for (const [topic, payload] of held) bus.publish(topic, payload);
      await reader.find(({ event, data }) => event === "request_updated" && data.status === "cancelled");
      expect(reader.all("request_received")).toEqual([]);
      await reader.close();
    });

    test("a block is answered when nothing of before is on its way any more, to whichever node", async () => {
      const { ana, ben } = await nodes.createPair();
      const [reader, sender] = [await open(b, ana.token), await open(a, ben.token)];
      lateMs = 40;
      await sender.call("send_message", { receiver_id: ana.id, content: "just before" });
      await a.request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token, body: {} });
      // What was written to this socket before the answer has come when this is answered.
      await reader.call("mark_read", { message_id: crypto.randomUUID() });
      const seen = reader.all("new_message").length;
      await reader.find(({ data }) => data.status === "blocked");
      await Bun.sleep(lateMs);
      expect([seen, reader.all("new_message").length]).toEqual([1, 1]);
      lateMs = 0;
      await closeAll([reader, sender]);
    });

    test("a node that hangs holds no block up, and neither does one who is nowhere", async () => {
      const { ana, ben } = await nodes.createPair();
      const reader = await open(b, ana.token);
      const block = async (method: string) => {
        const started = performance.now();
        await a.request(method, `/api/v1/users/${ben.id}/block`, {
          token: ana.token,
          ...(method === "POST" && { body: {} }),
        });
        return performance.now() - started;
      };
      lateMs = 20_000;
      const tookMs = await block("POST");
      lateMs = 0;
      expect(tookMs).toBeWithin(190, 19_000);
      await block("DELETE");
      await reader.close();
      clock.advance(11);
      await eventually(() => b.context.people.members.get(ana.id) === undefined);
      await Bun.sleep(20);
      // Repeating it asks again; the fastest, because the machine may be busy.
      const takes: number[] = [];
      for (let i = 0; i < 5; i++) takes.push(await block("POST"));
      expect(Math.min(...takes)).toBeLessThan(190);
    });

    test("after a block is taken back, what they wrote before can be replayed", async () => {
      const { ana, ben } = await nodes.createPair();
      const [reader, sender] = [await open(b, ana.token), await open(a, ben.token)];
      const since = (await reader.event("authenticated")).data.seq as number;
      await sender.call("send_message", { receiver_id: ana.id, content: "before" });
      for (const method of ["POST", "DELETE"]) {
        const body = method === "POST" ? { body: {} } : {};
        await a.request(method, `/api/v1/users/${ben.id}/block`, { token: ana.token, ...body });
      }
      await reader.find(({ data }) => data.status === "archived");
      const other = await open(b, ana.token, since);
      await other.event("caught_up");
      expect(other.all("new_message").map(({ data }) => data.content)).toEqual(["before"]);
      await closeAll([reader, sender, other]);
    });

    test("the end of a session closes its sockets on the other node, also when nobody hears of it", async () => {
      const ana = await nodes.createUser();
      const [one, two] = [await open(b, ana.token), await open(a, ana.token)];
      await a.request("POST", "/api/v1/auth/logout", { token: ana.token });
      expect([(await one.closed).code, (await two.closed).code]).toEqual([4504, 4504]);
      const ben = await nodes.createUser();
      const three = await open(b, ben.token);
      lossy = (payload) => payload.startsWith("r ");
      await a.request("POST", "/api/v1/auth/logout-all", { token: ben.token });
      expect((await three.closed).code).toBe(4504);
      lossy = () => false;
    });

    test("staff hear of reports on every node, and see the numbers of all", async () => {
      const { ana, ben } = await nodes.createPair();
      const moderator = await nodes.createUser({ role: "moderator" });
      const [staff, nobody] = [await open(b, moderator.token), await open(b, ana.token)];
      await a.request("POST", `/api/v1/users/${ben.id}/report`, {
        token: ana.token,
        body: { reason: "spam" },
      });
      expect((await staff.event("report_created")).data).toMatchObject({
        reported_id: ben.id,
        reason: "spam",
      });
      expect(await staff.call("admin_subscribe", { stats: true })).toMatchObject({ data: { stats: true } });
      const { data } = await staff.find(
        ({ event, data }) => event === "admin_stats" && data.nodes.length === 2,
      );
      expect(data.connections).toBe(2);
      expect(data.nodes.map(({ id }: { id: string }) => id)).toEqual(
        [a.backplane.nodeId, b.backplane.nodeId].sort(),
      );
      const rest = await a.request("GET", "/api/v1/admin/stats", { token: moderator.token });
      expect(rest.body.data.nodes ?? rest.body.data.stats?.nodes).toHaveLength(2);
      await eventually(() => staff.all("admin_stats").length >= 3);
      await staff.call("admin_subscribe", { stats: false });
      expect(nobody.all("report_created")).toEqual([]);
      await closeAll([staff, nobody]);
    });

    test("devices are counted over the nodes: the ninth closes the oldest, wherever it is", async () => {
      // Limits are off in these nodes, so that the number is given here.
      const { presence } = a.context.people;
      const ana = await nodes.createUser();
      const sockets: TestSocket[] = [];
      for (let i = 0; i < 8; i++) sockets.push(await open(i % 2 ? a : b, ana.token));
      await eventually(
        async () => (await presence.connected(ana.id, `probe${Math.random()}`, { max: 99 }))?.length === 0,
      );
      const evicted = await presence.connected(ana.id, "one-more", { max: 4 });
      a.context.people.hub.evict(ana.id, evicted!);
      expect((await sockets[0]!.closed).code).toBe(4509);
      expect((await sockets[1]!.closed).code).toBe(4509);
      await closeAll(sockets.filter(({ ws }) => ws.readyState === WebSocket.OPEN));
    });

    test("presence crosses: online once, offline when the last node lets go", async () => {
      const { ana, ben } = await nodes.createPair();
      const watcher = await open(a, ana.token);
      const online = async (id: string) => {
        const [row] = await a.context.database.sql<
          { isOnline: boolean }[]
        >`select is_online from user_presence where user_id = ${id}`;
        return row!.isOnline;
      };
      await eventually(() => online(ana.id));
      const one = await open(b, ben.token);
      await watcher.event("user_online");
      const two = await open(a, ben.token);
      await one.close();
      clock.advance(11);
      await Bun.sleep(1_500);
      expect(watcher.all("user_offline")).toEqual([]);
      await two.close();
      clock.advance(11);
      await watcher.event("user_offline");
      expect(await online(ben.id)).toBe(false);
      expect(watcher.all("user_online")).toHaveLength(1);
      await watcher.close();
    });
  });
}

test("a node that dies: its people are offline, those who moved are not", async () => {
  const nodes = await startNodes(2, { beatMs: 200, leaseMs: 1_000 });
  const [a, b] = nodes.nodes as [TestNode, TestNode];
  const [{ ana, ben }, second] = [await nodes.createPair(), await nodes.createPair()];
  const open = (node: TestNode, token: string) => openSocket(node.url, { token });
  const [watcher, other] = [await open(a, ana.token), await open(a, second.ana.token)];
  await open(b, ben.token);
  await open(b, second.ben.token);
  await Promise.all([watcher.event("user_online"), other.event("user_online")]);
  b.silence();
  // One of them is back on the other node at once.
  await open(a, second.ben.token);
  const started = performance.now();
  const gone = await watcher.event("user_offline");
  expect(performance.now() - started).toBeLessThan(15_000);
  expect(gone.data.user_id).toBe(ben.id);
  expect(other.all("user_offline")).toEqual([]);
  expect(other.all("user_online")).toHaveLength(1);
  await nodes.close();
});

test("what a crash left marked online is cleared by the next start", async () => {
  const nodes = await startNodes(1);
  const ghost = await nodes.createUser();
  const { sql } = nodes.nodes[0]!.context.database;
  await sql`update user_presence set is_online = true where user_id = ${ghost.id}`;
  const databaseUrl = nodes.nodes[0]!.databaseUrl;
  const next = await startNodes(1, { config: { databaseUrl } });
  await eventually(async () => (await sql`select 1 from user_presence where is_online`).length === 0);
  await next.close();
  await nodes.close();
});
