/** `vibes migrate` on real databases: what it changes, what it refuses, what it says. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { dumpSchema, readMigrations } from "../../../server/db/migrate/mod.ts";
import { runChild, startChild } from "../../harness/child.ts";
import { dataOf, runVibes } from "../../harness/cli.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";

const folder = mkdtempSync(join(tmpdir(), "vibes-migrate-"));
const databases: TestDatabase[] = [];
afterAll(async () => {
  for (const database of databases) await database.close();
  rmSync(folder, { recursive: true });
});

async function empty(): Promise<TestDatabase> {
  const database = await createTestDatabase({ empty: true });
  databases.push(database);
  return database;
}

let folders = 0;
/** A folder with these migrations, by name. */
function files(migrations: Record<string, string>): string {
  const path = join(folder, String(++folders));
  mkdirSync(path);
  for (const [name, text] of Object.entries(migrations)) writeFileSync(join(path, name), text);
  return path;
}

function vibes(line: string, database: { url: string }, more: Record<string, string> = {}) {
  return runVibes(line, { env: { DATABASE_URL: database.url, ...more } });
}

const ONE = "-- up\ncreate table one (id int primary key);\n-- down\ndrop table one;\n";
const TWO = "-- up\nalter table one add column note text;\n-- down\nalter table one drop column note;\n";

test("up, status, down, redo: progress on standard error, the result on standard output", async () => {
  const database = await empty();
  const path = files({ "000001_one.sql": ONE, "000002_two.sql": TWO });
  const dry = await vibes(`migrate up --dry-run --folder ${path}`, database);
  expect(dry).toEqual({ code: 0, out: "Would apply 000001_one.sql\nWould apply 000002_two.sql\n", err: "" });
  expect(await vibes(`migrate status --check --folder ${path}`, database)).toMatchObject({
    code: 3,
    out: "",
  });

  const up = await vibes(`migrate up --folder ${path}`, database);
  expect(up.out).toBe("Applied 000001_one.sql\nApplied 000002_two.sql\n");
  expect(up.err).toMatch(/^applied 000001_one\.sql \(\d+ ms\)\napplied 000002_two\.sql \(\d+ ms\)\n$/);
  expect((await vibes(`migrate up --folder ${path}`, database)).out).toStartWith("Nothing to do");
  expect((await vibes(`migrate status --check --folder ${path}`, database)).code).toBe(0);
  const status = dataOf(await vibes(`migrate status --json --folder ${path}`, database));
  expect(status.migrations[1]).toEqual({
    version: 2,
    file: "000002_two.sql",
    state: "applied",
    applied_at: expect.stringMatching(/Z$/),
    duration_ms: expect.any(Number),
  });

  const redo = await vibes(`migrate redo --quiet --folder ${path}`, database);
  expect(redo).toEqual({ code: 0, out: "Rolled back 000002_two.sql\nApplied 000002_two.sql\n", err: "" });
  const down = dataOf(await vibes(`migrate down --to 0 --json --folder ${path}`, database));
  expect(down.steps.map(({ file }: { file: string }) => file)).toEqual(["000002_two.sql", "000001_one.sql"]);
  expect((await database.sql`select to_regclass('one') as found`)[0]?.found).toBeNull();
});

test("20 at once on an empty database: one applies, all succeed", async () => {
  const database = await empty();
  const runs = await Promise.all(Array.from({ length: 20 }, () => vibes("migrate up --json", database)));
  expect(runs.map(({ code }) => code)).toEqual(Array(20).fill(0));
  const counts = runs.map((run) => dataOf(run).steps.length).sort((a, b) => a - b);
  expect(counts).toEqual([...Array(19).fill(0), (await readMigrations()).length]);
});

