import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "../../../test/harness/database.ts";
import { down, dumpSchema, MigrationError, redo, status, up, verify } from "./mod.ts";

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
    expect(error.kind).toBe("Statement");
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
    for (const command of [up, verify]) {
      const error = await failureOf(command(options()));
      expect(error.kind).toBe("Drift");
      expect(error.exitCode).toBe(4);
      expect(error.findings[0]).toMatch(/^000001_table_1\.sql was changed after it was applied on \d{4}-/);
      expect(error.findings[1]).toBe("000002_table_2.sql was applied, but its file is gone");
    }
    expect((await status(options())).map(({ state }) => state)).toEqual(["changed", "missing"]);
  });

  for (const [what, text] of [
    ["line ends", "-- up\r\ncreate table t1 (id int);\r\n-- down\r\ndrop table t1;\r\n"],
    [
      "comments",
      "-- What for.\n-- up\ncreate table t1 ( -- one\n id /* two */ int);\n-- down\ndrop table t1;\n",
    ],
    ["white space", "-- up\n\n  create   table t1\n(\n  id int\n)\n;\n\n-- down\ndrop table t1;\n"],
    ["what rolls back", "-- up\ncreate table t1 (id int);\n-- down\ndrop table if exists t1;\n"],
  ] as const) {
    test(`${what} of an applied file may change`, async () => {
      table(1);
      await up(options());
      file("000001_table_1.sql", text);
      expect((await status(options())).map(({ state }) => state)).toEqual(["applied"]);
      expect(await up(options())).toEqual([]);
      await verify(options());
    });
  }

  test("a record of an earlier version (hash of the text, no -- down) stays valid, is completed, and serves a rollback", async () => {
    table(1);
    await up(options());
    const text = readFileSync(join(folder, "000001_table_1.sql"), "utf8");
    const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex");
    await db.sql`update schema_migrations set checksum = ${hash}`;
    await db.sql`alter table schema_migrations drop column down, drop column up_checksum`;
    expect((await status(options())).map(({ state }) => state)).toEqual(["applied"]);
    expect((await up({ ...options(), dryRun: true })).length).toBe(0);
    table(2);
    await up(options());
    // This version completes the record; the earlier one, which knows the hash of the text alone, still finds it.
    const record = {
      checksum: hash,
      upChecksum: expect.any(String),
      down: expect.stringContaining("drop table t1"),
    };
    const rows = () => db.sql`select checksum, up_checksum, down from schema_migrations order by version`;
    expect((await rows())[0]).toEqual(record);
    file("000001_table_1.sql", `-- Words.\n${text}`);
    await down({ ...options(), to: 1 });
    expect((await rows()).map((row) => ({ ...row }))).toEqual([record]);
  });

  test("a file without a statement is not applied: its first real text would be a change", async () => {
    file("000001_begun.sql", "-- up\n\n-- down\n");
    const error = await failureOf(up(options()));
    expect([error.kind, error.message]).toEqual([
      "File",
      "Cannot apply 000001_begun.sql: it has no statement under -- up",
    ]);
    table(1);
    rmSync(join(folder, "000001_begun.sql"));
    expect((await up(options())).length).toBe(1);
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

  test("an edited file is rolled back as it was applied, and applied as it is now", async () => {
    file(
      "000001_edited.sql",
      "-- up\ncreate table t1 (id int);\n-- down\ndrop table t1 -- all of it\n;\nselect 1;\n",
    );
    await up(options());
    file("000001_edited.sql", "-- up\ncreate table t2 (id int);\n-- down\ndrop table t2;\n");
    expect((await failureOf(up(options()))).hint).toContain("migrate redo");
    const steps = await redo(options());
    expect(steps.map(({ direction }) => direction)).toEqual(["down", "up"]);
    expect(await tables()).toEqual(["t2"]);
    await verify(options());
  });

  test("a file that is gone is rolled back as it was applied", async () => {
    for (const n of [1, 2]) table(n);
    await up(options());
    rmSync(join(folder, "000002_table_2.sql"));
    expect((await failureOf(redo(options()))).message).toContain("its file is gone");
    expect((await down(options())).map(({ file: name }) => name)).toEqual(["000002_table_2.sql"]);
    expect(await tables()).toEqual(["t1"]);
    expect(await up(options())).toEqual([]);
  });

  test("without a -- down section nothing at all is rolled back", async () => {
    file("000001_one_way.sql", "-- up\ncreate table t1 (id int);\n");
    table(2);
    await up(options());
    const error = await failureOf(down({ ...options(), to: 0 }));
    expect(error.kind).toBe("File");
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
      expect(error.kind).toBe("Locked");
      expect(error.exitCode).toBe(5);
      expect(error.message).toBe(
        `Cannot migrate: pid ${row?.pid} (vibesmatch) still holds the migration lock after 0.1 s`,
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
      expect(error.kind).toBe("Locked");
      expect(error.message).toContain("000002_column.sql: line 2: canceling statement due to lock timeout");
    });
    expect((await up(options())).length).toBe(1);
  });

  test("a database that is not there is unreachable", async () => {
    const url = new URL(db.url);
    url.pathname = "/nowhere";
    const error = await failureOf(up({ ...options(), url: url.href }));
    expect(error.kind).toBe("Unreachable");
    expect(error.exitCode).toBe(6);
  });
});

