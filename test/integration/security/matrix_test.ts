/**
 * Access to every route for every kind of caller, generated from the router: a route without a row fails, and
 * so does a row without a route. `request` checks that each answer is documented.
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";
import { accessOf } from "../../../server/http/route_rules.ts";
import { ACTORS, type Actor } from "../../harness/actors.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { fingerprint } from "../../harness/fingerprint.ts";
import { pathOf, ROUTE_CALLS, type RouteCall, type Situation } from "../../harness/route_calls.ts";
import { createWorld } from "../../harness/world.ts";

/** A status, and the code of a failure behind it. */
type Cell = number | `${number} ${string}`;
type Row = readonly [Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell];

const NO = "401 UNAUTHORIZED";
const FORBIDDEN = "403 FORBIDDEN";
const SELF = "400 VALIDATION_ERROR";
const BLOCKED = "403 USER_BLOCKED";
const NOT_YOURS = "403 UNAUTHORIZED_ACTION";
const GONE = "404 NOT_FOUND";
const NO_USER = "404 USER_NOT_FOUND";
const NO_TALK = "404 CONVERSATION_NOT_FOUND";
const NO_MESSAGE = "404 MESSAGE_NOT_FOUND";
const NO_REQUEST = "404 REQUEST_NOT_FOUND";
const NO_SANCTION = "404 SANCTION_NOT_FOUND";
const NO_MATCH = "404 MATCH_NOT_FOUND";
const NO_PICTURE = "404 MEDIA_NOT_FOUND";
const CONFLICT = "409 CONFLICT";

const anybody = (cell: Cell): Row => [cell, cell, cell, cell, cell, cell, cell, cell];
const signedIn = (cell: Cell): Row => [NO, cell, cell, cell, cell, FORBIDDEN, cell, cell];
const staff = (cell: Cell): Row => [NO, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, cell, cell];

const adminOnly: Row = [NO, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, 200];

/**
 * The owner is whose resource it is: who is looked at, liked, blocked; who sent the request or the message, filed
 * the report. The peer is the other person of it; blocked is the peer after the owner's block. Staff stand to
 * both as strangers do: no role opens what two people said to each other.
 */
