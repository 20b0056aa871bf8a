/** `vibes users` as operators and scripts use it: results, exit codes, and words that help. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withContext } from "../../../cli/commands/db_context.ts";
import { runCli } from "../../../cli/run.ts";
import { declareSigningKey } from "../../../server/db/signing_key.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp, TEST_SECRET } from "../../harness/app.ts";

const { request, createUser, context, databaseUrl, close } = await createTestApp();
const { sql } = context.database;
const folder = mkdtempSync(join(tmpdir(), "vibes-cli-"));
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

const ENV = { NODE_ENV: "test", DATABASE_URL: databaseUrl, JWT_SECRET: TEST_SECRET, DATA_DIR: folder };
const NOWHERE = "postgres://ana:hunter2@127.0.0.1:1/nothing";
/** The actor of what nobody was named for. */
const NOBODY = "00000000-0000-0000-0000-000000000000";
let people = 0;

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process. */
async function vibes(
  line: string | string[],
  env: Record<string, string | undefined> = ENV,
): Promise<Result> {
  const texts = { out: "", err: "" };
  const sink = (key: "out" | "err") => ({
    write(text: string) {
      texts[key] += text;
    },
  });
  const argv = typeof line === "string" ? line.split(" ") : line;
  const code = await runCli(argv, { env, stdout: sink("out"), stderr: sink("err") });
  return { code, ...texts };
}

/** The arguments of a good `users create`, with some of them changed. */
function create(changes: Record<string, string | true | undefined> = {}): string[] {
  const options = {
    email: `cli${++people}@example.com`,
    name: "Ana",
    birthdate: "1995-05-15",
    gender: "female",
    country: "DE",
    ...changes,
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined) as [
    string,
    string | true,
  ][];
  const words = given.flatMap(([key, value]) => (value === true ? [`--${key}`] : [`--${key}`, value]));
  return ["users", "create", ...words];
}

const json = ({ out }: Result) => JSON.parse(out);
const whoAmI = (token: string) => request("GET", "/api/v1/users/profile", { token });

test("a command waits longer for the database than a request, which is tried again", async () => {
  const text = { write: () => {} };
  const limits = await withContext({ env: ENV, stdout: text, stderr: text }, {}, async ({ database }) => {
    const [row] =
      await database.sql`select extract(epoch from current_setting('statement_timeout')::interval)::int as s`;
    return [database.deadlineMs, row!.s];
  });
  expect(limits).toEqual([30_000, 27]);
});

