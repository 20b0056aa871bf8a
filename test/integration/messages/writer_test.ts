import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createDatabase, type Database, type Sql } from "../../../server/db/client.ts";
import type { AppendedEvent } from "../../../server/db/event_log.ts";
import { insertBatch } from "../../../server/features/messages/batch_sql.ts";
import { MessageWriter, type WriterDeps } from "../../../server/features/messages/writer.ts";
import { newId } from "../../../server/lib/ids.ts";
import { AppError } from "../../../server/protocol/errors.ts";
import { insertConversations, insertPeople, newMessage } from "../../harness/conversing.ts";
import { createTestDatabase, type TestDatabase, WRITER_SETTINGS } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";
import { hold, holding } from "../../harness/holding.ts";
import { findViolations } from "../../harness/invariants.ts";
import { startProxy, type TestProxy } from "../../harness/proxy.ts";

let db: TestDatabase;
let sql: Sql;
const open: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  db = await createTestDatabase();
  sql = db.sql;
});
afterEach(async () => {
  expect(await findViolations(sql)).toEqual([]);
});
afterAll(async () => {
  for (const one of open.reverse()) await one.close();
  await db.close();
});

function connections(url = db.url, deadlineMs = 2_000): Database {
  const database = createDatabase({ url, max: 2, deadlineMs, settings: WRITER_SETTINGS });
  open.push(database);
  return database;
}

/** A writer with its own connections, and what it published and tried again. */
function writerOf({ database = connections(), ...options }: Partial<WriterDeps> = {}) {
  const published: AppendedEvent[] = [];
  const retried: unknown[] = [];
  const writer = new MessageWriter({
    database,
    publish: (events) => void published.push(...events),
    sendSlowly: async () => {
      throw new AppError("CONVERSATION_NOT_FOUND");
    },
    onError: (error) => void retried.push(error),
    ...options,
  });
  open.push(writer);
  return Object.assign(writer, { published, retried });
}

async function pair(): Promise<{ a: string; b: string; conversationId: string }> {
  const [a, b] = (await insertPeople(sql, 2)) as [string, string];
  const [conversationId] = (await insertConversations(sql, [[a, b]])) as [string];
  return { a, b, conversationId };
}

async function stored(conversationId: string): Promise<[number, string][]> {
  const rows = await sql<{ seq: number; content: string }[]>`
    select seq::int, content from messages where conversation_id = ${conversationId} order by seq
  `;
  return rows.map(({ seq, content }) => [seq, content]);
}

async function codes(attempts: Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(attempts);
  return settled.map((one) => (one.status === "rejected" ? (one.reason.code ?? one.reason) : "sent"));
}

