/** Three server processes, one database, one Redis: killed, stopped and ended while people talk. */
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

describe.skipIf(!hasRedis)("three processes", () => {
  let home: TestApp;
  let redis: TestRedis;
  const processes: Process[] = [];

  beforeAll(async () => {
    home = await createTestApp();
    redis = await startRedis();
    for (const process of await Promise.all([1, 2, 3].map(() => start()))) processes.push(process);
  }, 60_000);
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

  /** The proxy in front: whoever still runs. */
  const anywhere = () => processes[Math.floor(Math.random() * processes.length)]!.url;

  async function createPair() {
    const [ana, ben] = [await home.createUser({ premium: true }), await home.createUser()];
    for (const [me, other] of [[ana, ben] as const, [ben, ana] as const]) {
      const body = { target_id: other.id, action_type: "like" };
      await home.request("POST", "/api/v1/discovery/action", { token: me.token, body });
    }
    return { ana, ben };
  }

  test("kill -9, SIGSTOP and SIGTERM while eight people talk: nothing lost, doubled or out of order", async () => {
    const pairs = await Promise.all([1, 2, 3, 4].map(createPair));
    const talks = pairs.map(({ ana, ben }) => ({
      people: [ana, ben] as const,
      devices: [ana, ana, ben, ben].map(({ token }) => new ResumingClient(anywhere, token)),
      acked: [] as string[],
    }));
    await Promise.all(talks.flatMap(({ devices }) => devices.map((device) => device.ready())));
    let stop = false;
    const talking = talks.flatMap(({ people: [ana, ben], devices, acked }) =>
      [
        { device: devices[0]!, to: ben.id },
        { device: devices[2]!, to: ana.id },
      ].map(async ({ device, to }) => {
        for (let i = 0; !stop; i++) {
          acked.push(await device.send(to, `${to}-${i}`));
          await Bun.sleep(5);
        }
      }),
    );
    await Bun.sleep(500);
    for (const signal of ["SIGKILL", "SIGTERM", "SIGSTOP"] as const) {
      const [victim] = processes.splice(0, 1) as [Process];
      if (signal === "SIGSTOP") process.kill(victim.child.pid, "SIGSTOP");
      else void victim.child.end(signal);
      processes.push(await start());
      if (signal === "SIGSTOP") void victim.child.end("SIGKILL");
      if (signal === "SIGTERM") expect((await victim.child.ended).code).toBe(0);
      await Bun.sleep(700);
    }
    stop = true;
    await Promise.all(talking);
    const { sql } = home.context.database;
    for (const { people, devices, acked } of talks) {
      const [ana, ben] = people;
      const rows = await sql<{ id: string; seq: number }[]>`
        select id, seq::int from messages where sender_id in (${ana.id}, ${ben.id}) order by seq
      `;
      expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
      // A send whose answer was lost is stored once, under its own key.
      expect(rows.map(({ id }) => id).sort()).toEqual([...acked].sort());
      for (const device of devices) {
        const messages = () => device.logged.filter(({ event }) => event === "new_message");
        await eventually(() => messages().length >= rows.length, { withinMs: 35_000, what: "every message" });
        expect(messages().map(({ data }) => data.message_id)).toEqual(rows.map(({ id }) => id));
        const seqs = device.seqs();
        expect(seqs).toEqual(seqs.map((_, i) => seqs[0]! + i));
        expect(device.resyncs).toBe(0);
      }
    }
    await Promise.all(talks.flatMap(({ devices }) => devices.map((device) => device.stop())));
  }, 120_000);

  test("kill -9 of the node somebody is on: they are offline within 30 s, and not before they could be back", async () => {
    const { ana, ben } = await createPair();
    const [first, second] = processes as [Process, Process, Process];
    const watcher = new ResumingClient(() => second.url, ana.token);
    const gone = new ResumingClient(() => first.url, ben.token);
    await Promise.all([watcher.ready(), gone.ready()]);
    const isOnline = async () => {
      const [row] = await home.context.database.sql<{ isOnline: boolean }[]>`
        select is_online from users where id = ${ben.id}
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
    processes.splice(0, 1);
  }, 60_000);

  test("SIGTERM with many sockets: ended in order, within 25 s", async () => {
    const { child, url } = await start();
    let moved = false;
    const people = await Promise.all(Array.from({ length: 20 }, () => home.createUser()));
    const clients = people.flatMap(({ token }) =>
      Array.from({ length: 10 }, () => new ResumingClient(() => (moved ? anywhere() : url), token)),
    );
    await Promise.all(clients.map((client) => client.ready()));
    moved = true;
    const started = performance.now();
    const { code } = await child.end("SIGTERM");
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(25_000);
    await Promise.all(clients.map((client) => client.ready()));
    expect(clients.flatMap(({ closes }) => closes)).toEqual(clients.map(() => 4000));
    await Promise.all(clients.map((client) => client.stop()));
  }, 60_000);
});