describe("users create", () => {
  test("prints one JSON object, whose tokens the server takes", async () => {
    const result = await vibes([
      ...create({ email: "New@Example.com", premium: true, role: "moderator" }),
      "--json",
    ]);
    expect([result.code, result.err]).toEqual([0, ""]);
    expect(result.out.trimEnd().split("\n").length).toBe(1);
    const answer = json(result);
    expect(answer).toEqual({
      schema: 1,
      ok: true,
      data: {
        id: expect.any(String),
        email: "new@example.com",
        access_token: expect.any(String),
        refresh_token: expect.any(String),
      },
    });
    expect(Object.keys(answer.data)).toEqual(["id", "email", "access_token", "refresh_token"]);
    const profile = await whoAmI(answer.data.access_token);
    expect(profile.body.data).toMatchObject({ id: answer.data.id, role: "moderator", is_premium: true });
    const body = { refresh_token: answer.data.refresh_token };
    expect((await request("POST", "/api/v1/auth/refresh", { body })).status).toBe(200);
  });

  test("fills every field of the profile", async () => {
    const words = create({ state: "Bavaria", city: "Munich", bio: "tea", tag: "load", country: "de" });
    const lists = [
      "--photo",
      "https://a.example/1",
      "https://a.example/2",
      "--interest",
      "tea",
      "--prefers",
      "male",
    ];
    const { data } = json(await vibes([...words, ...lists, "--json"]));
    const profile = await whoAmI(data.access_token);
    expect(profile.body.data).toMatchObject({
      state: "Bavaria",
      city: "Munich",
      bio: "tea",
      country: "DE",
      profile_photos: ["https://a.example/1", "https://a.example/2"],
      interests: ["tea"],
      preferred_genders: ["male"],
      role: "user",
      is_premium: false,
    });
  });

  test("prints lines for people", async () => {
    const { code, out } = await vibes(create());
    expect(code).toBe(0);
    expect(out).toMatch(
      /^id {2,}[0-9a-f-]{36}\nemail {2,}cli\d+@example\.com\naccess_token {2,}\S+\nrefresh_token {2,}\S+\n$/,
    );
  });

  test.each([
    ["--name", { name: "A" }],
    ["--birthdate", { birthdate: "2015-05-15" }],
    ["--birthdate", { birthdate: "15.05.1995" }],
    ["--country", { country: "Germany" }],
    ["--email", { email: "nobody" }],
    ["--photo", { photo: "http://a.example/1.jpg" }],
    ["--bio", { bio: "x".repeat(501) }],
    ["--gender", { gender: "other" }],
    ["--role", { role: "king" }],
    ["--name", { name: undefined }],
    ["--unknown", { unknown: "x" }],
  ])("ends with 2 and names %s for %j", async (option, changes) => {
    const words = create(changes);
    const before = await countUsers();
    const people = await vibes(words);
    expect([people.code, people.out]).toEqual([2, ""]);
    expect(people.err).toStartWith("error: ");
    expect(people.err).toContain(option);
    const scripts = await vibes([...words, "--json"]);
    expect([scripts.code, scripts.err]).toEqual([2, ""]);
    expect(json(scripts)).toMatchObject({
      schema: 1,
      ok: false,
      error: { message: expect.stringContaining(option) },
    });
    expect(await countUsers()).toBe(before);
  });

  test("names every bad option at once", async () => {
    const { err } = await vibes(create({ name: "A", country: "Germany", email: "x" }));
    for (const option of ["--name", "--country", "--email"]) expect(err).toContain(option);
  });

  test("says that an address is taken, in any case", async () => {
    const { email } = await createUser();
    const result = await vibes([...create({ email: email.toUpperCase() }), "--json"]);
    expect(result.code).toBe(1);
    expect(json(result).error).toEqual({
      code: "CONFLICT",
      message: "Cannot make the account: there is one with this e-mail address",
      hint: expect.stringContaining("vibes users token"),
    });
  });

  const countUsers = async () => (await sql`select 1 from users`).length;
});

describe("another secret than the server's", () => {
  afterAll(async () => {
    await sql`delete from signing_key`;
  });
  const other = { ...ENV, JWT_SECRET: "another secret of the tests, long enough" };

  test.each(["token", "create"])(
    "users %s refuses to sign, and says which configuration is missing",
    async (verb) => {
      await declareSigningKey(sql, TEST_SECRET);
      const { data } = json(await vibes([...create(), "--json"]));
      const line = verb === "token" ? ["users", "token", data.id] : create();
      const { code, out, err } = await vibes(line, other);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/JWT_SECRET is not that of the server[\s\S]*--env/);
      expect((await vibes(line)).code).toBe(0);
    },
  );

  test("a server that starts with a new secret declares it", async () => {
    await declareSigningKey(sql, other.JWT_SECRET);
    expect((await vibes(create(), other)).code).toBe(0);
    expect((await vibes(create())).code).toBe(2);
  });
});

describe("users token", () => {
  test("signs somebody in by id or address", async () => {
    const { id, email } = await createUser();
    for (const who of [id, email, id.toUpperCase(), email.toUpperCase()]) {
      const { data } = json(await vibes(["users", "token", who, "--json"]));
      expect(data).toMatchObject({ id, email });
      expect((await whoAmI(data.access_token)).status).toBe(200);
    }
  });

  test("says when the tokens are worth nothing now", async () => {
    const { id } = await createUser();
    await sql`update users set suspended_until = 'infinity' where id = ${id}`;
    const { code, err } = await vibes(`users token ${id}`);
    expect([code, err]).toEqual([0, "warning: suspended: the server refuses its calls\n"]);
  });

  test("ends with 1 when there is nobody, or the account is closed", async () => {
    const { id } = await createUser();
    await sql`update users set is_active = false where id = ${id}`;
    for (const who of [newId(), "nobody@example.com", "nonsense", "' or 1=1 --", id]) {
      const result = await vibes(["users", "token", who, "--json"]);
      expect(result.code).toBe(1);
      expect(json(result).error.code).toMatch(/NOT_FOUND$/);
    }
  });
});

