import { afterAll, expect, test } from "bun:test";
import type { SessionsRevoked } from "../../../server/features/auth/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { createStaff, inDays } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const world = createWorld(app);
const { createUser, context, request } = app;
const { sql } = context.database;
const mod = await createStaff(app, { name: "Mo Keller" });
const second = await createStaff(app, { name: "Second Mod" });
const third = await createStaff(app, { name: "Third Mod" });
const admin = await createStaff(app, { name: "The Admin", role: "admin" });
const revoked: SessionsRevoked[] = [];
context.sessionEvents.subscribe((news) => revoked.push(news));
afterAll(() => app.close());

const sanction = (staff: typeof mod, user: { id: string }, body: object) =>
  staff.post(`/users/${user.id}/sanctions`, { reason: "Insults", ...body });
const profile = (user: TestUser) => request("GET", "/api/v1/users/profile", { token: user.token });

async function standing(user: { id: string }) {
  const [row] = await sql<{ muted: string | null; suspended: string | null }[]>`
    select round(extract(epoch from muted_until - now()) / 3600)::text as muted,
      case when isfinite(suspended_until) then round(extract(epoch from suspended_until - now()) / 3600)::text
        else suspended_until::text end as suspended
    from users where id = ${user.id}
  `;
  return { ...row };
}

test("a mute lasts its hours and closes nothing", async () => {
  const ben = await createUser();
  const before = revoked.length;
  const { status, body } = await sanction(mod, ben, { action: "mute", hours: 24 });
  expect(status).toBe(201);
  expect(body.data.sanction).toEqual({
    id: expect.any(String),
    user_id: ben.id,
    kind: "mute",
    state: "in_force",
    reason: "Insults",
    report_id: null,
    until: expect.stringMatching(/Z$/),
    permanent: false,
    created_at: expect.stringMatching(/Z$/),
    created_by: { id: mod.id, name: "Mo Keller" },
    confirmed_at: null,
    confirmed_by: null,
    lifted_at: null,
    lifted_by: null,
    lift_reason: null,
    lift_requested_at: null,
    lift_requested_by: null,
  });
  expect(await standing(ben)).toEqual({ muted: "24", suspended: null });
  expect(revoked.length).toBe(before);
  expect((await profile(ben)).status).toBe(200);
});

test("a suspension: every call says so and until when, sockets are told", async () => {
  const ben = await createUser();
  const until = inDays(3);
  expect((await sanction(mod, ben, { action: "suspend", until })).status).toBe(201);
  expect(revoked.at(-1)).toEqual({ userId: ben.id, sessionId: null, reason: "sanction" });
  const refused = await profile(ben);
  expect([refused.status, refused.body.error.code]).toEqual([403, "FORBIDDEN"]);
  expect(refused.body.error.details).toEqual({ suspended_until: until, permanent: false });
});

test("suspending and banning sign out everywhere; what ends the suspension lets people sign in again", async () => {
  const ending: [string, (of: { id: string; sanctionId: string }) => Promise<unknown>][] = [
    [
      "time",
      ({ id }) => sql`
        with over as (update sanctions set until = now() - interval '1 second' where user_id = ${id})
        update users set suspended_until = now() - interval '1 second' where id = ${id}
      `,
    ],
    ["lifting", ({ id, sanctionId }) => mod.remove(`/users/${id}/sanctions/${sanctionId}`)],
  ];
  for (const [how, end] of ending) {
    for (const terms of [{ action: "suspend", until: inDays(3) }, { action: "ban" }]) {
      const ben = await createUser();
      const second = await context.auth.signInAs(ben.id);
      const { id: sanctionId } = (await sanction(mod, ben, terms)).body.data.sanction;
      const sessions = await sql<{ reason: string }[]>`
        select revoke_reason as reason from sessions where user_id = ${ben.id} and revoked_at is not null
      `;
      expect(sessions.map((session) => session.reason)).toEqual(["sanction", "sanction"]);
      const refresh = (token: string) =>
        request("POST", "/api/v1/auth/refresh", { body: { refresh_token: token } });
      // While it lasts every call and every device says so; afterwards only a new sign-in opens anything.
      const during = [
        await profile(ben),
        await refresh(ben.refreshToken),
        await refresh(second.refresh_token),
      ];
      expect([how, ...during.map(({ status }) => status)]).toEqual([how, 403, 403, 403]);
      await end({ id: ben.id, sanctionId });
      const after = [
        await profile(ben),
        await refresh(ben.refreshToken),
        await refresh(second.refresh_token),
      ];
      expect([how, ...after.map(({ status }) => status)]).toEqual([how, 401, 401, 401]);
      const code = await world.mailedCode(ben.email);
      const again = await request("POST", "/api/v1/auth/verify-otp", { body: { email: ben.email, code } });
      expect([how, again.status]).toEqual([how, 200]);
      expect((await profile({ ...ben, token: again.body.data.access_token })).status).toBe(200);
    }
  }
});

