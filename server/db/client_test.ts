import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import net from "node:net";
import { createTestDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { eventually } from "../../test/harness/eventually.ts";
import { startProxy, type TestProxy } from "../../test/harness/proxy.ts";
import { AppError } from "../protocol/errors.ts";
import { askOnce, createDatabase, type Database, type DatabaseOptions, type Sql } from "./client.ts";

let db: TestDatabase;
const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  db = await createTestDatabase({ empty: true });
  await db.sql`create table notes (id int primary key, some_text text, extra jsonb)`;
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});
afterAll(() => db.close());

function open(options: Partial<DatabaseOptions> = {}): Database {
  const database = createDatabase({ url: db.url, ...options });
  opened.push(() => database.close());
  return database;
}

/** A database behind a proxy. */
async function openBehindProxy(options: Partial<DatabaseOptions> = {}): Promise<[Database, TestProxy]> {
  const url = new URL(db.url);
  const proxy = await startProxy(Number(url.port));
  opened.push(() => proxy.close());
  url.port = String(proxy.port);
  return [open({ ...options, url: url.href }), proxy];
}

/** @returns The failure and how long it took, ms. */
async function failureOf(work: PromiseLike<unknown>): Promise<{ error: AppError; tookMs: number }> {
  const start = performance.now();
  const error = await Promise.resolve(work).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  return { error: error as AppError, tookMs: performance.now() - start };
}

test("what is asked once at a start may take ten times as long, and leaves no connection", async () => {
  const ask = (sql: Sql) =>
    sql`select current_setting('statement_timeout') as limit, pg_backend_pid() as pid`;
  const [row] = await askOnce({ url: db.url }, ask);
  expect(row!.limit).toBe("27s");
  await eventually(
    async () => (await db.sql`select from pg_stat_activity where pid = ${row!.pid}`).length === 0,
  );
});

describe("queries", () => {
  test("columns are camelCase here and snake_case there; keys inside jsonb stay", async () => {
    const { sql } = open();
    const row = { id: 1, someText: "a", extra: { inner_key: 1 } };
    await sql`insert into notes ${sql(row)}`;
    const [found] = await sql`select * from notes where id = any(${[1, 2]}::int[]) ${sql`and true`}`;
    expect(found).toEqual(row);
  });

  test("a session is ours by name, in UTC, with timeouts shorter than the deadline", async () => {
    const { sql } = open({ deadlineMs: 2_000, applicationName: "somebody" });
    const [row] = await sql`
      select current_setting('timezone') as zone, current_setting('application_name') as name,
        current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle
    `;
    expect(row).toEqual({ zone: "UTC", name: "somebody", statement: "1800ms", idle: "4s" });
  });

  test("a pool learns array types whichever connection met them first", async () => {
    const { sql } = open({ max: 3 });
    const rows = await Promise.all([1, 2, 3].map((n) => sql`select ${[n]}::int8[] as list, pg_sleep(0.02)`));
    expect(rows.map(([row]) => row?.list)).toEqual([["1"], ["2"], ["3"]]);
  });

  test("a failed query leaves its connection usable", async () => {
    const { sql } = open({ max: 1 });
    await expect(sql`select 1 / 0`.then()).rejects.toMatchObject({ code: "22012" });
    await expect(sql`select ${undefined as never}::int`.then()).rejects.toMatchObject({
      code: "UNDEFINED_VALUE",
    });
    expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
  });

  test("what a failure quotes from rows is kept out of logs", async () => {
    const { sql } = open();
    await sql`insert into notes (id, some_text) values (7, 'secret')`;
    const error = await sql`insert into notes (id, some_text) values (7, 'secret')`.catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "23505", constraint_name: "notes_pkey" });
    expect(JSON.stringify({ ...(error as object) })).not.toContain("(7)");
  });

  test("a cursor is refused outside a transaction", async () => {
    const { sql } = open();
    await expect(sql`select 1`.cursor(() => {}).then()).rejects.toThrow("it needs a transaction");
  });
});