const MATRIX: Readonly<Record<string, Row>> = {
  "GET /livez": anybody(200),
  "GET /readyz": anybody(200),
  "GET /": anybody(200),
  "GET /docs": anybody(200),
  "GET /docs/guide": anybody(200),
  "GET /docs/assets/:name": anybody(200),
  "GET /docs/openapi.json": anybody(200),
  "GET /docs/events": anybody(200),
  // In production only staff: see test/contract/openapi_test.ts.
  "GET /docs/staff": anybody(200),
  "GET /docs/staff.json": anybody(200),
  "GET /docs/asyncapi.json": anybody(200),

  "GET /api/v1/config": anybody(200),

  // Sockets say who they are once they are open: the matrix of events judges them. Nothing listens in this test.
  "GET /ws": anybody("503 SERVICE_UNAVAILABLE"),
  "GET /socket.io/": anybody("503 SERVICE_UNAVAILABLE"),

  // A suspended person proves their address as everybody does, and learns of the suspension from what follows.
  "POST /api/v1/auth/send-otp": anybody(200),
  "POST /api/v1/auth/verify-otp": [200, 200, 200, 200, 200, FORBIDDEN, 200, 200],
  // Only with the token that proves a new address; see below.
  "POST /api/v1/auth/signup": anybody(NO),
  "POST /api/v1/auth/refresh": [NO, 200, 200, 200, 200, FORBIDDEN, 200, 200],
  "POST /api/v1/auth/logout": signedIn(200),
  "POST /api/v1/auth/logout-all": signedIn(200),

  //                                    anonymous owner peer blocked stranger suspended moderator admin
  "GET /api/v1/users/profile": signedIn(200),
  "PUT /api/v1/users/profile": signedIn(200),
  "GET /api/v1/users/:id/profile": [NO, 200, 200, GONE, 200, FORBIDDEN, 200, 200],
  "POST /api/v1/users/:id/block": [NO, SELF, 201, 201, 201, FORBIDDEN, 201, 201],
  "DELETE /api/v1/users/:id/block": [NO, SELF, 200, 200, 200, FORBIDDEN, 200, 200],
  "GET /api/v1/users/blocks": signedIn(200),
  "POST /api/v1/users/:id/report": [NO, SELF, 201, 201, 201, FORBIDDEN, 201, 201],
  "GET /api/v1/users/me/export": signedIn(200),
  "GET /api/v1/users/me/notices": signedIn(200),
  // Also with an appeal token: see test/integration/admin/appeals_test.ts. The call is the peer's, who was warned.
  "POST /api/v1/appeals": [NO, NO_SANCTION, 201, 201, NO_SANCTION, FORBIDDEN, NO_SANCTION, NO_SANCTION],
  "GET /api/v1/appeals": signedIn(200),
  // Members of staff give their role back first.
  "DELETE /api/v1/users/me": [NO, 200, 200, 200, 200, FORBIDDEN, NOT_YOURS, NOT_YOURS],

  "GET /api/v1/discovery/profiles": signedIn(200),
  "POST /api/v1/discovery/action": [NO, SELF, 201, NO_USER, 201, FORBIDDEN, 201, 201],
  "GET /api/v1/matches": signedIn(200),
  "DELETE /api/v1/matches/:id": [NO, 200, 200, NO_MATCH, NO_MATCH, FORBIDDEN, NO_MATCH, NO_MATCH],

  "POST /api/v1/messages/request": [NO, SELF, 201, BLOCKED, 201, FORBIDDEN, 201, 201],
  "GET /api/v1/messages/requests": signedIn(200),
  // A block cancels the request: there is nothing left to answer.
  "POST /api/v1/messages/request/:id/respond": [
    ...([NO, NOT_YOURS, 200, CONFLICT] as const),
    ...([NO_REQUEST, FORBIDDEN, NO_REQUEST, NO_REQUEST] as const),
  ],
  "DELETE /api/v1/messages/request/:id": [
    ...([NO, 200, NOT_YOURS, NOT_YOURS] as const),
    ...([NO_REQUEST, FORBIDDEN, NO_REQUEST, NO_REQUEST] as const),
  ],
  "POST /api/v1/messages/send": [NO, SELF, 201, BLOCKED, NO_TALK, FORBIDDEN, NO_TALK, NO_TALK],
  "PUT /api/v1/messages/:id/read": [
    ...([NO, NOT_YOURS, 200, BLOCKED] as const),
    ...([NO_MESSAGE, FORBIDDEN, NO_MESSAGE, NO_MESSAGE] as const),
  ],
  "GET /api/v1/conversations": signedIn(200),
  "GET /api/v1/conversations/:id": [NO, 200, 200, BLOCKED, NO_TALK, FORBIDDEN, NO_TALK, NO_TALK],
  "GET /api/v1/conversations/:id/messages": [NO, 200, 200, BLOCKED, NO_TALK, FORBIDDEN, NO_TALK, NO_TALK],
  "POST /api/v1/conversations/:id/read": [
    ...([NO, NOT_YOURS, 200, BLOCKED] as const),
    ...([NO_TALK, FORBIDDEN, NO_TALK, NO_TALK] as const),
  ],
  "GET /api/v1/sync": signedIn(200),

  "POST /api/v1/media": signedIn(201),
  "POST /api/v1/media/:id/complete": [
    ...([NO, 200, NO_PICTURE, NO_PICTURE] as const),
    ...([NO_PICTURE, FORBIDDEN, NO_PICTURE, NO_PICTURE] as const),
  ],
  "GET /api/v1/media/:id": [
    ...([NO, 302, 302, NO_PICTURE] as const),
    ...([NO_PICTURE, FORBIDDEN, NO_PICTURE, NO_PICTURE] as const),
  ],
  // Whoever has a signed link may use it while it lives.
  "GET /media/:id/:variant": anybody(200),
  "PUT /media/:id/upload": anybody(200),
  // Likewise, once.
  "GET /evidence/:token": anybody(200),

  "PUT /api/v1/devices/current": signedIn(200),
  "GET /api/v1/devices": signedIn(200),
  "DELETE /api/v1/devices/current": signedIn(200),
  "POST /api/v1/devices/current/test": signedIn(200),

  "GET /api/v1/admin/reports": staff(200),
  "GET /api/v1/admin/reports/:id": staff(200),
  "POST /api/v1/admin/reports/:id/claim": staff(200),
  "POST /api/v1/admin/reports/:id/release": staff(200),
  "POST /api/v1/admin/reports/:id/notes": staff(201),
  "POST /api/v1/admin/reports/:id/resolve": staff(200),
  "POST /api/v1/admin/reports/:id/undo": staff(200),
  "POST /api/v1/admin/reports/:id/pictures/:media_id": staff(201),
  "GET /api/v1/admin/blocks": staff(200),
  "GET /api/v1/admin/blocks/:id": staff(200),
  "POST /api/v1/admin/blocks/:id/lift": staff(200),
  "POST /api/v1/admin/blocks/:id/uphold": staff(200),
  "GET /api/v1/admin/users": staff(200),
  "GET /api/v1/admin/users/:id": staff(200),
  "POST /api/v1/admin/users/:id/reports/dismiss": staff(200),
  "GET /api/v1/admin/sanctions": staff(200),
  "POST /api/v1/admin/users/:id/sanctions": staff(201),
  "DELETE /api/v1/admin/users/:id/sanctions/:sanction_id": staff(200),
  "POST /api/v1/admin/users/:id/sanctions/:sanction_id/confirm": staff(200),
  "GET /api/v1/admin/appeals": staff(200),
  "GET /api/v1/admin/appeals/:id": staff(200),
  "POST /api/v1/admin/appeals/:id/claim": staff(200),
  "POST /api/v1/admin/appeals/:id/release": staff(200),
  "POST /api/v1/admin/appeals/:id/decide": staff(200),
  "GET /api/v1/admin/audit": staff(200),
  "GET /api/v1/admin/events": adminOnly,
  "GET /api/v1/admin/stats": staff(200),
  "GET /api/v1/admin/stats/moderation": staff(200),
};

