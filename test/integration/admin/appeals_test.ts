/** Appeals: who may file one and when, who decides about it, what overturning takes back, and the races of it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { verifyAudit } from "../../../server/features/admin/mod.ts";
import { createTestApp, type TestApp, type TestUser } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { createStaff, inDays, openCase, type TestStaff } from "../../harness/staff.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
let mod: TestStaff;
let other: TestStaff;
let third: TestStaff;
let admin: TestStaff;

beforeAll(async () => {
  app = await createTestApp();
  world = createWorld(app);
  mod = await createStaff(app, { name: "Sam Judge" });
  other = await createStaff(app, { name: "Other Mod" });
  third = await createStaff(app, { name: "Third Mod" });
  admin = await createStaff(app, { role: "admin", name: "The Admin" });
});
afterAll(() => app.close());

const TERMS = { warn: {}, mute: { hours: 24 }, suspend: { until: inDays(3) }, ban: {} };

async function sanction(action: keyof typeof TERMS, by = mod) {
  const user = await app.createUser();
  const body = { action, ...TERMS[action], reason: "Insults" };
  const made = await by.post(`/users/${user.id}/sanctions`, body);
  expect(made.status).toBe(201);
  return { user, id: made.body.data.sanction.id as string };
}

/** Proves the address of somebody who is kept out. */
async function prove(user: TestUser) {
  const code = await world.mailedCode(user.email);
  return (await app.request("POST", "/api/v1/auth/verify-otp", { body: { email: user.email, code } })).body
    .data;
}

const file = (by: { token: string }, body: object) =>
  app.request("POST", "/api/v1/appeals", { token: by.token, body });

async function appealOf(by: { token: string }, body: object): Promise<string> {
  const made = await file(by, { text: "It was a quotation", ...body });
  expect(made.status).toBe(201);
  return made.body.data.appeal.id;
}

async function decide(by: TestStaff, id: string, decision: string, reason = "Read it again") {
  await by.post(`/appeals/${id}/claim`);
  return await by.post(`/appeals/${id}/decide`, { decision, reason });
}

const notices = async (user: { id: string }) =>
  (await world.log(user, "moderation_notice")).map(({ data }) => data.notice);
const mailsTo = ({ email }: TestUser) => app.mails.filter(({ to }) => to === email).map(({ text }) => text);
const refusal = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];

async function dismissed() {
  const found = await openCase(app);
  await mod.post(`/reports/${found.id}/claim`);
  await mod.post(`/reports/${found.id}/resolve`, {
    decision: "dismissed",
    action: "none",
    reason: "Nothing there",
  });
  return found;
}

describe("whoever is suspended", () => {
  test("proves their address and gets the sanction and a token for appeals, which opens nothing else", async () => {
    const { user, id } = await sanction("suspend");
    const proven = await prove(user);
    expect(proven).toEqual({
      user_exists: true,
      sanction: { id, kind: "suspend", reason: "Insults", until: expect.any(String) },
      appeal_token: expect.any(String),
      expires_in: 3600,
    });
    const token = proven.appeal_token;
    for (const path of ["/users/profile", "/users/me/notices", "/conversations", "/admin/appeals"]) {
      expect(refusal(await world.call({ id: user.id, token }, `GET ${path}`))).toEqual([401, "UNAUTHORIZED"]);
    }
    // Nor is any other token one for appeals.
    const signup = await app.context.tokens.signSignup({ email: user.email });
    expect(refusal(await file({ token: signup }, { text: "Hello" }))).toEqual([401, "UNAUTHORIZED"]);
    const filed = await file({ token }, { text: " It was a quotation " });
    expect(filed.body.data.appeal).toMatchObject({
      sanction_id: id,
      report_id: null,
      text: "It was a quotation",
      status: "open",
      decision: null,
    });
    const { appeals } = (await app.request("GET", "/api/v1/appeals", { token })).body.data;
    expect(appeals).toEqual([filed.body.data.appeal]);
    // Overturned by somebody else, they are in again.
    const decided = await decide(other, filed.body.data.appeal.id, "overturned");
    expect([
      decided.status,
      decided.body.data.appeal.status,
      decided.body.data.appeal.sanction.state,
    ]).toEqual([200, "overturned", "lifted"]);
    expect((await prove(user)).access_token).toBeString();
    expect(await notices(user)).toEqual(["sanction", "sanction_lifted"]);
  });

  test("is told by mail that the decision stands", async () => {
    const { user } = await sanction("suspend");
    const id = await appealOf({ token: (await prove(user)).appeal_token }, {});
    await decide(other, id, "upheld", "The messages before it say the same");
    app.context.jobs.start();
    await eventually(() => mailsTo(user).length >= 3, { what: "the mail" });
    expect(mailsTo(user).some((text) => text.includes("Why: The messages before it say the same"))).toBe(
      true,
    );
    expect(mailsTo(user).join()).not.toContain(other.name);
  });

  test("a ban is called one when it was confirmed", async () => {
    const { user, id } = await sanction("ban");
    expect((await prove(user)).sanction).toMatchObject({ id, kind: "suspend" });
    await other.post(`/users/${user.id}/sanctions/${id}/confirm`);
    expect((await prove(user)).sanction).toMatchObject({ id, kind: "ban", until: null });
  });

  test("whoever deleted the account appeals no more", async () => {
    const { user, id } = await sanction("suspend");
    const { appeal_token: token } = await prove(user);
    const account = { id: user.id, role: "user" } as never;
    await app.context.admin.operators.remove(account, null);
    expect(refusal(await file({ token }, { text: "Hello", sanction_id: id }))).toEqual([
      404,
      "SANCTION_NOT_FOUND",
    ]);
  });

  test("whoever deletes the account leaves no notice and no open appeal, and of a decided one not their words", async () => {
    const { user, id } = await sanction("warn");
    const second = await mod.post(`/users/${user.id}/sanctions`, {
      action: "mute",
      hours: 24,
      reason: "Insults",
    });
    const decided = await appealOf(user, { sanction_id: id, text: "My own words" });
    await decide(other, decided, "upheld");
    await appealOf(user, { sanction_id: second.body.data.sanction.id, text: "My own words" });
    await app.context.admin.operators.remove({ id: user.id, role: "user" } as never, null);
    await app.context.jobs.start();
    const { sql } = app.context.database;
    const left = () => sql`
      select a.id, a.status, a.text like '%own words%' as told, (select count(*)::int from notices where user_id = ${user.id}) as notices
      from appeals a where appellant_id = ${user.id}
    `;
    await eventually(async () => (await left()).every(({ told, notices }) => !told && notices === 0));
    expect(await left()).toEqual([{ id: decided, status: "upheld", told: false, notices: 0 }] as never);
  });
});