describe("one statement", () => {
  test("gives every message its own outcome", async () => {
    const fine = await pair();
    const [blocked, archived, awaited, muted, suspended] = [
      await pair(),
      await pair(),
      await pair(),
      await pair(),
      await pair(),
    ];
    const [stranger] = (await insertPeople(sql, 1)) as [string];
    await sql`update conversations set status = 'blocked' where id = ${blocked.conversationId}`;
    await sql`update conversations set status = 'archived' where id = ${archived.conversationId}`;
    await sql`update conversations set awaiting_reply_from = ${awaited.b} where id = ${awaited.conversationId}`;
    await sql`update users set muted_until = 'infinity' where id = ${muted.a}`;
    await sql`update users set suspended_until = '2100-01-01T00:00:00Z' where id = ${suspended.a}`;
    const first = newMessage(fine.a, fine.b, { clientMessageId: "k" });
    const [before] = await insertBatch(sql, [first]);
    const outcomes = await insertBatch(sql, [
      newMessage(fine.b, fine.a),
      { ...first, id: newId() },
      { ...first, id: newId(), content: "Other" },
      newMessage(blocked.a, blocked.b),
      newMessage(archived.b, archived.a),
      newMessage(awaited.b, awaited.a),
      newMessage(awaited.a, awaited.b),
      newMessage(muted.a, muted.b),
      newMessage(muted.b, muted.a),
      newMessage(suspended.a, suspended.b),
      newMessage(fine.a, stranger),
      newMessage(fine.a, fine.b, { namedConversationId: fine.conversationId }),
      newMessage(fine.a, fine.b, { namedConversationId: blocked.conversationId }),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      ...(["sent", "duplicate", "conflict", "blocked", "archived", "slow", "sent", "muted", "sent"] as const),
      ...(["suspended", "slow", "sent", "elsewhere"] as const),
    ]);
    const { logSeqs: _, kind: __, ...place } = before as Extract<typeof before, { kind: "sent" }>;
    expect(outcomes[1]).toEqual({ kind: "duplicate", ...place });
    expect(outcomes[0]).toMatchObject({ seq: 2, logSeqs: { sender: 2, receiver: 2 } });
    expect(outcomes[11]).toMatchObject({ seq: 3, logSeqs: { sender: 3, receiver: 3 } });
    expect(outcomes[7]).toMatchObject({ until: "infinity" });
    expect(outcomes[9]).toMatchObject({ until: "2100-01-01T00:00:00.000Z" });
  });

  test("reads the locked conversation anew: what a block refuses that commits during the wait is judged alone", async () => {
    const { a, b, conversationId } = await pair();
    const writer = writerOf({ sendSlowly: () => Promise.reject(new AppError("USER_BLOCKED")) });
    const outcome = await holding(db.database, {
      hold: (tx) => tx`update conversations set status = 'blocked' where id = ${conversationId}`,
      meanwhile: () => codes([writer.send(newMessage(a, b)), writer.send(newMessage(b, a))]),
    });
    expect(outcome).toEqual(["USER_BLOCKED", "USER_BLOCKED"]);
    expect(writer.published).toEqual([]);
    expect(await stored(conversationId)).toEqual([]);
  });

  test("reads the locked conversation anew: a message that commits during the wait has its place", async () => {
    const { a, b, conversationId } = await pair();
    const writer = writerOf();
    const placed = await holding(db.database, {
      hold: (tx) => insertBatch(tx, [newMessage(b, a, { content: "first" })]),
      meanwhile: () => writer.send(newMessage(a, b, { content: "second" })),
    });
    expect(placed.seq).toBe(2);
    expect(await stored(conversationId)).toEqual([
      [1, "first"],
      [2, "second"],
    ]);
  });

  test("reads the locked logs anew: events of other conversations keep their places", async () => {
    const { a, b } = await pair();
    const [c] = (await insertPeople(sql, 1)) as [string];
    await insertConversations(sql, [[a, c]]);
    const writer = writerOf();
    await holding(db.database, {
      hold: (tx) => insertBatch(tx, [newMessage(a, b), newMessage(b, a)]),
      meanwhile: () => writer.send(newMessage(c, a)),
    });
    const mine = writer.published.find(({ userId }) => userId === a)!;
    expect(mine.seq).toBe(3);
  });

  test("a mute counts for every send that begins after its commit, and what is refused waits for no lock", async () => {
    const { a, b, conversationId } = await pair();
    const writer = writerOf();
    const held = await hold(
      db.database,
      (tx) => tx`select 1 from conversations where id = ${conversationId} for no key update`,
    );
    await sql`update users set muted_until = now() + interval '1 hour' where id = ${a}`;
    expect(await codes([writer.send(newMessage(a, b))])).toEqual(["FORBIDDEN"]);
    await held.release();
  });

  test("a retry whose original commits during the wait gets the original's place", async () => {
    const { a, b } = await pair();
    const writer = writerOf();
    const original = newMessage(a, b, { clientMessageId: "k" });
    const place = await holding(db.database, {
      hold: (tx) => insertBatch(tx, [original]),
      meanwhile: () => writer.send({ ...original, id: newId() }),
    });
    expect(place).toMatchObject({ id: original.id, seq: 1 });
    expect(writer.published).toEqual([]);
    const conflict = await codes([writer.send(newMessage(a, b, { clientMessageId: "k", content: "Other" }))]);
    expect(conflict).toEqual(["CONFLICT"]);
  });
});