describe("users show, list and grant", () => {
  test("grant changes what it names and keeps the rest", async () => {
    const { id, email } = await createUser();
    const grant = async (words: string) => json(await vibes(`users grant ${email} ${words} --json`)).data;
    expect(await grant("--role moderator")).toMatchObject({ id, role: "moderator", is_premium: false });
    expect(await grant("--premium --until 2100-01-31")).toMatchObject({
      role: "moderator",
      is_premium: true,
      premium_expires_at: "2100-01-31T00:00:00.000Z",
    });
    expect(await grant("--premium")).toMatchObject({ is_premium: true, premium_expires_at: null });
    expect(await grant("--role user")).toMatchObject({ role: "user", is_premium: true });
    expect(await grant("--no-premium")).toMatchObject({ is_premium: false, premium_expires_at: null });
    expect(json(await vibes(`users show ${id} --json`)).data).toMatchObject({
      id,
      role: "user",
      is_premium: false,
    });
  });

  test.each([
    "",
    "--until 2100-01-01",
    "--premium --until 2001-01-01",
    "--premium --until soon",
    "--role king",
  ])("grant %s is bad usage", async (words) => {
    const { email } = await createUser();
    expect((await vibes(`users grant ${email} ${words}`.trimEnd())).code).toBe(2);
  });

  test("list filters and goes on where it stopped", async () => {
    for (let i = 0; i < 5; i++) await vibes(create({ tag: "paged", name: `Zoë ${i}` }));
    const list = async (words: string) =>
      json(await vibes(`users list --json ${words}`)).data.users as { id: string; name: string }[];
    const first = await list("--tag paged --limit 2");
    const second = await list(`--tag paged --limit 9 --after ${first[1]?.id}`);
    expect([...first, ...second].map(({ name }) => name)).toEqual([
      "Zoë 4",
      "Zoë 3",
      "Zoë 2",
      "Zoë 1",
      "Zoë 0",
    ]);
    expect((await list("--query zoë --limit 1000")).length).toBe(5);
    expect(await list("--query %")).toEqual([]);
    expect(await list("--role admin --premium")).toEqual([]);
    await sql`update users set is_premium = true, premium_expires_at = now() where id = ${first[0]?.id ?? null}`;
    await sql`update users set is_premium = true where id = ${first[1]?.id ?? null}`;
    expect((await list("--tag paged --premium")).map(({ name }) => name)).toEqual(["Zoë 3"]);
    for (const limit of ["0", "1001", "x", "-1"])
      expect((await vibes(`users list --limit ${limit}`)).code).toBe(2);
    const shown = await vibes("users list --tag paged --limit 2");
    expect(shown.out).toContain("Zoë 4");
    expect(shown.err).toContain(`--after ${first[1]?.id}`);
    expect((await vibes("users list --tag paged --limit 2 -q")).err).toBe("");
  });

  test("states are said in words, strangers' names cannot move the cursor", async () => {
    const { id } = await createUser();
    const name = "Eve \u202e\u001b[31mred";
    await sql`update users set name = ${name}, muted_until = now() + interval '1 hour' where id = ${id}`;
    expect((await vibes(`users show ${id}`)).out).toMatch(/^state +muted$/m);
    await sql`update users set suspended_until = 'infinity' where id = ${id}`;
    const { out } = await vibes(`users show ${id}`);
    expect(out).toMatch(/^state +suspended$/m);
    expect(out).toContain("Eve [31mred");
    expect(json(await vibes(`users show ${id} --json`)).data).toMatchObject({
      name,
      suspended_until: "infinity",
    });
  });
});

