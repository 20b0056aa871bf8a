/** The numbers of moderation over a time, on a history whose every number is known. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { runVibes } from "../../harness/cli.ts";
import { createStaff, fileReport, type TestStaff } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const { context, createUser } = app;
const { sql } = context.database;
afterAll(() => app.close());

const NO_BREACH = { decision: "dismissed", action: "none", reason: "No breach" };
let mod: TestStaff;
let other: TestStaff;
let admin: TestStaff;
const PERIOD = "?from=2026-01-01&to=2026-03-01";
const stats = async (by: TestStaff, query = PERIOD) => (await by.get(`/stats/moderation${query}`)).body.data;

/** A report that was filed, and decided so many minutes later. The decision's entry is moved in time with it. */
async function decided(
  filedAt: string,
  minutes: number,
  facts: { reason: string; by: TestStaff; body: object },
) {
  const [by, about] = [await createUser(), await createUser()];
  const id = await fileReport(app, { by, about, reason: facts.reason });
  await facts.by.post(`/reports/${id}/claim`);
  const answer = await facts.by.post(`/reports/${id}/resolve`, facts.body);
  expect(answer.status).toBe(200);
  await moveBack(id, filedAt, minutes);
  return { id, about, sanctionId: answer.body.data.sanction?.id as string };
}

/** As superuser, with the triggers off: history cannot be written otherwise. */
async function moveBack(id: string, filedAt: string, minutes: number): Promise<void> {
  await app.owner.begin(async (tx) => {
    await tx`alter table audit_log disable trigger all`;
    await tx`
      update user_reports set created_at = ${filedAt}::text::timestamptz,
        due_at = ${filedAt}::text::timestamptz + interval '1 hour' where id = ${id}
    `;
    await tx`
      update audit_log set created_at = ${filedAt}::text::timestamptz + make_interval(mins => ${minutes})
      where target_id = ${id} and action in ('report.resolved', 'report.dismissed')
    `;
    await tx`alter table audit_log enable trigger all`;
  });
}

let reported: TestUser;
beforeAll(async () => {
  mod = await createStaff(app, { name: "Mo Keller" });
  other = await createStaff(app, { name: "Other Mod" });
  admin = await createStaff(app, { role: "admin", name: "The Admin" });
  const warn = { decision: "resolved", action: "warn", reason: "Insults" };
  const mute = { decision: "resolved", action: "mute", hours: 5, reason: "Insults" };
  await decided("2026-01-10T10:00:00Z", 10, { reason: "spam", by: mod, body: NO_BREACH });
  await decided("2026-01-11T10:00:00Z", 20, { reason: "spam", by: mod, body: warn });
  // Undone by somebody else.
  const undone = await decided("2026-01-12T10:00:00Z", 30, { reason: "scam", by: mod, body: warn });
  await other.post(`/reports/${undone.id}/undo`, { reason: "Looked again" });
  // Its sanction lifted; decided late.
  const lifted = await decided("2026-02-03T10:00:00Z", 90, { reason: "scam", by: other, body: mute });
  await mod.remove(`/users/${lifted.about.id}/sanctions/${lifted.sanctionId}`, { reason: "Appeal" });
  // A slip: its own moderator took it back at once.
  const id = await fileReport(app, { by: await createUser(), about: await createUser(), reason: "spam" });
  await other.post(`/reports/${id}/claim`);
  await other.post(`/reports/${id}/resolve`, warn);
  await other.post(`/reports/${id}/undo`, { reason: "Wrong key" });
  reported = await createUser();
  // Filed in March: outside.
  await decided("2026-03-01T00:00:00Z", 5, { reason: "other", by: mod, body: NO_BREACH });
  const world = createWorld(app);
  for (let i = 0; i < 2; i++) await world.match(await createUser(), await createUser());
  await sql`update conversations set created_at = '2026-02-10T00:00:00Z'`;
});

test("what was filed and decided, how fast, how often in time and how often taken back", async () => {
  const found = await stats(admin);
  expect(found).toMatchObject({
    from: "2026-01-01T00:00:00.000Z",
    to: "2026-03-01T00:00:00.000Z",
    filed: 4,
    decisions: 4,
    overturned: 2,
    overturn_rate: 0.5,
    sla_hit_rate: 0.75,
    conversations: 2,
    reports_per_1000_conversations: 2000,
    // The undone one and the one that was a slip.
    open: 2,
    oldest_open_at: "2026-01-12T10:00:00.000Z",
  });
  // Of 600, 1,200, 1,800 and 5,400 seconds.
  expect(found.handling_seconds).toEqual({ p50: 1500, p95: 4860 });
});

