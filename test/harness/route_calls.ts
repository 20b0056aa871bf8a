/**
 * A valid call of every route, made after what it needs has been created. Used by every test that walks over the
 * router: access, bad input, the document. It asserts nothing.
 * @module
 */
import { accessOf } from "../../server/http/route_rules.ts";
import type { TestApp, TestUser } from "./app.ts";
import { beginUpload, sendPicture, upload } from "./media/uploads.ts";
import { createWorld } from "./world.ts";

/** Who takes part. The resource of a route is `owner`'s; `peer` is the other person of it. */
export interface Situation {
  readonly app: TestApp;
  readonly owner: TestUser;
  readonly peer: TestUser;
  /** Who calls; null: nobody is signed in. */
  readonly actor: TestUser | null;
  /** A member of staff who is not the actor. */
  staff(): Promise<TestUser>;
}

/** A call of a route. */
export interface RouteCall {
  /** For the path's parameters, by name. */
  readonly params?: Readonly<Record<string, string>>;
  /** With its question mark. */
  readonly query?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Instead of the actor's access token. */
  readonly token?: string;
}

type Prepare = (situation: Situation) => RouteCall | Promise<RouteCall>;

const nothing: Prepare = () => ({});
const ofOwner: Prepare = ({ owner }) => ({ params: { id: owner.id } });
const ADMIN = "/api/v1/admin";
const DEVICE = { provider: "fcm", token: "a-registration-token-of-firebase", preview: "none" };

interface Posted {
  readonly by: TestUser | null;
  readonly body?: object;
}

