/** Whoever reports in bad faith: their record beside each report, and all of their open reports dismissed at once. */
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
const admin = await createStaff(app, { role: "admin", name: "The Admin" });
afterAll(() => app.close());
afterEach(async () => {
  expect(await findViolations(sql)).toEqual([]);
  expect((await verifyAudit(sql)).ok).toBe(true);
});

const NO_BREACH = { decision: "dismissed", action: "none", reason: "No breach" };
const BAD_FAITH = { reason: "Reports everybody who turns them down" };
const dismissAll = (by: typeof mod, { id }: { id: string }) =>
  by.post(`/users/${id}/reports/dismiss`, BAD_FAITH);

/** Somebody who has reported so many people, once each. */
async function reporterOf(count: number) {
  const reporter = await createUser({ name: "Bad Faith" });
  const reported = await Promise.all(Array.from({ length: count }, () => createUser()));
  const ids: string[] = [];
  for (const about of reported) ids.push(await fileReport(app, { by: reporter, about }));
  return { reporter, reported, ids };
}
const statusOf = async (id: string) =>
  (await sql<{ status: string }[]>`select status from user_reports where id = ${id}`)[0]!.status;
const statusesOf = async (ids: readonly string[]) => await Promise.all(ids.map(statusOf));
const answersTo = async (user: TestUser) => (await world.log(user, "moderation_notice")).length;

test("a report shows what became of everything that its reporter filed, and the same of the others beside it", async () => {
  const { reporter, reported, ids } = await reporterOf(4);
  await mod.post(`/reports/${ids[0]}/claim`);
  await mod.post(`/reports/${ids[0]}/resolve`, { decision: "resolved", action: "warn", reason: "Insults" });
  await mod.post(`/reports/${ids[1]}/claim`);
  await mod.post(`/reports/${ids[1]}/resolve`, NO_BREACH);
  const { body } = await mod.get(`/reports/${ids[2]}?evidence=hidden`);
  const record = { total: 4, open: 2, resolved: 1, dismissed: 1 };
  expect(body.data.report.reporter_record).toEqual(record);
  const beside = await fileReport(app, { by: await createUser(), about: reported[2]! });
  const seen = (await mod.get(`/reports/${beside}?evidence=hidden`)).body.data.report;
  expect(seen.reporter_record).toEqual({ total: 1, open: 1, resolved: 0, dismissed: 0 });
  expect(seen.others).toMatchObject([{ reporter: { id: reporter.id }, reporter_record: record }]);
  // What they filed about the viewer counts for everybody else.
  await fileReport(app, { by: reporter, about: mod });
  const totals = await Promise.all(
    [mod, admin].map(async (by) => (await by.get(`/reports/${ids[2]}?evidence=hidden`)).body.data.report),
  );
  expect(totals.map((report) => report.reporter_record.total)).toEqual([4, 5]);
});

test("one decision dismisses every open report, answers each, and is on the record", async () => {
  const { reporter, reported, ids } = await reporterOf(3);
  const { status, body } = await dismissAll(mod, reporter);
  expect(status).toBe(200);
  expect(body.data.dismissed.toSorted()).toEqual(ids.toSorted());
  expect(body.data.left).toBe(0);
  expect(await statusesOf(ids)).toEqual(Array(3).fill("dismissed"));
  expect(await answersTo(reporter)).toBe(3);
  for (const person of reported) expect(await answersTo(person)).toBe(0);
  const [entry] = (await admin.get(`/audit?target_id=${reporter.id}`)).body.data.entries;
  expect(entry).toMatchObject({ action: "reporter.reports_dismissed", actor: { id: mod.id }, ...BAD_FAITH });
  for (const id of ids) {
    const [own] = (await admin.get(`/audit?target_id=${id}`)).body.data.entries;
    expect(own).toMatchObject({
      action: "report.dismissed",
      after: { decided_with: body.data.dismissed[0] },
    });
  }
  const again = await dismissAll(mod, reporter);
  expect([again.status, again.body.error.code]).toEqual([409, "CONFLICT"]);
});

test("undoing it on any of the reports opens all of them, about several people", async () => {
  const { reporter, ids } = await reporterOf(3);
  await dismissAll(mod, reporter);
  const { status, body } = await mod.post(`/reports/${ids[1]}/undo`, { reason: "Too many at once" });
  expect(status).toBe(200);
  expect(body.data.also.toSorted()).toEqual([ids[0]!, ids[2]!].toSorted());
  expect(await statusesOf(ids)).toEqual(Array(3).fill("reviewed"));
  expect(await answersTo(reporter)).toBe(6);
});

