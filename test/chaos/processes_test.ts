/** Two server processes, one database, one Redis: who is online when one dies. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createTestApp, TEST_SECRET, type TestApp } from "../harness/app.ts";
import { type Child, startChild } from "../harness/child.ts";
import { eventually } from "../harness/eventually.ts";
import { hasRedis, startRedis, type TestRedis } from "../harness/redis.ts";
import { ResumingClient } from "../harness/resuming_client.ts";

interface Process {
  readonly child: Child;
  readonly url: string;
}

describe.skipIf(!hasRedis)("two processes", () => {
  let home: TestApp;
  let redis: TestRedis;
  const processes: Process[] = [];

  beforeAll(async () => {
    home = await createTestApp();
    redis = await startRedis();
    for (const process of await Promise.all([1, 2].map(() => start()))) processes.push(process);
  });
  afterAll(async () => {
    await Promise.all(processes.map(({ child }) => child.end("SIGKILL")));
    await redis?.stop();
    await home.close();
  });

  async function start(): Promise<Process> {
    const env = {
      NODE_ENV: "test",
      LOG_LEVEL: "info",
      LIMITS: "off",
      LIMIT_WS_CONNECTIONS_PER_USER: "20",
      PORT: "0",
      JWT_SECRET: TEST_SECRET,
      DATABASE_URL: home.databaseUrl,
      REDIS_URL: redis.url,
    };
    const child = startChild(["server/main.ts"], { env });
    const [, url] = await child.says(/"url":"([^"]+)"/);
    return { child, url: url! };
  }

  async function createPair() {
    const [ana, ben] = [await home.createUser({ premium: true }), await home.createUser()];
    for (const [me, other] of [[ana, ben] as const, [ben, ana] as const]) {
      const body = { target_id: other.id, action_type: "like" };
      await home.request("POST", "/api/v1/discovery/action", { token: me.token, body });
    }
    return { ana, ben };
  }

  test("kill -9 of the node somebody is on: they are offline within 30 s, and not before they could be back", async () => {
    const { ana, ben } = await createPair();
    const [first, second] = processes as [Process, Process];
    const watcher = new ResumingClient(() => second.url, ana.token);
    const gone = new ResumingClient(() => first.url, ben.token);
    await Promise.all([watcher.ready(), gone.ready()]);
    const isOnline = async () => {
      const [row] = await home.context.database.sql<{ isOnline: boolean }[]>`
        select is_online from user_presence where user_id = ${ben.id}
      `;
      return row!.isOnline;
    };
    await eventually(isOnline);
    await first.child.end("SIGKILL");
    const died = performance.now();
    await gone.stop();
    await eventually(async () => !(await isOnline()), { withinMs: 30_000, what: "offline" });
    expect(performance.now() - died).toBeGreaterThan(5_000);
    await watcher.stop();
  });
});
