import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createApp } from "../../../server/app.ts";
import { type Context, createContext } from "../../../server/context/mod.ts";
import { erasePeople } from "../../../server/db/erase_people.ts";
import { lockPair } from "../../../server/db/pair.ts";
import { insertBatch } from "../../../server/features/messages/batch_sql.ts";
import {
  createTestApp,
  type TestAnswer,
  type TestApp,
  type TestRequest,
  type TestUser,
} from "../../harness/app.ts";
import { newMessage } from "../../harness/conversing.ts";
import { hold, holding, waitingFor } from "../../harness/holding.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createWorld, type World } from "../../harness/world.ts";

/** Two nodes on one database. */
let first: TestApp;
let world: World;
let second: Context;
let handlers: { handle(request: Request): Promise<Response> | Response }[];
beforeAll(async () => {
  first = await createTestApp();
  world = createWorld({ ...first, request });
  second = await createContext(first.context.config);
  handlers = [first.app, createApp(second)];
});
afterAll(async () => {
  await second.close();
  await first.close();
});

let calls = 0;
/** Calls one node after the other. */
async function request(method: string, path: string, { token, body }: TestRequest = {}): Promise<TestAnswer> {
  const response = await handlers[calls++ % 2]!.handle(
    new Request(`http://localhost${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const outcome = ({ status, body }: TestAnswer): string =>
  status < 300 ? "ok" : `${status} ${body.error.code}`;

function count(answers: readonly TestAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[outcome(answer)] = (counts[outcome(answer)] ?? 0) + 1;
  return counts;
}

const times = <T>(n: number, make: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: n }, (_, index) => make(index)));

async function couple(...premium: boolean[]): Promise<[TestUser, TestUser]> {
  return [
    await first.createUser({ premium: premium[0] ?? false }),
    await first.createUser({ premium: premium[1] ?? false }),
  ];
}

async function log(of: TestUser): Promise<{ event: string; status?: string }[]> {
  const rows = await first.context.database.sql<{ event: string; status: string | null }[]>`
    select event, data->>'status' as status from user_events where user_id = ${of.id} order by seq
  `;
  return rows.map(({ event, status }) => ({ event, ...(status && { status }) }));
}

async function history(
  of: TestUser,
  id: string,
): Promise<{ seq: number; content: string; sender_id: string }[]> {
  const messages = [];
  let cursor = "";
  for (;;) {
    const { body } = await world.call(of, `GET /conversations/${id}/messages?limit=100${cursor}`);
    messages.unshift(...body.data.messages);
    if (!body.meta.pagination.hasMore) return messages;
    cursor = `&cursor=${body.meta.pagination.cursor}`;
  }
}

async function sound(): Promise<void> {
  expect(await findViolations(first.context.database.sql)).toEqual([]);
}

describe("16 at once, on two nodes", () => {
  test("block against send: after the block's event nothing is in anybody's log", async () => {
    for (let round = 0; round < 4; round++) {
      const [a, b] = await couple();
      await world.match(a, b);
      const sends = times(16, (n) => world.send(n % 2 ? a : b, n % 2 ? b : a, { content: "Hello!" }));
      const blocking = world.call(b, `POST /users/${a.id}/block`, {});
      const counts = count(await sends);
      expect((counts.ok ?? 0) + (counts["403 USER_BLOCKED"] ?? 0)).toBe(16);
      expect((await blocking).status).toBeLessThan(300);
      for (const person of [a, b]) {
        const events = await log(person);
        const end = events.findIndex(({ status }) => status === "blocked");
        expect(events.slice(0, end).filter(({ event }) => event === "new_message")).toHaveLength(
          counts.ok ?? 0,
        );
        expect(events.slice(end).filter(({ event }) => event === "new_message")).toEqual([]);
        const pulled = await world.call(person, "GET /sync");
        expect(JSON.stringify(pulled.body)).not.toContain("Hello!");
      }
      expect(outcome(await world.send(a, b))).toBe("403 USER_BLOCKED");
    }
    await sound();
  });

  test("block against a premium account's first message", async () => {
    for (let round = 0; round < 4; round++) {
      const [a, b] = await couple(true);
      const sends = times(15, () => world.send(a, b));
      const blocking = world.call(b, `POST /users/${a.id}/block`, {});
      const counts = count(await sends);
      expect((counts.ok ?? 0) + (counts["403 USER_BLOCKED"] ?? 0)).toBe(15);
      expect((await blocking).status).toBeLessThan(300);
      const list = await world.call(b, "GET /conversations");
      expect(list.body.data.conversations).toEqual([]);
    }
    await sound();
  });

  test("unmatch against send: the archived conversation takes nothing more", async () => {
    const [a, b] = await couple();
    const id = await world.match(a, b);
    const match = (await world.call(a, "GET /matches")).body.data.matches[0].id;
    const sends = times(16, () => world.send(a, b));
    const ending = world.call(b, `DELETE /matches/${match}`);
    const counts = count(await sends);
    expect((counts.ok ?? 0) + (counts["403 UNAUTHORIZED_ACTION"] ?? 0)).toBe(16);
    expect(outcome(await ending)).toBe("ok");
    const events = await log(b);
    const end = events.findIndex(({ status }) => status === "archived");
    expect(events.slice(end).map(({ event }) => event)).toEqual(["conversation_updated", "match_removed"]);
    expect(await history(b, id)).toHaveLength(counts.ok ?? 0);
    await sound();
  });

  test("mute against send: every send that begins after the mute is refused", async () => {
    const [a, b] = await couple();
    const id = await world.match(a, b);
    const before = times(16, () => world.send(a, b));
    await first.context.database.sql`
      update users set muted_until = now() + interval '1 hour' where id = ${a.id}
    `;
    const after = await times(16, () => world.send(a, b));
    expect(count(after)).toEqual({ "403 FORBIDDEN": 16 });
    const counts = count(await before);
    expect((counts.ok ?? 0) + (counts["403 FORBIDDEN"] ?? 0)).toBe(16);
    expect(await history(b, id)).toHaveLength(counts.ok ?? 0);
    await sound();
  });

  test("one key: one message, one answer; with another body a conflict", async () => {
    const [a, b] = await couple();
    const id = await world.match(a, b);
    const same = await times(16, () => world.send(a, b, { content: "Hello!", client_message_id: "k" }));
    expect(count(same)).toEqual({ ok: 16 });
    expect(new Set(same.map(({ body }) => JSON.stringify(body.data))).size).toBe(1);
    const mixed = await times(16, (n) => world.send(a, b, { content: `${n}`, client_message_id: "m" }));
    expect(count(mixed)).toEqual({ ok: 1, "409 CONFLICT": 15 });
    expect(await history(a, id)).toHaveLength(2);
    await sound();
  });

  test("one key for a premium account's first message", async () => {
    const [a, b] = await couple(true);
    const same = await times(16, () => world.send(a, b, { content: "Hello!", client_message_id: "k" }));
    expect(count(same)).toEqual({ ok: 16 });
    expect(new Set(same.map(({ body }) => JSON.stringify(body.data))).size).toBe(1);
    await sound();
  });

  test("two premium accounts open toward each other: one conversation, one match", async () => {
    for (let round = 0; round < 3; round++) {
      const [a, b] = await couple(true, true);
      const answers = await times(16, (n) => world.send(n % 2 ? a : b, n % 2 ? b : a, { content: `${n}` }));
      expect(count(answers)).toEqual({ ok: 16 });
      const ids = new Set(answers.map(({ body }) => body.data.conversation_id));
      expect(ids.size).toBe(1);
      const messages = await history(a, [...ids][0]!);
      expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 16 }, (_, n) => n + 1));
      expect((await log(a)).filter(({ event }) => event === "match_created")).toHaveLength(1);
    }
    await sound();
  });

  test("replies to a waiting request: it is accepted once, every text is stored", async () => {
    const [a, b] = await couple();
    await world.call(a, "POST /messages/request", { receiver_id: b.id, content: "May I?" });
    const answers = await times(16, (n) => world.send(b, a, { content: `${n}` }));
    expect(count(answers)).toEqual({ ok: 16 });
    const messages = await history(a, answers[0]!.body.data.conversation_id);
    expect(messages).toHaveLength(17);
    expect(messages[0]).toMatchObject({ content: "May I?", sender_id: a.id });
    for (const name of ["match_created", "request_updated"]) {
      const times = (await log(b)).filter(({ event }) => event === name).length;
      expect([name, times]).toEqual([name, 1]);
    }
    await sound();
  });

  test("reply against decline and cancel: exactly one counts", async () => {
    for (let round = 0; round < 4; round++) {
      const [a, b] = await couple();
      const asked = await world.call(a, "POST /messages/request", { receiver_id: b.id, content: "May I?" });
      const { request_id: id } = asked.body.data;
      const answers = await times(16, (n) => {
        if (n % 4 === 0) return world.send(b, a, { content: "Sure", client_message_id: "r" });
        if (n % 4 === 1) return world.call(a, `DELETE /messages/request/${id}`);
        return world.call(b, `POST /messages/request/${id}/respond`, {
          action: n % 4 === 2 ? "decline" : "accept",
        });
      });
      const [row] = await first.context.database.sql`select status from message_requests where id = ${id}`;
      const replies = count(answers.filter((_, n) => n % 4 === 0));
      // A reply into a conversation that another answer opened is just its next message.
      expect(replies).toEqual(row!.status === "accepted" ? { ok: 4 } : { "404 CONVERSATION_NOT_FOUND": 4 });
      const others = answers.filter((_, n) => n % 4 !== 0);
      expect((count(others).ok ?? 0) + (count(others)["409 CONFLICT"] ?? 0)).toBe(12);
      expect(count(others).ok ?? 0).toBeLessThanOrEqual(1);
    }
    await sound();
  });

  test("a premium account's direct message against the answer to its request", async () => {
    for (let round = 0; round < 4; round++) {
      const [a, b] = await couple(true);
      const asked = await world.call(a, "POST /messages/request", { receiver_id: b.id, content: "May I?" });
      const path = `POST /messages/request/${asked.body.data.request_id}/respond`;
      const answers = await times(16, (n) =>
        n % 2 ? world.send(a, b, { content: `${n}` }) : world.call(b, path, { action: "accept" }),
      );
      expect(count(answers.filter((_, n) => n % 2))).toEqual({ ok: 8 });
      const accepted = count(answers.filter((_, n) => n % 2 === 0));
      const possible: Record<string, number>[] = [{ ok: 1, "409 CONFLICT": 7 }, { "409 CONFLICT": 8 }];
      expect(possible).toContainEqual(accepted);
      const id = answers[1]!.body.data.conversation_id;
      const messages = await history(b, id);
      expect(messages).toHaveLength(9);
      expect(messages[0]!.content).toBe("May I?");
    }
    await sound();
  });

  test("reading one message: one time, told once", async () => {
    const [a, b] = await couple(true);
    await world.match(a, b);
    const id = (await world.send(a, b)).body.data.message_id;
    const answers = await times(16, () => world.call(b, `PUT /messages/${id}/read`));
    expect(new Set(answers.map(({ body }) => body.data.read_at)).size).toBe(1);
    for (const person of [a, b]) {
      expect((await log(person)).filter(({ event }) => event === "message_read")).toHaveLength(1);
    }
  });

  test("reading against sending and blocking", async () => {
    const [a, b] = await couple(true);
    await world.match(a, b);
    const id = (await world.send(a, b)).body.data.message_id;
    const answers = await Promise.all([
      ...Array.from({ length: 7 }, () => world.call(b, `PUT /messages/${id}/read`)),
      ...Array.from({ length: 8 }, () => world.send(a, b)),
      world.call(a, `POST /users/${b.id}/block`, {}),
    ]);
    const counts = count(answers.slice(0, 15));
    expect((counts.ok ?? 0) + (counts["403 USER_BLOCKED"] ?? 0)).toBe(15);
    const events = await log(a);
    const end = events.findIndex(({ status }) => status === "blocked");
    expect(events.slice(end).map(({ event }) => event)).toEqual(["conversation_updated", "match_removed"]);
    await sound();
  });
});

describe("while one waits for the lock of the conversation", () => {
  test("a block commits: nothing is marked as read, nobody is told", async () => {
    const [a, b] = await couple(true);
    const conversationId = await world.match(a, b);
    const id = (await world.send(a, b)).body.data.message_id;
    const answer = await holding(first.owner, {
      hold: async (tx) => {
        await tx`update conversations set status = 'blocked' where id = ${conversationId}`;
        await tx`update matches set status = 'blocked' where ${a.id}::uuid in (user1_id, user2_id)`;
      },
      meanwhile: () => world.call(b, `PUT /messages/${id}/read`),
    });
    expect(outcome(answer)).toBe("403 USER_BLOCKED");
    expect((await log(a)).map(({ event }) => event)).not.toContain("message_read");
  });

  test("another device marks it as read: both have its time", async () => {
    const [a, b] = await couple();
    const conversationId = await world.match(a, b);
    const id = (await world.send(a, b)).body.data.message_id;
    const answer = await holding(first.owner, {
      hold: async (tx) => {
        await tx`
          update conversations set
            user1_read_seq = case when user1_id = ${b.id} then 1 else user1_read_seq end,
            user2_read_seq = case when user2_id = ${b.id} then 1 else user2_read_seq end,
            user1_read = case when user1_id = ${b.id} then 1 else user1_read end,
            user2_read = case when user2_id = ${b.id} then 1 else user2_read end
          where id = ${conversationId}
        `;
        await tx`
          insert into read_marks (conversation_id, reader_id, seq, read_at)
          values (${conversationId}, ${b.id}, 1, '2026-01-01T00:00:00Z')
        `;
      },
      meanwhile: () => world.call(b, `PUT /messages/${id}/read`),
    });
    expect(answer.body.data.read_at).toBe("2026-01-01T00:00:00.000Z");
    expect((await log(b)).map(({ event }) => event)).not.toContain("message_read");
  });

  test("the original of a retry commits: the slow way finds it too", async () => {
    const [a, b] = await couple();
    const conversationId = await world.match(a, b);
    const { sql } = first.context.database;
    await sql`update conversations set awaiting_reply_from = ${a.id} where id = ${conversationId}`;
    const original = newMessage(a.id, b.id, { clientMessageId: "k" });
    // The slow way is taken, and has looked for an original, before the original commits.
    const { owner: database } = first;
    const pair = await hold(database, (tx) => lockPair(tx, a.id, b.id));
    const sending = world.send(a, b, { content: "Hello!", client_message_id: "k" });
    await waitingFor(sql);
    const conversation = await hold(database, async (tx) => {
      await tx`update conversations set awaiting_reply_from = null where id = ${conversationId}`;
      await insertBatch(tx, [original]);
    });
    await pair.release();
    await waitingFor(sql);
    await conversation.release();
    const answer = await sending;
    expect(answer.body.data).toMatchObject({ message_id: original.id, seq: 1 });
    await sound();
  });

  test("the last message to somebody who is erased commits: it goes with them", async () => {
    const [a, b] = await couple();
    await world.match(a, b);
    const { owner: database } = first;
    const last = newMessage(a.id, b.id);
    await holding(database, {
      hold: async (tx) => expect((await insertBatch(tx, [last]))[0]!.kind).toBe("sent"),
      meanwhile: () => database.begin((tx) => erasePeople(tx, [b.id])),
    });
    expect(await database.sql`select from messages where id = ${last.id}`).toHaveLength(0);
    expect((await world.send(a, b)).status).toBe(404);
    await sound();
  });
});

describe("order", () => {
  test("one order, gapless, the same for both, each sender's own on each node kept", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ node: fc.nat(1), byFirst: fc.boolean() }), { minLength: 1, maxLength: 80 }),
        async (plan) => {
          const [a, b] = await couple();
          const id = await world.match(a, b);
          const services = [first.context.messages, second.messages];
          await Promise.all(
            plan.map(({ node, byFirst }, n) => {
              const [from, to] = byFirst ? [a, b] : [b, a];
              return services[node]!.send(from.id, { receiverId: to.id, content: `${n}` });
            }),
          );
          const messages = await history(a, id);
          expect(messages.map(({ seq }) => seq)).toEqual(plan.map((_, n) => n + 1));
          expect(await history(b, id)).toEqual(messages);
          for (const node of [0, 1]) {
            for (const person of [a, b]) {
              const own = messages
                .filter(
                  ({ content, sender_id }) => plan[Number(content)]!.node === node && sender_id === person.id,
                )
                .map(({ content }) => Number(content));
              expect(own).toEqual(own.toSorted((x, y) => x - y));
            }
          }
        },
      ),
      { numRuns: 15 },
    );
    await sound();
  });

  test("what opens a conversation and what follows it stay in order of arrival", async () => {
    const [a, b] = await couple(true);
    const texts = Array.from({ length: 100 }, (_, n) => `${n}`);
    const sent = await Promise.all(
      texts.map((content) => first.context.messages.send(a.id, { receiverId: b.id, content })),
    );
    expect(sent.map(({ seq }) => seq)).toEqual(texts.map((_, n) => n + 1));
    const replies = await Promise.all(
      texts.map((content) => first.context.messages.send(b.id, { receiverId: a.id, content })),
    );
    expect(replies.map(({ seq }) => seq)).toEqual(texts.map((_, n) => n + 101));
    await sound();
  });
});
