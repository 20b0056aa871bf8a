/** `vibes jobs` and `vibes push test`: what waits, what was given up, and what providers answer. @module */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { insertJob } from "../../../server/jobs/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp, TEST_SECRET } from "../../harness/app.ts";
import { dataOf, runVibes } from "../../harness/cli.ts";
import { startExpo } from "../../harness/push/services.ts";

const app = await createTestApp();
const { sql } = app.context.database;
const expo = startExpo();
const ENV = {
  NODE_ENV: "test",
  DATABASE_URL: app.databaseUrl,
  JWT_SECRET: TEST_SECRET,
  PUSH_EXPO_TOKEN: "expo-token",
  PUSH_EXPO_URL: expo.url,
};
const vibes = (line: string) => runVibes(line, { env: ENV });
afterAll(async () => {
  await expo.close();
  await app.close();
});

describe("jobs", () => {
  beforeEach(async () => {
    await sql`delete from jobs`;
    await insertJob(sql, { kind: "notice_mail", payload: { sanction_id: newId() } });
    await insertJob(sql, { kind: "push_receipts", payload: {}, delayMs: 60_000 });
    await insertJob(sql, { kind: "notice_mail", payload: { sanction_id: newId() } });
    await sql`
      update jobs set failed_at = now(), attempts = 80, last_error = 'Cannot send the mail'
      where id = (select id from jobs where kind = 'notice_mail' order by id limit 1)
    `;
  });

  test("list: those that were given up first, with why; by kind", async () => {
    const { code, out } = await vibes("jobs list");
    expect([code, out.split("\n").length]).toEqual([0, 5]);
    expect(out.split("\n")[1]).toMatch(/ notice_mail +given up +80 +\S+ +Cannot send the mail$/);
    expect(dataOf(await vibes("jobs list --failed --json")).jobs).toMatchObject([
      { kind: "notice_mail", attempts: 80, last_error: "Cannot send the mail" },
    ]);
    expect(dataOf(await vibes("jobs list --kind push_receipts --json")).jobs).toHaveLength(1);
    expect((await vibes("jobs list --kind nothing")).out).toBe("no jobs\n");
  });

  test("retry: one, or a kind; nothing to retry says so", async () => {
    const [{ id }] = dataOf(await vibes("jobs list --failed --json")).jobs;
    expect(dataOf(await vibes(`jobs retry ${id.toUpperCase()} --json`))).toEqual({ revived: 1 });
    expect(await sql`select 1 from jobs where failed_at is not null`).toHaveLength(0);
    const again = await vibes(`jobs retry ${id}`);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining("jobs list")]);
    await sql`update jobs set failed_at = now() where kind = 'notice_mail'`;
    expect((await vibes("jobs retry notice_mail")).out).toBe("2 will be tried again\n");
  });

  test("delete: one that nobody works on", async () => {
    const [{ id }] = dataOf(await vibes("jobs list --failed --json")).jobs;
    expect((await vibes(`jobs delete ${id}`)).code).toBe(0);
    expect((await vibes(`jobs delete ${id}`)).code).toBe(2);
    expect((await vibes("jobs delete notice_mail")).code).toBe(2);
    const [other] = await sql<{ id: string }[]>`
      update jobs set leased_until = now() + interval '1 minute' where kind = 'push_receipts' returning id
    `;
    expect((await vibes(`jobs delete ${other!.id}`)).code).toBe(2);
  });

  test("the doctor tells of those that were given up, and of keys that cannot be used", async () => {
    const check = async (name: string, env: object = {}) => {
      const { checks } = dataOf(await runVibes("doctor --json", { env: { ...ENV, ...env } }));
      return checks.find((found: { name: string }) => found.name === name);
    };
    expect(await check("jobs")).toMatchObject({ status: "fail", detail: "given up: 1 notice_mail" });
    await sql`update jobs set failed_at = null, run_at = now() - interval '20 minutes' where failed_at is not null`;
    expect(await check("jobs")).toMatchObject({
      status: "warn",
      detail: expect.stringMatching(/^late: notice_mail by 120\d s$/),
    });
    await sql`delete from jobs`;
    expect(await check("jobs")).toMatchObject({ status: "ok" });
    expect(await check("push")).toMatchObject({ status: "ok", detail: "keys can be used: expo" });
    const bad = { PUSH_FCM_CREDENTIALS: `{"project_id":"p"}` };
    expect(await check("push", bad)).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("PUSH_FCM_CREDENTIALS"),
    });
  });
});

describe("push test", () => {
  async function register(token: string, body: object): Promise<void> {
    const answer = await app.request("PUT", "/api/v1/devices/current", { token, body });
    expect(answer.status).toBe(200);
  }

  test("says of each device what the provider answered", async () => {
    const ana = await app.createUser();
    expect((await vibes(`push test ${ana.email}`)).out).toBe("no devices\n");
    await register(ana.token, { provider: "expo", token: "ExponentPushToken[ana]", preview: "text" });
    const phone = await app.context.auth.signInAs(ana.id);
    await register(phone.access_token, { provider: "fcm", token: "token-of-a-phone", preview: "none" });
    const { code, out } = await vibes(`push test ${ana.email}`);
    expect(code).toBe(0);
    expect(out).toMatch(/provider +expo\nshows +names and texts\nresult +sent\n/);
    expect(out).toMatch(/provider +fcm \(no keys: in development it is printed to the log, not sent\)/);
    expect(expo.arrived.at(-1)!.body[0]).toMatchObject({
      to: "ExponentPushToken[ana]",
      data: { type: "test" },
    });
  });

  test("ends with 3 when one was not taken; a disabled one is not asked", async () => {
    const ben = await app.createUser();
    await register(ben.token, { provider: "expo", token: "ExponentPushToken[ben]", preview: "none" });
    expo.answers.push({
      status: 200,
      body: { data: [{ status: "error", details: { error: "DeviceNotRegistered" } }] },
    });
    const dead = await vibes(`push test ${ben.id} --json`);
    expect(dead.code).toBe(3);
    expect(dataOf(dead).devices).toMatchObject([{ result: "dead", reason: "DeviceNotRegistered" }]);
    await sql`update devices set disabled_at = now(), disabled_reason = 'Unregistered' where user_id = ${ben.id}`;
    const before = expo.arrived.length;
    const disabled = await vibes(`push test ${ben.id}`);
    expect([disabled.code, disabled.out]).toEqual([3, expect.stringContaining("disabled: Unregistered")]);
    expect(expo.arrived.length).toBe(before);
  });

  test("nobody of that name", async () => {
    expect((await vibes("push test nobody@example.com")).code).not.toBe(0);
  });
});
