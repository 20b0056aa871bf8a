import { afterAll, beforeEach, expect, test } from "bun:test";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp } from "../../harness/app.ts";
import { createStaff, fileReport, openCase } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { createUser, context } = app;
const { sql } = context.database;
const mod = await createStaff(app, { name: "Mo Keller" });
const other = await createStaff(app, { name: "Other Mod" });
const admin = await createStaff(app, { name: "The Admin", role: "admin" });
afterAll(() => app.close());
beforeEach(async () => {
  await sql`delete from user_reports`;
});

interface Row {
  id: string;
  reason: string;
  status: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into rows
  [key: string]: any;
}

async function list(query = ""): Promise<Row[]> {
  const { status, body } = await mod.get(`/reports?${query}`);
  expect([query, status]).toEqual([query, 200]);
  return body.data.reports;
}
const reasons = async (query?: string) => (await list(query)).map((row) => row.reason);

async function age(id: string, minutes: number): Promise<void> {
  await sql`
    update user_reports set created_at = created_at - make_interval(mins => ${minutes}),
      due_at = due_at - make_interval(mins => ${minutes})
    where id = ${id}
  `;
}

test("a row tells what a moderator decides by", async () => {
  const { id, reporter, reported } = await openCase(app);
  const second = await createUser();
  const otherId = await fileReport(app, { by: second, about: reported, reason: "spam" });
  await mod.post(`/reports/${id}/claim`);

  const [row] = await list();
  expect(row).toEqual({
    id,
    reason: "harassment",
    status: "reviewed",
    priority: 1,
    created_at: expect.stringMatching(/Z$/),
    updated_at: expect.stringMatching(/Z$/),
    due_at: expect.stringMatching(/Z$/),
    overdue: false,
    reporter: { id: reporter.id, name: "Whistle Blower" },
    reported: {
      id: reported.id,
      name: "Rude Person",
      profile_photos: [],
      is_online: null,
      last_active: null,
      role: "user",
      joined_at: expect.stringMatching(/Z$/),
      muted_until: null,
      suspended_until: null,
      banned: false,
      ban_waits: false,
    },
    reporter_count: 2,
    other_open: 1,
    prior_reports: 0,
    claim: { by: { id: mod.id, name: "Mo Keller" }, until: expect.stringMatching(/Z$/) },
    resolution: null,
    evidence_count: 2,
    note_count: 0,
  });

  await mod.post(`/reports/${id}/resolve`, {
    decision: "resolved",
    action: "mute",
    hours: 1,
    reason: "Rude",
  });
  const [open] = await list();
  expect(open).toMatchObject({
    id: otherId,
    reporter_count: 1,
    other_open: 0,
    prior_reports: 1,
    claim: null,
  });
  expect(open?.reported.muted_until).toMatch(/Z$/);
  const [decided] = await list("status=closed");
  expect(decided).toMatchObject({
    id,
    status: "resolved",
    claim: null,
    other_open: 1,
    prior_reports: 0,
    resolution: { action: "mute", reason: "Rude", by: { id: mod.id, name: "Mo Keller" } },
  });
});

test("order: by urgency, by age, newest first", async () => {
  const ages = { other: 50, spam: 40, scam: 30, underage: 20, harassment: 10 };
  for (const [reason, minutes] of Object.entries(ages)) await age((await openCase(app, reason)).id, minutes);
  expect(await reasons()).toEqual(["underage", "scam", "harassment", "spam", "other"]);
  expect(await reasons("sort=sla")).toEqual(["underage", "scam", "harassment", "spam", "other"]);
  expect(await reasons("sort=age")).toEqual(["other", "spam", "scam", "underage", "harassment"]);
  expect(await reasons("sort=newest")).toEqual(["harassment", "underage", "scam", "spam", "other"]);
});

