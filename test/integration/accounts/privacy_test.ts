/** Data export and account deletion: what is deleted, what stays, and for whom. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { createTestApp, otherCode, type TestUser } from "../../harness/app.ts";
import { findViolations } from "../../harness/invariants.ts";
import { createStaff, fileReport } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const t = await createTestApp();
const world = createWorld(t);
const { request, createUser, context, close } = t;
const { sql } = context.database;
afterAll(close);

const V1 = "/api/v1";
const EXPORT = `${V1}/users/me/export`;

const codeFor = ({ email }: { email: string }) => world.mailedCode(email);

const remove = (who: TestUser, code: string) =>
  request("DELETE", `${V1}/users/me`, { token: who.token, body: { code } });

async function leave(who: TestUser): Promise<void> {
  const answer = await remove(who, await codeFor(who));
  expect([answer.status, answer.body.data]).toEqual([200, { message: "Account deleted" }]);
}

const get = (who: TestUser, path: string) => request("GET", V1 + path, { token: who.token });
const exportOf = async (who: TestUser) => (await request("GET", EXPORT, { token: who.token })).body.data;

describe("DELETE /users/me", () => {
  test("takes a code that was mailed to the account's own address, once", async () => {
    const [ana, ben] = [await createUser(), await createUser()];
    const refused = async (answer: Promise<{ status: number; body: unknown }>) => {
      const { status, body } = await answer;
      expect([status, body]).toMatchObject([403, { error: { code: "UNAUTHORIZED_ACTION" } }]);
    };
    await refused(remove(ana, "123456"));
    // A code of somebody else's address, and one that has been used up by wrong tries.
    await refused(remove(ana, await codeFor(ben)));
    const code = await codeFor(ana);
    for (let tries = 0; tries < 3; tries++) await refused(remove(ana, otherCode(code)));
    await refused(remove(ana, code));
    expect((await get(ana, "/users/profile")).status).toBe(200);
    await leave(ana);
    expect((await get(ana, "/users/profile")).status).toBe(401);
  });

  test("ends every session and frees the address, and the next account knows nothing of the one before", async () => {
    const ana = await createUser({ email: "leaver@example.com", bio: "Tea", interests: ["tea"] });
    const second = await context.auth.signInAs(ana.id);
    const news: unknown[] = [];
    const off = context.sessionEvents.subscribe((one) => void news.push(one));
    await leave(ana);
    off();
    expect(news).toEqual([{ userId: ana.id, sessionId: null, reason: "deleted" }]);
    for (const token of [ana.token, second.access_token]) {
      expect((await request("GET", `${V1}/users/profile`, { token })).status).toBe(401);
    }
    for (const refresh_token of [ana.refreshToken, second.refresh_token]) {
      const answer = await request("POST", `${V1}/auth/refresh`, { body: { refresh_token } });
      expect(answer.status).toBe(401);
    }
    const code = await codeFor(ana);
    const verified = await request("POST", `${V1}/auth/verify-otp`, { body: { email: ana.email, code } });
    expect(verified.body.data).toMatchObject({ user_exists: false });
    const again = await createUser({ email: ana.email });
    expect(again.id).not.toBe(ana.id);
    const found = await get(again, "/users/profile");
    expect(found.body.data).toMatchObject({ email: ana.email, bio: null, interests: [] });
  });

  test("leaves nothing of the person in any table but their messages and what moderators sealed", async () => {
    const secret = "Zanzibar";
    const ana = await createUser({
      email: `${secret}@example.com`,
      name: secret,
      bio: `${secret} bio`,
      birthdate: "1991-03-07",
      profile_photos: [`https://storage.vibesmatch.com/${secret}.jpg`],
      interests: [secret],
      premium: true,
    });
    const [ben, cleo] = [await createUser(), await createUser()];
    await world.befriend(ana, ben);
    await world.send(ana, ben, { content: "Hello from me" });
    await request("POST", `${V1}/users/${cleo.id}/block`, {
      token: ana.token,
      body: { reason: `${secret} reason` },
    });
    await leave(ana);
    const rows = await sql<{ text: string }[]>`
      select t::text as text from users t union all select t::text from user_blocks t
      union all select t::text from user_presence t where user_id = ${ana.id}
      union all select t::text from sessions t union all select t::text from otp_codes t
      union all select t::text from user_events t where user_id = ${ana.id}
      union all select t::text from user_actions t where actor_id = ${ana.id}
      union all select t::text from user_logs t where user_id = ${ana.id}
      union all select t::text from refresh_tokens t join sessions s on s.id = t.session_id
        where s.user_id = ${ana.id}
    `;
    const left = rows.filter(({ text }) => text.toLowerCase().includes(secret.toLowerCase()));
    expect(left).toEqual([]);
    const own = rows.filter(({ text }) => text.includes(ana.id)).map(({ text }) => text);
    // The emptied row and its presence, the block (it keeps hidden what was hidden) and the ended session.
    expect(own).toHaveLength(4);
    const [row] = await sql`select * from users where id = ${ana.id}`;
    expect(row).toMatchObject({
      name: "Deleted account",
      email: `deleted-${ana.id}@deleted.invalid`,
      bio: null,
      isPremium: false,
      profilePhotos: [],
      interests: [],
      isActive: false,
      role: "user",
    });
    expect(JSON.stringify(row)).not.toContain("1991");
    const [presence] = await sql`select * from user_presence where user_id = ${ana.id}`;
    expect(presence).toMatchObject({
      isOnline: false,
      isActive: false,
      showActivityStatus: false,
      gender: "non-binary",
    });
  });

  test("what was between them and others ends; messages stay with whoever received them", async () => {
    const [ana, ben] = [await createUser({ name: "Ana" }), await createUser()];
    const conversationId = await world.befriend(ana, ben);
    await world.send(ana, ben, { content: "Keep this" });
    await world.send(ben, ana, { content: "I will" });
    const asked = await createUser();
    const asker = await createUser();
    await world.ask(ana, asked, { content: "Unanswered" });
    await world.ask(asker, ana, { content: "Too late" });
    const before = (await world.log(ben)).length;
    await leave(ana);

    const { body: archived } = await get(ben, "/conversations?type=archived");
    expect(archived.data.conversations).toMatchObject([
      {
        id: conversationId,
        user: {
          id: ana.id,
          name: "Deleted account",
          profile_photos: [],
          is_online: null,
          last_active: null,
        },
        last_message: { content: "I will" },
      },
    ]);
    const { body: history } = await get(ben, `/conversations/${conversationId}/messages`);
    expect(history.data.messages).toMatchObject([
      { content: "hello", sender_id: ana.id },
      { content: "Keep this", sender_id: ana.id },
      { content: "I will", sender_id: ben.id },
    ]);
    expect((await get(ben, "/matches")).body.data.matches).toEqual([]);
    expect((await world.log(ben)).slice(before)).toMatchObject([
      { event: "conversation_updated", data: { status: "archived" } },
      { event: "match_removed", data: { user_id: ana.id } },
    ]);
    expect((await world.requests(asked)).body.data.requests).toEqual([]);
    expect((await world.requests(asker, "?type=sent&status=cancelled")).body.data.requests).toMatchObject([
      { receiver: { id: ana.id, name: "Deleted account" }, status: "cancelled" },
    ]);
    expect((await world.log(asker, "request_updated")).at(-1)).toMatchObject({
      data: { status: "cancelled" },
    });

    // Nothing reaches the account any more.
    const stranger = await createUser({ premium: true });
    const answers = await Promise.all([
      world.send(ben, ana, { content: "Are you there?" }),
      world.send(stranger, ana, { content: "Hello?" }),
      world.ask(await createUser(), ana),
      world.act(stranger, ana, "like"),
      get(stranger, `/users/${ana.id}/profile`),
    ]);
    expect(answers.map(({ status, body }) => `${status} ${body.error.code}`)).toEqual([
      "403 UNAUTHORIZED_ACTION",
      "404 USER_NOT_FOUND",
      "404 USER_NOT_FOUND",
      "404 USER_NOT_FOUND",
      "404 NOT_FOUND",
    ]);
    const { body: feed } = await world.feed(stranger, "?limit=50");
    expect(feed.data.profiles.map(({ id }: { id: string }) => id)).not.toContain(ana.id);
    expect(await findViolations(sql)).toEqual([]);
  });

  test("what a block has closed stays closed", async () => {
    const [ana, ben] = [await createUser(), await createUser()];
    const conversationId = await world.befriend(ana, ben);
    await request("POST", `${V1}/users/${ben.id}/block`, { token: ana.token, body: {} });
    await leave(ana);
    expect((await get(ben, `/conversations/${conversationId}/messages`)).status).toBe(403);
    expect((await get(ben, "/conversations?type=archived")).body.data.conversations).toEqual([]);
  });

  test("a report about somebody who left, before or after, has its evidence", async () => {
    const [ana, ben] = [await createUser({ name: "Rude One" }), await createUser()];
    await world.befriend(ana, ben);
    await world.send(ana, ben, { content: "An insult" });
    const early = await fileReport(t, { by: ben, about: ana, reason: "harassment" });
    await leave(ana);
    const late = await fileReport(t, { by: ben, about: ana, reason: "harassment" });
    // It was open: the second one adds to it.
    expect(late).toBe(early);
    const staff = await createStaff(t);
    const { body } = await staff.get(`/reports/${early}`);
    const { evidence, reported } = body.data.report;
    expect([reported.name, evidence.intact, evidence.readable]).toEqual(["Deleted account", true, true]);
    const sealed = JSON.stringify(evidence.items);
    expect(sealed).toContain("Rude One");
    expect(sealed).toContain("An insult");
    expect((await staff.get(`/users/${ana.id}`)).body.data.user).toMatchObject({
      is_active: false,
      name: "Deleted account",
    });
  });

  test("staff give their role back first", async () => {
    for (const role of ["moderator", "admin"] as const) {
      const member = await createUser({ role });
      const answer = await remove(member, await codeFor(member));
      expect([answer.status, answer.body.error.code]).toEqual([403, "UNAUTHORIZED_ACTION"]);
      expect((await get(member, "/users/profile")).status).toBe(200);
    }
  });

  test("16 calls at once delete once, while others write, ask, like and answer", async () => {
    const ana = await createUser();
    const others = await Promise.all(Array.from({ length: 8 }, () => createUser({ premium: true })));
    const asked: string[] = [];
    for (const [at, other] of others.entries()) {
      if (at % 2 === 0) await world.befriend(ana, other);
      else asked.push((await world.ask(other, ana)).body.data.request_id);
    }
    const code = await codeFor(ana);
    const answers = await Promise.all([
      ...Array.from({ length: 16 }, () => remove(ana, code)),
      ...others.map((other) => world.send(other, ana, { content: "Now" })),
      ...asked.map((id) => world.respond(ana, id, "accept")),
      ...others.map((other) => world.act(other, ana, "like")),
    ]);
    expect(answers.slice(0, 16).filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    // What was under way while the account was closed is the job's.
    await sql`update job_turns set next_at = now()`;
    await context.privacy.retention.run();
    const [open] = await sql`
      select (select count(*)::int from matches where ${ana.id} in (user1_id, user2_id) and status = 'active')
        + (select count(*)::int from conversations where ${ana.id} in (user1_id, user2_id) and status = 'active')
        + (select count(*)::int from message_requests
            where ${ana.id} in (sender_id, receiver_id) and status = 'pending') as count
    `;
    expect(open).toEqual({ count: 0 });
    expect(await findViolations(sql)).toEqual([]);
  });
});

describe("GET /users/me/export", () => {
  test("holds everything, and nothing that the app would not show", async () => {
    const ana = await createUser({ bio: "Tea", name: "Ana" });
    const [ben, cleo, dora] = [await createUser({ name: "Ben" }), await createUser(), await createUser()];
    const conversationId = await world.befriend(ana, ben);
    const sent = await world.send(ana, ben, { content: "Did you get this?" });
    await request("PUT", `${V1}/messages/${sent.body.data.message_id}/read`, { token: ben.token });
    await world.send(ben, ana, { content: "I did" });
    await world.befriend(cleo, ana);
    await world.send(cleo, ana, { content: "You will block me" });
    await world.send(ana, cleo, { content: "I will" });
    await request("POST", `${V1}/users/${cleo.id}/block`, { token: ana.token, body: { reason: "rude" } });
    await world.ask(dora, ana, { content: "Hi, I am Dora" });
    const erin = await createUser();
    await world.act(ana, erin, "like");
    const report = await fileReport(t, { by: ana, about: cleo, description: "She was rude" });
    const staff = await createStaff(t);
    const warned = await staff.post(`/users/${ana.id}/sanctions`, { action: "warn", reason: "Be kind" });
    const sanction_id = warned.body.data.sanction.id;
    const appeal = { sanction_id, text: "I was kind" };
    await request("POST", `${V1}/appeals`, { token: ana.token, body: appeal });

    const answer = await request("GET", EXPORT, { token: ana.token });
    expect(answer.headers.get("content-disposition")).toContain("attachment");
    const { data } = answer.body;
    expect(data).toMatchObject({
      profile: { id: ana.id, email: ana.email, bio: "Tea", date_of_birth: "1995-05-15" },
      sessions: [{ ended_at: null }],
      conversations: [
        { id: conversationId, user: { id: ben.id, name: "Ben" }, status: "active" },
        { user: { id: cleo.id }, status: "blocked" },
      ],
      messages_sent: [
        { content: "hello", is_request: true, receiver_id: ben.id, conversation_id: conversationId },
        { content: "Did you get this?", seq: 2, read_at: null },
        { content: "I will", receiver_id: cleo.id },
      ],
      messages_received: [{ content: "I did", sender_id: ben.id }, { content: "Hi, I am Dora" }],
      requests_sent: [{ receiver_id: ben.id, status: "accepted", preview_text: "hello" }],
      requests_received: [{ sender_id: dora.id, status: "pending", preview_text: "Hi, I am Dora" }],
      matches: [
        { user: { id: ben.id }, active: true },
        { user: { id: cleo.id }, active: false },
      ],
      actions: [{ target_id: erin.id, action_type: "like" }],
      blocks: [{ blocked_id: cleo.id, reason: "rude" }],
      reports: [{ id: report, reported_id: cleo.id, description: "She was rude", open: true }],
      sanctions: [{ kind: "warn", reason: "Be kind", until: null }],
      notices: [{ notice: "sanction", sanction_id, report_id: null, told_at: expect.any(String) }],
      appeals: [{ ...appeal, report_id: null, status: "open", decision_reason: null, decided_at: null }],
      complete: true,
    });
    const text = JSON.stringify(data);
    for (const hidden of ["You will block me", staff.id, ben.email, "evidence"]) {
      expect([hidden, text.includes(hidden)]).toEqual([hidden, false]);
    }
    // With premium one's own messages say when they were read.
    await sql`update users set is_premium = true where id = ${ana.id}`;
    expect((await exportOf(ana)).messages_sent[1].read_at).toEqual(expect.any(String));
  });

  test("comes whole from many pages, in order, a page of rows at a time", async () => {
    const [ana, ben] = [await createUser(), await createUser()];
    const conversationId = await world.befriend(ana, ben);
    await sql`
      insert into messages (id, conversation_id, seq, sender_id, receiver_id, content, created_at)
      select gen_random_uuid(), ${conversationId}, n + 1, ${ana.id}, ${ben.id}, 'text ' || n,
        -- Many of one moment: the id decides then.
        now() + (n / 100) * interval '1 second'
      from generate_series(1, 1700) n
    `;
    const stream = await context.privacy.exports.exportOf(ana.id);
    const chunks: string[] = [];
    for await (const chunk of stream) chunks.push(new TextDecoder().decode(chunk));
    expect(chunks.length).toBeGreaterThan(10);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(400_000);
    const { data } = JSON.parse(chunks.join(""));
    expect(data.messages_sent).toHaveLength(1_701);
    expect(new Set(data.messages_sent.map(({ id }: { id: string }) => id)).size).toBe(1_701);
    const times = data.messages_sent.map(({ created_at }: { created_at: string }) => created_at);
    expect(times).toEqual([...times].sort());
    expect((await exportOf(ben)).messages_received).toHaveLength(1_701);
  });

  test("a reader that goes away ends the reading", async () => {
    const ana = await createUser();
    const stream = await context.privacy.exports.exportOf(ana.id);
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    expect((await reader.read()).done).toBe(true);
  });
});

test("three exports a day", async () => {
  const limited = await createTestApp({ env: { LIMITS: "on" } });
  try {
    const ana = await limited.createUser();
    const statuses: number[] = [];
    for (let calls = 0; calls < 4; calls++) {
      const answer = await limited.request("GET", EXPORT, { token: ana.token });
      statuses.push(answer.status);
      expect(answer.headers.get("ratelimit-policy")).toBe('"export";q=3;w=86400');
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  } finally {
    await limited.close();
  }
});
