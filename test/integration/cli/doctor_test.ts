/** `vibes doctor` against dependencies that are broken. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../../../cli/commands/doctor/checks.ts";
import { examine } from "../../../cli/commands/doctor/examine.ts";
import { runChild } from "../../harness/child.ts";
import { dataOf, runVibes } from "../../harness/cli.ts";
import { createTestDatabase } from "../../harness/database.ts";
import { hasPgbouncer, startPgbouncer } from "../../harness/pgbouncer.ts";

const database = await createTestDatabase();
const empty = await createTestDatabase({ empty: true });
const folder = mkdtempSync(join(tmpdir(), "vibes-doctor-"));
afterAll(async () => {
  await Promise.all([database.close(), empty.close()]);
  rmSync(folder, { recursive: true });
});

const WELL = { NODE_ENV: "test", DATABASE_URL: database.url, DATA_DIR: folder, PORT: "0" };

async function checks(env: Record<string, string>): Promise<Record<string, Check>> {
  const result = await runVibes("doctor --json", { env: { ...WELL, ...env } });
  const found: Check[] = dataOf(result).checks;
  expect([0, 3]).toContain(result.code);
  expect(result.code === 3).toBe(found.some(({ status }) => status === "fail"));
  return Object.fromEntries(found.map((check) => [check.name, check]));
}

/** A server that says one thing to whoever comes. */
async function greeter(words: string | null) {
  const server = net.createServer((socket) => void (words === null ? socket : socket.write(words)));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as net.AddressInfo;
  return { port, [Symbol.dispose]: () => void server.close() };
}

test("when all is well, it says so and ends with 0", async () => {
  const { code, out, err } = await runVibes("doctor", { env: WELL });
  expect([code, err]).toEqual([0, ""]);
  // The database of the tests saves itself the trouble of fsync, and doctor says so.
  expect(out).toMatch(/^warn {2}database +PostgreSQL \d+\.\d+, answers in [\d.]+ ms, fsync off$/m);
  expect(out).toMatch(/^ok {4}migrations +\d+ applied/m);
  expect(out).toMatch(/^ok {4}clock/m);
  expect(out).toMatch(/^ok {4}audit log +0 entries, none changed or missing$/m);
});

test("a failure: the table on standard output, what failed on standard error, 3", async () => {
  const { code, out, err } = await runVibes("doctor", { env: { ...WELL, DATABASE_URL: empty.url } });
  expect(code).toBe(3);
  expect(out).toMatch(/^FAIL +migrations +pending: 000001_identity\.sql/m);
  expect(err).toContain("1 of 23 checks failed: migrations");
  expect(err).toContain("migrate up");
});

