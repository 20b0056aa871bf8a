/** `vibes serve --workers`: several processes on one port that act as one service. @module */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Child, runChild, startChild } from "../../harness/child.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";
import { scrape } from "../../harness/exposition.ts";
import { hasRedis, startRedis, type TestRedis } from "../../harness/redis.ts";

const ARGS = ["cli/main.ts", "serve", "--workers", "2"];
let database: TestDatabase;
let redis: TestRedis | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  redis = hasRedis ? await startRedis() : undefined;
});
afterAll(async () => {
  await redis?.stop();
  await database.close();
});

function env(extra: Record<string, string> = {}) {
  const secret = "a secret of the tests, long enough for HS256";
  return { HOST: "127.0.0.1", PORT: "0", DATABASE_URL: database.url, JWT_SECRET: secret, ...extra };
}

/** Every worker that has said that it listens. */
function workersOf(child: Child): { pid: number; url: string; metrics_url: string }[] {
  const lines = child
    .stdout()
    .split("\n")
    .filter((line) => line.includes('"Listening"'));
  return lines.map((line) => JSON.parse(line));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("without Redis they are refused, with a word on why", async () => {
  const { code, stderr } = await runChild(ARGS, { env: env() });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/REDIS_URL is not set[\s\S]*through Redis/)]);
});

test.each(["0", "-1", "two", "1.5", "257"])("%s is no number of them", async (count) => {
  const { code, stderr } = await runChild(["cli/main.ts", "serve", `--workers=${count}`], { env: env() });
  expect([code, stderr]).toEqual([2, expect.stringContaining("from 1 to 256")]);
});

test.skipIf(!hasRedis)("what a worker cannot start with ends all of them, with its code", async () => {
  const empty = await createTestDatabase({ empty: true });
  const { code, stderr } = await runChild(ARGS, {
    env: env({ REDIS_URL: redis!.url, DATABASE_URL: empty.url }),
  });
  expect([code, stderr]).toEqual([3, expect.stringContaining("is pending")]);
  await empty.close();
});

test.skipIf(!hasRedis)("they share the port, one that dies comes back, and all end together", async () => {
  await using parent = startChild(ARGS, { env: env({ REDIS_URL: redis!.url, METRICS_PORT: "0" }) });
  await eventually(() => workersOf(parent).length === 2, { what: "two workers" });
  const [one, two] = workersOf(parent) as [ReturnType<typeof workersOf>[0], ReturnType<typeof workersOf>[0]];
  expect(one.url).toBe(two.url);

  // Each request on a connection of its own: both of them get some.
  const answered = async (url: string) => (await scrape(url)).read("vibes_http_requests_total") ?? 0;
  await eventually(
    async () => {
      await fetch(`${one.url}/nowhere`, { headers: { connection: "close" } });
      return (await answered(one.metrics_url)) > 0 && (await answered(two.metrics_url)) > 0;
    },
    { what: "an answer of each" },
  );

  process.kill(one.pid, "SIGKILL");
  await eventually(() => workersOf(parent).length === 3, { what: "another worker" });
  const told = parent
    .stdout()
    .split("\n")
    .find((line) => line.includes('"supervisor"'));
  expect(JSON.parse(told!)).toMatchObject({
    level: "warn",
    msg: "Worker exited: restarting it",
    worker_pid: one.pid,
    exit_code: 137,
  });
  expect((await fetch(`${one.url}/readyz`)).status).toBe(200);
  const pids = workersOf(parent).map(({ pid }) => pid);
  const { code, stderr } = await parent.end("SIGTERM");
  expect([code, pids.filter(isAlive), stderr]).toEqual([0, [], ""]);
});

test.skipIf(!hasRedis)("they do not outlive whoever started them", async () => {
  await using parent = startChild(ARGS, { env: env({ REDIS_URL: redis!.url }) });
  await eventually(() => workersOf(parent).length === 2, { what: "two workers" });
  const pids = workersOf(parent).map(({ pid }) => pid);
  process.kill(parent.pid, "SIGKILL");
  await eventually(() => !pids.some(isAlive), { what: "their end" });
});
