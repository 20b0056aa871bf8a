/** Two installations, each with a database of its own, on one Redis: neither hears, counts or sees the other. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readRedisPrefix } from "../../../server/db/installation.ts";
import { type RunningServer, startServer } from "../../../server/listen.ts";
import { createTestApp, TEST_SECRET, type TestApp } from "../../harness/app.ts";
import { startChild } from "../../harness/child.ts";
import { createTestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";
import { hasRedis, startRedis, type TestRedis } from "../../harness/redis.ts";
import { openSocket } from "../../harness/socket.ts";
import { createStaff, fileReport } from "../../harness/staff.ts";

describe.skipIf(!hasRedis)("two installations on one Redis", () => {
  let redis: TestRedis;
  const installations: { app: TestApp; server: RunningServer }[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    for (let i = 0; i < 2; i++) {
      const env = { REDIS_URL: redis.url, LIMITS: "on", LIMIT_OTP_SEND_MINUTE: "2/1h" };
      const app = await createTestApp({ env });
      const server = await startServer(app.context, { host: "127.0.0.1", port: 0 });
      installations.push({ app, server });
    }
    await eventually(() => installations.every(({ app }) => app.context.degraded().length === 0), {
      what: "both connected to Redis",
    });
  });
  afterAll(async () => {
    for (const { app, server } of installations) {
      await server.stop(500);
      await app.close();
    }
    await redis.stop();
  });

  test("their keys and channels have different names", async () => {
    const prefixes = await Promise.all(
      installations.map(({ app }) => readRedisPrefix(app.context.database.sql)),
    );
    expect(new Set(prefixes).size).toBe(2);
    for (const { app, server } of installations) {
      const user = await app.createUser();
      const socket = await openSocket(server.url, { token: user.token });
      await app.request("GET", "/api/v1/users/profile", { token: user.token });
      await eventually(async () => ((await redis.command("keys", `*${user.id}*`)) as string[]).length >= 2);
      await socket.close();
    }
    const names = (await redis.command("keys", "*")) as string[];
    const channels = (await redis.command("pubsub", "shardchannels")) as string[];
    expect([names.length > 0, channels.length > 0]).toEqual([true, true]);
    for (const name of [...names, ...channels]) {
      expect([name, prefixes.filter((prefix) => name.startsWith(`${prefix}:`)).length]).toEqual([name, 1]);
    }
  });

  test("each counts its own nodes, and its moderators hear of its own reports", async () => {
    const [here, there] = installations as [(typeof installations)[0], (typeof installations)[0]];
    const mods = [await createStaff(here.app), await createStaff(there.app)] as const;
    const sockets = [
      await openSocket(here.server.url, { token: mods[0].token }),
      await openSocket(there.server.url, { token: mods[1].token }),
    ] as const;
    for (const socket of sockets) await socket.call("admin_subscribe", { stats: true });
    await fileReport(here.app, { by: await here.app.createUser(), about: await here.app.createUser() });
    await sockets[0].event("report_created");
    // By then whatever the other installation could have heard has come.
    for (const socket of sockets) {
      const seen = socket.all("admin_stats").length;
      await eventually(() => socket.all("admin_stats").length >= seen + 2);
      const last = socket.all("admin_stats").at(-1)?.data;
      expect(last.nodes.map(({ id }: { id: string }) => id)).toEqual([
        (socket === sockets[0] ? here : there).app.context.backplane.nodeId,
      ]);
    }
    expect(sockets[1].all("report_created")).toEqual([]);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  test("the same address is counted by each for itself", async () => {
    const send = async ({ app }: { app: TestApp }) =>
      (await app.request("POST", "/api/v1/auth/send-otp", { body: { email: "both@example.com" } })).status;
    const [here, there] = installations as [(typeof installations)[0], (typeof installations)[0]];
    expect([await send(here), await send(here), await send(here)]).toEqual([200, 200, 429]);
    expect(await send(there)).toBe(200);
  });

  test("a server whose database becomes another one stops and says why", async () => {
    const [first, second, admin] = [
      // Renamed below, which Citus does on one node alone.
      await createTestDatabase({ citusUrl: "" }),
      await createTestDatabase({ citusUrl: "" }),
      await createTestDatabase({ empty: true }),
    ] as const;
    const nameOf = ({ url }: { url: string }) => new URL(url).pathname.slice(1);
    const [name, old] = [nameOf(first), `${nameOf(first)}_old`];
    const child = startChild(["server/main.ts"], {
      env: {
        NODE_ENV: "test",
        LOG_LEVEL: "info",
        HOST: "127.0.0.1",
        PORT: "0",
        JWT_SECRET: TEST_SECRET,
        DATABASE_URL: first.serverUrl,
        DATABASE_ENGINE: "postgresql",
        REDIS_URL: redis.url,
      },
    });
    try {
      await child.says(/"Listening"/);
      const { sql } = admin;
      await sql`alter database ${sql(name)} allow_connections false`;
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
      await eventually(async () => {
        const left = await sql`select 1 from pg_stat_activity where datname = ${name}`;
        return left.length === 0;
      });
      await sql`alter database ${sql(name)} rename to ${sql(old)}`;
      await sql`alter database ${sql(nameOf(second))} rename to ${sql(name)}`;
      const { code, stdout, stderr } = await child.ended;
      expect(code).toBe(1);
      expect(stdout + stderr).toContain("DATABASE_URL leads to another database than at the start");
      await sql`drop database ${sql(old)} with (force)`;
    } finally {
      await child.end("SIGKILL");
      for (const database of [first, second, admin]) await database.close();
    }
  });
});