test("a changed applied file is named, and nothing runs", async () => {
  const database = await empty();
  const path = files({ "000001_one.sql": ONE });
  await vibes(`migrate up --folder ${path}`, database);
  writeFileSync(join(path, "000001_one.sql"), ONE.replace("(id int", "(id bigint"));
  writeFileSync(join(path, "000002_two.sql"), TWO);
  for (const line of ["migrate up", "migrate verify", "migrate status --check"]) {
    const { code, err } = await vibes(`${line} --folder ${path}`, database);
    expect([line, code, err]).toEqual([line, 4, expect.stringContaining("000001_one.sql was changed")]);
    expect(err).toMatch(/hint: restore the file.*migrate redo` rolls back.*migrate verify --accept`/);
  }
  const redo = await vibes(`migrate redo --quiet --folder ${path}`, database);
  expect([redo.code, redo.out]).toEqual([0, "Rolled back 000001_one.sql\nApplied 000001_one.sql\n"]);
  writeFileSync(join(path, "000001_one.sql"), ONE);
  await vibes(`migrate up --folder ${path}`, database);
  await database.sql`alter table one alter column id type int`;
  rmSync(join(path, "000002_two.sql"));
  const accepted = await vibes(`migrate verify --accept --folder ${path}`, database);
  expect([accepted.code, accepted.out]).toEqual([
    0,
    "Recorded 000001_one.sql as it is now\nThe database is what the migrations make\n",
  ]);
  expect((await vibes(`migrate up --folder ${path}`, database)).code).toBe(0);
});

test("what servers of the other version would break is refused while servers are connected", async () => {
  const database = await empty();
  const path = files({ "000001_one.sql": ONE, "000002_two.sql": `-- stop-servers\n${TWO}` });
  expect((await vibes(`migrate up --to 1 --folder ${path}`, database)).code).toBe(0);
  // The pool of a server.
  await database.sql`select 1`;
  const refused = [
    5,
    expect.stringMatching(/000002_two\.sql changes what servers write, and \d+ connections/),
  ];
  const up = await vibes(`migrate up --folder ${path}`, database);
  expect([up.code, up.err]).toEqual(refused);
  expect((await vibes(`migrate up --ignore-servers --folder ${path}`, database)).code).toBe(0);
  const down = await vibes(`migrate down --folder ${path}`, database);
  expect([down.code, down.err]).toEqual(refused);
  await database.database.close();
  expect((await vibes(`migrate down --folder ${path}`, database)).code).toBe(0);
});

test("a failing file leaves nothing behind and says which line", async () => {
  const database = await empty();
  const bad =
    "-- up\ncreate table two (id int);\n\ninsert into two\n  values ('x');\n-- down\ndrop table two;\n";
  const path = files({ "000001_one.sql": ONE, "000002_bad.sql": bad, "000003_two.sql": TWO });
  const { code, err } = await vibes(`migrate up --folder ${path}`, database);
  expect(code).toBe(1);
  expect(err).toContain("000002_bad.sql: line 5: invalid input syntax");
  const [row] = await database.sql`select to_regclass('two') as two, to_regclass('one')::text as one`;
  expect(row).toEqual({ two: null, one: "one" });
  expect(await database.sql`select version from schema_migrations`).toHaveLength(1);
});

test("an index is built concurrently; a broken one is named until it is gone", async () => {
  const database = await empty();
  const index =
    "-- no-transaction\n-- up\ncreate unique index concurrently one_note_key on one (note);\n-- down\ndrop index one_note_key;\n";
  const path = files({ "000001_one.sql": ONE, "000002_two.sql": TWO, "000003_index.sql": index });
  await vibes(`migrate up --to 2 --folder ${path}`, database);
  await database.sql`insert into one values (1, 'same'), (2, 'same')`;
  const failed = await vibes(`migrate up --folder ${path}`, database);
  expect([failed.code, failed.err]).toEqual([
    1,
    expect.stringContaining("left INVALID indexes: one_note_key"),
  ]);
  expect((await vibes(`migrate verify --folder ${path}`, database)).err).toContain(
    "index one_note_key is INVALID",
  );
  await database.sql`delete from one where id = 2`;
  const still = await vibes(`migrate up --folder ${path}`, database);
  expect([still.code, still.err]).toEqual([
    1,
    expect.stringContaining("one_note_key is INVALID, drop it first"),
  ]);
  await database.sql`drop index one_note_key`;
  expect((await vibes(`migrate up --folder ${path}`, database)).code).toBe(0);
});

