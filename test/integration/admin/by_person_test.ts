/** Reports about one person, worked on together: the queue by person, claims, one decision, taking it back, races. */
import { afterAll, afterEach, expect, test } from "bun:test";
import { verifyAudit } from "../../../server/features/admin/mod.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createStaff, fileReport } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { context, createUser } = app;
const { sql } = context.database;
const mod = await createStaff(app, { name: "Mo Keller" });
const other = await createStaff(app, { name: "Other Mod" });
afterAll(() => app.close());
afterEach(async () => {
  expect(await findViolations(sql)).toEqual([]);
  expect((await verifyAudit(sql)).ok).toBe(true);
});

const WARN = { decision: "resolved", action: "warn", reason: "Repeated insults", scope: "person" };
const REASONS = ["spam", "harassment", "scam", "other", "spam", "fake_profile"];

/** Somebody about whom so many people have filed a report each. */
async function reportedBy(count: number) {
  const reported = await createUser({ name: "Rude Person" });
  const reporters = await Promise.all(
    Array.from({ length: count }, () => createUser({ name: "Whistle Blower" })),
  );
  const ids: string[] = [];
  for (const [index, by] of reporters.entries()) {
    ids.push(await fileReport(app, { by, about: reported, reason: REASONS[index % REASONS.length]! }));
  }
  return { reported, reporters, ids };
}

const rowsOf = async (ids: readonly string[]) =>
  await sql<{ id: string; status: string; claimedBy: string | null; resolvedBy: string | null }[]>`
    select id, status, claimed_by, resolved_by from user_reports where id = any(${ids as string[]}::uuid[]) order by id
  `;
const statusesOf = async (ids: readonly string[]) => (await rowsOf(ids)).map(({ status }) => status);
const noticesOf = async (user: TestUser) =>
  (await world.log(user, "moderation_notice")).map(({ data }) => data.notice);
const without = (ids: readonly string[], ...gone: string[]) =>
  ids.filter((id) => !gone.includes(id)).toSorted();

test("the queue by person: one row each, most urgent first, with every report's id", async () => {
  const { reported, ids } = await reportedBy(3);
  const calm = await reportedBy(1);
  await sql`update user_reports set priority = 0 where id = ${ids[1]!}`;
  await sql`update user_reports set priority = 3 where id = ${calm.ids[0]!}`;
  const { status, body } = await mod.get("/reports?group=person");
  expect(status).toBe(200);
  const row = body.data.people.find(({ person }: { person: { id: string } }) => person.id === reported.id);
  expect(row).toMatchObject({
    person: { id: reported.id, name: "Rude Person", banned: false },
    reports: 3,
    reporters: 3,
    worst: 0,
    overdue: false,
    claim: null,
    prior_reports: 0,
    reasons: ["harassment", "scam", "spam"],
  });
  expect(row.ids[0]).toBe(ids[1]!);
  expect(row.ids.toSorted()).toEqual(ids.toSorted());
  const order = body.data.people.map(({ person }: { person: { id: string } }) => person.id);
  expect(order.indexOf(reported.id)).toBeLessThan(order.indexOf(calm.reported.id));
});

