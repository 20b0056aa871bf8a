import { afterAll, afterEach, expect, test } from "bun:test";
import { verifyAudit } from "../../../server/features/admin/mod.ts";
import { openEvidence } from "../../../server/features/reports/mod.ts";
import { createTestApp, type TestAnswer, type TestUser } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createStaff, fileReport, openCase } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { createUser, context, request } = app;
const { sql } = context.database;
const mods = await Promise.all(Array.from({ length: 16 }, (_, i) => createStaff(app, { name: `Mod ${i}` })));
const mod = mods[0]!;
const admin = await createStaff(app, { role: "admin", name: "Ada" });
afterAll(() => app.close());
afterEach(async () => {
  expect(await findViolations(sql)).toEqual([]);
  expect(await brokenBlocks()).toHaveLength(0);
  expect((await verifyAudit(sql)).ok).toBe(true);
});

/** What must never be beside a block, whatever raced with it. */
async function brokenBlocks() {
  return await sql`
    select b.id, c.status as conversation, m.status as match, q.status as request
    from user_blocks b
    left join conversations c on c.user1_id = least(b.blocker_id, b.blocked_id)
      and c.user2_id = greatest(b.blocker_id, b.blocked_id) and c.status <> 'blocked'
    left join matches m on m.user1_id = least(b.blocker_id, b.blocked_id)
      and m.user2_id = greatest(b.blocker_id, b.blocked_id) and m.status = 'active'
    left join message_requests q on q.status = 'pending' and q.sender_id in (b.blocker_id, b.blocked_id)
      and q.receiver_id in (b.blocker_id, b.blocked_id)
    where coalesce(c.status, m.status, q.status) is not null
  `;
}

const sixteen = <T>(run: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: 16 }, (_, i) => run(i)));
const outcomes = (answers: readonly TestAnswer[]) =>
  answers.map(({ status, body }) => body.error?.code ?? status);
const count = (list: readonly unknown[], value: unknown) => list.filter((item) => item === value).length;
const block = (by: TestUser, whom: TestUser) =>
  request("POST", `/api/v1/users/${whom.id}/block`, { token: by.token });
const unblock = (by: TestUser, whom: TestUser) =>
  request("DELETE", `/api/v1/users/${whom.id}/block`, { token: by.token });

test("block against send: what was acknowledged came before the block, nothing came after", async () => {
  for (let round = 0; round < 4; round++) {
    const [ana, ben] = [await createUser(), await createUser()];
    const conversation = await world.befriend(ana, ben);
    const answers = await sixteen((i) =>
      i === 5 + round
        ? block(ana, ben)
        : request("POST", "/api/v1/messages/send", {
            token: (i % 2 ? ben : ana).token,
            body: { receiver_id: (i % 2 ? ana : ben).id, content: `text ${i}` },
          }),
    );
    const results = outcomes(answers.filter((_, i) => i !== 5 + round));
    expect(results.filter((result) => result !== 201 && result !== "USER_BLOCKED")).toEqual([]);
    const [row] =
      await sql`select last_seq::int as seq, status from conversations where id = ${conversation}`;
    expect({ ...row }).toEqual({ seq: 1 + count(results, 201), status: "blocked" });
    for (const person of [ana, ben]) {
      const log = (await world.log(person)).map(({ event, data }) => data?.status ?? event);
      expect(log.indexOf("blocked")).toBeGreaterThan(log.lastIndexOf("new_message"));
      expect(log.at(-1)).toBe("match_removed");
    }
    const after = await request("POST", "/api/v1/messages/send", {
      token: ben.token,
      body: { receiver_id: ana.id, content: "still there?" },
    });
    expect(outcomes([after])).toEqual(["USER_BLOCKED"]);
  }
});

test("block against a premium account's first message: no conversation stays open", async () => {
  for (let round = 0; round < 4; round++) {
    const [ana, ben] = [await createUser(), await createUser({ premium: true })];
    const answers = await sixteen((i) =>
      i === 3 * round
        ? block(ana, ben)
        : request("POST", "/api/v1/messages/send", {
            token: ben.token,
            body: { receiver_id: ana.id, content: `text ${i}` },
          }),
    );
    const results = outcomes(answers.filter((_, i) => i !== 3 * round));
    expect(results.filter((result) => result !== 201 && result !== "USER_BLOCKED")).toEqual([]);
    const log = (await world.log(ana)).map(({ event, data }) => data?.status ?? event);
    if (log.length > 0) expect(log.lastIndexOf("blocked")).toBe(log.length - 1);
  }
});

