import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createTestDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { eventually } from "../../test/harness/eventually.ts";
import { newId } from "../lib/ids.ts";
import type { Sql } from "./client.ts";
import { type AppendedEvent, appendEvents } from "./event_log.ts";
import { lockPair, orderPair } from "./pair.ts";
import { createWrite, type Work } from "./unit_of_work.ts";

let db: TestDatabase;
let published: AppendedEvent[][] = [];
let failures: unknown[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());
beforeEach(() => {
  published = [];
  failures = [];
});

function writer(
  publish: (events: AppendedEvent[]) => void | Promise<void> = (events) => void published.push(events),
) {
  return createWrite({ database: db.database, publish, onError: (error) => void failures.push(error) });
}

async function newUser(): Promise<string> {
  const id = newId();
  await db.sql`
    insert into users (id, email, name, date_of_birth, gender, country)
    values (${id}, ${`${id}@example.com`}, 'Somebody', '1990-01-01', 'female', 'DE')
  `;
  await db.sql`insert into user_logs (user_id) values (${id})`;
  return id;
}

async function logOf(userId: string) {
  return [
    ...(await db.sql`
      select seq::int, event, data, message_id as "messageId" from user_events where user_id = ${userId} order by seq
    `),
  ];
}

function removed(work: Work, userId: string): void {
  work.emit(userId, "match_removed", { match_id: newId(), user_id: userId, conversation_id: null });
}

async function raise(sql: Sql, code: string): Promise<void> {
  await sql.unsafe(`do $$ begin raise exception 'made up' using errcode = '${code}'; end $$`);
}