describe("the writer", () => {
  test("tells both logs of what it stored, each in order", async () => {
    const { a, b, conversationId } = await pair();
    const writer = writerOf();
    const texts = Array.from({ length: 100 }, (_, n) => `${n}`);
    await Promise.all(
      texts.map((content, n) => writer.send(newMessage(n % 3 ? a : b, n % 3 ? b : a, { content }))),
    );
    expect(await stored(conversationId)).toEqual(texts.map((text, n) => [n + 1, text]));
    for (const person of [a, b]) {
      const own = writer.published.filter(({ userId }) => userId === person);
      expect(own.map(({ seq }) => seq)).toEqual(texts.map((_, n) => n + 1));
      expect(own.map(({ data }) => (data as { seq: number }).seq)).toEqual(texts.map((_, n) => n + 1));
    }
    const rows = await sql`
      select seq::int, message_id from user_events where user_id = ${a} order by seq
    `;
    const told = writer.published.filter(({ userId }) => userId === a);
    expect(rows.map((row) => [row.seq, row.messageId])).toEqual(told.map((e) => [e.seq, e.messageId]));
  });

  test("a poisoned message fails alone, and the order of the others stays", async () => {
    const { a, b, conversationId } = await pair();
    const other = await pair();
    const writer = writerOf({ maxInFlight: 1 });
    const attempts = Array.from({ length: 20 }, (_, n) =>
      writer.send(newMessage(a, b, { content: n === 7 || n === 13 ? "x".repeat(1001) : `${n}` })),
    );
    attempts.push(writer.send(newMessage(other.a, other.b)));
    const settled = await Promise.allSettled(attempts);
    const failed = settled.flatMap(({ status }, n) => (status === "rejected" ? [n] : []));
    expect(failed).toEqual([7, 13]);
    const texts = (await stored(conversationId)).map(([, content]) => Number(content));
    expect(texts).toEqual([...Array(20).keys()].filter((n) => n !== 7 && n !== 13));
    expect(writer.published).toHaveLength(19 * 2);
  });

  test("16 attempts at once under one key store one message and get one answer", async () => {
    const { a, b, conversationId } = await pair();
    const writers = [writerOf(), writerOf()];
    const places = await Promise.all(
      Array.from({ length: 16 }, (_, n) => writers[n % 2]!.send(newMessage(a, b, { clientMessageId: "k" }))),
    );
    expect(new Set(places.map(({ id, seq }) => `${id} ${seq}`)).size).toBe(1);
    expect(await stored(conversationId)).toHaveLength(1);
    expect([...writers[0]!.published, ...writers[1]!.published]).toHaveLength(2);
  });

  test("16 attempts at once under one key with different bodies: one a receiver is stored, the others are told", async () => {
    const { a, b, conversationId } = await pair();
    const c = await pair();
    await insertConversations(sql, [[a, c.a]]);
    const writers = [writerOf(), writerOf()];
    const outcome = await codes(
      Array.from({ length: 16 }, (_, n) => {
        const receiver = n % 4 === 3 ? c.a : b;
        return writers[n % 2]!.send(newMessage(a, receiver, { clientMessageId: "k", content: `${n}` }));
      }),
    );
    expect(outcome.toSorted()).toEqual([...Array(14).fill("CONFLICT"), "sent", "sent"]);
    const rows = await sql`select 1 from messages where sender_id = ${a}`;
    expect(rows).toHaveLength(2);
    expect(await stored(conversationId)).toHaveLength(1);
  });

  test("a retry that also names the conversation is the same message", async () => {
    const { a, b, conversationId } = await pair();
    const writer = writerOf();
    const attempts = [null, conversationId, null, newId()].map((id) =>
      writer.send(newMessage(a, b, { clientMessageId: "k", namedConversationId: id })),
    );
    const places = await Promise.all(attempts);
    expect(new Set(places.map(({ id }) => id)).size).toBe(1);
    expect(await stored(conversationId)).toHaveLength(1);
    // One that was refused for its conversation does not stand in the way of the next.
    const wrong = { clientMessageId: "w", namedConversationId: newId() };
    const right = [null, conversationId, null].map((id) => ({ ...wrong, namedConversationId: id }));
    const outcome = await codes([wrong, ...right].map((change) => writer.send(newMessage(a, b, change))));
    expect(outcome).toEqual(["CONVERSATION_NOT_FOUND", "sent", "sent", "sent"]);
    expect(await stored(conversationId)).toHaveLength(2);
    expect(writer.retried).toEqual([]);
  });

  test("stores every text as it is", async () => {
    const { a, b, conversationId } = await pair();
    const writer = writerOf();
    const texts = [
      "NULL",
      "null",
      "{}",
      '{"a",b}',
      "\\",
      '\\"',
      '"',
      "'",
      ",",
      "a\nb\tc",
      "$1",
      "\\N",
      "👩‍👩‍👧 ü",
      "--",
    ];
    fc.sample(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), 100).forEach((text) => {
      const storable = text.replaceAll("\0", "");
      if (storable !== "") texts.push(storable);
    });
    await Promise.all(
      texts.map((content, n) =>
        writer.send(newMessage(a, b, { content, clientMessageId: `${n}${content.slice(0, 9)}` })),
      ),
    );
    expect((await stored(conversationId)).map(([, content]) => content)).toEqual(texts);
  });

  test("what goes the slow way is not overtaken by what its sender wrote after it", async () => {
    const { a, b } = await pair();
    const [c] = (await insertPeople(sql, 1)) as [string];
    const done: string[] = [];
    const writer = writerOf({
      async sendSlowly({ content, ...rest }) {
        await eventually(() => done.includes("fast"));
        done.push(content);
        return { ...rest, seq: 1, conversationId: "", createdAt: new Date(0) };
      },
    });
    const slow = ["1", "2", "3"].map((content) => writer.send(newMessage(a, c, { content })));
    await Promise.all([
      writer.send(newMessage(a, b)).then(() => done.push("fast")),
      ...slow,
      writer.send(newMessage(c, a, { content: "4" })),
    ]);
    expect(done).toEqual(["fast", "1", "2", "3", "4"]);
  });

  test("refuses what is too much at once, and closes when all have their answers", async () => {
    const { a, b, conversationId } = await pair();
    const writer = writerOf({ maxWaiting: 10 });
    const outcome = await codes(Array.from({ length: 12 }, () => writer.send(newMessage(a, b))));
    expect(outcome).toEqual([...Array(10).fill("sent"), "SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE"]);
    const last = writer.send(newMessage(a, b));
    await writer.close();
    expect((await last).seq).toBe(11);
    expect(await codes([writer.send(newMessage(a, b))])).toEqual(["SERVICE_UNAVAILABLE"]);
    expect(await stored(conversationId)).toHaveLength(11);
    expect(writer.stats()).toEqual({ waiting: 0, inFlight: 0 });
  });

  test("a failing publisher loses no answer", async () => {
    const { a, b } = await pair();
    const heard: unknown[] = [];
    const onError = (_: unknown, what: string) => void heard.push(what);
    const publish = () => Promise.reject(new Error("no"));
    expect((await writerOf({ publish, onError }).send(newMessage(a, b))).seq).toBe(1);
    const throwing = writerOf({
      onError,
      publish: () => {
        throw new Error("no");
      },
    });
    expect((await throwing.send(newMessage(a, b))).seq).toBe(2);
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(["publish", "publish"]);
  });
});