describe("filing", () => {
  test("needs to say what is appealed, and that once, of one's own", async () => {
    const { user, id } = await sanction("warn");
    const stranger = await app.createUser();
    expect(refusal(await file(user, { text: "No" }))).toEqual([400, "VALIDATION_ERROR"]);
    const two = { text: "No", sanction_id: id, report_id: id };
    expect(refusal(await file(user, two))).toEqual([400, "VALIDATION_ERROR"]);
    expect(refusal(await file(stranger, { text: "No", sanction_id: id }))).toEqual([
      404,
      "SANCTION_NOT_FOUND",
    ]);
    expect(refusal(await file(user, { text: "No", report_id: id }))).toEqual([404, "REPORT_NOT_FOUND"]);
    const appeal = await appealOf(user, { sanction_id: id });
    const again = await file(user, { text: "Again", sanction_id: id });
    expect([...refusal(again), again.body.error.details]).toEqual([409, "CONFLICT", { appeal_id: appeal }]);
    const { notices: read } = (await world.call(user, "GET /users/me/notices")).body.data;
    expect(read.map(({ appealable }: { appealable: boolean }) => appealable)).toEqual([false]);
  });

  test("is for what stands, and for six months", async () => {
    const { user, id } = await sanction("warn");
    await mod.remove(`/users/${user.id}/sanctions/${id}`);
    expect(refusal(await file(user, { text: "No", sanction_id: id }))).toEqual([409, "CONFLICT"]);
    const old = await sanction("warn");
    await app.owner
      .sql`update sanctions set created_at = now() - interval '6 months 1 day' where id = ${old.id}`;
    expect(refusal(await file(old.user, { text: "No", sanction_id: old.id }))).toEqual([409, "CONFLICT"]);
  });

  test("a reporter asks for a second look when nothing was done, not otherwise", async () => {
    const open = await openCase(app);
    expect(refusal(await file(open.reporter, { text: "?", report_id: open.id }))).toEqual([409, "CONFLICT"]);
    await mod.post(`/reports/${open.id}/claim`);
    await mod.post(`/reports/${open.id}/resolve`, {
      decision: "resolved",
      action: "warn",
      reason: "Insults",
    });
    expect(refusal(await file(open.reporter, { text: "?", report_id: open.id }))).toEqual([409, "CONFLICT"]);
    const { id, reporter, reported } = await dismissed();
    expect(refusal(await file(reported, { text: "?", report_id: id }))).toEqual([404, "REPORT_NOT_FOUND"]);
    const appeal = await appealOf(reporter, { report_id: id });
    expect(refusal(await decide(mod, appeal, "overturned"))).toEqual([403, "FORBIDDEN"]);
    const decided = await decide(other, appeal, "overturned");
    expect(decided.body.data.appeal).toMatchObject({
      status: "overturned",
      of: "report",
      report: { id, status: "reviewed" },
    });
    expect((await other.get(`/reports/${id}`)).body.data.report.claim.by.id).toBe(other.id);
    expect(await notices(reporter)).toEqual(["report_outcome", "report_outcome"]);
    // The reported person learns of nothing.
    expect(await notices(reported)).toEqual([]);
  });

  test("sixteen at a time make one", async () => {
    const { user, id } = await sanction("warn");
    const all = await Promise.all(
      Array.from({ length: 16 }, () => file(user, { text: "No", sanction_id: id })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([201, ...Array(15).fill(409)]);
  });

  test("is counted", async () => {
    const limited = await createTestApp({ env: { LIMITS: "on", LIMIT_APPEAL: "1/1h" } });
    try {
      const user = await limited.createUser();
      const token = await limited.context.tokens.signAppeal({ userId: user.id, sanctionId: user.id });
      // One count for the person, whichever token they come with.
      const send = (bearer: string) =>
        limited.request("POST", "/api/v1/appeals", {
          token: bearer,
          body: { text: "No", sanction_id: user.id },
        });
      expect([(await send(token)).status, (await send(user.token)).status]).toEqual([404, 429]);
    } finally {
      await limited.close();
    }
  });
});

describe("deciding", () => {
  test("is for those who had no part in it: not who imposed, not who confirmed", async () => {
    const { user, id } = await sanction("ban");
    await other.post(`/users/${user.id}/sanctions/${id}/confirm`);
    const appeal = await appealOf({ token: (await prove(user)).appeal_token }, {});
    for (const involved of [mod, other]) {
      expect((await involved.get(`/appeals/${appeal}`)).body.data.appeal.involved).toBe(true);
      for (const step of ["claim", "release", "decide"]) {
        const body = step === "decide" ? { decision: "overturned", reason: "Mine" } : undefined;
        expect(refusal(await involved.post(`/appeals/${appeal}/${step}`, body))).toEqual([403, "FORBIDDEN"]);
      }
    }
    // A confirmed ban takes two to end.
    const first = await decide(third, appeal, "overturned");
    expect(first.body.data.appeal).toMatchObject({
      status: "open",
      claim: null,
      sanction: { state: "in_force", lift_requested_by: { id: third.id } },
    });
    expect(refusal(await decide(third, appeal, "overturned"))).toEqual([403, "FORBIDDEN"]);
    const second = await decide(admin, appeal, "overturned");
    expect(second.body.data.appeal).toMatchObject({ status: "overturned", sanction: { state: "lifted" } });
  });

  test("what a second person turns down is not half taken back any more", async () => {
    const { user, id } = await sanction("ban");
    await other.post(`/users/${user.id}/sanctions/${id}/confirm`);
    const appeal = await appealOf({ token: (await prove(user)).appeal_token }, {});
    await decide(third, appeal, "overturned");
    const turned = await decide(admin, appeal, "upheld");
    expect(turned.body.data.appeal).toMatchObject({
      status: "upheld",
      sanction: { lift_requested_by: null },
    });
  });

  test("needs the claim, and refuses a reason that names a reporter", async () => {
    const { id, reported } = await openCase(app);
    await mod.post(`/reports/${id}/claim`);
    const judged = await mod.post(`/reports/${id}/resolve`, {
      decision: "resolved",
      action: "warn",
      reason: "Insults",
    });
    const appeal = await appealOf(reported, { sanction_id: judged.body.data.sanction.id });
    const body = { decision: "upheld", reason: "Read again" };
    expect(refusal(await other.post(`/appeals/${appeal}/decide`, body))).toEqual([409, "CONFLICT"]);
    await other.post(`/appeals/${appeal}/claim`);
    const taken = await third.post(`/appeals/${appeal}/claim`);
    expect([...refusal(taken), taken.body.error.details.claimed_by]).toEqual([
      409,
      "CONFLICT",
      { id: other.id, name: other.name },
    ]);
    const naming = { decision: "upheld", reason: "Whistle Blower was right" };
    expect(refusal(await other.post(`/appeals/${appeal}/decide`, naming))).toEqual([400, "VALIDATION_ERROR"]);
    expect((await other.post(`/appeals/${appeal}/decide`, body)).status).toBe(200);
    const late = await decide(third, appeal, "overturned");
    expect([...refusal(late), late.body.error.message]).toEqual([
      409,
      "CONFLICT",
      "Cannot judge the appeal: it was upheld by Other Mod",
    ]);
    expect(await notices(reported)).toEqual(["sanction", "appeal_decided"]);
  });

  test("what an admin imposed is overturned by an admin; whoever reported the person decides nothing", async () => {
    const { user, id } = await sanction("warn", admin);
    const appeal = await appealOf(user, { sanction_id: id });
    expect(refusal(await decide(other, appeal, "overturned"))).toEqual([403, "FORBIDDEN"]);
    const reported = await sanction("warn");
    const theirs = await appealOf(reported.user, { sanction_id: reported.id });
    await world.call(third, `POST /users/${reported.user.id}/report`, { reason: "spam" });
    expect(refusal(await decide(third, theirs, "upheld"))).toEqual([403, "FORBIDDEN"]);
  });

  test("undoing or lifting settles the appeal in the person's favour", async () => {
    const { user, id } = await sanction("mute");
    const appeal = await appealOf(user, { sanction_id: id });
    await mod.remove(`/users/${user.id}/sanctions/${id}`, { reason: "Wrong person" });
    expect((await other.get(`/appeals/${appeal}`)).body.data.appeal).toMatchObject({
      status: "overturned",
      decision: { by: { id: mod.id }, reason: "Wrong person" },
    });
    const { id: report, reporter } = await dismissed();
    const look = await appealOf(reporter, { report_id: report });
    await mod.post(`/reports/${report}/undo`, { reason: "Missed it" });
    expect((await other.get(`/appeals/${look}`)).body.data.appeal.status).toBe("overturned");
  });

  test("the queue has what is due first, and its filters", async () => {
    const [late, fresh] = [await sanction("warn"), await sanction("warn")];
    const ids = [
      await appealOf(late.user, { sanction_id: late.id }),
      await appealOf(fresh.user, { sanction_id: fresh.id }),
    ];
    await app.owner.sql`update appeals set due_at = now() - interval '1 day' where id = ${ids[0]!}`;
    const listed = async (query: string) =>
      (await other.get(`/appeals?limit=200&${query}`)).body.data.appeals.map(({ id }: { id: string }) => id);
    expect((await listed("status=open"))[0]).toBe(ids[0]!);
    expect(await listed("overdue=true")).toEqual([ids[0]!]);
    await other.post(`/appeals/${ids[1]}/claim`);
    expect(await listed("assignee=me")).toEqual([ids[1]!]);
    expect(await listed("assignee=none")).not.toContain(ids[1]!);
    const pages: string[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await other.get(`/appeals?limit=1${cursor && `&cursor=${cursor}`}`);
      pages.push(...body.data.appeals.map(({ id }: { id: string }) => id));
      if (body.meta.pagination.cursor === null) break;
      cursor = body.meta.pagination.cursor;
    }
    expect(pages).toEqual(await listed("status=open"));
  });
});

describe("races", () => {
  test("two who decide, one who lifts: one of them does, and the log is whole", async () => {
    for (let round = 0; round < 4; round++) {
      const { user, id } = await sanction("mute");
      const appeal = await appealOf(user, { sanction_id: id });
      await other.post(`/appeals/${appeal}/claim`);
      const answers = await Promise.all([
        other.post(`/appeals/${appeal}/decide`, { decision: "overturned", reason: "One" }),
        other.post(`/appeals/${appeal}/decide`, { decision: "upheld", reason: "Two" }),
        mod.remove(`/users/${user.id}/sanctions/${id}`, { reason: "Three" }),
        third.post(`/appeals/${appeal}/claim`),
      ]);
      for (const { status } of answers) expect([200, 409]).toContain(status);
      const decided = answers.slice(0, 2).filter(({ status }) => status === 200);
      expect(decided.length).toBeLessThanOrEqual(1);
      const { status, sanction: judged } = (await third.get(`/appeals/${appeal}`)).body.data.appeal;
      expect(status).not.toBe("open");
      if (status === "overturned") expect(judged.state).toBe("lifted");
      const lifted = (await notices(user)).filter((notice) => notice === "sanction_lifted");
      expect(lifted).toHaveLength(judged.state === "lifted" ? 1 : 0);
    }
    expect(await verifyAudit(app.context.database.sql)).toMatchObject({ ok: true });
  });

  test("filing against what is being lifted: refused, or settled with it", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => sanction("warn")));
    await Promise.all(
      all.flatMap(({ user, id }) => [
        file(user, { text: "No", sanction_id: id }),
        mod.remove(`/users/${user.id}/sanctions/${id}`, { reason: "Wrong" }),
      ]),
    );
    const [row] = await app.context.database.sql<{ open: number }[]>`
      select count(*)::int as open from appeals a join sanctions s on s.id = a.sanction_id
      where s.id = any(${all.map(({ id }) => id)}::uuid[]) and a.status = 'open'
    `;
    expect(row).toEqual({ open: 0 });
  });
});
