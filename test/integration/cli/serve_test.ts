/** The production server as a process: what it requires, what it prints, how it ends. @module */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { asPrinted, runChild, startChild } from "../../harness/child.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";
import { openSocket } from "../../harness/socket.ts";

const SECRET = "a secret of the tests, long enough for HS256";
// Processes start slowly while other tests run.
let migrated: TestDatabase;
let empty: TestDatabase;

beforeAll(async () => {
  migrated = await createTestDatabase();
  empty = await createTestDatabase({ empty: true });
});
afterAll(() => Promise.all([migrated.close(), empty.close()]));

function keys(database: { serverUrl: string }) {
  return {
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: "0",
    DATABASE_URL: database.serverUrl,
    JWT_SECRET: SECRET,
  };
}

describe.each([["server/main.ts"], ["cli/main.ts serve"]])("bun %s", (line) => {
  const args = line.split(" ");

  test("says once where it listens, answers, and ends in order on SIGTERM", async () => {
    await using server = startChild(args, { env: keys(migrated) });
    await server.says(/"Listening"/);
    const lines = server.stdout().trim().split("\n");
    // Without a mail server nobody gets a code, which an operator must not learn from the first person.
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("SMTP_URL is not set");
    const { url, msg, mode } = JSON.parse(lines[1] ?? "");
    expect([msg, mode]).toEqual(["Listening", "production"]);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const { code, stderr } = await server.end("SIGTERM");
    expect([code, stderr]).toEqual([0, ""]);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  test("does not start while migrations are pending, and says what to do", async () => {
    const { code, stderr } = await runChild(args, { env: keys(empty) });
    expect(code).toBe(3);
    expect(stderr).toContain("000001_identity.sql is pending");
    expect(stderr).toContain(`\`${asPrinted("migrate up")}\``);
  });

  test("names every key that is missing in production", async () => {
    const { code, stderr } = await runChild(args, { env: { NODE_ENV: "production" } });
    expect(code).toBe(2);
    expect(stderr).toContain("DATABASE_URL: is required");
    expect(stderr).toContain("JWT_SECRET: is required");
  });

  test("brings no database of its own, in development neither", async () => {
    const { code, stderr } = await runChild(args, { env: {} });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`\`${asPrinted("dev")}\``)]);
  });

  test("tells an unreachable database apart", async () => {
    const { code, stderr } = await runChild(args, {
      env: { ...keys(migrated), DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/none" },
    });
    expect(code).toBe(6);
    expect(stderr).toContain("Cannot reach the database at 127.0.0.1:1/none: ");
    expect(stderr).toContain("hint: is it running?");
    expect(stderr).not.toContain("hunter2");
  });

  test("a port that is taken is an error that names it", async () => {
    await using first = startChild(args, { env: keys(migrated) });
    const [, port = ""] = await first.says(/127\.0\.0\.1:(\d+)/);
    const { code, stderr } = await runChild(args, { env: { ...keys(migrated), PORT: port } });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`127.0.0.1:${port}: another program uses it`),
    ]);
  });
});

test("what is in flight when the end comes is answered", async () => {
  await using server = startChild(["server/main.ts"], { env: keys(migrated) });
  const [, url = ""] = await server.says(/"url":"([^"]+)"/);
  const held = await hold(migrated, "otp_codes");
  const answer = fetch(`${url}/api/v1/auth/verify-otp`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "ana@example.com", code: "123456" }),
  });
  await held.waited();
  const ended = server.end("SIGTERM");
  await server.says(/"Draining"/);
  await held.release();
  expect((await answer).status).toBe(401);
  expect((await ended).code).toBe(0);
});

test.each([
  ["server/main.ts", "SIGUSR2", "planted, thrown"],
  ["cli/main.ts serve", "SIGHUP", "planted, rejected"],
] as const)(
  "bun %s, %s: an uncaught exception is logged, sockets are sent elsewhere, the exit code is 1",
  async (...given) => {
    const [line, signal, message] = given;
    const env = { ...keys(migrated), BUN_OPTIONS: "--preload ./test/harness/crash_preload.ts" };
    await using server = startChild(line.split(" "), { env });
    const [, url = ""] = await server.says(/"url":"([^"]+)"/);
    const socket = await openSocket(url);
    process.kill(server.pid, signal);
    const { code, reason } = await socket.closed;
    expect([code, JSON.parse(reason)]).toEqual([4000, { retry_after_ms: expect.any(Number) }]);
    const ended = await server.ended;
    expect([ended.code, ended.stderr]).toEqual([
      1,
      "error: Stopped after an uncaught exception: see the log\n",
    ]);
    const fatal = ended.stdout.split("\n").find((text) => text.includes('"level":"fatal"')) ?? "{}";
    expect(JSON.parse(fatal).err).toMatchObject({ message, stack: expect.stringContaining("crash_preload") });
  },
);

test("a database that gives up on what a server asks at its start: where it is, and what it said", async () => {
  const held = await hold(migrated, "signing_key");
  await using server = startChild(["cli/main.ts", "serve"], { env: keys(migrated) });
  await held.waited();
  await migrated.sql`select pg_cancel_backend(pid) from pg_locks where not granted`;
  const { code, stderr } = await server.ended;
  await held.release();
  const { host, pathname } = new URL(migrated.serverUrl);
  expect([code, stderr]).toEqual([
    6,
    expect.stringContaining(`Cannot reach the database at ${host}${pathname}: canceling statement`),
  ]);
});

/** Locks a table, and tells when somebody waits for it. */
async function hold({ database, sql }: TestDatabase, table: string) {
  const release = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const holding = database.begin(
    async (tx) => {
      await tx`lock table ${tx(table)} in access exclusive mode`;
      locked.resolve();
      await release.promise;
    },
    { deadlineMs: 0 },
  );
  await locked.promise;
  return {
    async waited() {
      await eventually(async () => {
        const [row] = await sql`select count(*)::int as count from pg_locks where not granted`;
        return row?.count > 0;
      });
    },
    async release() {
      release.resolve();
      await holding;
    },
  };
}
