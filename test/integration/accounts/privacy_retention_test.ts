/**
 * Retention: rows older than their term are deleted, others stay. The tests move rows into the past.
 * @module
 */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { takeTurn } from "../../../server/db/job_turns.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createStaff, fileReport } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const t = await createTestApp({ env: { RETENTION_EVIDENCE_DAYS: "100" } });
const world = createWorld(t);
const { request, createUser, context, close } = t;
const { sql } = t.owner;
const { retention } = context.privacy;
afterAll(close);
beforeEach(async () => {
  await sql`delete from job_turns`;
});

const staff = await createStaff(t);

async function run() {
  const report = await retention.run();
  expect(report).not.toBeNull();
  return report!;
}

async function decided(): Promise<{ id: string; reporter: TestUser; reported: TestUser }> {
  const [reporter, reported] = [await createUser(), await createUser()];
  await world.befriend(reporter, reported);
  const id = await fileReport(t, { by: reporter, about: reported, description: "Words of the reporter" });
  expect((await staff.post(`/reports/${id}/claim`)).status).toBe(200);
  const decision = { decision: "resolved", action: "warn", reason: "Be kind" };
  expect((await staff.post(`/reports/${id}/resolve`, decision)).status).toBe(200);
  return { id, reporter, reported };
}

/** Events that were trimmed tell of nothing any more. */
async function violations() {
  return (await findViolations(sql)).filter(({ rule }) => !rule.includes("told of once"));
}

const age = (id: string, days: number) =>
  sql`update user_reports set resolved_at = now() - make_interval(days => ${days}) where id = ${id}`;
const evidenceOf = async (id: string) => (await staff.get(`/reports/${id}`)).body.data.report.evidence;

describe("evidence", () => {
  test("cannot be read any more after its term, and still verifies", async () => {
    const [old, young] = [await decided(), await decided()];
    const open = await fileReport(t, { by: await createUser(), about: await createUser() });
    await age(old.id, 101);
    await age(young.id, 99);
    await sql`update user_reports set created_at = now() - interval '2 years' where id = ${open}`;
    expect(await run()).toMatchObject({ evidence: 1 });
    expect(await evidenceOf(old.id)).toMatchObject({ readable: false, intact: true, items: [] });
    expect(await evidenceOf(young.id)).toMatchObject({ readable: true, intact: true });
    // However old: an open report is not decided yet.
    expect(await evidenceOf(open)).toMatchObject({ readable: true, intact: true });
    const rows =
      await sql`select description from user_reports where id in (${old.id}, ${young.id}) order by id`;
    expect(rows.map(({ description }) => description)).toEqual([null, "Words of the reporter"]);
    const [{ count } = { count: 0 }] = await sql`
      select count(*)::int as count from report_evidence where report_id = ${old.id}
    `;
    expect(count).toBeGreaterThan(1);
  });

  test("a decision whose evidence is gone cannot be undone; its sanction can be lifted", async () => {
    const { id, reporter, reported } = await decided();
    await age(id, 101);
    await run();
    const undone = await staff.post(`/reports/${id}/undo`, { reason: "Again" });
    expect([undone.status, undone.body.error]).toMatchObject([
      409,
      { code: "CONFLICT", details: { status: "resolved", evidence: "destroyed" } },
    ]);
    // The reporter's next report is a new one, with evidence of its own.
    const next = await fileReport(t, { by: reporter, about: reported });
    expect(next).not.toBe(id);
    expect(await evidenceOf(next)).toMatchObject({ readable: true, intact: true });
  });
});

describe("signing in", () => {
  test("codes, tokens and sessions go when they can no longer be used, not before", async () => {
    const [gone, stays] = [await createUser(), await createUser()];
    await request("POST", "/api/v1/auth/refresh", { body: { refresh_token: stays.refreshToken } });
    await sql`
      update refresh_tokens t set expires_at = now() - interval '2 days'
      from sessions s where s.id = t.session_id and s.user_id = ${gone.id}
    `;
    await sql`update sessions set last_used_at = now() - interval '32 days' where user_id = ${gone.id}`;
    await request("POST", "/api/v1/auth/send-otp", { body: { email: gone.email } });
    await request("POST", "/api/v1/auth/send-otp", { body: { email: stays.email } });
    await sql`update otp_codes set expires_at = now() - interval '1 second' where email = ${gone.email}`;
    expect(await run()).toMatchObject({ signIns: 3 });
    const left = await sql`
      select (select count(*)::int from otp_codes where email in (${gone.email}, ${stays.email})) as codes,
        (select count(*)::int from sessions where user_id in (${gone.id}, ${stays.id})) as sessions,
        (select count(*)::int from refresh_tokens t join sessions s on s.id = t.session_id
          where s.user_id in (${gone.id}, ${stays.id})) as tokens
    `;
    // The used token of the session that stays is kept: its second use gives a thief away.
    expect(left).toMatchObject([{ codes: 1, sessions: 1, tokens: 2 }]);
    await sql`update refresh_tokens set used_at = used_at - interval '1 minute' where used_at is not null`;
    const reused = await request("POST", "/api/v1/auth/refresh", {
      body: { refresh_token: stays.refreshToken },
    });
    expect(reused.status).toBe(401);
    const profile = await request("GET", "/api/v1/users/profile", { token: stays.token });
    expect(profile.status).toBe(401);
  });

  test("a long backlog goes in batches", async () => {
    await sql`
      insert into otp_codes (email, code_hash, expires_at)
      select 'old' || n || '@example.com', 'x', now() - interval '1 hour' from generate_series(1, 2500) n
    `;
    expect(await run()).toMatchObject({ signIns: 2_500 });
  });
});