const NO_REPORT = "404 REPORT_NOT_FOUND";
const NO_APPEAL = "404 APPEAL_NOT_FOUND";
const NO_BLOCK = "404 BLOCK_NOT_FOUND";

/** Members of staff whom something is about: the owner has reported them, or blocks them. Both are the peer. */
const SUBJECTS = ["reported moderator", "blocked moderator"] as const;
type Subject = (typeof SUBJECTS)[number];
const both = (cell: Cell) => [cell, cell] as const;

/**
 * What staff routes answer to these two; elsewhere they are what the peer and the blocked one are, but for what is named
 * here. What is about them does not exist for them, and nobody judges themselves.
 */
const ABOUT_THEMSELVES: Readonly<Record<string, readonly [reported: Cell, blocked: Cell]>> = {
  "DELETE /api/v1/users/me": both(NOT_YOURS),

  "GET /api/v1/admin/reports": both(200),
  "GET /api/v1/admin/reports/:id": both(NO_REPORT),
  "POST /api/v1/admin/reports/:id/claim": both(NO_REPORT),
  "POST /api/v1/admin/reports/:id/release": both(NO_REPORT),
  "POST /api/v1/admin/reports/:id/notes": both(NO_REPORT),
  "POST /api/v1/admin/reports/:id/resolve": both(NO_REPORT),
  "POST /api/v1/admin/reports/:id/undo": both(NO_REPORT),
  "POST /api/v1/admin/reports/:id/pictures/:media_id": both(NO_REPORT),
  "GET /api/v1/admin/blocks": both(200),
  "GET /api/v1/admin/blocks/:id": both(NO_BLOCK),
  "POST /api/v1/admin/blocks/:id/lift": both(NO_BLOCK),
  "POST /api/v1/admin/blocks/:id/uphold": both(NO_BLOCK),
  "GET /api/v1/admin/users": both(200),
  "GET /api/v1/admin/users/:id": both(200),
  "POST /api/v1/admin/users/:id/sanctions": both(201),
  // What was filed about them is not there to be dismissed.
  "POST /api/v1/admin/users/:id/reports/dismiss": both(CONFLICT),
  // The situation bans the peer, and whoever is banned is let in nowhere; about_viewer_test.ts asks these with a warning.
  "GET /api/v1/admin/sanctions": both(FORBIDDEN),
  "DELETE /api/v1/admin/users/:id/sanctions/:sanction_id": both(FORBIDDEN),
  "POST /api/v1/admin/users/:id/sanctions/:sanction_id/confirm": both(FORBIDDEN),
  // The appeal is the peer's.
  "GET /api/v1/admin/appeals": both(200),
  "GET /api/v1/admin/appeals/:id": both(NO_APPEAL),
  "POST /api/v1/admin/appeals/:id/claim": both(NO_APPEAL),
  "POST /api/v1/admin/appeals/:id/release": both(NO_APPEAL),
  "POST /api/v1/admin/appeals/:id/decide": both(NO_APPEAL),
  "GET /api/v1/admin/audit": both(200),
  "GET /api/v1/admin/events": both(FORBIDDEN),
  "GET /api/v1/admin/stats": both(200),
  "GET /api/v1/admin/stats/moderation": both(200),
};

