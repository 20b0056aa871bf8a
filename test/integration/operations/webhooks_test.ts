/** Webhooks to a real endpoint: what is told, how it is signed, what happens when nobody takes it; and the feed. @module */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { loadConfig } from "../../../server/config/mod.ts";
import { createWebhooks, selectAttempts } from "../../../server/features/webhooks/mod.ts";
import { createTestApp, TEST_SECRET, type TestApp } from "../../harness/app.ts";
import { runVibes } from "../../harness/cli.ts";
import { eventually } from "../../harness/eventually.ts";
import { createStaff, type TestStaff } from "../../harness/staff.ts";

const SECRETS = ["a", "b"].map((letter) => `whsec_${Buffer.from(letter.repeat(32)).toString("base64")}`);

interface Taken {
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

let app: TestApp;
let admin: TestStaff;
let env: Record<string, string>;
const taken: Taken[] = [];
/** What the endpoint answers to the next calls; when empty, 204. */
const answers: number[] = [];
const endpoint = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const headers = Object.fromEntries(request.headers);
    const body = await request.text();
    const { type, data } = JSON.parse(body);
    taken.push({ id: headers["webhook-id"]!, headers, body, type, data });
    return new Response(null, { status: answers.shift() ?? 204 });
  },
});

beforeAll(async () => {
  env = {
    WEBHOOK_URL: `${endpoint.url}hook`,
    WEBHOOK_SECRET: SECRETS[0]!,
    WEBHOOK_PREVIOUS_SECRET: SECRETS[1]!,
    METRICS_PORT: "0",
  };
  app = await createTestApp({ env });
  admin = await createStaff(app, { name: "Ada Admin", role: "admin" });
  app.context.jobs.start();
});
afterAll(async () => {
  await app.close();
  await endpoint.stop(true);
});
beforeEach(async () => {
  await eventually(async () => (await jobs()).length === 0);
  taken.length = 0;
});

const sql = () => app.context.database.sql;
const jobs = async () => [...(await sql()`select * from jobs where kind = 'webhook'`)];
const of = (type: string) => taken.filter((event) => event.type === type);
/** No clock moves here: retries that are due later are made due now. */
const hurry = async () => {
  await sql()`update jobs set run_at = now() where kind = 'webhook' and failed_at is null`;
  app.context.jobs.wake();
};
const report = async () => {
  const [ana, ben] = [await app.createUser(), await app.createUser()];
  const body = { reason: "scam", description: "He wants my secret words" };
  await app.request("POST", `/api/v1/users/${ben.id}/report`, { token: ana.token, body });
  app.context.jobs.wake();
  return { ana, ben };
};

const vibes = (line: string, more: Record<string, string> = {}) =>
  runVibes(line, {
    env: { NODE_ENV: "test", DATABASE_URL: app.databaseUrl, JWT_SECRET: TEST_SECRET, ...env, ...more },
  });

test("each kind is told once, signed by both secrets, without anybody's words; the feed has the same", async () => {
  const before = await feed(0);
  const { ana, ben } = await report();
  await eventually(() => of("report_created").length === 1);
  const { report_id } = of("report_created")[0]!.data as { report_id: string };
  expect(of("report_created")[0]!.data).toEqual({
    report_id,
    reporter_id: ana.id,
    reported_id: ben.id,
    reason: "scam",
  });

  await admin.post(`/reports/${report_id}/claim`, {});
  await admin.post(`/reports/${report_id}/resolve`, {
    decision: "resolved",
    action: "warn",
    reason: "A warning for it",
  });
  const [cid, dora] = [await app.createUser(), await app.createUser()];
  for (const [from, to] of [
    [cid, dora],
    [dora, cid],
  ] as const) {
    const body = { target_id: to.id, action_type: "like" };
    await app.request("POST", "/api/v1/discovery/action", { token: from.token, body });
  }
  await app.context.admin.operators.remove({ id: cid.id, role: "user" }, null);
  app.context.jobs.wake();
  const types = ["match_created", "report_created", "report_resolved", "sanction_changed", "user_erased"];
  await eventually(() => taken.length >= types.length, { what: "every kind" });
  expect(taken.map(({ type }) => type).sort()).toEqual(types);
  expect(of("sanction_changed")[0]!.data).toMatchObject({ user_id: ben.id, kind: "warn", change: "imposed" });
  expect(of("match_created")[0]!.data.user_ids).toEqual(expect.arrayContaining([cid.id, dora.id]));
  expect(of("user_erased")[0]!.data).toEqual({ user_id: cid.id });

  for (const { headers, body } of taken) {
    for (const secret of SECRETS) new Webhook(secret).verify(body, headers);
    expect(() => new Webhook(`${SECRETS[0]}`).verify(`${body} `, headers)).toThrow();
    expect(body).not.toMatch(/secret words|A warning for it|@/);
  }
  const { events, has_more } = await feed(before.last_seq);
  expect(has_more).toBe(false);
  const known = (list: { id: string; type: string; data: unknown }[]) =>
    list.map(({ id, type, data }) => ({ id, type, data })).sort((a, b) => a.id.localeCompare(b.id));
  expect(known(events)).toEqual(known(taken));
});

async function feed(after: number, token = admin.token) {
  const { status, body } = await app.request("GET", `/api/v1/admin/events?after=${after}`, { token });
  expect(status).toBe(200);
  return body.data as {
    events: { seq: number; id: string; type: string; data: object }[];
    last_seq: number;
    has_more: boolean;
  };
}