test("block against request, in both directions: nothing stays pending, nothing comes after", async () => {
  for (let round = 0; round < 4; round++) {
    const [ana, ben] = [await createUser(), await createUser()];
    const answers = await sixteen((i) =>
      i === 4 + round
        ? block(ana, ben)
        : request("POST", "/api/v1/messages/request", {
            token: (i % 2 ? ben : ana).token,
            body: { receiver_id: (i % 2 ? ana : ben).id, content: `text ${i}` },
          }),
    );
    const allowed = [201, "USER_BLOCKED", "MESSAGE_REQUEST_EXISTS", "CONFLICT"];
    expect(outcomes(answers).filter((result) => !allowed.includes(result))).toEqual([]);
    const log = (await world.log(ana)).map(({ event, data }) => data?.status ?? event);
    for (const news of ["request_received", "new_message", "match_created"]) {
      const end = Math.max(log.lastIndexOf("cancelled"), log.lastIndexOf("blocked"));
      expect([news, log.lastIndexOf(news) <= end]).toEqual([news, true]);
    }
  }
});

test("block against accept and like back: no match survives", async () => {
  for (let round = 0; round < 6; round++) {
    const [ana, ben] = [await createUser(), await createUser()];
    const sent = await request("POST", "/api/v1/messages/request", {
      token: ben.token,
      body: { receiver_id: ana.id, content: "hello" },
    });
    const answers = await Promise.all([
      request("POST", `/api/v1/messages/request/${sent.body.data.request_id}/respond`, {
        token: ana.token,
        body: { action: "accept" },
      }),
      block(round % 2 ? ana : ben, round % 2 ? ben : ana),
      request("POST", "/api/v1/discovery/action", {
        token: ana.token,
        body: { target_id: ben.id, action_type: "like" },
      }),
    ]);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect(answers[1]?.status).toBe(201);
  }
});

test("blocks in both directions and their unblocking: the conversation is what the blocks say", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  const conversation = await world.befriend(ana, ben);
  for (let round = 0; round < 4; round++) {
    const answers = await sixteen((i) => {
      const [by, whom] = i % 2 ? [ana, ben] : [ben, ana];
      return i % 4 < 2 ? block(by, whom) : unblock(by, whom);
    });
    expect(answers.filter(({ status }) => status >= 400)).toEqual([]);
    const [row] = await sql`
      select c.status, exists (
        select 1 from user_blocks where blocker_id in (${ana.id}, ${ben.id}) and blocked_id in (${ana.id}, ${ben.id})
      ) as blocked
      from conversations c where c.id = ${conversation}
    `;
    expect(row?.status).toBe(row?.blocked ? "blocked" : "archived");
  }
  expect(await world.log(ana, "match_removed")).toHaveLength(1);
});

test("the same block sixteen times is one block, told once", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  await world.befriend(ana, ben);
  const results = outcomes(await sixteen(() => block(ana, ben)));
  expect([count(results, 201), count(results, 200)]).toEqual([1, 15]);
  expect(await world.log(ben, "match_removed")).toHaveLength(1);
});

test("sixteen reports at once are one report with sixteen statements", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  const answers = await sixteen((i) =>
    request("POST", `/api/v1/users/${ben.id}/report`, {
      token: ana.token,
      body: { reason: i % 2 ? "spam" : "scam", description: `${i}` },
    }),
  );
  const results = outcomes(answers);
  expect([count(results, 201), count(results, 200)]).toEqual([1, 15]);
  expect(new Set(answers.map(({ body }) => body.data.report_id)).size).toBe(1);
  const evidence = await openEvidence(sql, answers[0]?.body.data.report_id);
  expect(evidence?.check).toEqual({ ok: true, items: 17 });
  expect(evidence?.items.filter(({ kind }) => kind === "statement")).toHaveLength(16);
});

test("sixteen moderators claim one report: one has it, the others learn who", async () => {
  const { id } = await openCase(app);
  const answers = await sixteen((i) => mods[i]!.post(`/reports/${id}/claim`));
  const results = outcomes(answers);
  expect([count(results, 200), count(results, "CONFLICT")]).toEqual([1, 15]);
  const winner = answers.find(({ status }) => status === 200)?.body.data.report.claim.by;
  for (const { status, body } of answers) {
    if (status === 409) expect(body.error.details.claimed_by).toEqual(winner);
  }
});

test("sixteen decisions of one report: one counts", async () => {
  const { id, reporter, reported } = await openCase(app);
  await mod.post(`/reports/${id}/claim`);
  const answers = await sixteen((i) =>
    mod.post(
      `/reports/${id}/resolve`,
      i % 2
        ? { decision: "dismissed", action: "none", reason: "No breach" }
        : { decision: "resolved", action: "mute", hours: 1, reason: "Insults" },
    ),
  );
  const results = outcomes(answers);
  expect([count(results, 200), count(results, "CONFLICT")]).toEqual([1, 15]);
  const { report } = answers.find(({ status }) => status === 200)!.body.data;
  const sanctions = await sql`select 1 from sanctions where user_id = ${reported.id}`;
  expect(sanctions).toHaveLength(report.status === "resolved" ? 1 : 0);
  expect(await world.log(reporter, "moderation_notice")).toHaveLength(1);

  const undone = outcomes(await sixteen((i) => mods[i]!.post(`/reports/${id}/undo`, { reason: "Wrong" })));
  expect([count(undone, 200), count(undone, "CONFLICT")]).toEqual([1, 15]);
});