test("pages of any order hold every report once", async () => {
  for (const reason of ["spam", "scam", "other", "spam", "underage", "scam", "spam"])
    await openCase(app, reason);
  // Equal times: only the id keeps the order.
  await sql`update user_reports set created_at = now(), due_at = now()`;
  for (const sort of ["sla", "age", "newest"]) {
    const all = (await list(`sort=${sort}&limit=200`)).map((row) => row.id);
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await mod.get(`/reports?sort=${sort}&limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      paged.push(...body.data.reports.map((row: Row) => row.id));
      cursor = body.meta.pagination.cursor;
    } while (cursor !== null);
    expect(new Set(all).size).toBe(7);
    expect(paged).toEqual(all);
  }
});

test("filters", async () => {
  const scam = await openCase(app, "scam");
  const spam = await openCase(app, "spam");
  const late = await openCase(app, "underage");
  await age(late.id, 90);
  await mod.post(`/reports/${scam.id}/claim`);
  await other.post(`/reports/${spam.id}/claim`);

  expect(await reasons("reason=spam")).toEqual(["spam"]);
  expect(await reasons(`reported_id=${scam.reported.id}`)).toEqual(["scam"]);
  expect(await reasons("overdue=true")).toEqual(["underage"]);
  expect(await reasons("overdue=false")).toEqual(["scam", "spam"]);
  expect(await reasons("older_than_minutes=60")).toEqual(["underage"]);
  expect(await reasons("newer_than_minutes=60")).toEqual(["scam", "spam"]);
  expect(await reasons("assignee=me")).toEqual(["scam"]);
  expect(await reasons(`assignee=${other.id}`)).toEqual(["spam"]);
  expect(await reasons("assignee=none")).toEqual(["underage"]);
  expect(await reasons("status=pending")).toEqual(["underage"]);
  expect(await reasons("status=reviewed")).toEqual(["scam", "spam"]);
  expect(await reasons("status=closed")).toEqual([]);

  await mod.post(`/reports/${scam.id}/resolve`, { decision: "dismissed", action: "none", reason: "Nothing" });
  expect(await reasons("status=dismissed")).toEqual(["scam"]);
  expect(await reasons("status=closed&assignee=me")).toEqual(["scam"]);
  expect(await reasons("status=all&assignee=me&reason=scam")).toEqual(["scam"]);
  expect((await reasons("status=all")).sort()).toEqual(["scam", "spam", "underage"]);

  // An expired lease has no holder.
  await sql`update user_reports set claimed_until = now() - interval '1 second' where id = ${spam.id}`;
  expect(await reasons("assignee=none")).toEqual(["underage", "spam"]);
  expect((await list("reason=spam"))[0]?.claim).toBeNull();
});

test("nobody sees a report about themselves, anywhere", async () => {
  const victim = await createUser({ name: "Secret Reporter" });
  const id = await fileReport(app, { by: victim, about: mod, description: "abuses their role" });
  expect(await list("status=all")).toEqual([]);
  for (const [method, path, body] of [
    ["get", `/reports/${id}`],
    ["get", `/reports/${id}?evidence=hidden`],
    ["post", `/reports/${id}/claim`],
    ["post", `/reports/${id}/release`],
    ["post", `/reports/${id}/notes`, { text: "not true" }],
    ["post", `/reports/${id}/resolve`, { decision: "dismissed", action: "none", reason: "no" }],
    ["post", `/reports/${id}/undo`, { reason: "no" }],
  ] as const) {
    const { status, body: answer } = await mod[method](path, body);
    expect([path, status, answer.error.code]).toEqual([path, 404, "REPORT_NOT_FOUND"]);
  }
  expect((await mod.get(`/users/${mod.id}`)).status).toBe(403);
  // A report about staff is an admin's to judge and to read; moderators see that there is one.
  expect((await other.get(`/reports/${id}?evidence=hidden`)).status).toBe(200);
  expect((await other.get(`/reports/${id}`)).status).toBe(403);
  expect((await admin.get(`/reports/${id}`)).status).toBe(200);
});

test("nobody handles a report of their own", async () => {
  const bad = await createUser();
  const id = await fileReport(app, { by: mod, about: bad });
  expect((await mod.post(`/reports/${id}/claim`)).status).toBe(403);
  expect((await other.post(`/reports/${id}/claim`)).status).toBe(200);
  expect((await mod.get(`/reports/${id}`)).status).toBe(200);
  expect((await mod.post(`/reports/${id}/notes`, { text: "I know him" })).status).toBe(201);
});

test("the page of a case: evidence, history, other reports, notes, timeline", async () => {
  const [ana, ben, eve] = [await createUser(), await createUser({ bio: "Boats" }), await createUser()];
  await world.befriend(ana, ben);
  const [messageId] = await world.write(ben, ana, ["you are ugly"]);
  const earlier = await fileReport(app, { by: eve, about: ben, reason: "spam" });
  await other.post(`/reports/${earlier}/claim`);
  const warned = { decision: "resolved", action: "warn", reason: "No advertising" };
  await other.post(`/reports/${earlier}/resolve`, warned);
  const parallel = await fileReport(app, { by: eve, about: ben, reason: "scam" });
  await app.request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token });
  const id = await fileReport(app, { by: ana, about: ben, description: "he insults me" });
  await mod.post(`/reports/${id}/claim`);
  await mod.post(`/reports/${id}/notes`, { text: "Looks clear" });
  await fileReport(app, { by: ana, about: ben, reason: "spam", description: "and spams" });

  const { status, body } = await mod.get(`/reports/${id}`);
  expect(status).toBe(200);
  const { report } = body.data;
  expect(report).toMatchObject({
    id,
    status: "reviewed",
    other_open: 1,
    prior_reports: 1,
    active_sessions: 1,
  });
  expect(report.evidence).toMatchObject({ hidden: false, intact: true, problem: null, readable: true });
  const { items } = report.evidence;
  expect(items.map((item: { kind: string }) => item.kind)).toEqual([
    "statement",
    "profile",
    "message",
    "message",
    "statement",
  ]);
  expect(items[0]).toMatchObject({ position: 1, masked: null, statement: { description: "he insults me" } });
  expect(items[1].profile).toMatchObject({ id: ben.id, bio: "Boats" });
  expect(items[3].message).toMatchObject({
    id: messageId,
    content: "you are ugly",
    sender_id: ben.id,
    seq: 2,
  });
  expect(report.others).toEqual([
    {
      id: parallel,
      reason: "scam",
      status: "pending",
      priority: 1,
      created_at: expect.any(String),
      due_at: expect.any(String),
      reporter: { id: eve.id, name: expect.any(String) },
      reporter_record: expect.objectContaining({ open: expect.any(Number) }),
      claim: null,
    },
  ]);
  expect(report.history.blocks_against).toBe(1);
  expect(report.history.sanctions).toMatchObject([
    { kind: "warn", state: "in_force", reason: "No advertising" },
  ]);
  expect(report.history.reports).toMatchObject({ total: 2, open: 1, resolved: 1, dismissed: 0 });
  expect(report.history.reports.latest.map((past: Row) => past.id)).toEqual([parallel, earlier]);
  expect(report.notes).toMatchObject([{ author: { id: mod.id, name: "Mo Keller" }, text: "Looks clear" }]);
  expect(report.timeline.map((entry: { what: string }) => entry.what)).toEqual([
    "filed",
    "report.claimed",
    "report.noted",
    "added",
  ]);
  // Viewing the evidence is recorded in the audit log from now on.
  const again = (await other.get(`/reports/${id}?evidence=hidden`)).body.data.report;
  expect(again.timeline.at(-1)).toMatchObject({ what: "report.evidence_viewed", actor: { id: mod.id } });
});

test("hidden evidence has no text in it, and looking at it is not audited", async () => {
  const [ana, ben] = [await createUser(), await createUser({ bio: "canary bio", interests: ["canary"] })];
  await world.befriend(ana, ben);
  await world.write(ben, ana, ["canary 😀"]);
  const id = await fileReport(app, { by: ana, about: ben, description: "canary statement" });
  const views = () =>
    sql`select 1 from audit_log where target_id = ${id} and action = 'report.evidence_viewed'`;

  const { body } = await mod.get(`/reports/${id}?evidence=hidden`);
  expect(JSON.stringify(body)).not.toContain("canary");
  expect(body.data.report.evidence).toMatchObject({ hidden: true, intact: true });
  expect(body.data.report.evidence.items.at(-1)).toMatchObject({
    kind: "message",
    masked: { length: 8 },
    message: { content: "", sender_id: ben.id, seq: 2 },
  });
  expect(await views()).toHaveLength(0);

  expect(JSON.stringify((await mod.get(`/reports/${id}?evidence=shown`)).body)).toContain("canary 😀");
  await mod.get(`/reports/${id}`);
  expect(await views()).toHaveLength(2);
});

test("bad queries", async () => {
  const { id } = await openCase(app);
  const gone = Buffer.from(JSON.stringify({ id: newId(), createdAt: "2026-01-01T00:00:00Z" })).toString(
    "base64url",
  );
  for (const query of [
    "limit=0",
    "limit=201",
    "limit=-5",
    "limit=1e2",
    "cursor=nonsense",
    `cursor=${gone}`,
    "status=nonsense",
    "reason=nonsense",
    "assignee=nobody",
    "reported_id=1",
    "overdue=yes",
    "older_than_minutes=-1",
    "older_than_minutes=99999999999",
    "sort=random",
    "status=open&status=closed",
  ]) {
    const { status, body } = await mod.get(`/reports?${query}`);
    expect([query, status, body.error?.code]).toEqual([query, 400, "VALIDATION_ERROR"]);
  }
  expect((await mod.get(`/reports/${id}?evidence=maybe`)).status).toBe(400);
  expect((await mod.get("/reports/nonsense")).status).toBe(400);
  expect((await mod.get(`/reports/${newId()}`)).body.error.code).toBe("REPORT_NOT_FOUND");
  expect((await mod.get(`/reports/${id.toUpperCase()}`)).status).toBe(200);
});
