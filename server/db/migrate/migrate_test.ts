import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "../../../test/harness/database.ts";
import { eventually } from "../../../test/harness/eventually.ts";
import {
  baseline,
  DriftError,
  down,
  dumpSchema,
  FileError,
  LockedError,
  MigrationError,
  redo,
  StatementError,
  status,
  UnreachableError,
  up,
  verify,
  waitUntilMigrated,
} from "./mod.ts";

const opened: TestDatabase[] = [];
const folders: string[] = [];
let db: TestDatabase;
let folder: string;

beforeEach(async () => {
  db = await createTestDatabase({ empty: true });
  folder = mkdtempSync(join(tmpdir(), "migrations-"));
  opened.push(db);
  folders.push(folder);
});
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  for (const each of folders) rmSync(each, { recursive: true });
});

function file(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function table(n: number): void {
  file(`00000${n}_table_${n}.sql`, `-- up\ncreate table t${n} (id int);\n-- down\ndrop table t${n};\n`);
}

function options() {
  return { url: db.url, folder };
}

async function tables(): Promise<string[]> {
  const rows =
    await db.sql`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations' order by 1`;
  return rows.map(({ name }) => name);
}

async function failureOf(work: Promise<unknown>): Promise<MigrationError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MigrationError);
  return error as MigrationError;
}

describe("up", () => {
  test("twenty at once on an empty database: one applies, all succeed", async () => {
    for (const n of [1, 2, 3]) table(n);
    const runs = await Promise.all(Array.from({ length: 20 }, () => up(options())));
    expect(runs.map((steps) => steps.length).sort((a, b) => b - a)).toEqual([3, ...Array(19).fill(0)]);
    expect(await tables()).toEqual(["t1", "t2", "t3"]);
    await verify(options());
  });

  test("a failing file leaves nothing of itself, keeps what came before, and is named with its line", async () => {
    table(1);
    file(
      "000002_bad.sql",
      "-- up\ncreate table half (id int);\n\ncreate table other (\n  id int,\n  nope unknown_type\n);\n",
    );
    const error = await failureOf(up(options()));
    expect(error).toBeInstanceOf(StatementError);
    expect(error.message).toBe('Cannot apply 000002_bad.sql: line 6: type "unknown_type" does not exist');
    expect(error.exitCode).toBe(1);
    expect(await tables()).toEqual(["t1"]);
    expect((await status(options())).map(({ state }) => state)).toEqual(["applied", "pending"]);
  });

  test("stops at a version, tells what it would do, and does the rest later", async () => {
    for (const n of [1, 2, 3]) table(n);
    expect((await up({ ...options(), dryRun: true })).map(({ file: name }) => name)).toEqual([
      "000001_table_1.sql",
      "000002_table_2.sql",
      "000003_table_3.sql",
    ]);
    expect(await tables()).toEqual([]);
    expect((await up({ ...options(), to: 2 })).length).toBe(2);
    expect(await tables()).toEqual(["t1", "t2"]);
    expect((await up(options())).map(({ version }) => version)).toEqual([3]);
    expect((await failureOf(up({ ...options(), to: 9 }))).message).toContain("the newest is 3");
  });

  test("a file that was changed, or is gone, after it was applied is named", async () => {
    for (const n of [1, 2]) table(n);
    await up(options());
    file("000001_table_1.sql", "-- up\ncreate table t1 (id bigint);\n");
    rmSync(join(folder, "000002_table_2.sql"));
    for (const command of [up, down, verify]) {
      const error = (await failureOf(command(options()))) as DriftError;
      expect(error).toBeInstanceOf(DriftError);
      expect(error.exitCode).toBe(4);
      expect(error.findings[0]).toMatch(/^000001_table_1\.sql was changed after it was applied on \d{4}-/);
      expect(error.findings[1]).toBe("000002_table_2.sql was applied, but its file is gone");
    }
    expect((await status(options())).map(({ state }) => state)).toEqual(["changed", "missing"]);
  });

  test("line ends do not matter", async () => {
    table(1);
    await up(options());
    file("000001_table_1.sql", "-- up\r\ncreate table t1 (id int);\r\n-- down\r\ndrop table t1;\r\n");
    await verify(options());
  });

  test("an older file that turns up late is refused, unless it is wanted", async () => {
    for (const n of [1, 3]) table(n);
    await up(options());
    table(2);
    const error = await failureOf(up(options()));
    expect(error.message).toContain("000002_table_2.sql is older than 000003_table_3.sql");
    expect(error.exitCode).toBe(4);
    expect((await up({ ...options(), outOfOrder: true })).map(({ version }) => version)).toEqual([2]);
  });

  test("functions, dollar quotes and semicolons in strings run as one statement each", async () => {
    file(
      "000001_function.sql",
      "-- up\ncreate function f() returns text language plpgsql as $$\nbegin\n  return 'a;b';\nend\n$$;\ncreate table t1 (note text default 'x;''y');\n",
    );
    await up(options());
    const [row] = await db.sql`select f() as f`;
    expect(row?.f).toBe("a;b");
  });
});