test("a database that is away; what hangs on it is not guessed", async () => {
  const found = await checks({ DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/x" });
  expect(found.database).toMatchObject({ status: "fail", detail: expect.stringContaining("127.0.0.1:1/x") });
  expect(found.database?.hint).toContain("is it running?");
  const depending = ["migrations", "history", "clock", "replication", "audit log", "jobs"].map(
    (name) => found[name]?.status,
  );
  expect(depending).toEqual(["skip", "skip", "skip", "skip", "skip", "skip"]);
  expect(JSON.stringify(found)).not.toContain("hunter2");
});

test("a database that is there and refuses: its name, its user", async () => {
  const away = new URL(database.url);
  away.pathname = "/nowhere";
  expect((await checks({ DATABASE_URL: away.href })).database).toMatchObject({
    status: "fail",
    hint: expect.stringMatching(/it is running.*`.*db create`/),
  });
  const stranger = new URL(database.url);
  stranger.username = "nobody_of_that_name";
  expect((await checks({ DATABASE_URL: stranger.href })).database?.hint).toContain("it is running");
});

test("a replica that is none, or away; of a database that is away it is not asked", async () => {
  const found = async (env: Record<string, string>) => (await checks(env)).replica;
  expect(await found({})).toMatchObject({ status: "skip" });
  expect(await found({ DATABASE_REPLICA_URL: empty.url })).toMatchObject({
    status: "fail",
    detail: expect.stringContaining("no standby"),
  });
  const away = { DATABASE_REPLICA_URL: "postgres://u:hunter2@127.0.0.1:1/x" };
  expect(await found(away)).toMatchObject({
    status: "fail",
    detail: expect.stringContaining("127.0.0.1:1/x"),
    hint: expect.stringContaining("check DATABASE_REPLICA_URL"),
  });
  expect(await found({ ...away, DATABASE_URL: "postgres://u@127.0.0.1:1/x" })).toMatchObject({
    status: "skip",
  });
});

test("ok, healthy and the exit code agree, and the failure is in the same envelope", async () => {
  const { code, out } = await runVibes("doctor --json", { env: { ...WELL, LOG_LEVEL: "loud" } });
  expect([code, JSON.parse(out)]).toMatchObject([
    3,
    { ok: false, data: { healthy: false }, error: { code: "UNHEALTHY" } },
  ]);
  const well = await runVibes("doctor --json", { env: WELL });
  expect([well.code, JSON.parse(well.out)]).toMatchObject([0, { ok: true, data: { healthy: true } }]);
});

test("whether the server's role could change the schema", async () => {
  const production = {
    NODE_ENV: "production",
    JWT_SECRET: "a secret of the tests, long enough for HS256",
    DATABASE_DIRECT_URL: database.url,
  };
  const as = async (url: string) => (await checks({ ...production, DATABASE_URL: url }))["server's role"];
  expect(await as(database.url)).toMatchObject({
    status: "warn",
    detail: expect.stringMatching(/owns the tables/),
  });
  expect(await as(database.serverUrl)).toMatchObject({
    status: "ok",
    detail: expect.stringMatching(/owns nothing/),
  });
});

test("an audit log that somebody changed", async () => {
  await database.sql`update audit_head set seq = 1`;
  const found = await checks({});
  expect(found["audit log"]).toMatchObject({ status: "fail", detail: "entry 1: the entry is missing" });
  await database.sql`update audit_head set seq = 0`;
});

test("an applied file that was changed, a pending one, an INVALID index", async () => {
  const [row] = await database.sql<
    { upChecksum: string }[]
  >`select up_checksum from schema_migrations where version = 1`;
  await database.sql`update schema_migrations set up_checksum = 'other' where version = 1`;
  expect((await checks({})).migrations?.detail).toContain(
    "changed after it was applied: 000001_identity.sql",
  );
  await database.sql`update schema_migrations set up_checksum = ${row?.upChecksum ?? ""} where version = 1`;
  await database.sql`update pg_index set indisvalid = false where indexrelid = 'users_tag_idx'::regclass`;
  expect((await checks({})).migrations?.detail).toContain("INVALID indexes: users_tag_idx");
  await database.sql`update pg_index set indisvalid = true where indexrelid = 'users_tag_idx'::regclass`;
  expect((await checks({})).migrations?.status).toBe("ok");
});

test("a pool that the database cannot serve", async () => {
  expect((await checks({ DATABASE_POOL: "500" })).database).toMatchObject({ status: "fail" });
});

describe.skipIf(!hasPgbouncer)("a pooler", () => {
  test("that keeps sessions", async () => {
    const pooler = await startPgbouncer(database.url, { mode: "session" });
    const found = await checks({ DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: database.url });
    expect(found.pooler).toMatchObject({ status: "warn", hint: expect.stringContaining("prepared") });
    await pooler.stop();
  });

  test("that shares them: what is missing, one after the other, until all is well", async () => {
    const pooler = await startPgbouncer(database.url, { mode: "transaction" });
    const env = { ...WELL, DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: database.url };
    const found = async (more: Record<string, string>) => (await checks({ ...env, ...more })).pooler;
    expect(await found({})).toMatchObject({
      status: "fail",
      hint: expect.stringContaining("DATABASE_POOLER"),
    });
    const declared = { DATABASE_POOLER: "transaction" };
    expect(await found(declared)).toMatchObject({
      status: "fail",
      hint: expect.stringContaining("db roles"),
    });
    const { code, out } = await runVibes("db roles", { env: { ...env, ...declared } });
    expect([code, out]).toEqual([0, expect.stringContaining("statement_timeout = 2700ms")]);
    await pooler.stop();
    // Its sessions were opened before the settings.
    const again = await startPgbouncer(database.url, { mode: "transaction" });
    expect(await found({ ...declared, DATABASE_URL: again.url })).toMatchObject({ status: "ok" });
    // Debian's pgbouncer is older than 1.21.
    expect(await found({ DATABASE_POOLER: "prepared", DATABASE_URL: again.url })).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("keeps no prepared statements"),
    });
    await again.stop();
  });
});