describe("event logs", () => {
  test("events of more than 30 days go, and the log says how far", async () => {
    const [ana, ben] = [await createUser(), await createUser()];
    await world.befriend(ana, ben);
    const [{ seq } = { seq: 0 }] = await sql<{ seq: number }[]>`
      select last_seq::int as seq from user_logs where user_id = ${ana.id}
    `;
    await sql`update user_events set created_at = now() - interval '31 days' where user_id = ${ana.id}`;
    await world.befriend(ana, await createUser());
    expect((await run()).events).toBe(seq);
    const log = await request("GET", "/api/v1/sync?since=0", { token: ana.token });
    expect(log.body.data).toMatchObject({ resync_required: true, events: [] });
    const rest = await request("GET", `/api/v1/sync?since=${seq}`, { token: ana.token });
    expect(rest.body.data.events[0].seq).toBe(seq + 1);
    expect(await violations()).toEqual([]);
  });
});

describe("deleted accounts", () => {
  test("an interrupted deletion is finished", async () => {
    const [ana, ben] = [await createUser(), await createUser()];
    const conversationId = await world.befriend(ana, ben);
    // As a process leaves it that dies right after closing the account.
    await sql`update users set is_active = false, deleted_at = now() where id = ${ana.id}`;
    await sql`update user_presence set is_active = false where user_id = ${ana.id}`;
    await sql`delete from user_logs where user_id = ${ana.id}`;
    await run();
    const [row] = await sql`select status from conversations where id = ${conversationId}`;
    expect(row?.status).toBe("archived");
    const rest = await sql`select 1 from user_events where user_id = ${ana.id}`;
    expect(rest).toHaveLength(0);
    const matches = await request("GET", "/api/v1/matches", { token: ben.token });
    expect(matches.body.data.matches).toEqual([]);
  });

  test("texts of requests that nobody accepted go 30 days after, and then it is done", async () => {
    const [ana, ben, cleo] = [await createUser(), await createUser(), await createUser()];
    await world.befriend(ana, ben);
    const body = { receiver_id: cleo.id, content: "An insult in a request" };
    await request("POST", "/api/v1/messages/request", { token: ana.token, body });
    await world.leave(ana);
    // Until then somebody may report them.
    const id = await fileReport(t, { by: cleo, about: ana });
    expect(JSON.stringify((await evidenceOf(id)).items)).toContain("An insult in a request");
    await run();
    const texts = () => sql`select content from messages where sender_id = ${ana.id} order by created_at`;
    expect(await texts()).toHaveLength(2);
    await sql`update users set deleted_at = now() - interval '31 days' where id = ${ana.id}`;
    await sql`delete from job_turns`;
    expect(await run()).toMatchObject({ accounts: 1 });
    expect((await texts()).map(({ content }) => content)).toEqual(["hello"]);
    expect(JSON.stringify((await evidenceOf(id)).items)).toContain("An insult in a request");
    await sql`delete from job_turns`;
    expect(await run()).toMatchObject({ accounts: 0 });
    expect(await violations()).toEqual([]);
  });
});

describe("the job", () => {
  test("is one process's at a time, once an hour", async () => {
    const turns = await Promise.all(
      Array.from({ length: 16 }, () => takeTurn(sql, { job: "a job", everySeconds: 3_600 })),
    );
    expect(turns.filter(Boolean)).toHaveLength(1);
    await sql`update job_turns set next_at = now() + interval '1 minute'`;
    expect(await takeTurn(sql, { job: "a job", everySeconds: 3_600 })).toBe(false);
    await sql`update job_turns set next_at = now()`;
    expect(await takeTurn(sql, { job: "a job", everySeconds: 3_600 })).toBe(true);
    expect(await takeTurn(sql, { job: "another job", everySeconds: 3_600 })).toBe(true);
    expect(await retention.run()).not.toBeNull();
    expect(await retention.run()).toBeNull();
  });

  test("one kind that fails does not keep the others", async () => {
    await sql`insert into otp_codes (email, code_hash, expires_at) values ('x@y.z', 'x', now() - interval '1 h')`;
    await sql`alter table report_evidence_keys rename to elsewhere`;
    try {
      expect(await run()).toMatchObject({ signIns: 1, evidence: 0 });
    } finally {
      await sql`alter table elsewhere rename to report_evidence_keys`;
    }
  });
});