describe("what is missing is named, with what to do", () => {
  const failure = async (env: Record<string, string | undefined>, line = "users list --json") => {
    const result = await vibes(line, { ...ENV, ...env });
    return { ...json(result).error, code: result.code };
  };

  test("a database that cannot be reached: 6, without its password", async () => {
    const { code, message, hint } = await failure({ DATABASE_URL: NOWHERE });
    expect([code, message]).toEqual([
      6,
      expect.stringMatching(/^Cannot reach the database at 127\.0\.0\.1:1\/nothing: .+/),
    ]);
    expect(hint).toContain("vibes dev");
  });

  test("no database at all: 6", async () => {
    const { code, hint } = await failure({ DATABASE_URL: undefined });
    expect(code).toBe(6);
    expect(hint).toMatch(/vibes dev.*DATABASE_URL/);
  });

  test("the embedded one is found by the note that it leaves while it runs", async () => {
    const note = join(folder, "postgres.json");
    writeFileSync(note, JSON.stringify({ url: databaseUrl, pid: process.pid }));
    expect((await vibes("users list", { ...ENV, DATABASE_URL: undefined })).code).toBe(0);
    writeFileSync(note, JSON.stringify({ url: NOWHERE, pid: 1 }));
    expect((await failure({ DATABASE_URL: undefined })).code).toBe(6);
    rmSync(note);
  });

  test("a database without schema: 3", async () => {
    const url = new URL(databaseUrl);
    url.pathname = "/postgres";
    const { code, hint } = await failure({ DATABASE_URL: url.href });
    expect([code, hint]).toEqual([3, "run `vibes migrate up`"]);
  });

  test("bad configuration: 2, every key", async () => {
    const { code, message } = await failure({ DATABASE_URL: "x", LOG_LEVEL: "loud" });
    expect(code).toBe(2);
    for (const key of ["DATABASE_URL", "LOG_LEVEL"]) expect(message).toContain(key);
  });

  test("production needs its secret", async () => {
    const { code, message } = await failure({ NODE_ENV: "production", JWT_SECRET: undefined });
    expect(code).toBe(2);
    expect(message).toContain("JWT_SECRET");
  });

  test("without one in development, server and command line share the one beside the data", async () => {
    const env = { ...ENV, JWT_SECRET: undefined };
    const path = join(folder, "jwt_secret");
    rmSync(path, { force: true });
    expect((await vibes(create(), env)).code).toBe(0);
    const secret = readFileSync(path, "utf8");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { data } = json(await vibes([...create(), "--json"], env));
    expect(readFileSync(path, "utf8")).toBe(secret);
    const server = await createTestApp({ config: { jwtSecret: null, dataDir: folder } });
    const { userId } = await server.context.tokens.verifyAccess(data.access_token);
    await server.close();
    expect(userId).toBe(data.id);
  });
});

describe("configuration files", () => {
  test("--config is read below the environment, --env names one of the folder", async () => {
    const path = join(folder, "vibes.env");
    writeFileSync(path, `# ours\nDATABASE_URL="${databaseUrl}"\nJWT_SECRET=${TEST_SECRET}\n`);
    const bare = { NODE_ENV: "test", DATA_DIR: folder };
    expect((await vibes(["users", "list", "--config", path], bare)).code).toBe(0);
    expect((await vibes(["--config", path, "users", "list"], { ...bare, DATABASE_URL: NOWHERE })).code).toBe(
      6,
    );
    expect((await vibes(["users", "list", "--config", join(folder, "absent")], bare)).code).toBe(2);
    expect((await vibes("users list --env absent", bare)).code).toBe(2);
    expect((await vibes("users list --env ../x", bare)).code).toBe(2);
    expect((await vibes(["users", "list", "--env", "x", "--config", path], bare)).code).toBe(2);
  });
});

