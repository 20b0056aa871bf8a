import { afterAll, expect, test } from "bun:test";
import type { StaffEvent } from "../../../server/domain/staff_events.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { createStaff, fileReport, openCase } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { context, request } = app;
const { sql } = context.database;
const mod = await createStaff(app, { name: "Mo Keller" });
const other = await createStaff(app, { name: "Other Mod" });
const admin = await createStaff(app, { name: "The Admin", role: "admin" });
const staffNews: StaffEvent[] = [];
context.staffEvents.subscribe((event) => staffNews.push(event));
afterAll(() => app.close());

const DISMISS = { decision: "dismissed", action: "none", reason: "No breach" };
const notices = async (user: TestUser) => (await world.log(user, "moderation_notice")).map((e) => e.data);
const auditOf = async (id: string) =>
  (
    await sql`select action, actor_id, reason, before, after from audit_log where target_id = ${id} order by seq`
  ).map((row) => ({ ...row }));

test("a claim holds ten minutes, is renewed by its holder and refused to others", async () => {
  const { id, reported } = await openCase(app);
  const first = await mod.post(`/reports/${id}/claim`);
  expect(first.status).toBe(200);
  const { claim, status } = first.body.data.report;
  expect([claim.by, status]).toEqual([{ id: mod.id, name: "Mo Keller" }, "reviewed"]);
  expect(staffNews.at(-1)).toEqual({
    event: "report_updated",
    data: { report_id: id, status: "reviewed", claimed_by: mod.id, actor_id: mod.id },
    except: reported.id,
  });
  const [lease] = await sql`
    select claimed_until - now() between interval '9 minutes' and interval '10 minutes' as fits
    from user_reports where id = ${id}
  `;
  expect(lease?.fits).toBe(true);

  const late = await other.post(`/reports/${id}/claim`);
  expect([late.status, late.body.error.code]).toEqual([409, "CONFLICT"]);
  expect(late.body.error.message).toBe("Cannot claim the report: it is claimed by Mo Keller");
  expect(late.body.error.details).toEqual({
    status: "reviewed",
    claimed_by: { id: mod.id, name: "Mo Keller" },
    claimed_until: claim.until,
    resolved_by: null,
    resolved_at: null,
  });

  await sql`update user_reports set claimed_until = claimed_until - interval '5 minutes' where id = ${id}`;
  const renewed = await mod.post(`/reports/${id}/claim`);
  expect(renewed.body.data.report.claim.until >= claim.until).toBe(true);
  // A renewal is no news for the log.
  expect((await auditOf(id)).map((entry) => entry.action)).toEqual(["report.claimed"]);
});

test("a lease that ran out can be taken by anybody, and decides nothing", async () => {
  const { id } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  await sql`update user_reports set claimed_until = now() - interval '1 second' where id = ${id}`;
  const late = await mod.post(`/reports/${id}/resolve`, DISMISS);
  expect([late.status, late.body.error.message]).toEqual([409, "Cannot dismiss the report: claim it first"]);
  const taken = await other.post(`/reports/${id}/claim`);
  expect(taken.body.data.report.claim.by.id).toBe(other.id);
  const lost = await mod.post(`/reports/${id}/resolve`, DISMISS);
  expect(lost.body.error.details.claimed_by).toEqual({ id: other.id, name: "Other Mod" });
});

test("a lease whose holder's row is deleted is nobody's, and the report goes on", async () => {
  const { id } = await openCase(app);
  const former = await createStaff(app, { name: "Former Mod" });
  const unclaimed = async () => {
    const [row] = await sql`
      select count(*) filter (where claimed_by is null or claimed_until <= now())::int as n from user_reports
    `;
    return row!.n as number;
  };
  const before = await unclaimed();
  await former.post(`/reports/${id}/claim`);
  expect(await unclaimed()).toBe(before - 1);
  await sql`delete from users where id = ${former.id}`;
  expect(await unclaimed()).toBe(before);
  const { body } = await other.get(`/reports/${id}`);
  expect(body.data.report).toMatchObject({ status: "reviewed", claim: null });
  const taken = await other.post(`/reports/${id}/claim`);
  expect(taken.body.data.report.claim.by.id).toBe(other.id);
  expect((await other.post(`/reports/${id}/resolve`, DISMISS)).status).toBe(200);
});