describe("no-transaction", () => {
  beforeEach(async () => {
    table(1);
    await up(options());
    await db.sql`insert into t1 values (1), (1)`;
  });

  test("creates an index concurrently", async () => {
    file(
      "000002_index.sql",
      "-- no-transaction\n-- up\ncreate index concurrently t1_idx on t1 (id);\n-- down\ndrop index concurrently t1_idx;\n",
    );
    await up(options());
    await redo(options());
    await verify(options());
  });

  test("reports the INVALID index that a failure leaves, and does not go on before it is dropped", async () => {
    file(
      "000002_index.sql",
      "-- no-transaction\n-- up\ncreate unique index concurrently if not exists t1_key on t1 (id);\n",
    );
    const error = await failureOf(up(options()));
    expect(error.message).toMatch(
      /000002_index\.sql: line 3: could not create unique index .* left INVALID indexes: t1_key$/,
    );
    expect((await failureOf(up(options()))).message).toContain("t1_key is INVALID");
    expect((await failureOf(verify(options()))).message).toContain("index t1_key is INVALID");
    await db.sql`drop index t1_key`;
    await db.sql`delete from t1`;
    expect((await up(options())).length).toBe(1);
    await verify(options());
  });

  test("twenty at once with an index that is created concurrently: nobody deadlocks", async () => {
    file("000002_index.sql", "-- no-transaction\n-- up\ncreate index concurrently t1_idx on t1 (id);\n");
    const runs = await Promise.all(Array.from({ length: 20 }, () => up(options())));
    expect(runs.flat().length).toBe(1);
    await verify(options());
  });
});

describe("down and redo", () => {
  test("down takes back the newest, or all down to a version", async () => {
    for (const n of [1, 2, 3]) table(n);
    await up(options());
    expect((await down(options())).map(({ version }) => version)).toEqual([3]);
    expect((await down({ ...options(), to: 0 })).map(({ version }) => version)).toEqual([2, 1]);
    expect(await tables()).toEqual([]);
    expect(await down(options())).toEqual([]);
  });

  test("without a -- down section nothing at all is rolled back", async () => {
    file("000001_one_way.sql", "-- up\ncreate table t1 (id int);\n");
    table(2);
    await up(options());
    const error = await failureOf(down({ ...options(), to: 0 }));
    expect(error).toBeInstanceOf(FileError);
    expect(await tables()).toEqual(["t1", "t2"]);
  });
});

describe("locks", () => {
  test("a run that does not get the lock names who has it", async () => {
    table(1);
    const holder = db.database.begin(async (sql) => {
      await sql`select pg_advisory_lock(${0x76696265}::int, ${0x6d696772}::int)`;
      const [row] = await sql`select pg_backend_pid() as pid`;
      const error = await failureOf(up({ ...options(), waitMs: 100 }));
      expect(error).toBeInstanceOf(LockedError);
      expect(error.exitCode).toBe(5);
      expect(error.message).toBe(
        `Cannot migrate: pid ${row?.pid} (vibesmatch) has held the migration lock for 0.1 s`,
      );
      await sql`select pg_advisory_unlock(${0x76696265}::int, ${0x6d696772}::int)`;
    });
    await holder;
    expect((await up(options())).length).toBe(1);
  });

  test("a statement does not queue behind a busy table for long, and everybody behind it", async () => {
    table(1);
    await up(options());
    file("000002_column.sql", "-- up\nalter table t1 add column note text;\n");
    await db.database.begin(async (sql) => {
      await sql`lock table t1 in access share mode`;
      const error = await failureOf(up({ ...options(), lockTimeoutMs: 50 }));
      expect(error).toBeInstanceOf(LockedError);
      expect(error.message).toContain("000002_column.sql: line 2: canceling statement due to lock timeout");
    });
    expect((await up(options())).length).toBe(1);
  });

  test("a database that is not there is unreachable", async () => {
    const url = new URL(db.url);
    url.pathname = "/nowhere";
    const error = await failureOf(up({ ...options(), url: url.href }));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.exitCode).toBe(6);
  });
});

describe("baseline, wait", () => {
  test("baseline records without running, once", async () => {
    for (const n of [1, 2, 3]) table(n);
    await baseline({ ...options(), version: 2 });
    expect((await up(options())).map(({ version }) => version)).toEqual([3]);
    expect(await tables()).toEqual(["t3"]);
    expect(await failureOf(baseline({ ...options(), version: 2 }))).toBeInstanceOf(DriftError);
  });

  test("waiting ends when somebody else has migrated, or says what is missing", async () => {
    table(1);
    const error = await failureOf(waitUntilMigrated({ ...options(), timeoutMs: 50 }));
    expect(error.message).toContain("000001_table_1.sql is pending");
    let done = false;
    const waiting = waitUntilMigrated({ ...options(), timeoutMs: 10_000 }).then(() => {
      done = true;
    });
    await up(options());
    await eventually(() => done);
    await waiting;
  });
});

describe("files", () => {
  for (const [name, text, message] of [
    ["1_x.sql", "-- up\n", "its name is not like"],
    ["000001_a.sql", "select 1;\n-- up\n", "line 1 comes before -- up"],
    ["000001_a.sql", "-- down\n", "it has no -- up section"],
    ["000001_a.sql", "-- up\nselect 'x;\n", "line 2: the quote is never closed"],
    ["000001_a.sql", "-- up\n-- down\n-- up\n", "line 3 repeats -- up"],
  ] as const) {
    test(`refuses: ${message}`, async () => {
      file(name, text);
      const error = await failureOf(up(options()));
      expect(error.message).toContain(message);
      expect(error.exitCode).toBe(2);
    });
  }

  test("refuses two files of one version", async () => {
    table(1);
    file("000001_again.sql", "-- up\n");
    expect((await failureOf(up(options()))).message).toContain("has the same version");
  });
});

describe("this repository's migrations", () => {
  test("go up, down and up again, to the same schema", async () => {
    await up({ url: db.url });
    const first = await dumpSchema({ url: db.url });
    await down({ url: db.url, to: 0 });
    expect(await tables()).toEqual([]);
    await up({ url: db.url });
    expect(await dumpSchema({ url: db.url })).toBe(first);
    expect(first).toContain("create table users (");
  });
});