test("signing in while the suspension is being written leaves no session behind", async () => {
  for (let round = 0; round < 5; round++) {
    const ben = await createUser();
    const code = await world.mailedCode(ben.email);
    await Promise.all([
      request("POST", "/api/v1/auth/verify-otp", { body: { email: ben.email, code } }),
      sanction(mod, ben, { action: "suspend", until: inDays(3) }),
    ]);
    expect(await sql`select 1 from sessions where user_id = ${ben.id} and revoked_at is null`).toHaveLength(
      0,
    );
  }
});

test("lifting gives back what no other sanction holds", async () => {
  const ben = await createUser();
  const long = (await sanction(mod, ben, { action: "suspend", until: inDays(10) })).body.data.sanction;
  await sanction(mod, ben, { action: "suspend", until: inDays(5) });
  await sanction(mod, ben, { action: "mute", hours: 12 });
  expect(await standing(ben)).toEqual({ muted: "12", suspended: "240" });

  const { status, body } = await second.remove(`/users/${ben.id}/sanctions/${long.id}`, {
    reason: "Too long",
  });
  expect(status).toBe(200);
  expect(body.data.sanction).toMatchObject({
    state: "lifted",
    lift_reason: "Too long",
    lifted_by: { id: second.id, name: "Second Mod" },
  });
  expect(await standing(ben)).toEqual({ muted: "12", suspended: "120" });
  const told = (await world.log(ben, "moderation_notice")).at(-1)?.data;
  expect(told).toMatchObject({ notice: "sanction_lifted", kind: "suspend" });

  const again = await second.remove(`/users/${ben.id}/sanctions/${long.id}`);
  expect([again.status, again.body.error.details]).toEqual([409, { kind: "suspend", state: "lifted" }]);
});

test("what has run out cannot be lifted", async () => {
  const ben = await createUser();
  const { id } = (await sanction(mod, ben, { action: "mute", hours: 1 })).body.data.sanction;
  await sql`update sanctions set until = now() - interval '1 minute' where id = ${id}`;
  const late = await mod.remove(`/users/${ben.id}/sanctions/${id}`);
  expect([late.status, late.body.error.details.state]).toEqual([409, "expired"]);
});

test("a ban takes two: seven days until somebody else confirms it, then for good", async () => {
  const ben = await createUser();
  const { body } = await sanction(mod, ben, { action: "ban" });
  const { id } = body.data.sanction;
  expect(body.data.sanction).toMatchObject({ kind: "ban", state: "awaiting_confirmation", permanent: false });
  expect(await standing(ben)).toEqual({ muted: null, suspended: "168" });
  expect((await profile(ben)).body.error.details).toMatchObject({ permanent: false });

  const own = await mod.post(`/users/${ben.id}/sanctions/${id}/confirm`);
  expect([own.status, own.body.error.code]).toEqual([403, "FORBIDDEN"]);
  expect((await mod.get("/stats")).body.data.reports.awaiting_confirmation).toBe(1);
  const waiting = (await second.get("/sanctions?state=awaiting_confirmation")).body.data.sanctions;
  expect(waiting).toMatchObject([{ id, user: { id: ben.id } }]);

  const confirmed = await second.post(`/users/${ben.id}/sanctions/${id}/confirm`, { reason: "Agreed" });
  expect(confirmed.status).toBe(200);
  expect(confirmed.body.data.sanction).toMatchObject({
    state: "in_force",
    permanent: true,
    until: null,
    confirmed_by: { id: second.id, name: "Second Mod" },
  });
  expect(await standing(ben)).toEqual({ muted: null, suspended: "infinity" });
  expect((await profile(ben)).body.error.details).toEqual({ suspended_until: null, permanent: true });
  expect((await second.get("/sanctions?state=awaiting_confirmation")).body.data.sanctions).toEqual([]);

  const twice = await admin.post(`/users/${ben.id}/sanctions/${id}/confirm`);
  expect([twice.status, twice.body.error.details]).toEqual([409, { kind: "ban", state: "in_force" }]);
  const more = await sanction(mod, ben, { action: "ban" });
  expect([more.status, more.body.error.details]).toEqual([409, { sanction_id: id, state: "in_force" }]);
});