/** A refused call of these still writes: it uses up a code or one of its tries. */
const WRITES_WHEN_REFUSED = new Set(["POST /api/v1/auth/verify-otp"]);

const app = await createTestApp();
const { request, createUser, close } = app;
const { sql } = app.context.database;
afterAll(close);
const moderator = await createUser({ role: "moderator", name: "Somebody else" });
const admin = await createUser({ role: "admin", name: "The Admin" });
const routes = app.app.routes.map((route) => ({ name: `${route.method} ${route.path}`, route }));

/** The owner reports the peer, who is a moderator; only an admin judges them. */
async function createSituationAbout(subject: Subject): Promise<Situation> {
  const [owner, peer] = [await createUser(), await createUser({ role: "moderator" })];
  if (subject === "reported moderator") {
    await request("POST", `/api/v1/users/${peer.id}/report`, {
      token: owner.token,
      body: { reason: "spam" },
    });
  }
  return { app, owner, peer, actor: peer, staff: async () => admin };
}

async function createSituation(actor: Actor | Subject): Promise<Situation> {
  if (actor === "reported moderator" || actor === "blocked moderator")
    return await createSituationAbout(actor);
  const [owner, peer] = [await createUser(), await createUser()];
  const base = { app, owner, peer, staff: async () => moderator };
  switch (actor) {
    case "anonymous":
      return { ...base, actor: null };
    case "owner":
      return { ...base, actor: owner };
    case "peer":
    case "blocked":
      return { ...base, actor: peer };
    case "stranger":
    case "suspended":
      return { ...base, actor: await createUser() };
    default:
      return { ...base, actor: await createUser({ role: actor }) };
  }
}

async function suspend({ id }: TestUser): Promise<void> {
  await sql`update users set suspended_until = now() + interval '1 day' where id = ${id}`;
}

/** Who is refused for what they are, whatever is there: one situation, which nobody changes, is enough for all of them. */
function isRefusedByRole(name: string, actor: Actor | Subject): boolean {
  return path(name).startsWith("/api/v1/admin/") && !/moderator|admin/.test(actor);
}

const calls = new Map<string, Promise<RouteCall>>();

function callOf(name: string): Promise<RouteCall> {
  const known =
    calls.get(name) ?? createSituation("moderator").then((situation) => ROUTE_CALLS[name]!(situation));
  calls.set(name, known);
  return known;
}