test.each(["sla", "age", "newest"])(
  "pages of the queue by person, sort=%s, hold everybody once",
  async (sort) => {
    const made = await Promise.all(Array.from({ length: 5 }, () => reportedBy(2)));
    const whole = (await mod.get(`/reports?group=person&sort=${sort}&limit=200`)).body.data.people;
    const paged: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { body } = await mod.get(
        `/reports?group=person&sort=${sort}&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      paged.push(...body.data.people);
      cursor = body.meta.pagination.cursor;
    }
    expect(paged).toEqual(whole);
    const ids = whole.map(({ person }: { person: { id: string } }) => person.id);
    for (const { reported } of made) expect(ids.filter((id: string) => id === reported.id)).toHaveLength(1);
  },
);

test("nobody finds themselves in the queue by person", async () => {
  const { reported } = await reportedBy(2);
  await sql`update users set role = 'moderator' where id = ${reported.id}`;
  const seen = await app.request("GET", "/api/v1/admin/reports?group=person&limit=200", {
    token: reported.token,
  });
  expect(JSON.stringify(seen.body.data)).not.toContain(reported.id);
});

test("claiming a person takes their open reports, but not what somebody else holds", async () => {
  const { ids } = await reportedBy(4);
  await other.post(`/reports/${ids[2]}/claim`);
  const { status, body } = await mod.post(`/reports/${ids[0]}/claim`, { scope: "person" });
  expect(status).toBe(200);
  expect(body.data.report.claim.by.id).toBe(mod.id);
  expect(body.data.also.toSorted()).toEqual(without(ids, ids[0]!, ids[2]!));
  const holders = (await rowsOf(ids)).map(({ id, claimedBy }) => [id, claimedBy]);
  expect(Object.fromEntries(holders)).toEqual(
    Object.fromEntries(ids.map((id) => [id, id === ids[2] ? other.id : mod.id])),
  );
  const [row] = (await mod.get(`/reports?group=person&assignee=me&limit=200`)).body.data.people.filter(
    ({ ids: own }: { ids: string[] }) => own.includes(ids[0]!),
  );
  expect(row.claim.by).toEqual({ id: mod.id, name: "Mo Keller" });
  const released = await mod.post(`/reports/${ids[0]}/release`, { scope: "person" });
  expect(released.body.data.also.toSorted()).toEqual(without(ids, ids[0]!, ids[2]!));
  const held = (await rowsOf(ids)).filter(({ claimedBy }) => claimedBy !== null);
  expect(held.map(({ id }) => id)).toEqual([ids[2]!]);
});

test("one decision: every open report, one sanction, one statement of reasons, an answer to every reporter", async () => {
  const { reported, reporters, ids } = await reportedBy(6);
  await mod.post(`/reports/${ids[0]}/claim`, { scope: "person" });
  const { status, body } = await mod.post(`/reports/${ids[0]}/resolve`, WARN);
  expect(status).toBe(200);
  expect(body.data.also.toSorted()).toEqual(without(ids, ids[0]!));
  expect(await statusesOf(ids)).toEqual(Array(6).fill("resolved"));
  const sanctions = await sql`select id, report_id from sanctions where user_id = ${reported.id}`;
  expect(sanctions.map(({ id, reportId }) => [id, reportId])).toEqual([[body.data.sanction.id, ids[0]!]]);
  expect(await noticesOf(reported)).toEqual(["sanction"]);
  for (const reporter of reporters) expect(await noticesOf(reporter)).toEqual(["report_outcome"]);
  const entries = await sql<{ targetId: string; after: { decided_with: string } }[]>`
    select target_id, after from audit_log where action = 'report.resolved' and target_id = any(${ids}::uuid[])
  `;
  expect(entries.map(({ targetId }) => targetId).toSorted()).toEqual(ids.toSorted());
  expect(new Set(entries.map(({ after }) => after.decided_with))).toEqual(new Set([ids[0]!]));
});

test("what is left out, what somebody else holds and what is decided stays as it is", async () => {
  const { ids } = await reportedBy(5);
  const [named, leftOut, held, decided, taken] = ids as [string, string, string, string, string];
  await other.post(`/reports/${held}/claim`);
  await other.post(`/reports/${decided}/claim`);
  await other.post(`/reports/${decided}/resolve`, {
    decision: "dismissed",
    action: "none",
    reason: "No breach",
  });
  await mod.post(`/reports/${named}/claim`);
  const { body } = await mod.post(`/reports/${named}/resolve`, { ...WARN, except: [leftOut.toUpperCase()] });
  expect(body.data.also).toEqual([taken]);
  const statuses = Object.fromEntries((await rowsOf(ids)).map(({ id, status }) => [id, status]));
  expect(statuses).toEqual({
    [named]: "resolved",
    [taken]: "resolved",
    [decided]: "dismissed",
    [leftOut]: "pending",
    [held]: "reviewed",
  });
});

test("the report that is named has to be one's own, and the reason may name no reporter of any of them", async () => {
  const { ids } = await reportedBy(3);
  const unclaimed = await mod.post(`/reports/${ids[0]}/resolve`, WARN);
  expect([unclaimed.status, unclaimed.body.error.code]).toEqual([409, "CONFLICT"]);
  await mod.post(`/reports/${ids[0]}/claim`);
  const naming = await mod.post(`/reports/${ids[0]}/resolve`, {
    ...WARN,
    reason: "Whistle Blower was insulted",
  });
  expect([naming.status, naming.body.error.code]).toEqual([400, "VALIDATION_ERROR"]);
  expect(await statusesOf(ids)).not.toContain("resolved");
});

test("a complainant about the person claims and decides nothing about them, by person neither", async () => {
  const { reported, ids } = await reportedBy(2);
  await fileReport(app, { by: mod, about: reported });
  for (const [path, body] of [
    ["claim", { scope: "person" }],
    ["resolve", WARN],
  ] as const) {
    expect((await mod.post(`/reports/${ids[0]}/${path}`, body)).body.error.code).toBe("FORBIDDEN");
  }
  expect(await statusesOf(ids)).toEqual(["pending", "pending"]);
});

test("taking the decision back, from any of its reports, opens all of them and lifts the one sanction", async () => {
  const { reported, reporters, ids } = await reportedBy(4);
  await mod.post(`/reports/${ids[0]}/claim`, { scope: "person" });
  await mod.post(`/reports/${ids[0]}/resolve`, { ...WARN, action: "mute", hours: 24, except: [ids[3]] });
  const { status, body } = await mod.post(`/reports/${ids[1]}/undo`, { reason: "Wrong person" });
  expect(status).toBe(200);
  expect(body.data.lifted).toHaveLength(1);
  expect(body.data.also.toSorted()).toEqual(without(ids, ids[1]!, ids[3]!));
  const rows = await rowsOf(ids);
  expect(rows.map((row) => row.status)).toEqual(Array(4).fill("reviewed"));
  expect(new Set(rows.map((row) => row.claimedBy))).toEqual(new Set([mod.id]));
  const [person] = await sql`select muted_until from users where id = ${reported.id}`;
  expect(person?.mutedUntil).toBeNull();
  expect(await noticesOf(reporters[0]!)).toEqual(["report_outcome", "report_outcome"]);
  expect(await noticesOf(reporters[3]!)).toEqual([]);
});

test("a decision about one report alone is taken back alone", async () => {
  const { ids } = await reportedBy(2);
  for (const id of ids) {
    await mod.post(`/reports/${id}/claim`);
    await mod.post(`/reports/${id}/resolve`, { decision: "dismissed", action: "none", reason: "No breach" });
  }
  expect((await mod.post(`/reports/${ids[0]}/undo`, { reason: "Looked again" })).body.data.also).toEqual([]);
  expect((await statusesOf(ids)).toSorted()).toEqual(["dismissed", "reviewed"]);
});

test("16 decide about the same person at once, by report and by person: each report once, one sanction a decision", async () => {
  const mods = await Promise.all(
    Array.from({ length: 16 }, (_, i) => createStaff(app, { name: `Mod ${i}` })),
  );
  for (let round = 0; round < 3; round++) {
    const { reported, reporters, ids } = await reportedBy(4);
    const answers = await Promise.all(
      mods.map(async (judge, index) => {
        const id = ids[index % ids.length]!;
        const scope = index % 2 ? "person" : "report";
        await judge.post(`/reports/${id}/claim`, { scope });
        return await judge.post(`/reports/${id}/resolve`, { ...WARN, scope });
      }),
    );
    const decided = answers.filter(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const all = decided.flatMap(({ body }) => [body.data.report.id, ...body.data.also]);
    expect(new Set(all).size).toBe(all.length);
    expect((await statusesOf(ids)).filter((status) => status === "resolved")).toHaveLength(all.length);
    const [count] = await sql`select count(*)::int as n from sanctions where user_id = ${reported.id}`;
    expect(count?.n).toBe(decided.length);
    for (const [index, reporter] of reporters.entries()) {
      expect(await noticesOf(reporter)).toHaveLength(all.includes(ids[index]!) ? 1 : 0);
    }
  }
});