test("a confirmed ban takes two to lift as well, and nobody takes back what an admin decided but an admin", async () => {
  const ben = await createUser();
  const { id } = (await sanction(mod, ben, { action: "ban" })).body.data.sanction;
  await third.post(`/users/${ben.id}/sanctions/${id}/confirm`);
  const lift = (by: typeof mod, reason = "Appeal") =>
    by.remove(`/users/${ben.id}/sanctions/${id}`, { reason });
  const asked = await lift(mod);
  expect([asked.status, asked.body.data.sanction]).toMatchObject([
    200,
    { state: "in_force", lifted_at: null, lift_requested_by: { id: mod.id } },
  ]);
  expect(await standing(ben)).toEqual({ muted: null, suspended: "infinity" });
  const own = await lift(mod);
  expect([own.status, own.body.error.message]).toEqual([
    403,
    "Cannot lift the ban: it takes somebody else than who asked for it first",
  ]);
  // A request that nobody joined within a week is over.
  await sql`update sanctions set lift_requested_at = now() - interval '8 days' where id = ${id}`;
  expect((await lift(third)).body.data.sanction).toMatchObject({
    state: "in_force",
    lift_requested_by: { id: third.id },
  });
  const done = await lift(mod, "It was a mistake");
  expect(done.body.data.sanction).toMatchObject({
    state: "lifted",
    lifted_by: { id: mod.id },
    lift_reason: "It was a mistake",
    lift_requested_by: { id: third.id },
  });
  expect(await standing(ben)).toEqual({ muted: null, suspended: null });
  expect((await world.log(ben, "moderation_notice")).at(-1)?.data.notice).toBe("sanction_lifted");
  const actions = (await mod.get(`/audit?target_id=${id}`)).body.data.entries.map(
    (entry: { action: string }) => entry.action,
  );
  expect(actions.reverse()).toEqual([
    "sanction.imposed",
    "sanction.confirmed",
    "sanction.lift_requested",
    "sanction.lift_requested",
    "sanction.lifted",
  ]);
});

test("what an admin imposed or confirmed is lifted by admins", async () => {
  const [ben, eve] = [await createUser(), await createUser()];
  const warning = (await sanction(admin, ben, { action: "warn" })).body.data.sanction;
  const ban = (await sanction(mod, eve, { action: "ban" })).body.data.sanction;
  await admin.post(`/users/${eve.id}/sanctions/${ban.id}/confirm`);
  for (const [user, { id }] of [
    [ben, warning],
    [eve, ban],
  ] as const) {
    const { status, body } = await mod.remove(`/users/${user.id}/sanctions/${id}`);
    expect([status, body.error.message]).toEqual([403, "Cannot take the decision back: an admin took it"]);
    expect((await admin.remove(`/users/${user.id}/sanctions/${id}`)).status).toBe(200);
  }
});

test("the second of two is a person: the constraint holds it too", async () => {
  const ben = await createUser();
  const { id } = (await sanction(mod, ben, { action: "ban" })).body.data.sanction;
  const alone = sql`
    update sanctions set lift_requested_by = ${mod.id}, lifted_by = ${mod.id}, lifted_at = now(), lift_reason = 'x'
    where id = ${id}
  `;
  await expect(alone.execute()).rejects.toThrow("sanctions_lift_two_people");
});