test("a lock that cannot be had ends with 5 and says who holds it", async () => {
  const database = await empty();
  const path = files({ "000001_slow.sql": "-- up\nselect pg_sleep(60);\n-- down\nselect 1;\n" });
  await using first = startChild(["cli/main.ts", "migrate", "up", "--folder", path], {
    env: { DATABASE_URL: database.url },
  });
  await asleep(database);
  const { code, err } = await vibes(`migrate up --lock-wait 200ms --folder ${path}`, database);
  expect(code).toBe(5);
  expect(err).toMatch(/pid \d+ \(vibes migrate\) still holds the migration lock/);
  await first.end("SIGINT");
});

test("Ctrl-C: 130, what ran is rolled back on the server, too, and it says what is done", async () => {
  const database = await empty();
  const slow = "-- up\ncreate table slow (id int);\nselect pg_sleep(60);\n-- down\ndrop table slow;\n";
  const path = files({ "000001_one.sql": ONE, "000002_slow.sql": slow });
  await using run = startChild(["cli/main.ts", "migrate", "up", "--folder", path], {
    env: { DATABASE_URL: database.url },
  });
  await asleep(database);
  const { code, stderr } = await run.end("SIGINT");
  expect(code).toBe(130);
  expect(stderr).toContain("applied 000001_one.sql; the rest");
  expect(stderr).toContain("migrate up` goes on");
  await eventually(async () => (await sleepers(database)) === 0, {
    what: "the statement to end on the server",
  });
  const [row] = await database.sql`select to_regclass('slow') as slow, to_regclass('one')::text as one`;
  expect(row).toEqual({ slow: null, one: "one" });
});