describe("transactions", () => {
  test("commit what resolves, roll back what throws", async () => {
    const database = open();
    expect(
      await database.begin((sql) =>
        sql`insert into notes (id) values (10) returning id`.then(([row]) => row?.id),
      ),
    ).toBe(10);
    const failed = database.begin(async (sql) => {
      await sql`insert into notes (id) values (11)`;
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    const rows = await database.sql`select id from notes where id in (10, 11)`;
    expect([...rows]).toEqual([{ id: 10 }]);
  });

  test("past the deadline a transaction is over, also on the server", async () => {
    const database = open({ deadlineMs: 200 });
    const { error, tookMs } = await failureOf(
      database.begin(async (sql) => {
        await sql`insert into notes (id) values (12)`;
        for (;;) await sql`select pg_sleep(0.05)`;
      }),
    );
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(tookMs).toBeWithin(190, 15_000);
    await eventually(async () => {
      const [row] =
        await db.sql`select count(*)::int as n from pg_locks where relation = 'notes'::regclass and mode = 'RowExclusiveLock'`;
      return row?.n === 0;
    });
    const rows = await db.sql`select id from notes where id = 12`;
    expect(rows.length).toBe(0);
  });

  test("a mode is passed on", async () => {
    const writing = open().begin((sql) => sql`insert into notes (id) values (13)`, { mode: "read only" });
    await expect(writing).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });
});

describe("a database that does not answer", () => {
  test("a statement that takes too long is cancelled by the server; the connection stays", async () => {
    const { sql } = open({ max: 1, deadlineMs: 300 });
    const [before] = await sql`select pg_backend_pid() as pid`;
    const { error, tookMs } = await failureOf(sql`select pg_sleep(5)`);
    expect(error).toMatchObject({ code: "SERVICE_UNAVAILABLE", details: { retry_after_ms: 1_000 } });
    expect(error.cause).toMatchObject({ code: "57014" });
    expect(tookMs).toBeWithin(260, 15_000);
    const [after] = await sql`select pg_backend_pid() as pid`;
    expect(after?.pid).toBe(before?.pid);
  });

  for (const [what, warm] of [
    ["an open connection", true],
    ["a new connection", false],
  ] as const) {
    test(`${what} that went silent fails within the deadline, queries and transactions alike`, async () => {
      const [database, proxy] = await openBehindProxy({ max: 3, deadlineMs: 300 });
      if (warm) await Promise.all([1, 2, 3].map(() => database.sql`select pg_sleep(0.02)`));
      proxy.blackhole();
      const failures = await Promise.all([
        failureOf(database.sql`select 1`),
        failureOf(database.begin((sql) => sql`select 1`)),
        failureOf(database.ready()),
        failureOf(database.sql`select 2`),
      ]);
      for (const { error, tookMs } of failures) {
        expect(error.code).toBe("SERVICE_UNAVAILABLE");
        expect(tookMs).toBeWithin(290, 15_000);
      }
      proxy.pass();
      const [row] = await database.sql`select 1 as one`;
      expect(row).toEqual({ one: 1 });
      expect(database.stats()).toEqual({ max: 3, busy: 0, waiting: 0 });
    });
  }

  test("silence in the middle of a transaction, and at its commit, ends within the deadline", async () => {
    const [database, proxy] = await openBehindProxy({ deadlineMs: 300 });
    for (const silentAfter of ["insert", "everything"]) {
      const { error, tookMs } = await failureOf(
        database.begin(async (sql) => {
          await sql`insert into notes (id) values (20)`;
          proxy.blackhole();
          if (silentAfter === "insert") await sql`select 1`;
        }),
      );
      expect(error.code).toBe("SERVICE_UNAVAILABLE");
      expect(tookMs).toBeWithin(290, 15_000);
      proxy.pass();
    }
    // The proxy swallowed the commit; the server rolls back once it hears that the connection is gone.
    const [row] = await database.sql`select count(*)::int as n from notes where id = 20`;
    expect(row?.n).toBe(0);
  });

  test("refused connections fail at once and say what they are", async () => {
    const holder = net.createServer().listen(0, "127.0.0.1");
    await eventually(() => holder.listening);
    const { port } = holder.address() as net.AddressInfo;
    await new Promise((resolve) => holder.close(resolve));
    const database = open({ url: `postgres://postgres@127.0.0.1:${port}/x` });
    const works = [() => database.ready(), () => database.begin(async () => 1), () => database.sql`select 1`];
    for (const work of works) {
      const { error, tookMs } = await failureOf(work());
      expect(error.code).toBe("SERVICE_UNAVAILABLE");
      expect(error.cause).toMatchObject({ code: "ECONNREFUSED" });
      expect(tookMs).toBeLessThan(15_000);
    }
  });

  test("a killed backend fails what ran on it, and only that", async () => {
    const database = open({ max: 2, applicationName: "victim" });
    const sleeping = failureOf(database.sql`select pg_sleep(20)`);
    await eventually(async () => {
      const rows = await db.sql`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim' and query ~ 'pg_sleep'
      `;
      return rows.length > 0;
    });
    expect((await sleeping).error.code).toBe("SERVICE_UNAVAILABLE");
    expect([...(await database.sql`select 1 as one`)]).toEqual([{ one: 1 }]);
  });
});

describe("the queue", () => {
  test("is bounded: past it a query is refused at once, those in it are served in order", async () => {
    const { sql } = open({ max: 1, maxWaiting: 3 });
    const order: number[] = [];
    const running = sql`select pg_sleep(0.1)`.execute();
    const waiting = [1, 2, 3].map((n) => sql`select ${n}::int as n`.then(() => order.push(n)));
    const { error } = await failureOf(sql`select 4`);
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(order).toEqual([]);
    await Promise.all([running, ...waiting]);
    expect(order).toEqual([1, 2, 3]);
  });

  test("waiting counts towards the deadline, and who gave up is never run", async () => {
    const database = open({ max: 1, deadlineMs: 200 });
    const holding = database.begin((sql) => sql`select pg_sleep(0.4)`, { deadlineMs: 1_000 }).catch(() => {});
    const { error, tookMs } = await failureOf(database.sql`insert into notes (id) values (30)`);
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(tookMs).toBeWithin(190, 15_000);
    await holding;
    const [row] = await database.sql`select count(*)::int as n from notes where id = 30`;
    expect(row?.n).toBe(0);
  });

  test("closing lets what runs finish and refuses the rest", async () => {
    const database = open({ max: 2 });
    const running = database.sql`select pg_sleep(0.1), 1 as one`.execute();
    await eventually(() => database.stats().busy === 1);
    const closing = database.close();
    expect((await failureOf(database.sql`select 1`)).error.code).toBe("SERVICE_UNAVAILABLE");
    expect((await running)[0]?.one).toBe(1);
    await closing;
    expect(database.stats().busy).toBe(0);
  });
});