test("Redis that is away, or silent", async () => {
  expect((await checks({ REDIS_URL: "redis://127.0.0.1:1" })).redis).toMatchObject({
    status: "fail",
    detail: expect.stringContaining("ECONNREFUSED"),
    hint: expect.stringContaining("is it running?"),
  });
  using silent = await greeter(null);
  expect((await checks({ REDIS_URL: `redis://127.0.0.1:${silent.port}` })).redis).toMatchObject({
    status: "fail",
  });
});

test.each(["-NOAUTH Authentication required.\r\n", "-WRONGPASS invalid username-password pair\r\n"])(
  "Redis that refuses: %s",
  async (words) => {
    using refusing = await greeter(words);
    expect((await checks({ REDIS_URL: `redis://127.0.0.1:${refusing.port}` })).redis).toMatchObject({
      status: "fail",
      hint: "it is running: correct the user or the password in REDIS_URL",
    });
  },
);

test("a mail server that is there, away, or none", async () => {
  using good = await greeter("220 mail.example.com ESMTP\r\n");
  expect((await checks({ SMTP_URL: `smtp://127.0.0.1:${good.port}` })).mail).toMatchObject({
    status: "ok",
    detail: "mail.example.com ESMTP",
  });
  using bad = await greeter("554 go away\r\n");
  expect((await checks({ SMTP_URL: `smtp://127.0.0.1:${bad.port}` })).mail?.status).toBe("fail");
  expect((await checks({ SMTP_URL: "smtp://127.0.0.1:1" })).mail?.status).toBe("fail");
});

test("a bad configuration: every key, and the rest still examined", async () => {
  const found = await checks({ PORT: "many", LOG_LEVEL: "loud" });
  expect(found.configuration?.detail).toMatch(/PORT.*LOG_LEVEL/);
  for (const name of [
    "bun",
    "open files",
    "data folder",
    "migrations",
    "clock",
    "audit log",
    "pooler",
    "redis",
  ]) {
    expect([name, found[name]?.status]).toEqual([name, "ok"]);
  }
  const short = await checks({ NODE_ENV: "production", JWT_SECRET: "short" });
  expect(short.configuration?.detail).toContain("JWT_SECRET: is 5 bytes, too short");
  expect(short.migrations?.status).toBe("ok");
});

test("a port that somebody has, an address that is not ours", async () => {
  using other = await greeter(null);
  expect((await checks({ PORT: String(other.port) })).port?.status).toBe("warn");
  expect((await checks({ HOST: "203.0.113.7", PORT: "3000" })).port?.status).toBe("fail");
});

test("a secret that others can read, a folder that cannot be", async () => {
  writeFileSync(join(folder, "jwt_secret"), "x".repeat(64));
  chmodSync(join(folder, "jwt_secret"), 0o644);
  expect((await checks({}))["data folder"]).toMatchObject({
    status: "fail",
    hint: expect.stringContaining("chmod"),
  });
  rmSync(join(folder, "jwt_secret"));
  expect((await checks({ DATA_DIR: "/dev/null/x" }))["data folder"]?.status).toBe("fail");
});

test("a clock that is wrong, an old Bun", async () => {
  const silent = { write: () => {} };
  const machine = { bunVersion: "1.0.0", now: () => Date.now() + 120_000, openFiles: () => 100 };
  const found = await examine({ env: WELL, stdout: silent, stderr: silent }, {}, machine);
  const failed = found.filter(({ status }) => status === "fail").map(({ name }) => name);
  expect(failed.sort()).toEqual(["bun", "clock", "open files"]);
});

test("few open files, as a shell sets them", async () => {
  const { code, stdout } = await runChild(["cli/main.ts", "doctor"], {
    env: WELL,
    wrapper: ["sh", "-c", 'ulimit -n 512 && exec "$@"', "sh"],
  });
  expect([code, stdout]).toEqual([3, expect.stringMatching(/^FAIL +open files +512/m)]);
});