describe("the program", () => {
  test.each(["--help", "users --help", "users create --help", "-h"])(
    "%s is help on standard output",
    async (line) => {
      const { code, out, err } = await vibes(line);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toMatch(/^Examples:\n {2}vibes /);
      expect(out).toContain("--json");
    },
  );

  test.each([
    ["user list", "Did you mean users?"],
    ["users crate", "Did you mean create?"],
    ["users list --limt 3", "Did you mean --limit?"],
    ["users token", "missing required argument 'who'"],
    ["users token a b", "too many arguments"],
  ])("%s is bad usage, with a word on what was meant", async (line, word) => {
    const { code, out, err } = await vibes(line);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(word);
  });

  test.each(["", "users"])("without a command (%j) shows what there is", async (line) => {
    const { code, err } = await vibes(line === "" ? [] : [line]);
    expect(code).toBe(2);
    expect(err).toContain("Usage: vibes");
  });

  test("as a process: exit codes, and a long result into a pipe is whole", async () => {
    const bio = "🙂".repeat(500);
    await sql`
      with made as (
        insert into users (id, email, name, date_of_birth, gender, country, bio, tag)
        select gen_random_uuid(), 'pipe' || n || '@example.com', repeat('x', 50), '1990-01-01', 'male', 'DE', ${bio}, 'pipe'
        from generate_series(1, 900) n returning id)
      insert into user_logs (user_id) select id from made`;
    const run = async (words: string[], env: Record<string, string> = {}) => {
      const child = Bun.spawn([process.execPath, join(import.meta.dir, "../../../cli/main.ts"), ...words], {
        env: { PATH: process.env.PATH, ...ENV, ...env },
        stdout: "pipe",
        stderr: "pipe",
      });
      const out = await new Response(child.stdout).text();
      return { code: await child.exited, out, err: await new Response(child.stderr).text() };
    };
    const listed = await run(["users", "list", "--tag", "pipe", "--limit", "1000", "--json"]);
    expect([listed.code, listed.err]).toEqual([0, ""]);
    expect(listed.out.length).toBeGreaterThan(200_000);
    expect(json(listed).data.users.length).toBe(900);
    expect((await run(["users", "list"], { DATABASE_URL: NOWHERE })).code).toBe(6);
    expect((await run(["users", "nonsense"])).code).toBe(2);
  });
});

describe("what gives power is on the record", () => {
  const entriesOf = async (id: string) =>
    (
      await sql`select action, actor_id, before, after from audit_log where target_id = ${id} order by seq`
    ).map((row) => ({ ...row }));

  test("roles, premium, and signing in as somebody: by whom, from what, to what", async () => {
    const admin = await createUser({ role: "admin" });
    const { id } = json(await vibes(create({ role: "moderator", by: admin.email, json: true }))).data;
    await vibes(`users grant ${id} --role user --by ${admin.id}`);
    await vibes(`users grant ${id} --premium --until 2100-01-31`);
    await vibes(`users token ${id} --by ${admin.email}`);
    await vibes(`users token ${id}`);
    expect(await entriesOf(id)).toEqual([
      {
        action: "user.role_changed",
        actorId: admin.id,
        before: { role: "user" },
        after: { role: "moderator" },
      },
      {
        action: "user.role_changed",
        actorId: admin.id,
        before: { role: "moderator" },
        after: { role: "user" },
      },
      {
        action: "user.premium_changed",
        actorId: NOBODY,
        before: { is_premium: false, premium_expires_at: null },
        after: { is_premium: true, premium_expires_at: "2100-01-31T00:00:00.000Z" },
      },
      { action: "user.signed_in_by_operator", actorId: admin.id, before: null, after: null },
      { action: "user.signed_in_by_operator", actorId: NOBODY, before: null, after: null },
    ]);
    const token = { token: admin.token };
    const { entries } = (await request("GET", `/api/v1/admin/audit?target_id=${id}`, token)).body.data;
    expect(entries[0].actor).toEqual({ id: NOBODY, name: null });
    expect(json(await vibes("audit verify --json")).data).toMatchObject({ ok: true });
  });

  test("premium of a new account is as well", async () => {
    const admin = await createUser({ role: "admin" });
    const { id } = json(await vibes(create({ premium: true, by: admin.email, json: true }))).data;
    expect(await entriesOf(id)).toEqual([
      {
        action: "user.premium_changed",
        actorId: admin.id,
        before: { is_premium: false, premium_expires_at: null },
        after: { is_premium: true, premium_expires_at: null },
      },
    ]);
  });

  test("only staff act, and an account that is closed is not signed in, nor written down", async () => {
    const [person, other] = [await createUser(), await createUser()];
    for (const line of [`users token ${person.id}`, `users grant ${person.id} --role moderator`]) {
      const { code, err } = await vibes(`${line} --by ${other.email}`);
      expect([line, code, err]).toMatchObject([line, 2, expect.stringContaining("is not of the staff")]);
    }
    await sql`update users set is_active = false where id = ${person.id}`;
    expect((await vibes(`users token ${person.id}`)).code).toBe(1);
    expect(await entriesOf(person.id)).toEqual([]);
  });
});