test("a ban that nobody confirmed in time is over, and can be imposed again", async () => {
  const ben = await createUser();
  const { id } = (await sanction(mod, ben, { action: "ban" })).body.data.sanction;
  await sql`update sanctions set until = now() - interval '1 minute' where id = ${id}`;
  const late = await second.post(`/users/${ben.id}/sanctions/${id}/confirm`);
  expect([late.status, late.body.error.details.state]).toEqual([409, "expired"]);
  expect((await sanction(mod, ben, { action: "ban" })).status).toBe(201);
});

test("only a ban is confirmed", async () => {
  const ben = await createUser();
  const { id } = (await sanction(mod, ben, { action: "suspend", until: inDays(1) })).body.data.sanction;
  expect((await second.post(`/users/${ben.id}/sanctions/${id}/confirm`)).status).toBe(409);
});

test("staff are judged by admins, nobody by themselves", async () => {
  const warn = { action: "warn" };
  expect((await sanction(mod, mod, warn)).status).toBe(403);
  expect((await sanction(admin, admin, warn)).status).toBe(403);
  expect((await sanction(mod, second, warn)).status).toBe(403);
  expect((await sanction(mod, admin, warn)).status).toBe(403);
  const { status, body } = await sanction(admin, second, { action: "suspend", until: inDays(1) });
  expect(status).toBe(201);
  const { id } = body.data.sanction;
  expect((await mod.remove(`/users/${second.id}/sanctions/${id}`)).status).toBe(403);
  expect((await second.remove(`/users/${second.id}/sanctions/${id}`)).status).toBe(403);
  expect((await second.get("/reports")).status).toBe(403);
  expect((await admin.remove(`/users/${second.id}/sanctions/${id}`)).status).toBe(200);
  // Signed out, and in again.
  const { access_token: token } = await context.auth.signInAs(second.id);
  expect((await request("GET", "/api/v1/admin/reports", { token })).status).toBe(200);
});

test("the list of sanctions: newest first, filters, pages", async () => {
  const ben = await createUser();
  const ids: string[] = [];
  for (const body of [
    { action: "warn" },
    { action: "mute", hours: 1 },
    { action: "warn" },
    { action: "warn" },
  ]) {
    ids.push((await sanction(mod, ben, body)).body.data.sanction.id);
  }
  await mod.remove(`/users/${ben.id}/sanctions/${ids[0]}`);
  const list = async (query: string) =>
    (await mod.get(`/sanctions?user_id=${ben.id}${query}`)).body.data.sanctions.map(
      (row: { id: string }) => row.id,
    );
  expect(await list("")).toEqual([...ids].reverse());
  expect(await list("&kind=mute")).toEqual([ids[1]]);
  expect(await list("&state=lifted")).toEqual([ids[0]]);
  expect(await list("&kind=warn&state=in_force")).toEqual([ids[3], ids[2]]);
  const first = await mod.get(`/sanctions?user_id=${ben.id}&limit=3`);
  expect(first.body.meta.pagination.hasMore).toBe(true);
  expect(await list(`&limit=3&cursor=${first.body.meta.pagination.cursor}`)).toEqual([ids[0]]);
});

test("every step is in the log, with who, why, before and after", async () => {
  const ben = await createUser();
  const { id } = (await sanction(mod, ben, { action: "ban", reason: "Scams" })).body.data.sanction;
  await third.post(`/users/${ben.id}/sanctions/${id}/confirm`, { reason: "Agreed" });
  await mod.remove(`/users/${ben.id}/sanctions/${id}`, { reason: "Appeal" });
  await admin.remove(`/users/${ben.id}/sanctions/${id}`, { reason: "Appeal" });
  const { entries } = (await mod.get(`/audit?target_type=sanction&target_id=${id}`)).body.data;
  expect(entries.reverse()).toMatchObject([
    {
      action: "sanction.imposed",
      actor: { id: mod.id },
      reason: "Scams",
      after: { user_id: ben.id, kind: "ban" },
    },
    {
      action: "sanction.confirmed",
      actor: { id: third.id },
      reason: "Agreed",
      before: { state: "awaiting_confirmation" },
      after: { permanent: true },
    },
    {
      action: "sanction.lift_requested",
      actor: { id: mod.id },
      reason: "Appeal",
      before: { state: "in_force" },
      after: { state: "in_force" },
    },
    {
      action: "sanction.lifted",
      actor: { id: admin.id },
      reason: "Appeal",
      before: { state: "in_force" },
      after: { state: "lifted" },
    },
  ]);
});