async function post(app: TestApp, path: string, { by, body = {} }: Posted) {
  const answer = await app.request("POST", path, { token: by?.token, body });
  if (answer.status >= 300) throw new Error(`Cannot prepare ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}

/** A message of the owner to the peer, with whom they are matched. */
async function talk({ app, owner, peer }: Situation) {
  const world = createWorld(app);
  const conversationId = await world.match(owner, peer);
  return { conversationId, messageId: (await world.say(owner, peer)).message_id };
}

/** The owner's request to the peer, unanswered. */
async function ask({ app, owner, peer }: Situation): Promise<RouteCall> {
  const { body } = await createWorld(app).ask(owner, peer);
  return { params: { id: body.data.request_id } };
}

/** The owner's report about the peer. */
async function report({ app, owner, peer }: Situation): Promise<RouteCall & { params: { id: string } }> {
  const filed = await post(app, `/api/v1/users/${peer.id}/report`, { by: owner, body: { reason: "spam" } });
  return { params: { id: filed.report_id } };
}

/** The same, claimed by the caller where the caller is staff. */
async function claimed(situation: Situation) {
  const call = await report(situation);
  const claim = `${ADMIN}/reports/${call.params.id}/claim`;
  await situation.app.request("POST", claim, { token: situation.actor?.token, body: {} });
  return call;
}

/** The owner's block of the peer. */
async function block({ app, owner, peer }: Situation): Promise<RouteCall> {
  await createWorld(app).block(owner, peer);
  const { sql } = app.context.database;
  const [row] = await sql<{ id: string }[]>`select id from user_blocks where blocker_id = ${owner.id}`;
  return { params: { id: row!.id } };
}

/** A ban of the peer by somebody of the staff, who waits for a second one. */
async function ban(situation: Situation): Promise<RouteCall> {
  const body = { action: "ban", reason: "Asked for money" };
  const made = await post(situation.app, `${ADMIN}/users/${situation.peer.id}/sanctions`, {
    by: await situation.staff(),
    body,
  });
  return { params: { id: situation.peer.id, sanction_id: made.sanction.id } };
}

/** A warning for the peer. @returns The body of their appeal. */
async function warned(situation: Situation) {
  const { app, peer } = situation;
  const by = await situation.staff();
  const body = { action: "warn", reason: "Insults" };
  const made = await post(app, `${ADMIN}/users/${peer.id}/sanctions`, { by, body });
  return { text: "It was a quotation", sanction_id: made.sanction.id };
}

/** The peer's appeal against a warning. */
async function appeal(situation: Situation): Promise<RouteCall> {
  const { app, peer } = situation;
  const made = await post(app, "/api/v1/appeals", { by: peer, body: await warned(situation) });
  return { params: { id: made.appeal.id } };
}

async function claimedAppeal(situation: Situation): Promise<RouteCall> {
  const call = await appeal(situation);
  const { app, actor } = situation;
  await app.request("POST", `${ADMIN}/appeals/${call.params!.id}/claim`, { token: actor?.token });
  return call;
}

/** The caller's device. */
async function device({ app, actor }: Situation): Promise<RouteCall> {
  await app.request("PUT", "/api/v1/devices/current", { token: actor?.token, body: DEVICE });
  return {};
}

async function code({ app, actor }: Situation, email = actor?.email ?? "nobody-yet@example.com") {
  return { email, code: await createWorld(app).mailedCode(email) };
}

/** A picture that the owner has sent to the peer. */
async function picture(situation: Situation) {
  const { app, owner, peer } = situation;
  await createWorld(app).match(owner, peer);
  return await sendPicture(app, owner, peer);
}

/** A signed link as a call of its route. */
function linkCall(link: string): RouteCall {
  const { pathname, search } = new URL(link, "http://localhost");
  const [, , id = "", variant = ""] = pathname.split("/");
  return { params: { id, variant }, query: search };
}

/** A picture of the peer's in the owner's report about them. */
async function reportedPicture(situation: Situation) {
  const { app, owner, peer } = situation;
  await createWorld(app).match(owner, peer);
  const { id: media_id } = await sendPicture(app, peer, owner);
  const { params } = await report(situation);
  return { params: { ...params, media_id } };
}

const reason = { body: { reason: "Checked again" } };

/** What each route needs, by its name in the router. */
export const ROUTE_CALLS: Readonly<Record<string, Prepare>> = {
  "GET /livez": nothing,
  "GET /api/v1/config": nothing,
  "GET /readyz": nothing,
  "GET /": nothing,
  "GET /docs": nothing,
  "GET /docs/guide": nothing,
  "GET /docs/assets/:name": () => ({ params: { name: "start-apps.js" } }),
  "GET /docs/openapi.json": nothing,
  "GET /docs/asyncapi.json": nothing,
  "GET /docs/events": nothing,
  "GET /docs/staff": nothing,
  "GET /docs/staff.json": nothing,
  "GET /ws": nothing,
  "GET /socket.io/": () => ({ query: "?EIO=4&transport=websocket" }),

  "POST /api/v1/auth/send-otp": ({ actor }) => ({ body: { email: actor?.email ?? "new@example.com" } }),
  "POST /api/v1/auth/verify-otp": async (situation) => ({ body: await code(situation) }),
  "POST /api/v1/auth/signup": () => ({
    body: { name: "Jane", date_of_birth: "1995-05-15", gender: "female", country: "DE" },
  }),
  "POST /api/v1/auth/refresh": ({ actor }) => ({ body: { refresh_token: actor?.refreshToken ?? "none" } }),
  "POST /api/v1/auth/logout": nothing,
  "POST /api/v1/auth/logout-all": nothing,

  "GET /api/v1/users/profile": nothing,
  "PUT /api/v1/users/profile": () => ({ body: { bio: "Mountains, film photography, tea" } }),
  "GET /api/v1/users/:id/profile": ofOwner,
  "POST /api/v1/users/:id/block": ({ owner }) => ({ params: { id: owner.id }, body: { reason: "rude" } }),
  "DELETE /api/v1/users/:id/block": async ({ app, owner, actor }) => {
    if (actor && actor.id !== owner.id) await createWorld(app).block(actor, owner);
    return { params: { id: owner.id } };
  },
  "GET /api/v1/users/blocks": async (situation) => {
    await block(situation);
    return {};
  },
  "POST /api/v1/users/:id/report": ({ owner }) => ({
    params: { id: owner.id },
    body: { reason: "fake_profile", description: "Photos of an actor" },
  }),
  "GET /api/v1/users/me/notices": nothing,
  "POST /api/v1/appeals": async (situation) => ({ body: await warned(situation) }),
  "GET /api/v1/appeals": nothing,
  "GET /api/v1/users/me/export": async (situation) => {
    await talk(situation);
    return {};
  },
  "DELETE /api/v1/users/me": async (situation) => ({ body: { code: (await code(situation)).code } }),

  "GET /api/v1/discovery/profiles": nothing,
  "POST /api/v1/discovery/action": ({ owner }) => ({ body: { target_id: owner.id, action_type: "like" } }),
  "GET /api/v1/matches": async (situation) => {
    await talk(situation);
    return {};
  },
  "DELETE /api/v1/matches/:id": async ({ app, owner, peer }) => {
    await createWorld(app).match(owner, peer);
    const { sql } = app.context.database;
    const [row] = await sql<{ id: string }[]>`
      select id from matches where ${owner.id} in (user1_id, user2_id) and ${peer.id} in (user1_id, user2_id)
    `;
    return { params: { id: row!.id } };
  },

  "POST /api/v1/messages/request": ({ owner }) => ({ body: { receiver_id: owner.id, content: "Hi there" } }),
  "GET /api/v1/messages/requests": async (situation) => {
    await ask(situation);
    return {};
  },
  "POST /api/v1/messages/request/:id/respond": async (situation) => ({
    ...(await ask(situation)),
    body: { action: "accept" },
  }),
  "DELETE /api/v1/messages/request/:id": ask,
  "POST /api/v1/messages/send": async (situation) => {
    await talk(situation);
    return { body: { receiver_id: situation.owner.id, content: "hello back" } };
  },
  "PUT /api/v1/messages/:id/read": async (situation) => ({
    params: { id: (await talk(situation)).messageId },
  }),
  "GET /api/v1/conversations": async (situation) => {
    await talk(situation);
    return {};
  },
  "GET /api/v1/conversations/:id": async (situation) => ({
    params: { id: (await talk(situation)).conversationId },
  }),
  "GET /api/v1/conversations/:id/messages": async (situation) => ({
    params: { id: (await talk(situation)).conversationId },
  }),
  "POST /api/v1/conversations/:id/read": async (situation) => {
    const { conversationId, messageId } = await talk(situation);
    return { params: { id: conversationId }, body: { message_id: messageId } };
  },
  "GET /api/v1/sync": async (situation) => {
    await talk(situation);
    return { query: "?since=0" };
  },

  "POST /api/v1/media": () => ({ body: { content_type: "image/png", size: 1_000 } }),
  "POST /api/v1/media/:id/complete": async ({ app, owner }) => ({
    params: { id: await upload(app, owner) },
  }),
  "GET /api/v1/media/:id": async (situation) => ({ params: { id: (await picture(situation)).id } }),
  "GET /media/:id/:variant": async (situation) => linkCall((await picture(situation)).thumb_url),
  "PUT /media/:id/upload": async ({ app, owner }) => {
    const begun = await beginUpload(app, owner, { size: 1_000, type: "image/png" });
    return { ...linkCall(begun.upload.url), body: { any: "bytes" } };
  },

  "PUT /api/v1/devices/current": ({ actor }) => ({
    body: { ...DEVICE, token: `${DEVICE.token}-${actor?.id}` },
  }),
  "GET /api/v1/devices": device,
  "DELETE /api/v1/devices/current": device,
  "POST /api/v1/devices/current/test": device,

  [`GET ${ADMIN}/reports`]: async (situation) => {
    await report(situation);
    return {};
  },
  [`GET ${ADMIN}/reports/:id`]: report,
  [`POST ${ADMIN}/reports/:id/claim`]: report,
  [`POST ${ADMIN}/reports/:id/release`]: claimed,
  [`POST ${ADMIN}/reports/:id/notes`]: async (situation) => ({
    ...(await report(situation)),
    body: { text: "Same photos as the last one" },
  }),
  [`POST ${ADMIN}/reports/:id/resolve`]: async (situation) => ({
    ...(await claimed(situation)),
    body: { decision: "resolved", action: "mute", hours: 24, reason: "Repeated insults" },
  }),
  [`POST ${ADMIN}/reports/:id/pictures/:media_id`]: reportedPicture,
  "GET /evidence/:token": async (situation) => {
    const { id, media_id } = (await reportedPicture(situation)).params;
    const by = await situation.staff();
    const { url } = await post(situation.app, `${ADMIN}/reports/${id}/pictures/${media_id}`, { by });
    return { params: { token: url.slice("/evidence/".length) } };
  },
  [`POST ${ADMIN}/reports/:id/undo`]: async (situation) => {
    const call = await report(situation);
    const other = await situation.staff();
    await post(situation.app, `${ADMIN}/reports/${call.params.id}/claim`, { by: other });
    const body = { decision: "resolved", action: "warn", reason: "Spam" };
    await post(situation.app, `${ADMIN}/reports/${call.params.id}/resolve`, { by: other, body });
    return { ...call, ...reason };
  },
  [`GET ${ADMIN}/blocks`]: async (situation) => {
    await block(situation);
    return {};
  },
  [`GET ${ADMIN}/blocks/:id`]: block,
  [`POST ${ADMIN}/blocks/:id/lift`]: async (situation) => ({ ...(await block(situation)), ...reason }),
  [`POST ${ADMIN}/blocks/:id/uphold`]: async (situation) => ({ ...(await block(situation)), ...reason }),
  [`GET ${ADMIN}/users`]: ({ owner }) => ({ query: `?query=${owner.id}` }),
  [`GET ${ADMIN}/users/:id`]: ofOwner,
  [`POST ${ADMIN}/users/:id/reports/dismiss`]: async (situation) => {
    await report(situation);
    return { params: { id: situation.owner.id }, ...reason };
  },
  [`GET ${ADMIN}/sanctions`]: async (situation) => {
    await ban(situation);
    return {};
  },
  [`POST ${ADMIN}/users/:id/sanctions`]: ({ owner }) => ({
    params: { id: owner.id },
    body: { action: "warn", reason: "Insults" },
  }),
  [`DELETE ${ADMIN}/users/:id/sanctions/:sanction_id`]: async (situation) => ({
    ...(await ban(situation)),
    ...reason,
  }),
  [`POST ${ADMIN}/users/:id/sanctions/:sanction_id/confirm`]: async (situation) => ({
    ...(await ban(situation)),
    ...reason,
  }),
  [`GET ${ADMIN}/appeals`]: async (situation) => {
    await appeal(situation);
    return {};
  },
  [`GET ${ADMIN}/appeals/:id`]: appeal,
  [`POST ${ADMIN}/appeals/:id/claim`]: appeal,
  [`POST ${ADMIN}/appeals/:id/release`]: claimedAppeal,
  [`POST ${ADMIN}/appeals/:id/decide`]: async (situation) => ({
    ...(await claimedAppeal(situation)),
    body: { decision: "upheld", reason: "As the messages show" },
  }),
  [`GET ${ADMIN}/audit`]: nothing,
  [`GET ${ADMIN}/events`]: nothing,
  [`GET ${ADMIN}/stats`]: nothing,
  [`GET ${ADMIN}/stats/moderation`]: () => ({ query: "?from=2026-01-01&to=2026-02-01T00:00:00Z" }),
};

/** Routes whose resource only its owner may use; others are called by the peer. */
const OWNERS: ReadonlySet<string> = new Set([
  "DELETE /api/v1/messages/request/:id",
  "POST /api/v1/media/:id/complete",
]);
/** Routes that anybody may call, and that somebody with an account does. */
const PUBLIC_WITH_ACCOUNT: ReadonlySet<string> = new Set([
  "POST /api/v1/auth/refresh",
  "POST /api/v1/auth/verify-otp",
]);

/**
 * Makes everything that a valid call of a route needs, with new people, and the call.
 *
 * @param staff A member of staff who is not the caller.
 * @returns The call, and the token of somebody who may make it.
 */
export async function prepareCall(
  app: TestApp,
  name: string,
  staff: TestUser,
): Promise<{ call: RouteCall; token: string | undefined }> {
  const access = accessOf(app.app.routes.find((route) => `${route.method} ${route.path}` === name)!);
  const [owner, peer] = [await app.createUser(), await app.createUser()];
  const actor = await whoCalls();
  const call = await ROUTE_CALLS[name]!({ app, owner, peer, actor, staff: async () => staff });
  const email = `new-${owner.id}@example.com`;
  const token =
    access === "signup" ? await app.context.tokens.signSignup({ email }) : (call.token ?? actor?.token);
  return { call, token };

  async function whoCalls(): Promise<TestUser | null> {
    if (access === "staff") return await app.createUser({ role: "moderator" });
    if (access === "admin") return await app.createUser({ role: "admin" });
    if (access === "public" && !PUBLIC_WITH_ACCOUNT.has(name)) return null;
    return OWNERS.has(name) ? owner : peer;
  }
}

/** @returns The path of a call, with its query. */
export function pathOf(route: string, { params = {}, query = "" }: RouteCall): string {
  const path = route.slice(route.indexOf(" ") + 1);
  return path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? `:${name}`) + query;
}