test("what somebody else holds, reports about staff and what one may not judge stay as they are", async () => {
  const { reporter, reported, ids } = await reporterOf(3);
  await other.post(`/reports/${ids[0]}/claim`);
  // The moderator has an open report about the second person.
  await fileReport(app, { by: mod, about: reported[1]! });
  const staff = await createStaff(app, { name: "Reported Staff" });
  const aboutStaff = await fileReport(app, { by: reporter, about: staff });
  const aboutMod = await fileReport(app, { by: reporter, about: mod });
  const { body } = await dismissAll(mod, reporter);
  expect(body.data).toEqual({ dismissed: [ids[2]!], left: 2 });
  expect(await statusesOf([...ids, aboutStaff, aboutMod])).toEqual([
    "reviewed",
    "pending",
    "dismissed",
    "pending",
    "pending",
  ]);
  // Also an admin decides each report about a member of staff by itself.
  expect((await dismissAll(admin, reporter)).body.data).toEqual({ dismissed: [ids[1]!], left: 1 });
});

test("nobody dismisses their own reports, nor those of whom they have reported; of staff only an admin", async () => {
  await fileReport(app, { by: mod, about: await createUser() });
  expect((await dismissAll(mod, mod)).body.error.code).toBe("FORBIDDEN");
  expect((await dismissAll(other, mod)).body.error.code).toBe("FORBIDDEN");
  const { reporter } = await reporterOf(1);
  await fileReport(app, { by: other, about: reporter });
  expect((await dismissAll(other, reporter)).body.error.code).toBe("FORBIDDEN");
  const nobody = await dismissAll(mod, { id: crypto.randomUUID() });
  expect([nobody.status, nobody.body.error.code]).toEqual([404, "USER_NOT_FOUND"]);
  expect((await dismissAll(admin, mod)).body.data.left).toBe(0);
});

test("a hundred a call; the rest with the next", async () => {
  const { reporter, ids } = await reporterOf(1);
  const people = await Promise.all(Array.from({ length: 100 }, () => createUser()));
  await sql`
    insert into user_reports (id, reporter_id, reported_id, reason, priority, due_at)
    select gen_random_uuid(), ${reporter.id}, reported, 'spam', 2, now() + interval '1 day'
    from unnest(${people.map(({ id }) => id)}::uuid[]) reported
  `;
  const first = (await dismissAll(mod, reporter)).body.data;
  expect([first.dismissed.length, first.left]).toEqual([100, 1]);
  const second = (await dismissAll(mod, reporter)).body.data;
  expect([second.dismissed.length, second.left]).toEqual([1, 0]);
  expect(await statusOf(ids[0]!)).toBe("dismissed");
});

test("16 at once, dismissing, deciding by report, claiming, undoing: each report is decided once, nobody waits for ever", async () => {
  const mods = await Promise.all(
    Array.from({ length: 16 }, (_, i) => createStaff(app, { name: `Mod ${i}` })),
  );
  for (let round = 0; round < 3; round++) {
    const [one, two] = [await reporterOf(4), await reporterOf(1)];
    // Both have reported the same person.
    const shared = await fileReport(app, { by: two.reporter, about: one.reported[0]! });
    const answers = await Promise.all(
      mods.map(async (judge, index) => {
        if (index % 4 === 0) return await dismissAll(judge, one.reporter);
        if (index % 4 === 1) return await dismissAll(judge, two.reporter);
        const id = index % 4 === 2 ? one.ids[index % one.ids.length]! : shared;
        if (index > 11) return await judge.post(`/reports/${id}/undo`, { reason: "Looked again" });
        await judge.post(`/reports/${id}/claim`, { scope: "person" });
        return await judge.post(`/reports/${id}/resolve`, { ...NO_BREACH, scope: "person" });
      }),
    );
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const all = [...one.ids, ...two.ids, shared];
    const decided = await sql<{ targetId: string; decided: number; undone: number }[]>`
      select target_id, (count(*) filter (where action = 'report.dismissed'))::int as decided,
        (count(*) filter (where action = 'report.undone'))::int as undone
      from audit_log where target_id = any(${all}::uuid[]) group by target_id
    `;
    for (const { targetId, decided: times, undone } of decided) {
      const isClosed = (await statusOf(targetId)) === "dismissed";
      expect(times - undone).toBe(isClosed ? 1 : 0);
    }
  }
});