test("bad input", async () => {
  const [ben, eve] = [await createUser(), await createUser()];
  const { id } = (await sanction(mod, ben, { action: "warn" })).body.data.sanction;
  for (const body of [
    { action: "none" },
    { action: "shout" },
    { action: "mute" },
    { action: "warn", hours: 3 },
    { action: "suspend", until: inDays(-1) },
    { action: "suspend", until: inDays(367) },
    { action: "warn", reason: " " },
    { action: "warn", reason: 3 },
  ]) {
    const answer = await sanction(mod, ben, body);
    expect([body, answer.status, answer.body.error?.code]).toEqual([body, 400, "VALIDATION_ERROR"]);
  }
  expect((await sanction(mod, { id: newId() }, { action: "warn" })).body.error.code).toBe("USER_NOT_FOUND");
  expect((await sanction(mod, { id: "x" }, { action: "warn" })).status).toBe(400);
  for (const [method, path, code] of [
    ["remove", `/users/${newId()}/sanctions/${id}`, "USER_NOT_FOUND"],
    ["remove", `/users/${eve.id}/sanctions/${id}`, "SANCTION_NOT_FOUND"],
    ["remove", `/users/${ben.id}/sanctions/${newId()}`, "SANCTION_NOT_FOUND"],
    ["post", `/users/${eve.id}/sanctions/${id}/confirm`, "SANCTION_NOT_FOUND"],
    ["remove", `/users/${ben.id}/sanctions/x`, "VALIDATION_ERROR"],
  ] as const) {
    const { body } = await mod[method](path);
    expect([path, body.error.code]).toEqual([path, code]);
  }
  expect((await mod.remove(`/users/${ben.id}/sanctions/${id}`, { reason: "" })).status).toBe(400);
  for (const query of ["state=maybe", "kind=none", "user_id=1", "limit=0", "cursor=x"]) {
    expect([query, (await mod.get(`/sanctions?${query}`)).status]).toEqual([query, 400]);
  }
});

test("staff read that a ban waits while it does, and that somebody is banned when it was confirmed", async () => {
  const ben = await app.createUser();
  const standing = async () => {
    const { users } = (await mod.get(`/users?query=${ben.id}`)).body.data;
    const { user } = (await mod.get(`/users/${ben.id}`)).body.data;
    const read = ({ banned, ban_waits }: { banned: boolean; ban_waits: boolean }) => ({ banned, ban_waits });
    expect(read(user)).toEqual(read(users[0]));
    return read(user);
  };
  const ban = async () =>
    (await mod.post(`/users/${ben.id}/sanctions`, { action: "ban", reason: "Threats" })).body.data.sanction
      .id;
  const seen = [await standing()];
  const first = await ban();
  seen.push(await standing());
  await mod.remove(`/users/${ben.id}/sanctions/${first}`, { reason: "Wrong person" });
  seen.push(await standing());
  const over = await ban();
  await sql`update sanctions set until = now() - interval '1 second' where id = ${over}`;
  await sql`update users set suspended_until = now() - interval '1 second' where id = ${ben.id}`;
  seen.push(await standing());
  const last = await ban();
  const confirmed = await third.post(`/users/${ben.id}/sanctions/${last}/confirm`, { reason: "Agreed" });
  expect([confirmed.status, confirmed.body.error?.message]).toEqual([200, undefined]);
  seen.push(await standing());
  const [free, waits, banned] = [
    { banned: false, ban_waits: false },
    { banned: false, ban_waits: true },
    { banned: true, ban_waits: false },
  ];
  expect(seen).toEqual([free, waits, free, free, banned]);
});
