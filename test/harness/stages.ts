/**
 * For every route: what has to be there before a valid call of it, and that call. Written once, for the tests
 * that walk over the router (access, bad input, the document). It expects nothing.
 * @module
 */
import type { TestApp, TestUser } from "./app.ts";
import { connect } from "./relations.ts";

/** Who is on the stage. The resource of a route is `owner`'s; `peer` is the other person of it. */
export interface Stage {
  readonly app: TestApp;
  readonly owner: TestUser;
  readonly peer: TestUser;
  /** Who calls; null: nobody is signed in. */
  readonly actor: TestUser | null;
  /** A member of staff who is not the actor. */
  staff(): Promise<TestUser>;
}

/** A call of a route. */
export interface StagedCall {
  /** For the path's parameters, by name. */
  readonly params?: Readonly<Record<string, string>>;
  /** With its question mark. */
  readonly query?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Instead of the actor's access token. */
  readonly token?: string;
}

type Prepare = (stage: Stage) => StagedCall | Promise<StagedCall>;

const nothing: Prepare = () => ({});
const ofOwner: Prepare = ({ owner }) => ({ params: { id: owner.id } });
const ADMIN = "/api/v1/admin";
const DEVICE = { provider: "fcm", token: "a-registration-token-of-firebase", preview: "none" };

