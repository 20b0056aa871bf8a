/** What a server logs of its sockets, of an outage of Redis and of its end: each line JSON, none repeated. @module */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Child, startChild } from "../../harness/child.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";
import { hasRedis, startRedis } from "../../harness/redis.ts";
import { openSocket } from "../../harness/socket.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const linesOf = (child: Child) =>
  child
    .stdout()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test.skipIf(!hasRedis)("an upgrade is a 101, an outage of Redis two lines, the end one", async () => {
  const redis = await startRedis();
  const env = {
    HOST: "127.0.0.1",
    PORT: "0",
    DATABASE_URL: database.serverUrl,
    JWT_SECRET: "a secret of the tests, long enough for HS256",
    REDIS_URL: redis.url,
  };
  try {
    await using server = startChild(["cli/main.ts", "serve"], { env });
    const [, url = ""] = await server.says(/"url":"([^"]+)"/);
    const status = async () => (await (await fetch(`${url}/readyz`)).json()).data.status;
    await openSocket(url);
    await server.says(/"route":"\/ws"/);
    await redis.kill();
    await eventually(async () => (await status()) === "degraded");
    // Many attempts to connect fail meanwhile.
    await Bun.sleep(2_000);
    await redis.start();
    await eventually(async () => (await status()) === "ready");
    const { code, stderr } = await server.end("SIGTERM");
    expect([code, stderr]).toEqual([0, ""]);

    const lines = linesOf(server);
    const upgrade = lines.find(({ route }) => route === "/ws");
    expect(upgrade).toMatchObject({ msg: "Answered", method: "GET", status: 101 });
    const troubles = lines.filter(({ level }) => level !== "info");
    expect(troubles).toEqual([
      expect.objectContaining({ msg: "Redis is away: each process goes on by itself" }),
      expect.objectContaining({ msg: "Redis is back", failed_attempts: expect.any(Number) }),
    ]);
    const { failed_attempts: failed, duration_ms: away } = troubles[1] as Record<string, number>;
    expect([failed! > 1, away! > 1_000]).toEqual([true, true]);
    const documented = await Bun.file("ops/README.md").text();
    const fields = new Set(lines.flatMap((line) => Object.keys(line)));
    expect([...fields].filter((field) => !documented.includes(`\`${field}\``))).toEqual([]);

    const last = lines.at(-1)!;
    expect(last).toMatchObject({ level: "info", sockets: 1 });
    expect(last.msg).toBe(`Stopped after ${last.duration_ms} ms, 1 sockets drained`);
  } finally {
    await redis.stop();
  }
});