test("by moderator, by reason, by month", async () => {
  const { by_moderator, by_reason, by_month } = await stats(admin);
  expect(by_moderator).toEqual([
    { id: mod.id, name: "Mo Keller", decisions: 3, overturned: 1, overturn_rate: 0.3333 },
    { id: other.id, name: "Other Mod", decisions: 1, overturned: 1, overturn_rate: 1 },
  ]);
  expect(by_reason).toEqual([
    { reason: "scam", filed: 2, decisions: 2, overturned: 2, overturn_rate: 1 },
    { reason: "spam", filed: 2, decisions: 2, overturned: 0, overturn_rate: 0 },
  ]);
  const none = { filed: 0, dismissed: 0, no_action: 0, warn: 0, mute: 0, suspend: 0, ban: 0, overturned: 0 };
  expect(by_month).toEqual([
    { ...none, month: "2026-01", reason: "scam", filed: 1, warn: 1, overturned: 1 },
    { ...none, month: "2026-01", reason: "spam", filed: 2, dismissed: 1, warn: 1 },
    { ...none, month: "2026-02", reason: "scam", filed: 1, mute: 1, overturned: 1 },
  ]);
});

test("moderators see how they decide, not how others do", async () => {
  const { by_moderator, decisions } = await stats(mod);
  expect(by_moderator.map(({ id }: { id: string }) => id)).toEqual([mod.id]);
  expect(decisions).toBe(4);
});

test("nothing about oneself is counted", async () => {
  const before = await stats(other, "");
  const filed = await fileReport(app, { by: reported, about: other });
  expect((await stats(mod, "")).filed).toBe(before.filed + 1);
  expect(await stats(other, "")).toMatchObject({ filed: before.filed, open: before.open });
  await admin.post(`/reports/${filed}/claim`);
  await admin.post(`/reports/${filed}/resolve`, NO_BREACH);
  expect((await stats(other, "")).decisions).toBe(before.decisions);
  expect((await stats(mod, "")).decisions).toBe(before.decisions + 1);
});

test("a time without anything has no rates; one that is empty, too long or none is refused", async () => {
  expect(await stats(admin, "?from=2020-01-01&to=2020-02-01")).toMatchObject({
    filed: 0,
    decisions: 0,
    overturn_rate: null,
    sla_hit_rate: null,
    handling_seconds: null,
    reports_per_1000_conversations: null,
    by_moderator: [],
    by_reason: [],
    by_month: [],
  });
  for (const query of [
    "from=2026-02-01&to=2026-02-01",
    "from=2026-02-02&to=2026-02-01",
    "from=2020-01-01&to=2026-01-01",
    "from=yesterday",
    "to=2026-02-30",
  ]) {
    const { status, body } = await admin.get(`/stats/moderation?${query}`);
    expect([query, status, body.error?.code]).toEqual([query, 400, "VALIDATION_ERROR"]);
  }
  const offset = await stats(admin, "?from=2026-01-01T00:00:00%2B01&to=2026-01-02T00:00:00%2B01:00");
  expect(offset.from).toBe("2025-12-31T23:00:00.000Z");
});

test("the metrics tell of the last seven days, of everything", async () => {
  const recent = await context.admin.moderationStats.recent();
  expect(Date.parse(recent.to) - Date.parse(recent.from)).toBe(7 * 86_400_000);
  expect(recent.by_moderator.length).toBeGreaterThan(0);
});

test("the command line prints them as a table, as JSON and as CSV, and the transparency report without names", async () => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => app.app.handle(request) });
  try {
    const env = { VIBES_URL: `http://127.0.0.1:${server.port}`, VIBES_ADMIN_TOKEN: admin.token };
    const days = "--from 2026-01-01 --to 2026-03-01";
    const text = await runVibes(`admin stats ${days}`, { env });
    expect([text.code, text.err]).toEqual([0, ""]);
    expect(text.out).toMatch(/decided within SLA +75 %/);
    expect(text.out).toMatch(/Mo Keller +3 +1 +33\.3 %/);
    const json = await runVibes(`admin stats ${days} --json`, { env });
    expect(JSON.parse(json.out).data.decisions).toBe(4);
    const csv = await runVibes(`admin stats ${days} --csv`, { env });
    expect(csv.out).toStartWith("metric,of,value\n");
    expect(csv.out).toContain("\nsla_hit_rate,,0.75\n");
    expect(csv.out).toContain("\nmoderator_decisions,Mo Keller,3\n");
    const report = await runVibes(`admin transparency ${days} --csv`, { env });
    expect(report.out.split("\n").slice(0, 2)).toEqual([
      "month,reason,filed,dismissed,no_action,warn,mute,suspend,ban,overturned",
      "2026-01,scam,1,0,0,1,0,0,0,1",
    ]);
    for (const format of ["", "--json", "--csv"]) {
      const { out } = await runVibes(`admin transparency ${days} ${format}`.trimEnd(), { env });
      expect(out).not.toContain("Keller");
      expect(out).toContain("2026-02");
    }
    const both = await runVibes(`admin stats --json --csv`, { env });
    expect(both.code).toBe(2);
    const bad = await runVibes(`admin stats --from yesterday`, { env });
    expect(bad.code).toBe(2);
  } finally {
    server.stop(true);
  }
});