test("verify finds what is pending, changed by hand, and missing", async () => {
  const database = await empty();
  expect((await vibes("migrate verify", database)).err).toContain("000001_identity.sql is pending");
  await vibes("migrate up", database);
  expect(await vibes("migrate verify", database)).toMatchObject({
    code: 0,
    out: "The database is what the migrations make\n",
  });
  await database.sql`drop index users_tag_idx`;
  await database.sql`alter table users alter column country drop not null`;
  await database.sql`create index by_hand on users (city)`;
  await database.sql`alter table matches drop constraint matches_ordered`;
  const { code, err } = await vibes("migrate verify", database);
  expect(code).toBe(4);
  expect(err).toContain("index users_tag_idx is missing");
  expect(err).toContain("index by_hand is in no migration");
  expect(err).toContain("table users differs (- country text not null + country text)");
  expect(err).toMatch(/table matches differs \(- constraint matches_ordered/);
});

test("dump prints a schema that can be run, and that is the same again", async () => {
  const [database, copy] = [await empty(), await empty()];
  await vibes("migrate up", database);
  const { out } = await vibes("migrate dump", database);
  expect(out).toBe(await dumpSchema({ url: database.url }));
  expect(out).toContain("create table messages (");
  expect(out).not.toContain("schema_migrations");
  const client = postgres(copy.url, { max: 1, onnotice: () => {} });
  await client.unsafe(out).simple();
  await client.end();
  const names = (text: string) =>
    text.match(/^(create table \w+|CREATE .*INDEX \w+|alter table .* add constraint \w+)/gm);
  expect(names(await dumpSchema({ url: copy.url }))).toEqual(names(out));
});

test("an older file than the newest applied one is refused unless told", async () => {
  const database = await empty();
  const path = files({ "000001_one.sql": ONE, "000003_two.sql": TWO });
  await vibes(`migrate up --folder ${path}`, database);
  writeFileSync(join(path, "000002_late.sql"), "-- up\nselect 1;\n-- down\nselect 1;\n");
  const { code, err } = await vibes(`migrate up --folder ${path}`, database);
  expect([code, err]).toEqual([4, expect.stringContaining("000002_late.sql is older")]);
  expect((await vibes(`migrate up --out-of-order --folder ${path}`, database)).code).toBe(0);
});

describe("in production", () => {
  test("rolling back needs the database's name", async () => {
    const database = await empty();
    const name = new URL(database.url).pathname.slice(1);
    const production = { NODE_ENV: "production" };
    await vibes("migrate up", database, production);
    for (const line of ["migrate down", "migrate redo", "migrate down --confirm=other"]) {
      const { code, err } = await vibes(line, database, production);
      expect([line, code, err]).toEqual([line, 2, expect.stringContaining(`--confirm=${name}`)]);
    }
    expect((await vibes("migrate down --dry-run", database, production)).code).toBe(0);
    expect((await vibes(`migrate down --confirm=${name}`, database, production)).code).toBe(0);
  });

  test("the name can be typed at a terminal", async () => {
    const database = await empty();
    const name = new URL(database.url).pathname.slice(1);
    const env = { NODE_ENV: "production", DATABASE_URL: database.url };
    await runVibes("migrate up", { env });
    expect(await runVibes("migrate down", { env, stdin: "no\n" })).toMatchObject({ code: 2 });
    const typed = await runVibes("migrate down", { env, stdin: `${name}\n` });
    expect([typed.code, typed.err]).toEqual([0, expect.stringContaining("Type its name to go on")]);
    expect(await runVibes("migrate down --no-input", { env, stdin: `${name}\n` })).toMatchObject({ code: 2 });
  });

  test("the direct address wins over the pooler's", async () => {
    const database = await empty();
    const env = { DATABASE_URL: "postgres://127.0.0.1:1/pooler", DATABASE_DIRECT_URL: database.url };
    expect((await runVibes("migrate up", { env })).code).toBe(0);
  });
});

describe("new and lint", () => {
  test("new takes the next version and a name made of words", async () => {
    const path = files({ "000007_one.sql": ONE });
    const { out } = await runVibes([
      "migrate",
      "new",
      "Add the User's language!",
      "--folder",
      path,
      "--json",
    ]);
    const created = JSON.parse(out).data.path;
    expect(created).toBe(join(path, "000008_add_the_user_s_language.sql"));
    expect(readFileSync(created, "utf8")).toContain("-- no-transaction");
    expect((await runVibes("migrate new --help")).out).toContain("-- no-transaction");
    expect((await readMigrations(path)).map(({ version }) => version)).toEqual([7, 8]);
    expect((await runVibes(["migrate", "new", "¿?", "--folder", path])).code).toBe(2);
  });

  test("our own files have no finding", async () => {
    const { code, err } = await runVibes("migrate lint");
    expect([code, err]).toEqual([0, ""]);
  });

  test("a statement that locks a busy table is found, with its line; rolling back is not judged", async () => {
    const text =
      "-- up\nalter table messages add column mood text;\n\ncreate index messages_mood_idx on messages (mood);\n-- down\ndrop table messages;\n";
    const path = join(files({ "000009_mood.sql": text }), "000009_mood.sql");
    const { code, out, err } = await runVibes(["migrate", "lint", path]);
    expect([code, err]).toEqual([3, expect.stringContaining("1 findings")]);
    expect(out).toContain("000009_mood.sql:4:");
    expect(out).toContain("[require-concurrent-index-creation]");
    expect(out).not.toContain("ban-drop-table");
    writeFileSync(
      path,
      text.replace("create index", "-- squawk-ignore require-concurrent-index-creation\ncreate index"),
    );
    expect((await runVibes(["migrate", "lint", path])).code).toBe(0);
    expect((await runVibes("migrate lint nowhere.sql")).code).toBe(2);
  });
});

test("a database that is away: 6, its address without the password", async () => {
  for (const line of ["up", "down", "redo", "status", "verify", "dump"]) {
    const { code, err } = await vibes(`migrate ${line}`, { url: "postgres://u:hunter2@127.0.0.1:1/gone" });
    expect([line, code, err]).toEqual([line, 6, expect.stringContaining("127.0.0.1:1/gone")]);
    expect(err).not.toContain("hunter2");
  }
});

test("as a process: nothing on standard output when it fails", async () => {
  const { code, stdout, stderr } = await runChild(["cli/main.ts", "migrate", "up"], {
    env: { DATABASE_URL: "postgres://u@127.0.0.1:1/gone" },
  });
  expect([code, stdout]).toEqual([6, ""]);
  expect(stderr).toContain("hint:");
});

async function sleepers({ sql, url }: TestDatabase): Promise<number> {
  const name = new URL(url).pathname.slice(1);
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = ${name} and query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()
  `;
  return row?.count ?? 0;
}

async function asleep(database: TestDatabase): Promise<void> {
  await eventually(async () => (await sleepers(database)) > 0, {
    what: "the migration to sleep",
  });
}
