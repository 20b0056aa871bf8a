import { afterAll, expect, test } from "bun:test";
import { newId } from "../../../server/lib/ids.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { sendPicture } from "../../harness/media/uploads.ts";
import { createStaff, fileReport, openCase, type TestStaff } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

let skew = 0;
const app = await createTestApp({
  clock: { now: () => Date.now() + skew },
  statsSource: {
    live: () => ({
      nodes: [
        { id: "a", connections: 3, users: 2, started_at: "2026-01-01T00:00:00Z" },
        { id: "b", connections: 4, users: 4, started_at: "2026-01-01T00:00:00Z" },
      ],
      messages_per_second: null,
      delivery_ms: { p50: 1.5, p99: 9 },
      reconnects_per_minute: 2,
      rate_limit_hits_per_minute: 1,
    }),
  },
});
const { createUser, context, request } = app;
const { sql } = context.database;
const user = await createUser();
const staff = {
  moderator: await createStaff(app, { name: "Mo Keller" }),
  admin: await createStaff(app, { name: "The Admin", role: "admin" }),
};
const second = await createStaff(app, { name: "Second Mod" });
afterAll(() => app.close());

interface Call {
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
}

async function blocked(): Promise<string> {
  const [by, whom] = [await createUser(), await createUser()];
  await request("POST", `/api/v1/users/${whom.id}/block`, { token: by.token });
  const [row] = await sql<{ id: string }[]>`select id from user_blocks where blocker_id = ${by.id}`;
  return row!.id;
}

async function claimed(by: TestStaff): Promise<string> {
  const { id } = await openCase(app);
  await by.post(`/reports/${id}/claim`);
  return id;
}

async function banned(by: TestStaff): Promise<string> {
  const { id } = await createUser();
  const { body } = await by.post(`/users/${id}/sanctions`, { action: "ban", reason: "Scams" });
  return `/users/${id}/sanctions/${body.data.sanction.id}`;
}

const REASON = { reason: "Looked at it" };

/** An appeal against what somebody else decided. */
async function appealed(): Promise<string> {
  const whom = await createUser();
  const { body } = await second.post(`/users/${whom.id}/sanctions`, { action: "warn", ...REASON });
  const filed = await request("POST", "/api/v1/appeals", {
    token: whom.token,
    body: { sanction_id: body.data.sanction.id, text: "It was a joke" },
  });
  return filed.body.data.appeal.id;
}

async function claimedAppeal(by: TestStaff): Promise<string> {
  const id = await appealed();
  await by.post(`/appeals/${id}/claim`);
  return id;
}

/** One good call of every route. A route without a row fails the first test. */
const ROUTES: Record<string, (by: TestStaff) => Promise<Call>> = {
  "GET /reports": async () => ({ path: "/reports", status: 200 }),
  "GET /reports/:id": async () => ({ path: `/reports/${(await openCase(app)).id}`, status: 200 }),
  "POST /reports/:id/claim": async () => ({
    path: `/reports/${(await openCase(app)).id}/claim`,
    status: 200,
  }),
  "POST /reports/:id/release": async (by) => ({ path: `/reports/${await claimed(by)}/release`, status: 200 }),
  "POST /reports/:id/notes": async (by) => ({
    path: `/reports/${await claimed(by)}/notes`,
    body: { text: "hm" },
    status: 201,
  }),
  "POST /reports/:id/resolve": async (by) => ({
    path: `/reports/${await claimed(by)}/resolve`,
    body: { decision: "dismissed", action: "none", ...REASON },
    status: 200,
  }),
  "POST /reports/:id/pictures/:media_id": async () => {
    const [by, about] = [await createUser(), await createUser()];
    await createWorld(app).match(by, about);
    const { id } = await sendPicture(app, about, by);
    return { path: `/reports/${await fileReport(app, { by, about })}/pictures/${id}`, status: 201 };
  },
  "POST /reports/:id/undo": async (by) => {
    const id = await claimed(by);
    await by.post(`/reports/${id}/resolve`, { decision: "dismissed", action: "none", ...REASON });
    return { path: `/reports/${id}/undo`, body: REASON, status: 200 };
  },
  "GET /appeals": async () => ({ path: "/appeals", status: 200 }),
  "GET /appeals/:id": async () => ({ path: `/appeals/${await appealed()}`, status: 200 }),
  "POST /appeals/:id/claim": async () => ({ path: `/appeals/${await appealed()}/claim`, status: 200 }),
  "POST /appeals/:id/release": async (by) => ({
    path: `/appeals/${await claimedAppeal(by)}/release`,
    status: 200,
  }),
  "POST /appeals/:id/decide": async (by) => ({
    path: `/appeals/${await claimedAppeal(by)}/decide`,
    body: { decision: "upheld", ...REASON },
    status: 200,
  }),
  "GET /blocks": async () => ({ path: "/blocks", status: 200 }),
  "GET /blocks/:id": async () => ({ path: `/blocks/${await blocked()}`, status: 200 }),
  "POST /blocks/:id/lift": async () => ({
    path: `/blocks/${await blocked()}/lift`,
    body: REASON,
    status: 200,
  }),
  "POST /blocks/:id/uphold": async () => ({
    path: `/blocks/${await blocked()}/uphold`,
    body: REASON,
    status: 200,
  }),
  "GET /users": async () => ({ path: "/users?query=person", status: 200 }),
  "GET /users/:id": async () => ({ path: `/users/${user.id}`, status: 200 }),
  "POST /users/:id/reports/dismiss": async () => ({
    path: `/users/${(await openCase(app)).reporter.id}/reports/dismiss`,
    body: REASON,
    status: 200,
  }),
  "POST /users/:id/sanctions": async () => ({
    path: `/users/${(await createUser()).id}/sanctions`,
    body: { action: "warn", ...REASON },
    status: 201,
  }),
  "DELETE /users/:id/sanctions/:sanction_id": async (by) => ({
    path: await banned(by),
    body: REASON,
    status: 200,
  }),
  "POST /users/:id/sanctions/:sanction_id/confirm": async () => ({
    path: `${await banned(second)}/confirm`,
    status: 200,
  }),
  "GET /sanctions": async () => ({ path: "/sanctions", status: 200 }),
  "GET /events": async (by) => ({ path: "/events", status: by === staff.admin ? 200 : 403 }),
  "GET /audit": async () => ({ path: "/audit", status: 200 }),
  "GET /stats": async () => ({ path: "/stats", status: 200 }),
  "GET /stats/moderation": async () => ({ path: "/stats/moderation", status: 200 }),
};

