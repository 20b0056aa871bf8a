/**
 * `vibes seed` on real databases: reproducible, resumable, in bounded memory, and removable without a trace.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { personAt, ROLES_IN_CAST } from "../../../cli/commands/seed/people.ts";
import { DEFAULT_NOW, planSeed } from "../../../cli/commands/seed/plan.ts";
import { verifyEvidence } from "../../../server/features/reports/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { TEST_SECRET } from "../../harness/app.ts";
import { runChild, startChild } from "../../harness/child.ts";
import { dataOf, runVibes } from "../../harness/cli.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";
import { findViolations } from "../../harness/invariants.ts";

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map((database) => database.close())));

async function fresh(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  databases.push(database);
  return database;
}

function keys({ url }: TestDatabase, more: Record<string, string> = {}) {
  return { NODE_ENV: "test", DATABASE_URL: url, JWT_SECRET: TEST_SECRET, ...more };
}

function vibes(line: string, database: TestDatabase, more: Record<string, string> = {}) {
  return runVibes(line, { env: keys(database, more) });
}

/** Every table's rows as text, in one order, hashed. */
async function hashes({ sql }: TestDatabase): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'schema_migrations' order by 1
  `;
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await sql`
      select md5(coalesce(string_agg(t::text, chr(10) order by t::text collate "C"), '')) as hash from ${sql(name)} t
    `;
    found[name] = row?.hash;
  }
  return found;
}

/** The events of the seeded past are not in the log: it begins empty, as if they were trimmed. */
async function broken({ sql }: TestDatabase) {
  const violations = await findViolations(sql);
  return violations.filter(({ rule }) => !rule.startsWith("a message with a place is told of"));
}

const EMPTY = "d41d8cd98f00b204e9800998ecf8427e";
const SMALL = "seed run --scale 0.4";
let first: TestDatabase;
let expected: Record<string, string>;

beforeAll(async () => {
  first = await fresh();
  expect((await vibes(SMALL, first)).code).toBe(0);
  expected = await hashes(first);
});

describe("the same options", () => {
  test("make the same bytes in another database; another seed or now does not", async () => {
    const second = await fresh();
    expect((await vibes(SMALL, second)).code).toBe(0);
    expect(await hashes(second)).toEqual(expected);
    const small = await Promise.all(
      ["", "--seed 43", "--now 2026-01-02"].map(async (other) => {
        const third = await fresh();
        expect((await vibes(`seed run --scale 0.05 ${other}`, third)).code).toBe(0);
        return await hashes(third);
      }),
    );
    for (const table of ["users", "messages", "report_evidence"]) {
      expect([table, new Set(small.map((found) => found[table])).size]).toEqual([table, 3]);
    }
  });

  test("go on after Ctrl-C where the run was cut short, and end up the same", async () => {
    const database = await fresh();
    await using run = startChild(["cli/main.ts", ...SMALL.split(" ")], { env: keys(database) });
    await eventually(async () => (await database.sql`select 1 from users limit 1`).length > 0);
    const { code, stdout, stderr } = await run.end("SIGINT");
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toMatch(/400 people and \d+ messages are there, each chunk whole/);
    expect(stderr).toContain("--resume");
    expect(await hashes(database)).not.toEqual(expected);

    const again = await vibes(SMALL, database);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining("--resume")]);
    const resumed = dataOf(await vibes(`${SMALL} --resume --json`, database));
    expect(resumed.people).toBe(0);
    expect(await hashes(database)).toEqual(expected);
    expect(dataOf(await vibes(`${SMALL} --resume --json`, database))).toMatchObject({ people: 0 });
    expect(await hashes(database)).toEqual(expected);
  });
});

describe("what is made", () => {
  test("keeps every rule between the tables", async () => {
    expect(await broken(first)).toEqual([]);
  });

  test("has every state of everything", async () => {
    const states = async (table: string, column: string) => {
      const rows =
        await first.sql`select distinct ${first.sql(column)}::text as state from ${first.sql(table)}`;
      return rows.map(({ state }) => state).sort();
    };
    expect(await states("message_requests", "status")).toEqual([
      "accepted",
      "cancelled",
      "declined",
      "pending",
    ]);
    expect(await states("conversations", "status")).toEqual(["active", "archived", "blocked"]);
    expect(await states("matches", "status")).toEqual(["active", "blocked", "unmatched"]);
    expect(await states("matches", "match_type")).toEqual([
      "message_accepted",
      "message_replied",
      "mutual_like",
    ]);
    expect(await states("user_actions", "action_type")).toEqual([
      "dislike",
      "like",
      "message_request",
      "super_like",
    ]);
    expect(await states("user_reports", "status")).toEqual(["dismissed", "pending", "resolved", "reviewed"]);
    expect(await states("sanctions", "kind")).toEqual(["ban", "mute", "suspend", "warn"]);
    const [bans] = await first.sql`
      select count(*) filter (where confirmed_by is null)::int > 0 as waiting,
        count(*) filter (where until = 'infinity')::int > 0 as confirmed
      from sanctions where kind = 'ban'
    `;
    expect(bans).toEqual({ waiting: true, confirmed: true });
  });

  test("has evidence that holds and opens", async () => {
    const reports = await first.sql<{ id: string }[]>`select id from user_reports`;
    expect(reports.length).toBeGreaterThanOrEqual(20);
    for (const { id } of reports) {
      const check = await verifyEvidence(first.sql, id);
      expect(check).toMatchObject({ ok: true });
    }
    await first.sql`
      update user_reports set evidence_head = decode(repeat('00', 32), 'hex') where id = ${reports[0]?.id as string}
    `;
    expect(await verifyEvidence(first.sql, reports[0]?.id as string)).toMatchObject({ ok: false });
  });

  test("sanctions act: they stand on the people themselves", async () => {
    const [row] = await first.sql`
      select bool_and(u.suspended_until >= s.until) as all_stand, count(*)::int > 0 as some from sanctions s
      join users u on u.id = s.user_id where s.kind in ('suspend', 'ban') and s.until > ${DEFAULT_NOW}
    `;
    expect(row).toEqual({ allStand: true, some: true });
  });

  test("follows Zipf's law, and talks by day", async () => {
    const top = await first.sql`
      select count(*)::int as conversations from (
        select user1_id as id from conversations union all select user2_id from conversations
      ) t group by id order by 1 desc
    `;
    expect(top[0]?.conversations).toBeGreaterThan(8 * top[Math.floor(top.length / 2)]?.conversations);
    const [hours] = await first.sql`
      select count(*) filter (where extract(hour from created_at) between 1 and 5)::float8 / count(*) as night from messages
    `;
    expect(hours?.night).toBeLessThan(0.12);
  });
});

test("only some parts: their rows are those of the whole seed, and nothing else is there", async () => {
  const ids = async ({ sql }: TestDatabase, table: string) =>
    (await sql<{ id: string }[]>`select id from ${sql(table)}`).map(({ id }) => id);
  const asked = await fresh();
  expect((await vibes(`${SMALL} --only requests,likes`, asked)).code).toBe(0);
  expect(await ids(asked, "users")).toHaveLength((await ids(first, "users")).length);
  for (const table of ["conversations", "matches", "user_blocks", "user_reports"]) {
    expect(await ids(asked, table)).toEqual([]);
  }
  for (const table of ["message_requests", "user_actions"]) {
    const some = await ids(asked, table);
    expect(some.length).toBeGreaterThan(0);
    expect(new Set(await ids(first, table)).isSupersetOf(new Set(some))).toBe(true);
  }
  expect(await broken(asked)).toEqual([]);

  const reported = await fresh();
  expect((await vibes(`${SMALL} --only reports`, reported)).code).toBe(0);
  expect((await ids(reported, "user_reports")).toSorted()).toEqual(
    (await ids(first, "user_reports")).toSorted(),
  );
  expect((await ids(reported, "conversations")).length).toBeLessThan(
    (await ids(first, "conversations")).length,
  );
  expect(await broken(reported)).toEqual([]);
  const { code, err } = await vibes("seed run --only everything", reported);
  expect([code, err]).toEqual([2, expect.stringContaining("Give some of people, conversations")]);
});

test("plan touches no database and tells the counts", async () => {
  const plan = dataOf(await runVibes("seed plan --scale 20 --json"));
  expect(plan).toMatchObject({ scale: 20, people: 20_000, messages: 1_000_000, now: DEFAULT_NOW });
  expect((await runVibes("seed plan --scale 0")).code).toBe(2);
  expect((await runVibes("seed plan --now yesterday")).code).toBe(2);
});

test("its memory does not grow with the scale", async () => {
  const peak = async (scale: string) => {
    const { code, stdout, stderr } = await runChild(["test/integration/cli/_seed_memory.ts", scale]);
    expect([code, stderr]).toEqual([0, ""]);
    return Number(stdout);
  };
  const [small, large] = [await peak("0.5"), await peak("4")];
  expect(small).toBeGreaterThan(50);
  expect(large - small).toBeLessThan(180);
});

describe("clear", () => {
  const other = { id: newId(), email: "somebody@example.com" };
  async function addSomebody({ sql }: TestDatabase): Promise<void> {
    await sql`
      insert into users (id, email, name, date_of_birth, gender, country)
      values (${other.id}, ${other.email}, 'Somebody', '1990-01-01', 'female', 'DE')
    `;
  }

  test("removes everything when only seeded people are there", async () => {
    const database = await fresh();
    await vibes("seed run --scale 0.05", database);
    expect(dataOf(await vibes("seed clear --json", database))).toEqual({ removed: 50 });
    const left = Object.entries(await hashes(database)).filter(([, hash]) => hash !== EMPTY);
    expect(left.map(([table]) => table)).toEqual(["audit_head", "push_sweeps"]);
  });

  test("leaves everybody else alone, and what they did with each other", async () => {
    const database = await fresh();
    await vibes("seed run --scale 0.05", database);
    await addSomebody(database);
    const mo = personAt(planSeed({ scale: 0.05, seed: 42, now: DEFAULT_NOW }), ROLES_IN_CAST.moderator);
    await database.sql`
      insert into user_reports (id, reporter_id, reported_id, reason, priority, due_at, claimed_by, claimed_until)
      values (${newId()}, ${other.id}, ${mo.id}, 'spam', 3, now(), ${mo.id}, now())
    `;
    expect((await vibes("seed clear", database)).out).toBe("50 seeded people removed\n");
    expect(await database.sql`select email from users`).toMatchObject([{ email: other.email }]);
    const left = Object.entries(await hashes(database)).filter(([, hash]) => hash !== EMPTY);
    expect(left.map(([table]) => table)).toEqual(["audit_head", "push_sweeps", "users"]);
  });

  test("asks at a terminal", async () => {
    const database = await fresh();
    await vibes("seed run --scale 0.05", database);
    const env = keys(database);
    const no = await runVibes("seed clear", { env, stdin: "n\n" });
    expect([no.code, no.err]).toEqual([2, expect.stringContaining("Remove 50 seeded people?")]);
    expect((await runVibes("seed clear", { env, stdin: "y\n" })).code).toBe(0);
  });
});

describe("what is refused", () => {
  test("a protected environment, without the database's name", async () => {
    const database = await fresh();
    const name = new URL(database.url).pathname.slice(1);
    const production = { NODE_ENV: "production" };
    for (const line of ["seed run", "seed clear", "seed run --confirm=other"]) {
      const { code, err } = await vibes(line, database, production);
      expect([line, code, err]).toEqual([line, 2, expect.stringContaining(`--confirm=${name}`)]);
    }
    expect((await vibes(`seed run --scale 0.05 --confirm=${name}`, database, production)).code).toBe(0);
    expect((await vibes(`seed clear --confirm=${name}`, database, production)).code).toBe(0);
  });

  test("a database with people of another seed or scale", async () => {
    for (const other of ["--seed 7", "--scale 0.05", "--now 2025-12-31"]) {
      const { code, err } = await vibes(`${SMALL} ${other} --resume`, first);
      expect([other, code, err]).toEqual([other, 2, expect.stringContaining("seed clear")]);
    }
    const larger = await vibes("seed run --scale 0.5 --resume", first);
    expect([larger.code, larger.err]).toEqual([2, expect.stringContaining("seed clear")]);
  });
});

test("on a terminal a bar goes along with the time that is left", async () => {
  const database = await fresh();
  const { code, err, out } = await runVibes("seed run --scale 0.1", { env: keys(database), tty: true });
  expect(code).toBe(0);
  expect(Bun.stripANSI(err)).toMatch(/\r\[#+-*\] +\d+% /);
  expect(err).toEndWith("\r\x1b[K");
  expect(out).toMatch(/^100 people, \d+ messages, \d+ reports in [\d.]+ s\n$/);
});