describe("write", () => {
  test("stores events in the order of emission, then publishes them with their seq", async () => {
    const [a, b] = [await newUser(), await newUser()];
    const messageId = newId();
    const message = { message_id: messageId, content: "hi" } as never;
    const result = await writer()(async ({ emit }) => {
      emit(b, "new_message", message, { messageId, conversationId: messageId });
      emit(a, "match_removed", { match_id: messageId, user_id: b, conversation_id: null });
      emit(a, "conversation_updated", { conversation_id: messageId, user_id: b, status: "archived" });
      expect(published).toEqual([]);
      return "done";
    });

    expect(result).toBe("done");
    expect(await logOf(a)).toMatchObject([
      { seq: 1, event: "match_removed", data: { match_id: messageId } },
      { seq: 2, event: "conversation_updated", data: { status: "archived" } },
    ]);
    // The text lives once, in messages.
    expect(await logOf(b)).toEqual([{ seq: 1, event: "new_message", data: null, messageId }]);
    expect(published).toMatchObject([
      [
        { userId: a, seq: 1, event: "match_removed", messageId: null, conversationId: null },
        { userId: a, seq: 2, event: "conversation_updated" },
        { userId: b, seq: 1, event: "new_message", data: message, messageId, conversationId: messageId },
      ],
    ]);
  });

  test("a failure leaves no event, no number used, nothing published, nothing run after", async () => {
    const a = await newUser();
    const failed = writer()(async (work) => {
      removed(work, a);
      work.after(() => void failures.push("ran"));
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await logOf(a)).toEqual([]);
    await writer()(async (work) => removed(work, a));
    expect(await logOf(a)).toMatchObject([{ seq: 1 }]);
    expect([published.length, failures.length]).toEqual([1, 0]);
  });

  for (const code of ["40001", "40P01"]) {
    test(`runs again after ${code}, without what the failed attempt had emitted`, async () => {
      const a = await newUser();
      let attempts = 0;
      await writer()(async (work) => {
        removed(work, a);
        if (++attempts < 3) await raise(work.sql, code);
      });
      expect(attempts).toBe(3);
      expect(await logOf(a)).toMatchObject([{ seq: 1 }]);
    });
  }

  test("gives up after four attempts, and at once on anything else", async () => {
    for (const [code, expected, mapped] of [
      ["40001", 4, "SERVICE_UNAVAILABLE"],
      ["22012", 1, "22012"],
    ] as const) {
      let attempts = 0;
      const failed = writer()(async ({ sql }) => {
        attempts++;
        await raise(sql, code);
      });
      await expect(failed).rejects.toMatchObject({ code: mapped });
      expect(attempts).toBe(expected);
    }
  });

  test("two transactions that deadlock both come through", async () => {
    const [a, b] = [await newUser(), await newUser()];
    const write = writer();
    let attempts = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    async function touch(first: string, second: string): Promise<void> {
      await write(async ({ sql }) => {
        attempts++;
        await sql`update users set bio = 'x' where id = ${first}`;
        if (attempts === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await sql`update users set bio = 'x' where id = ${second}`;
      });
    }
    await Promise.all([touch(a, b), touch(b, a)]);
    expect(attempts).toBeGreaterThanOrEqual(3);
  });

  test("what follows the commit cannot fail the caller", async () => {
    const a = await newUser();
    const write = writer(() => {
      throw new Error("publish");
    });
    await write(async (work) => {
      removed(work, a);
      work.after(() => {
        throw new Error("sync");
      });
      work.after(async () => {
        throw new Error("async");
      });
    });
    await eventually(() => failures.length === 3);
    expect(failures.map((error) => (error as Error).message)).toEqual(["publish", "sync", "async"]);
  });

  test("new_message without its message is a mistake that stores nothing", async () => {
    const a = await newUser();
    const failed = writer()(async ({ emit }) => emit(a, "new_message", {} as never));
    await expect(failed).rejects.toThrow("its messageId is missing");
    expect(await logOf(a)).toEqual([]);
  });
});

describe("appendEvents", () => {
  test("many writers at once, in any order of users: no deadlock, no gap, the same in the log as published", async () => {
    const users = await Promise.all(Array.from({ length: 5 }, newUser));
    const write = writer();
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        write(async (work) => {
          for (const step of [3, 1, 2]) removed(work, users[(i * step) % 5] as string);
          if (i % 10 === 0) throw new Error("no");
        }).catch(() => {}),
      ),
    );
    const all = published.flat();
    expect(all.length).toBe(90 * 3);
    for (const user of users) {
      const stored = await logOf(user);
      expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
      const seen = all.filter(({ userId }) => userId === user).sort((a, b) => a.seq - b.seq);
      expect(seen.map(({ seq, data }) => [seq, data])).toEqual(stored.map(({ seq, data }) => [seq, data]));
    }
  });

  test("a user who is gone is left out", async () => {
    const [a, gone] = [await newUser(), newId()];
    const data = { match_id: newId(), user_id: a, conversation_id: null };
    const appended = await appendEvents(db.sql, [
      { userId: gone, event: "match_removed", data },
      { userId: a, event: "match_removed", data },
    ]);
    expect(appended).toMatchObject([{ userId: a, seq: 1 }]);
    expect(await appendEvents(db.sql, [])).toEqual([]);
  });
});

describe("lockPair", () => {
  test("excludes a second transaction on the same two people, whichever way round", async () => {
    const [a, b] = [newId(), newId()];
    const order: string[] = [];
    const first = db.database.begin(async (sql) => {
      expect(await lockPair(sql, b, a)).toEqual(orderPair(a, b));
      order.push("first in");
      await sql`select pg_sleep(0.1)`;
      order.push("first out");
    });
    await eventually(() => order.length === 1);
    const second = db.database.begin(async (sql) => {
      await lockPair(sql, a, b);
      order.push("second in");
    });
    await Promise.all([first, second]);
    expect(order).toEqual(["first in", "first out", "second in"]);
  });

  test("orders ids as the database does", async () => {
    const ids = ["9fffffff-ffff-7000-8000-000000000000", "a0000000-0000-7000-8000-000000000000"] as const;
    const [low, high] = (
      await db.sql<{ id: string }[]>`
      select id from unnest(${[...ids].reverse()}::uuid[]) as given (id) order by id
    `
    ).map(({ id }) => id) as [string, string];
    const ordered = { user1Id: low, user2Id: high };
    expect([orderPair(low, high), orderPair(high, low)]).toEqual([ordered, ordered]);
  });
});