const PREFIX = "/api/v1/admin";

test("every route of staff has a row here", () => {
  const served = app.app.routes
    .filter(({ path }) => path.startsWith(PREFIX))
    .map(({ method, path }) => `${method} ${path.slice(PREFIX.length)}`);
  expect(served.sort()).toEqual(Object.keys(ROUTES).sort());
});

for (const [route, prepare] of Object.entries(ROUTES)) {
  const method = route.split(" ")[0] as string;

  test(`${route}: nobody, a user, a moderator, an admin`, async () => {
    const { path, body } = await prepare(staff.moderator);
    const entries = () => sql`select count(*)::int as n, max(encode(hash, 'hex')) as hash from audit_log`;
    const before = await entries();
    // Input is validated only after the caller is authorised.
    const broken = method === "GET" ? [] : [{}, { reason: 5, text: 5 }, { action: "x".repeat(5000) }];
    const calls = [path, path.replace(/[0-9a-f-]{36}/, "nonsense"), path.replace(/[0-9a-f-]{36}/, newId())];
    for (const each of calls) {
      for (const sent of [body, ...broken]) {
        const ask = (token?: string) => request(method, PREFIX + each, { token, body: sent });
        const [anonymous, forged, peer] = [await ask(), await ask("nonsense"), await ask(user.token)];
        const codes = [anonymous, forged, peer].map((answer) => [answer.status, answer.body.error?.code]);
        expect([each, ...codes]).toEqual([
          each,
          [401, "UNAUTHORIZED"],
          [401, "UNAUTHORIZED"],
          [403, "FORBIDDEN"],
        ]);
      }
    }
    expect([...(await entries())]).toEqual([...before]);

    for (const by of [staff.moderator, staff.admin]) {
      const call = await prepare(by);
      const answer = await request(method, PREFIX + call.path, { token: by.token, body: call.body });
      const isTaken = call.status < 300;
      expect([call.path, answer.status, answer.body.success]).toEqual([call.path, call.status, isTaken]);
    }
  });
}

test("a suspended moderator is nobody", async () => {
  const bad = await createStaff(app);
  await staff.admin.post(`/users/${bad.id}/sanctions`, {
    action: "suspend",
    until: new Date(Date.now() + 60_000).toISOString(),
    reason: "Abuse of the role",
  });
  const answer = await bad.get("/reports");
  expect([answer.status, answer.body.error.details.permanent]).toEqual([403, false]);
});

test("a moderator who is one no more, at once", async () => {
  const former = await createStaff(app);
  expect((await former.get("/stats")).status).toBe(200);
  await sql`update users set role = 'user' where id = ${former.id}`;
  expect((await former.get("/stats")).status).toBe(403);
});

async function stats() {
  // The numbers may be a second old.
  skew += 1001;
  return (await staff.moderator.get("/stats")).body.data;
}

test("the numbers: of the database, and of the nodes", async () => {
  const online = await createUser();
  await sql`update user_presence set is_online = true where user_id = ${online.id}`;
  const before = await stats();
  expect(before).toMatchObject({
    at: expect.stringMatching(/Z$/),
    users_online: 1,
    connections: 7,
    nodes: [{ id: "a" }, { id: "b" }],
    delivery_ms: { p50: 1.5, p99: 9 },
    reconnects_per_minute: 2,
    rate_limit_hits_per_minute: 1,
  });
  const { id } = await openCase(app);
  await openCase(app);
  await staff.moderator.post(`/reports/${id}/claim`);
  await sql`update user_reports set due_at = now() - interval '1 minute' where id = ${id}`;
  const people: TestUser[] = [await createUser(), await createUser()];
  await request("POST", "/api/v1/messages/request", {
    token: people[0]!.token,
    body: { receiver_id: people[1]!.id, content: "hello" },
  });
  const after = await stats();
  expect(after.reports).toMatchObject({
    open: before.reports.open + 2,
    overdue: before.reports.overdue + 1,
    unclaimed: before.reports.unclaimed + 1,
  });
  expect(after.messages_per_minute).toBe(before.messages_per_minute + 1);
  expect(after.messages_per_second).toBe(Math.round(after.messages_per_minute / 6) / 10);
});