test("sixteen sanctions at once: the longest is in force, whichever came last", async () => {
  const ben = await createUser();
  const answers = await sixteen((i) =>
    mods[i]!.post(`/users/${ben.id}/sanctions`, {
      action: "mute",
      hours: ((i * 7) % 16) + 1,
      reason: "Insults",
    }),
  );
  expect(count(outcomes(answers), 201)).toBe(16);
  const [row] = await sql`
    select round(extract(epoch from muted_until - now()) / 3600)::int as hours from users where id = ${ben.id}
  `;
  expect(row?.hours).toBe(16);
  const lifted = await Promise.all(
    answers.map(({ body }, i) => mods[i]!.remove(`/users/${ben.id}/sanctions/${body.data.sanction.id}`)),
  );
  expect(count(outcomes(lifted), 200)).toBe(16);
  const [free] = await sql`select muted_until from users where id = ${ben.id}`;
  expect(free?.mutedUntil).toBeNull();
});

test("sixteen bans at once are one, and fifteen confirmations one", async () => {
  const ben = await createUser();
  const bans = await sixteen((i) =>
    mods[i]!.post(`/users/${ben.id}/sanctions`, { action: "ban", reason: "Scams" }),
  );
  expect([count(outcomes(bans), 201), count(outcomes(bans), "CONFLICT")]).toEqual([1, 15]);
  const { id } = bans.find(({ status }) => status === 201)!.body.data.sanction;
  const confirmed = outcomes(await sixteen((i) => mods[i]!.post(`/users/${ben.id}/sanctions/${id}/confirm`)));
  expect([count(confirmed, 200), confirmed.length - count(confirmed, 200)]).toEqual([1, 15]);
});

test("lift against uphold against unblocking: one of the lifts, at most one uphold", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  await world.befriend(ana, ben);
  await block(ana, ben);
  const [row] = await sql<{ id: string }[]>`select id from user_blocks where blocker_id = ${ana.id}`;
  const answers = await sixteen((i) => {
    const action = i % 2 ? "lift" : "uphold";
    return mods[i]!.post(`/blocks/${row!.id}/${action}`, { reason: "Looked at it" });
  });
  const lifts = outcomes(answers.filter((_, i) => i % 2 === 1));
  const upholds = outcomes(answers.filter((_, i) => i % 2 === 0));
  expect([count(lifts, 200), count(lifts, "BLOCK_NOT_FOUND")]).toEqual([1, 7]);
  expect(count(upholds, 200)).toBeLessThanOrEqual(1);
  expect(await world.log(ana, "moderation_notice")).toHaveLength(1);
});

test("everything at once on the same two people: no deadlock reaches anybody", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  await world.befriend(ana, ben);
  for (let round = 0; round < 3; round++) {
    const id = await fileReport(app, { by: ana, about: ben });
    await mod.post(`/reports/${id}/claim`);
    const like = (by: TestUser, whom: TestUser) =>
      request("POST", "/api/v1/discovery/action", {
        token: by.token,
        body: { target_id: whom.id, action_type: "like" },
      });
    const answers = await Promise.all([
      mod.post(`/reports/${id}/resolve`, {
        decision: "resolved",
        action: "mute",
        hours: 1,
        reason: "Insults",
      }),
      ...[block(ana, ben), unblock(ana, ben), block(ben, ana), unblock(ben, ana)],
      ...[like(ana, ben), like(ben, ana)],
      request("POST", `/api/v1/users/${ben.id}/report`, { token: ana.token, body: { reason: "spam" } }),
      request("POST", `/api/v1/users/${ana.id}/report`, { token: ben.token, body: { reason: "spam" } }),
      admin.post(`/users/${ben.id}/sanctions`, { action: "warn", reason: "Insults" }),
      admin.post(`/users/${ana.id}/sanctions`, { action: "mute", hours: 2, reason: "Insults" }),
      mods[1]!.post(`/reports/${id}/undo`, { reason: "Wrong" }),
      mods[2]!.post(`/reports/${id}/undo`, { reason: "Wrong" }),
      mods[3]!.get(`/reports/${id}`),
      request("POST", "/api/v1/messages/send", {
        token: ana.token,
        body: { receiver_id: ben.id, content: "hm" },
      }),
    ]);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    await sql`
      update user_reports set status = 'dismissed', resolution_action = 'none', resolution_reason = 'x',
        resolved_at = now(), claimed_by = null, claimed_until = null
      where status in ('pending', 'reviewed')
    `;
  }
});