test("release: one's own, nobody's again, not another's, but an admin's any", async () => {
  const { id } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  const foreign = await other.post(`/reports/${id}/release`);
  expect([foreign.status, foreign.body.error.details.claimed_by.id]).toEqual([409, mod.id]);
  const own = await mod.post(`/reports/${id}/release`);
  expect([own.status, own.body.data.report.claim, own.body.data.report.status]).toEqual([
    200,
    null,
    "reviewed",
  ]);
  expect((await mod.post(`/reports/${id}/release`)).status).toBe(200);
  await mod.post(`/reports/${id}/claim`);
  expect((await admin.post(`/reports/${id}/release`)).body.data.report.claim).toBeNull();
  expect((await auditOf(id)).map((entry) => [entry.action, entry.actorId])).toEqual([
    ["report.claimed", mod.id],
    ["report.released", mod.id],
    ["report.claimed", mod.id],
    ["report.released", admin.id],
  ]);
});

test("notes need no claim and stay among staff", async () => {
  const { id } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  const { status, body } = await other.post(`/reports/${id}/notes`, { text: "  seen before\n " });
  expect(status).toBe(201);
  expect(body.data.note).toEqual({
    id: expect.any(String),
    author: { id: other.id, name: "Other Mod" },
    text: "seen before",
    created_at: expect.stringMatching(/Z$/),
  });
  // The note tells who holds the case, not that the writer does.
  expect(staffNews.at(-1)?.data).toMatchObject({ report_id: id, claimed_by: mod.id, actor_id: other.id });
  await mod.post(`/reports/${id}/resolve`, DISMISS);
  expect((await other.post(`/reports/${id}/notes`, { text: "still think so" })).status).toBe(201);
  const { report } = (await mod.get(`/reports/${id}?evidence=hidden`)).body.data;
  expect([report.note_count, report.notes.length]).toEqual([2, 2]);
  // The text is in the table that can be erased, not in the log that cannot.
  expect(JSON.stringify(await auditOf(id))).not.toContain("seen before");
});

test("a decision needs one's own claim", async () => {
  const { id } = await openCase(app);
  const unclaimed = await mod.post(`/reports/${id}/resolve`, DISMISS);
  expect([unclaimed.status, unclaimed.body.error.details]).toMatchObject([
    409,
    { status: "pending", claimed_by: null },
  ]);
  await other.post(`/reports/${id}/claim`);
  expect((await mod.post(`/reports/${id}/resolve`, DISMISS)).status).toBe(409);
  expect((await admin.post(`/reports/${id}/resolve`, DISMISS)).status).toBe(409);
  expect((await other.post(`/reports/${id}/resolve`, DISMISS)).status).toBe(200);
});

test("dismissed: the reporter hears of it in general words, the reported nothing", async () => {
  const { id, reporter, reported } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  const { status, body } = await mod.post(`/reports/${id}/resolve`, DISMISS);
  expect(status).toBe(200);
  expect(body.data.sanction).toBeNull();
  expect(body.data.report).toMatchObject({
    status: "dismissed",
    claim: null,
    resolution: { action: "none", reason: "No breach", by: { id: mod.id, name: "Mo Keller" } },
  });
  expect(await notices(reported)).toEqual([]);
  expect(await notices(reporter)).toEqual([
    { notice: "report_outcome", kind: null, text: expect.any(String), until: null, report_id: id },
  ]);
  expect(JSON.stringify(await notices(reporter))).not.toContain("No breach");
  expect(staffNews.at(-1)?.data).toMatchObject({ report_id: id, status: "dismissed", claimed_by: null });

  const again = await mod.post(`/reports/${id}/resolve`, DISMISS);
  expect(again.status).toBe(409);
  expect(again.body.error.message).toBe("Cannot dismiss the report: it was dismissed by Mo Keller");
  expect(again.body.error.details).toMatchObject({ status: "dismissed", resolved_by: { id: mod.id } });
  expect((await mod.post(`/reports/${id}/claim`)).status).toBe(409);
});