/** Of a table that has a column of each kind. */
const TABLE_DRIFTS: readonly (readonly [change: string, finding: RegExp])[] = [
  ["add column stray int", /^table t\d differs \(\+ stray integer\)$/],
  ["alter column note set not null", /- note text \+ note text not null/],
  ["alter column status set default 'old'", /differs .*\+ status .*'old'/],
  ["alter column status type varchar(30)", /differs .*\+ status .*\(30\)/],
  ["drop constraint status_known", /differs \(- constraint status_known/],
  ["alter column id set generated by default", /differs .*\+ id .* by default/],
  ["set (fillfactor = 70)", /fillfactor/],
  ["set unlogged", /unlogged/],
];

/** Of anything else; each is of an object of its own. */
const DRIFTS: readonly (readonly [statement: string, finding: RegExp])[] = [
  ["create table stray (id int)", /^table stray is in no migration$/],
  ["drop view v", /^view v is missing$/],
  ["create or replace view w as select id from a where id > 1", /view w differs/],
  ["drop index a_note_idx", /^index a_note_idx is missing$/],
  ["create index stray_idx on a (status)", /^index stray_idx is in no migration$/],
  ["alter table b drop constraint b_a_fkey", /^constraint b_a_fkey on b is missing$/],
  [
    "create or replace function f() returns trigger language plpgsql as $$ begin return old; end $$",
    /function f\(\) differs/,
  ],
  ["alter table a disable trigger a_touch", /trigger a_touch on a differs/],
  ["alter type mood add value 'wild'", /type mood differs/],
  ["alter domain tiny drop constraint tiny_small", /type tiny differs/],
  ["alter sequence s increment 3", /sequence s differs/],
  ["comment on table a is 'some of a'", /comment on a differs/],
  ["alter table a enable row level security", /row security on a is in no migration/],
  ["alter policy a_mine on a using (id = 2)", /policy a_mine on a differs/],
  ["drop statistics a_stats", /statistics a_stats is missing/],
];

describe("verify", () => {
  const COLUMNS = `
  id int generated always as identity,
  status varchar(20) not null default 'new',
  note text,
  constraint status_known check (status in ('new', 'old'))`;
  const SCHEMA = `-- up
create type mood as enum ('calm', 'loud');
create domain tiny as int constraint tiny_small check (value < 10);
create sequence s increment 2;
create table a (${COLUMNS},
  constraint a_pkey primary key (id)
);
${TABLE_DRIFTS.map((_, n) => `create table t${n} (${COLUMNS}\n);`).join("\n")}
create table b (id int, a_id int, constraint b_a_fkey foreign key (a_id) references a (id));
create index a_note_idx on a (note);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger a_touch before update on a for each row execute function f();
create view v as select id from a;
create view w as select id from a;
create policy a_mine on a using (id = 1);
create statistics a_stats on id, status from a;
comment on table a is 'all of a';
-- down
select 1;
`;
  beforeEach(async () => {
    file("000001_all.sql", SCHEMA);
    await up(options());
  });

  test("finds what was changed by hand, one finding for each, and accepts none of it", async () => {
    const drifts = [
      ...TABLE_DRIFTS.map(([change, finding], n) => [`alter table t${n} ${change}`, finding] as const),
      ...DRIFTS,
    ];
    for (const [statement] of drifts) await db.sql.unsafe(statement).simple();
    const { kind, findings } = await failureOf(verify(options()));
    expect([kind, findings.length]).toEqual(["Drift", drifts.length]);
    for (const [statement, finding] of drifts) {
      expect([statement, findings.filter((each) => finding.test(each)).length]).toEqual([statement, 1]);
    }
    for (const n of TABLE_DRIFTS.keys()) {
      expect(findings.filter((each) => each.startsWith(`table t${n} differs`))).toHaveLength(1);
    }
    expect((await failureOf(verify({ ...options(), accept: true }))).findings).toEqual(findings);
  });

  test("a database that went through a dump and a restore has the same schema", async () => {
    const copy = await createTestDatabase({ empty: true });
    opened.push(copy);
    const dump = await dumpSchema({ url: db.url });
    await copy.sql.unsafe(dump).simple();
    expect(await dumpSchema({ url: copy.url })).not.toBe(dump);
    await copy.sql`create table schema_migrations (
      version int primary key, name text, checksum text, applied_at timestamptz default now(), duration_ms int
    )`;
    const [row] = await db.sql`select checksum from schema_migrations`;
    await copy.sql`insert into schema_migrations values (1, 'all', ${row?.checksum}, now(), 1)`;
    await verify({ url: copy.url, folder });
    await copy.sql`alter table a add column stray int`;
    expect((await failureOf(verify({ url: copy.url, folder }))).findings).toEqual([
      expect.stringContaining("+ stray integer"),
    ]);
  });

  test("records an edited file when the schema is what it makes", async () => {
    file("000001_all.sql", SCHEMA.replace("note text,", "note text, mood mood,"));
    expect((await failureOf(verify({ ...options(), accept: true }))).findings).toEqual([
      expect.stringContaining("000001_all.sql was changed"),
      expect.stringContaining("- mood mood"),
    ]);
    await db.sql`alter table a add column mood mood`;
    expect((await failureOf(verify(options()))).findings).toEqual([
      expect.stringContaining("000001_all.sql was changed"),
    ]);
    expect(await verify({ ...options(), accept: true })).toEqual(["000001_all.sql"]);
    expect(await up(options())).toEqual([]);
    expect(await verify(options())).toEqual([]);
  });

  test("leaves no database behind, and says what it needs", async () => {
    await verify(options());
    const left = await db.sql`
      select datname from pg_database where datname like ${`vibes_verify_${process.pid}_%`}
    `;
    expect(left).toHaveLength(0);
    const role = `poor_${process.pid}`;
    await db.sql.unsafe(
      `create role ${role} login password 'x'; grant select on schema_migrations to ${role}`,
    );
    const url = new URL(db.url);
    url.username = role;
    url.password = "x";
    const error = await failureOf(verify({ ...options(), url: url.href }));
    expect([error.kind, error.hint]).toEqual([
      "Target",
      expect.stringContaining(`alter role ${role} createdb`),
    ]);
    await db.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
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