describe("when the database fails", () => {
  test("a deadlock is tried again", async () => {
    const [one, two] = [await pair(), await pair()];
    const [low, high] = [one, two].toSorted((x, y) => (x.conversationId < y.conversationId ? -1 : 1));
    const writer = writerOf({ maxInFlight: 1, deadlineMs: 10_000 });
    const touch = (tx: Sql, id: string) => tx`update conversations set status = status where id = ${id}`;
    const outcome = await holding(db.database, {
      hold: (tx) => touch(tx, high!.conversationId),
      meanwhile: () =>
        codes([writer.send(newMessage(low!.a, low!.b)), writer.send(newMessage(high!.a, high!.b))]),
      next: (tx) => touch(tx, low!.conversationId),
    });
    expect(outcome).toEqual(["sent", "sent"]);
    expect(writer.retried.length).toBeGreaterThan(0);
  });

  test("a killed backend is tried again, with and without a key", async () => {
    const { a, b, conversationId } = await pair();
    const writer = writerOf();
    const outcome = await holding(db.database, {
      hold: (tx) => tx`select 1 from conversations where id = ${conversationId} for no key update`,
      meanwhile: () =>
        codes([writer.send(newMessage(a, b)), writer.send(newMessage(b, a, { clientMessageId: "k" }))]),
      next: async () => {
        await sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'
        `;
        await eventually(() => writer.retried.length > 0);
      },
    });
    expect(outcome).toEqual(["sent", "sent"]);
    expect(await stored(conversationId)).toHaveLength(2);
    expect(writer.published).toHaveLength(4);
  });

  describe("on the way to it", () => {
    let proxy: TestProxy;
    beforeAll(async () => {
      proxy = await startProxy(Number(new URL(db.url).port));
    });
    afterAll(() => proxy.close());
    function through(deadlineMs?: number): Database {
      const url = new URL(db.url);
      url.hostname = "127.0.0.1";
      url.port = String(proxy.port);
      return connections(url.href, deadlineMs);
    }

    test("an answer that is lost after the commit: stored once, answered, published", async () => {
      const { a, b, conversationId } = await pair();
      const database = through();
      const writer = writerOf({ database, maxInFlight: 1 });
      await writer.send(newMessage(a, b, { content: "0" }));
      proxy.swallowAnswers();
      const attempts = ["1", "2", "3"].map((content) =>
        writer.send(newMessage(a, b, { content, clientMessageId: content === "2" ? "k" : null })),
      );
      await eventually(async () => (await stored(conversationId)).length === 4, { what: "the commit" });
      proxy.pass();
      proxy.cut();
      const places = await Promise.all(attempts);
      expect(places.map(({ seq }) => seq)).toEqual([2, 3, 4]);
      expect(await stored(conversationId)).toHaveLength(4);
      expect(writer.retried.length).toBeGreaterThan(0);
      const rows = await sql`
        select user_id, seq::float8, message_id from user_events where conversation_id = ${conversationId}
        order by user_id, seq
      `;
      const told = writer.published.toSorted((x, y) =>
        x.userId < y.userId ? -1 : x.userId > y.userId ? 1 : 0,
      );
      expect(told.map(({ userId, seq, messageId }) => ({ userId, seq, messageId }))).toEqual(
        rows.map(({ userId, seq, messageId }) => ({ userId, seq, messageId })),
      );
    });

    test("silence is answered within 3 s, and what follows works again", async () => {
      const { a, b } = await pair();
      const other = await pair();
      const writer = writerOf({ database: through() });
      await writer.send(newMessage(a, b));
      proxy.blackhole();
      const start = performance.now();
      const attempts = [
        writer.send(newMessage(a, b)),
        writer.send(newMessage(a, b, { clientMessageId: "k" })),
      ];
      await new Promise((resolve) => setTimeout(resolve, 300));
      attempts.push(writer.send(newMessage(other.a, other.b)));
      expect(await codes(attempts)).toEqual(Array(3).fill("SERVICE_UNAVAILABLE"));
      expect(performance.now() - start).toBeLessThan(15_000);
      proxy.pass();
      proxy.cut();
      const again = await eventually(() =>
        writer.send(newMessage(a, b, { clientMessageId: "k" })).catch(() => null),
      );
      expect(again.seq).toBeGreaterThan(1);
      const rows = await sql`select 1 from messages where sender_id = ${a} and client_message_id = 'k'`;
      expect(rows).toHaveLength(1);
    });
  });

  test("an unreachable database is answered within 3 s", async () => {
    const { a, b } = await pair();
    const writer = writerOf({ database: connections("postgres://nobody@127.0.0.1:1/none") });
    const start = performance.now();
    expect(await codes([writer.send(newMessage(a, b))])).toEqual(["SERVICE_UNAVAILABLE"]);
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});