test("every action does what it says, to the person and in the log", async () => {
  const until = new Date(Date.now() + 3 * 86_400_000).toISOString();
  const cases = [
    { action: "none", terms: {}, muted: false, suspended: false, notice: null },
    { action: "warn", terms: {}, muted: false, suspended: false, notice: "warning" },
    {
      action: "mute",
      terms: { hours: 24 },
      muted: true,
      suspended: false,
      notice: "cannot send messages until",
    },
    { action: "suspend", terms: { until }, muted: false, suspended: true, notice: "suspended until" },
    { action: "ban", terms: {}, muted: false, suspended: true, notice: "permanent ban" },
  ];
  for (const { action, terms, muted, suspended, notice } of cases) {
    const { id, reporter, reported } = await openCase(app);
    await mod.post(`/reports/${id}/claim`);
    const { status, body } = await mod.post(`/reports/${id}/resolve`, {
      decision: "resolved",
      action,
      ...terms,
      reason: "Repeated insults",
    });
    expect([action, status]).toEqual([action, 200]);
    const [row] = await sql`
      select muted_until > now() as muted, suspended_until > now() as suspended from users where id = ${reported.id}
    `;
    expect([action, row?.muted ?? false, row?.suspended ?? false]).toEqual([action, muted, suspended]);
    const told = await notices(reported);
    expect(told.map((data) => [data.notice, data.kind, data.report_id])).toEqual(
      // A ban is called one when a second person has confirmed it.
      notice ? [["sanction", action === "ban" ? "suspend" : action, null]] : [],
    );
    if (notice) {
      expect(told[0].text).toContain(notice);
      expect(told[0].text).toContain("Why: Repeated insults");
      expect(body.data.sanction).toMatchObject({
        kind: action,
        user_id: reported.id,
        report_id: id,
        permanent: false,
      });
    }
    expect(await notices(reporter)).toMatchObject([{ notice: "report_outcome", kind: null, until: null }]);
    const [, decided] = (await auditOf(id)).filter((entry) => entry.action !== "report.evidence_viewed");
    expect(decided).toMatchObject({
      action: "report.resolved",
      reason: "Repeated insults",
      before: { status: "reviewed" },
      after: { status: "resolved", action, evidence: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  }
});

test("nothing that the reported person can see tells who reported", async () => {
  const { id, reporter, reported } = await openCase(app);
  await world.befriend(reporter, reported);
  await world.write(reported, reporter, ["ugh"]);
  await fileReport(app, { by: reporter, about: reported, description: "from the Whistle Blower" });
  const before = (await world.log(reported)).length;
  await mod.post(`/reports/${id}/claim`);

  for (const reason of [
    "Whistle Blower complained about you",
    "You insulted Blower",
    `You insulted ${reporter.email}`,
    `Report of ${reporter.id.toUpperCase()}`,
  ]) {
    for (const [path, body] of [
      [`/reports/${id}/resolve`, { decision: "resolved", action: "warn", reason }],
      [`/users/${reported.id}/sanctions`, { action: "warn", reason }],
    ] as const) {
      const { status, body: answer } = await mod.post(path, body);
      expect([reason, status, answer.error?.details[0]?.path]).toEqual([reason, 400, "body.reason"]);
    }
  }
  await mod.post(`/reports/${id}/resolve`, {
    decision: "resolved",
    action: "mute",
    hours: 1,
    reason: "Insults",
  });
  await admin.post(`/reports/${id}/undo`, { reason: "Whistle Blower took it back" });

  const news = (await world.log(reported)).slice(before);
  expect(news.map((entry) => entry.data.notice)).toEqual(["sanction", "sanction_lifted"]);
  const seen = [
    JSON.stringify(news),
    JSON.stringify((await request("GET", `/api/v1/sync?since=${before}`, { token: reported.token })).body),
    JSON.stringify(app.mails.filter((mail) => mail.to === reported.email)),
  ].join();
  for (const trace of [reporter.id, reporter.email, "Whistle", "Blower", id, mod.id, "Mo Keller"]) {
    expect([trace, seen.includes(trace)]).toEqual([trace, false]);
  }
  expect(seen).toContain("Insults");
});

test("undo lifts the sanction, opens the case and hands it to whoever undid it", async () => {
  const { id, reporter, reported } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  await mod.post(`/reports/${id}/resolve`, {
    decision: "resolved",
    action: "mute",
    hours: 24,
    reason: "Insults",
  });
  const { status, body } = await other.post(`/reports/${id}/undo`, { reason: "Wrong person" });
  expect(status).toBe(200);
  expect(body.data.report).toMatchObject({
    status: "reviewed",
    resolution: null,
    claim: { by: { id: other.id } },
  });
  expect(body.data.lifted).toMatchObject([
    {
      kind: "mute",
      state: "lifted",
      lift_reason: "Wrong person",
      lifted_by: { id: other.id, name: "Other Mod" },
    },
  ]);
  const [row] = await sql`select muted_until from users where id = ${reported.id}`;
  expect(row?.mutedUntil).toBeNull();
  expect((await notices(reported)).map((data) => data.notice)).toEqual(["sanction", "sanction_lifted"]);
  expect(await notices(reporter)).toHaveLength(2);
  expect((await auditOf(id)).at(-1)).toMatchObject({
    action: "report.undone",
    actorId: other.id,
    reason: "Wrong person",
    before: { status: "resolved", action: "mute" },
    after: { status: "reviewed", lifted: 1 },
  });

  const again = await other.post(`/reports/${id}/undo`, { reason: "again" });
  expect([again.status, again.body.error.message]).toEqual([409, "Cannot undo the report: it is open"]);
  // And it can be decided anew.
  expect((await other.post(`/reports/${id}/resolve`, DISMISS)).status).toBe(200);
  expect((await mod.post(`/reports/${id}/undo`, { reason: "hm" })).body.data.lifted).toEqual([]);
});

test("undo withdraws what has run out too, and leaves what was lifted by hand", async () => {
  const { id, reported } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  const decided = await mod.post(`/reports/${id}/resolve`, {
    decision: "resolved",
    action: "mute",
    hours: 1,
    reason: "Insults",
  });
  await sql`update sanctions set until = now() - interval '1 minute' where id = ${decided.body.data.sanction.id}`;
  expect((await mod.post(`/reports/${id}/undo`, { reason: "Wrong" })).body.data.lifted).toHaveLength(1);

  await mod.post(`/reports/${id}/resolve`, { decision: "resolved", action: "warn", reason: "Insults" });
  const [warning] = (await mod.get(`/sanctions?user_id=${reported.id}&kind=warn`)).body.data.sanctions;
  expect((await mod.remove(`/users/${reported.id}/sanctions/${warning.id}`)).status).toBe(200);
  expect((await mod.post(`/reports/${id}/undo`, { reason: "Wrong" })).body.data.lifted).toEqual([]);
});

test("undo gives way to a newer open report of the same reporter", async () => {
  const { id, reporter, reported } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  await mod.post(`/reports/${id}/resolve`, { decision: "resolved", action: "warn", reason: "Insults" });
  const newer = await fileReport(app, { by: reporter, about: reported });
  const { status, body } = await mod.post(`/reports/${id}/undo`, { reason: "Wrong" });
  expect([status, body.error.details.open_report_id]).toEqual([409, newer]);
  const [sanction] = (await mod.get(`/sanctions?user_id=${reported.id}`)).body.data.sanctions;
  expect(sanction.state).toBe("in_force");
});

test("decisions and terms that do not go together", async () => {
  const { id, reported } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  const fine = { decision: "resolved", action: "warn", reason: "Insults" };
  const past = new Date(Date.now() - 1000).toISOString();
  const far = new Date(Date.now() + 400 * 86_400_000).toISOString();
  const cases: [object, string?][] = [
    [{}],
    [{ ...fine, decision: "maybe" }],
    [{ ...fine, action: "kill" }],
    [{ ...fine, reason: undefined }],
    [{ ...fine, reason: "" }],
    [{ ...fine, reason: " \n " }, "body.reason"],
    [{ ...fine, reason: "x".repeat(1001) }, "body.reason"],
    [{ ...fine, reason: "a\0b" }],
    [{ ...fine, reason: "\ud800" }],
    [{ ...fine, decision: "dismissed" }, "body.action"],
    [{ ...fine, hours: 5 }, "body.hours"],
    [{ ...fine, until: far }, "body.until"],
    [{ ...fine, action: "mute" }, "body.hours"],
    [{ ...fine, action: "mute", hours: 0 }],
    [{ ...fine, action: "mute", hours: 1.5 }],
    [{ ...fine, action: "mute", hours: 721 }],
    [{ ...fine, action: "mute", hours: "5" }],
    [{ ...fine, action: "suspend" }, "body.until"],
    [{ ...fine, action: "suspend", hours: 5 }, "body.hours"],
    [{ ...fine, action: "suspend", until: "soon" }, "body.until"],
    [{ ...fine, action: "suspend", until: "infinity" }, "body.until"],
    [{ ...fine, action: "suspend", until: past }, "body.until"],
    [{ ...fine, action: "suspend", until: far }, "body.until"],
    [{ ...fine, action: "ban", hours: 5 }, "body.hours"],
  ];
  for (const [body, path] of cases) {
    const answer = await mod.post(`/reports/${id}/resolve`, body);
    expect([body, answer.status, answer.body.error?.code]).toEqual([body, 400, "VALIDATION_ERROR"]);
    if (path) expect([body, answer.body.error.details[0].path]).toEqual([body, path]);
  }
  for (const text of ["", "  ", "x".repeat(2001), 5, null]) {
    expect([text, (await mod.post(`/reports/${id}/notes`, { text })).status]).toEqual([text, 400]);
  }
  for (const reason of ["", "  ", "x".repeat(1001), 5, null]) {
    expect([reason, (await mod.post(`/reports/${id}/undo`, { reason })).status]).toEqual([reason, 400]);
  }
  for (const path of ["claim", "release", "notes", "resolve", "undo"]) {
    const body = { ...fine, text: "x" };
    const answer = await mod.post(`/reports/${newId()}/${path}`, body);
    expect([path, answer.status, answer.body.error?.code]).toEqual([path, 404, "REPORT_NOT_FOUND"]);
    expect((await mod.post(`/reports/nonsense/${path}`, body)).status).toBe(400);
  }
  const [row] = await sql`select status from user_reports where id = ${id}`;
  expect(row?.status).toBe("reviewed");
  expect(await sql`select 1 from sanctions where user_id = ${reported.id}`).toHaveLength(0);
});