describe("users grant --suspend", () => {
  test("suspends at once, in the name of a member of staff, on the record", async () => {
    const [person, mo] = [await createUser(), await createUser({ role: "moderator" })];
    const words = ["--suspend", "7d", "--reason", "Spam in every message", "--by", mo.email, "--json"];
    const account = json(await vibes(["users", "grant", person.email, ...words])).data;
    const days = (Date.parse(account.suspended_until) - Date.now()) / 86_400_000;
    expect(days).toBeWithin(6.9, 7.1);
    const refused = await request("GET", "/api/v1/users/profile", { token: person.token });
    expect([refused.status, refused.body.error.code]).toEqual([403, "FORBIDDEN"]);
    const [entry] = await sql`select actor_id, reason from audit_log where actor_id = ${mo.id}`;
    expect(entry).toEqual({ actorId: mo.id, reason: "Spam in every message" });
  });

  test("wants a reason, somebody of the staff, and an end to come", async () => {
    const [person, other] = [await createUser(), await createUser()];
    const grant = (...words: string[]) => vibes(["users", "grant", person.email, ...words]);
    expect((await grant("--suspend", "7d")).code).toBe(2);
    expect((await grant("--suspend", "7d", "--reason", "Spam", "--by", other.email)).code).toBe(2);
    expect((await grant("--suspend", "0d", "--reason", "Spam", "--by", other.email)).code).toBe(2);
    expect((await grant("--suspend", "2020-01-01", "--reason", "Spam", "--by", other.email)).code).toBe(2);
    const profile = await request("GET", "/api/v1/users/profile", { token: person.token });
    expect(profile.status).toBe(200);
  });
});

describe("users export and users delete", () => {
  test("for somebody who is suspended: the whole export, in a file for its maker alone, then an end; on the record", async () => {
    const admin = await createUser({ role: "admin" });
    const { id, email, token } = await createUser();
    await vibes(`users grant ${id} --suspend 7d --reason Spam --by ${admin.email}`);
    expect((await request("GET", "/api/v1/users/me/export", { token })).status).not.toBe(200);
    const file = join(folder, "export.json");
    const written = await vibes(`users export ${email} --out ${file} --by ${admin.email}`);
    expect([written.code, written.err]).toEqual([0, ""]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, "utf8")).data).toMatchObject({
      profile: { id, email },
      complete: true,
    });
    expect((await vibes(`users export ${email} --out ${file}`)).err).toContain("(EEXIST)");
    expect(json(await vibes(`users export ${email} --json`)).data).toMatchObject({ complete: true });

    expect(await vibes(`users delete ${email}`)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`--confirm=${email}`),
    });
    expect((await vibes(`users delete ${id} --confirm=${email} --by ${admin.email}`)).code).toBe(0);
    expect((await vibes(`users export ${email}`)).code).toBe(1);
    const [left] = await sql`select name, is_active from users where id = ${id}`;
    expect(left).toEqual({ name: "Deleted account", isActive: false });
    const entries = await sql<{ action: string; actorId: string }[]>`
      select action, actor_id from audit_log where target_id = ${id} and action like 'user.%_by_operator' order by seq
    `;
    expect(entries.map(({ action, actorId }) => [action, actorId])).toEqual([
      ["user.exported_by_operator", admin.id],
      ["user.exported_by_operator", NOBODY],
      ["user.deleted_by_operator", admin.id],
    ]);
    expect((await vibes(`users delete ${admin.email} --confirm=${admin.email}`)).err).toContain(
      "members of staff",
    );
  });
});