async function post(app: TestApp, path: string, ...[by, body]: [TestUser | null, object?]) {
  const answer = await app.request("POST", path, { token: by?.token, body: body ?? {} });
  if (answer.status >= 300) throw new Error(`Cannot prepare ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}

/** Two messages of the owner to the peer, in their conversation. */
async function talk({ app, owner, peer }: Stage) {
  const conversationId = await connect(app, owner, peer);
  const sent = await post(app, "/api/v1/messages/send", owner, { receiver_id: peer.id, content: "hello" });
  return { conversationId, messageId: sent.message_id as string };
}

/** The owner's request to the peer, unanswered. */
async function ask({ app, owner, peer }: Stage): Promise<StagedCall> {
  const sent = await post(app, "/api/v1/messages/request", owner, { receiver_id: peer.id, content: "Hi" });
  return { params: { id: sent.request_id } };
}

/** The owner's report about the peer. */
async function report({ app, owner, peer }: Stage): Promise<StagedCall & { params: { id: string } }> {
  const filed = await post(app, `/api/v1/users/${peer.id}/report`, owner, { reason: "spam" });
  return { params: { id: filed.report_id } };
}

/** The same, claimed by the caller where the caller is staff. */
async function claimed(stage: Stage) {
  const call = await report(stage);
  const claim = `${ADMIN}/reports/${call.params.id}/claim`;
  await stage.app.request("POST", claim, { token: stage.actor?.token, body: {} });
  return call;
}

/** The owner's block of the peer. */
async function block({ app, owner, peer }: Stage): Promise<StagedCall> {
  await post(app, `/api/v1/users/${peer.id}/block`, owner);
  const { sql } = app.context.database;
  const [row] = await sql<{ id: string }[]>`select id from user_blocks where blocker_id = ${owner.id}`;
  return { params: { id: row!.id } };
}

/** A ban of the peer by somebody of the staff, who waits for a second one. */
async function ban(stage: Stage): Promise<StagedCall> {
  const body = { action: "ban", reason: "Asked for money" };
  const made = await post(stage.app, `${ADMIN}/users/${stage.peer.id}/sanctions`, await stage.staff(), body);
  return { params: { id: stage.peer.id, sanction_id: made.sanction.id } };
}

/** The caller's device. */
async function device({ app, actor }: Stage): Promise<StagedCall> {
  await app.request("PUT", "/api/v1/devices/current", { token: actor?.token, body: DEVICE });
  return {};
}

async function code({ app, actor }: Stage, email = actor?.email ?? "nobody-yet@example.com") {
  await post(app, "/api/v1/auth/send-otp", null, { email });
  const mail = app.mails.findLast(({ to }) => to === email);
  return { email, code: /\b\d{6}\b/.exec(mail?.text ?? "")?.[0] ?? "" };
}

const reason = { body: { reason: "Checked again" } };

/** What each route needs, by its name in the router. */
export const STAGES: Readonly<Record<string, Prepare>> = {
  "GET /livez": nothing,
  "GET /readyz": nothing,
  "GET /docs": nothing,
  "GET /docs/assets/:name": () => ({ params: { name: "start.js" } }),
  "GET /docs/openapi.json": nothing,
  "GET /docs/asyncapi.json": nothing,
  "GET /docs/events": nothing,
  "GET /ws": nothing,
  "GET /socket.io/": () => ({ query: "?EIO=4&transport=websocket" }),

  "POST /api/v1/auth/send-otp": ({ actor }) => ({ body: { email: actor?.email ?? "new@example.com" } }),
  "POST /api/v1/auth/verify-otp": async (stage) => ({ body: await code(stage) }),
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
    if (actor && actor.id !== owner.id) await post(app, `/api/v1/users/${owner.id}/block`, actor);
    return { params: { id: owner.id } };
  },
  "GET /api/v1/users/blocks": async (stage) => {
    await block(stage);
    return {};
  },
  "POST /api/v1/users/:id/report": ({ owner }) => ({
    params: { id: owner.id },
    body: { reason: "fake_profile", description: "Photos of an actor" },
  }),
  "GET /api/v1/users/me/export": async (stage) => {
    await talk(stage);
    return {};
  },
  "DELETE /api/v1/users/me": async (stage) => ({ body: { code: (await code(stage)).code } }),

  "GET /api/v1/discovery/profiles": nothing,
  "POST /api/v1/discovery/action": ({ owner }) => ({ body: { target_id: owner.id, action_type: "like" } }),
  "GET /api/v1/matches": async (stage) => {
    await talk(stage);
    return {};
  },
  "DELETE /api/v1/matches/:id": async ({ app, owner, peer }) => {
    await connect(app, owner, peer);
    const { sql } = app.context.database;
    const [row] = await sql<{ id: string }[]>`
      select id from matches where ${owner.id} in (user1_id, user2_id) and ${peer.id} in (user1_id, user2_id)
    `;
    return { params: { id: row!.id } };
  },

  "POST /api/v1/messages/request": ({ owner }) => ({ body: { receiver_id: owner.id, content: "Hi there" } }),
  "GET /api/v1/messages/requests": async (stage) => {
    await ask(stage);
    return {};
  },
  "POST /api/v1/messages/request/:id/respond": async (stage) => ({
    ...(await ask(stage)),
    body: { action: "accept" },
  }),
  "DELETE /api/v1/messages/request/:id": ask,
  "POST /api/v1/messages/send": async (stage) => {
    await talk(stage);
    return { body: { receiver_id: stage.owner.id, content: "hello back" } };
  },
  "PUT /api/v1/messages/:id/read": async (stage) => ({ params: { id: (await talk(stage)).messageId } }),
  "GET /api/v1/conversations": async (stage) => {
    await talk(stage);
    return {};
  },
  "GET /api/v1/conversations/:id": async (stage) => ({
    params: { id: (await talk(stage)).conversationId },
  }),
  "GET /api/v1/conversations/:id/messages": async (stage) => ({
    params: { id: (await talk(stage)).conversationId },
  }),
  "POST /api/v1/conversations/:id/read": async (stage) => {
    const { conversationId, messageId } = await talk(stage);
    return { params: { id: conversationId }, body: { message_id: messageId } };
  },
  "GET /api/v1/sync": async (stage) => {
    await talk(stage);
    return { query: "?since=0" };
  },

  "PUT /api/v1/devices/current": ({ actor }) => ({
    body: { ...DEVICE, token: `${DEVICE.token}-${actor?.id}` },
  }),
  "GET /api/v1/devices": device,
  "DELETE /api/v1/devices/current": device,
  "POST /api/v1/devices/current/test": device,

  [`GET ${ADMIN}/reports`]: async (stage) => {
    await report(stage);
    return {};
  },
  [`GET ${ADMIN}/reports/:id`]: report,
  [`POST ${ADMIN}/reports/:id/claim`]: report,
  [`POST ${ADMIN}/reports/:id/release`]: claimed,
  [`POST ${ADMIN}/reports/:id/notes`]: async (stage) => ({
    ...(await report(stage)),
    body: { text: "Same photos as the last one" },
  }),
  [`POST ${ADMIN}/reports/:id/resolve`]: async (stage) => ({
    ...(await claimed(stage)),
    body: { decision: "resolved", action: "mute", hours: 24, reason: "Repeated insults" },
  }),
  [`POST ${ADMIN}/reports/:id/undo`]: async (stage) => {
    const call = await report(stage);
    const other = await stage.staff();
    await post(stage.app, `${ADMIN}/reports/${call.params.id}/claim`, other);
    const decision = { decision: "resolved", action: "warn", reason: "Spam" };
    await post(stage.app, `${ADMIN}/reports/${call.params.id}/resolve`, other, decision);
    return { ...call, ...reason };
  },
  [`GET ${ADMIN}/blocks`]: async (stage) => {
    await block(stage);
    return {};
  },
  [`GET ${ADMIN}/blocks/:id`]: block,
  [`POST ${ADMIN}/blocks/:id/lift`]: async (stage) => ({ ...(await block(stage)), ...reason }),
  [`POST ${ADMIN}/blocks/:id/uphold`]: async (stage) => ({ ...(await block(stage)), ...reason }),
  [`GET ${ADMIN}/users`]: ({ owner }) => ({ query: `?query=${owner.id}` }),
  [`GET ${ADMIN}/users/:id`]: ofOwner,
  [`GET ${ADMIN}/sanctions`]: async (stage) => {
    await ban(stage);
    return {};
  },
  [`POST ${ADMIN}/users/:id/sanctions`]: ({ owner }) => ({
    params: { id: owner.id },
    body: { action: "warn", reason: "Insults" },
  }),
  [`DELETE ${ADMIN}/users/:id/sanctions/:sanction_id`]: async (stage) => ({
    ...(await ban(stage)),
    ...reason,
  }),
  [`POST ${ADMIN}/users/:id/sanctions/:sanction_id/confirm`]: async (stage) => ({
    ...(await ban(stage)),
    ...reason,
  }),
  [`GET ${ADMIN}/audit`]: nothing,
  [`GET ${ADMIN}/stats`]: nothing,
};

/** @returns The path of a staged call, with its query. */
export function pathOf(route: string, { params = {}, query = "" }: StagedCall): string {
  const path = route.slice(route.indexOf(" ") + 1);
  return path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? `:${name}`) + query;
}