/** @returns The answer as a cell says it. */
async function play(name: string, actor: Actor | Subject): Promise<{ cell: Cell; problems: string[] }> {
  const situation = await createSituation(actor);
  const call = await (isRefusedByRole(name, actor) ? callOf(name) : ROUTE_CALLS[name]!(situation));
  const { owner, peer } = situation;
  if (actor === "suspended") await suspend(situation.actor!);
  if (actor === "blocked" || actor === "blocked moderator") {
    await request("POST", `/api/v1/users/${peer.id}/block`, { token: owner.token, body: {} });
  }
  const [method, path] = [name.split(" ", 1)[0]!, pathOf(name, call)];
  const before = await fingerprint(sql);
  const answer = await request(method, path, {
    token: call.token ?? situation.actor?.token,
    body: call.body,
  });
  const refused = answer.status >= 400;
  const problems: string[] = [];
  if (refused && !WRITES_WHEN_REFUSED.has(name)) {
    const after = await fingerprint(sql);
    const changed = Object.keys(before).filter((table) => before[table] !== after[table]);
    if (changed.length > 0) problems.push(`refused, and yet it changed ${changed.join(", ")}`);
  }
  const cell: Cell = refused ? `${answer.status} ${answer.body.error.code}` : answer.status;
  return { cell, problems };
}

test("every route has a row and a valid call; nothing else has", () => {
  const names = routes.map(({ name }) => name).sort();
  expect(Object.keys(MATRIX).sort()).toEqual(names);
  expect(Object.keys(ROUTE_CALLS).sort()).toEqual(names);
  // What is about them must be said for every route of staff.
  const ofStaff = names.filter((name) => path(name).startsWith("/api/v1/admin/"));
  expect(ofStaff.filter((name) => !(name in ABOUT_THEMSELVES))).toEqual([]);
});

test("what a route declares is what its row says", () => {
  for (const { name, route } of routes) {
    const [anonymous, owner, , , , suspended] = MATRIX[name]!;
    const access = accessOf(route);
    const isOpen = access === "public" || access === "signup";
    if (isOpen) continue;
    expect([name, anonymous, suspended]).toEqual([name, NO, FORBIDDEN]);
    if (access === "staff" || access === "admin") expect([name, owner]).toEqual([name, FORBIDDEN]);
    expect([name, path(name).startsWith("/api/v1/admin/")]).toEqual([
      name,
      access !== "user" && access !== "appeal",
    ]);
  }
});

function path(name: string): string {
  return name.slice(name.indexOf(" ") + 1);
}

describe.each(Object.keys(MATRIX))("%s", (name) => {
  test("answers everybody as its row says", async () => {
    const expected = Object.fromEntries(ACTORS.map((actor, at) => [actor, MATRIX[name]![at]]));
    const [reported, blocked] = ABOUT_THEMSELVES[name] ?? [expected.peer, expected.blocked];
    Object.assign(expected, { "reported moderator": reported, "blocked moderator": blocked });
    const cells: Record<string, Cell> = {};
    const problems: string[] = [];
    // One after the other: a refused call is checked to have changed nothing anywhere.
    for (const actor of [...ACTORS, ...SUBJECTS]) {
      const played = await play(name, actor);
      cells[actor] = played.cell;
      problems.push(...played.problems);
    }
    expect<Record<string, unknown>>({ ...cells, problems }).toEqual({ ...expected, problems: [] });
  });
});

test("signing up takes the token of a proven new address, once", async () => {
  const email = "brand-new@example.com";
  const code = await createWorld(app).mailedCode(email);
  const verified = await request("POST", "/api/v1/auth/verify-otp", { body: { email, code } });
  const call = await ROUTE_CALLS["POST /api/v1/auth/signup"]!(await createSituation("anonymous"));
  const signup = () =>
    request("POST", "/api/v1/auth/signup", { token: verified.body.data.temp_token, body: call.body });
  const answers = [await signup(), await signup()];
  expect(answers.map(({ status }) => status)).toEqual([201, 409]);
  // It opens no other door.
  const elsewhere = await request("GET", "/api/v1/users/profile", { token: verified.body.data.temp_token });
  expect(elsewhere.status).toBe(401);
});