test("the feed leaves out what is about whoever reads it, and pages by number", async () => {
  const other = await createStaff(app, { name: "Other Admin", role: "admin" });
  const start = (await feed(0)).last_seq;
  const ana = await app.createUser();
  await app.request("POST", `/api/v1/users/${other.id}/report`, {
    token: ana.token,
    body: { reason: "scam" },
  });
  await report();
  expect((await feed(start)).events).toHaveLength(2);
  expect((await feed(start, other.token)).events).toHaveLength(1);
  const { body } = await app.request("GET", `/api/v1/admin/events?after=${start}&limit=1`, {
    token: admin.token,
  });
  expect(body.data).toMatchObject({ last_seq: start + 1, has_more: true });
  await eventually(() => taken.length === 2);
});

/** Attempts to deliver a report, as the metrics have them. */
async function attempted() {
  const text = await app.context.metrics!.text();
  const value = (outcome: string) =>
    Number(
      new RegExp(`vibes_webhook_attempts_total\\{type="report_created",outcome="${outcome}"\\} (\\d+)`).exec(
        text,
      )?.[1] ?? 0,
    );
  return { delivered: value("delivered"), refused: value("refused") };
}

test("what was not taken is tried again under the same id, and each attempt is on record", async () => {
  const before = await attempted();
  answers.push(500, 302);
  await report();
  await eventually(() => taken.length === 1);
  await eventually(async () => (await jobs())[0]?.leasedUntil === null);
  await hurry();
  await eventually(() => taken.length === 2);
  await eventually(async () => (await jobs())[0]?.leasedUntil === null);
  await hurry();
  await eventually(() => taken.length === 3);
  expect(new Set(taken.map(({ id }) => id)).size).toBe(1);
  await eventually(async () => (await jobs()).length === 0);
  const attempts = await selectAttempts(sql(), taken[0]!.id);
  expect(attempts.map(({ status, error }) => [status, error])).toEqual([
    [500, "answered 500"],
    [302, "answered 302"],
    [204, null],
  ]);
  const counted = await attempted();
  expect({
    delivered: counted.delivered - before.delivered,
    refused: counted.refused - before.refused,
  }).toEqual({ delivered: 1, refused: 2 });
});

test("an endpoint that took nothing for a day is disabled for all to see; a replay delivers everything", async () => {
  answers.push(500);
  await report();
  await eventually(() => taken.length === 1);
  await eventually(async () => (await jobs())[0]?.leasedUntil === null);
  // The last attempt of the day.
  await sql()`update jobs set attempts = 39 where kind = 'webhook'`;
  answers.push(500);
  await hurry();
  await eventually(async () => (await jobs())[0]?.failedAt !== null);
  // New events are kept, not sent.
  await report();
  await eventually(async () => (await jobs()).filter(({ failedAt }) => failedAt !== null).length === 2);
  expect(taken).toHaveLength(2);

  const failed = await vibes("webhooks failed");
  expect(failed.code).toBe(0);
  expect(failed.out).toMatch(
    /disabled since .*refused for a day: answered 500[\s\S]*report_created[\s\S]*report_created/,
  );
  expect((await app.context.webhooks!.state()).disabled).not.toBeNull();
  expect((await vibes("webhooks replay")).out).toBe("2 will be delivered again\n");
  app.context.jobs.wake();
  await eventually(() => taken.length === 4);
  expect(new Set(taken.map(({ id }) => id)).size).toBe(2);
  expect((await vibes("webhooks failed")).out).toBe("no event was given up\n");
});

test("410 disables at once", async () => {
  answers.push(410);
  await report();
  await eventually(async () => (await jobs())[0]?.failedAt != null);
  expect((await app.context.webhooks!.state()).disabled?.reason).toContain("410");
  await vibes("webhooks replay");
  app.context.jobs.wake();
});

test("webhooks test calls once and says what came back", async () => {
  expect((await vibes("webhooks test")).out).toMatch(/^taken: 204 after \d+ ms\n$/);
  expect(of("test")).toHaveLength(1);
  answers.push(503);
  const refused = await vibes("webhooks test");
  expect(refused.out).toMatch(/^not taken: 503 after \d+ ms\n$/);
  expect([refused.code, refused.err]).toEqual([3, expect.stringMatching(/answered 503[\s\S]*2xx/)]);
  const away = await vibes("webhooks test", { WEBHOOK_URL: "http://127.0.0.1:1/" });
  expect(away.out).toMatch(/^not taken: no answer after \d+ ms\n$/);
});

test.each(["https://localhost/x", "https://127.0.0.1/x", "https://10.1.2.3/x", "https://[fd00::1]/x"])(
  "in production %s is not called",
  async (url) => {
    const config = loadConfig({ ...env, WEBHOOK_URL: url });
    const hooks = createWebhooks({
      config: { ...config, production: true },
      database: app.context.database,
      onDisabled() {},
    });
    expect(await hooks!.test()).toMatchObject({
      ok: false,
      status: null,
      error: expect.stringContaining("private"),
    });
  },
);

test("half a configuration, and http in production, are refused", () => {
  expect(() => loadConfig({ WEBHOOK_URL: "https://hooks.example.com" })).toThrow(/WEBHOOK_SECRET/);
  const production = { NODE_ENV: "production", DATABASE_URL: "postgres://h/d", JWT_SECRET: TEST_SECRET };
  const plain = { ...production, WEBHOOK_URL: "http://hooks.example.com", WEBHOOK_SECRET: SECRETS[0] };
  expect(() => loadConfig(plain)).toThrow(/WEBHOOK_URL is not https|WEBHOOK_URL: is not https/);
});
