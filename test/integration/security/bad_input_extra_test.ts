/**
 * Keys that nobody asked for have no effect: every call that changes something is made in two worlds, in one of them
 * with `role`, `is_premium`, `user_id`, `status` and the like in body, query and headers. The databases are equal.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { loadApiDocument } from "../../harness/api_document.ts";
import { createTestApp, type TestAnswer, type TestApp, type TestUser } from "../../harness/app.ts";
import { dump } from "../../harness/dump.ts";
import { pathOf, prepareCall } from "../../harness/route_calls.ts";

const FOREIGN = "ffffffff-ffff-7fff-bfff-ffffffffffff";
const PAST = "2001-02-03T04:05:06.000Z";

const INJECTED: Readonly<Record<string, unknown>> = {
  id: FOREIGN,
  user_id: FOREIGN,
  sender_id: FOREIGN,
  actor_id: FOREIGN,
  reporter_id: FOREIGN,
  reported_id: FOREIGN,
  blocker_id: FOREIGN,
  request_id: FOREIGN,
  session_id: FOREIGN,
  match_id: FOREIGN,
  claimed_by: FOREIGN,
  created_by: FOREIGN,
  confirmed_by: FOREIGN,
  role: "admin",
  is_premium: true,
  premium_expires_at: null,
  is_active: false,
  is_online: true,
  onboarding_completed: false,
  muted_until: PAST,
  suspended_until: PAST,
  deleted_at: PAST,
  status: "accepted",
  request_status: "accepted",
  is_request: true,
  is_read: true,
  read_at: PAST,
  seq: 999,
  last_seq: 999,
  priority: 0,
  due_at: PAST,
  permanent: true,
  evidence_count: 0,
  tag: "injected",
  created_at: PAST,
  updated_at: PAST,
  last_active: PAST,
  expires_in: 999_999,
  constructor: { prototype: { role: "admin" } },
  toString: "x",
};

const camel = (key: string) => key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** What is not part of the route's own body, in both spellings. */
function injection(known: object): Record<string, unknown> {
  const all = Object.entries(INJECTED).flatMap(([key, value]) => [
    [key, value],
    [camel(key), value],
  ]);
  return Object.fromEntries(all.filter(([key]) => !Object.hasOwn(known, key as string)));
}

interface World {
  readonly app: TestApp;
  readonly staff: TestUser;
}

async function createWorld(): Promise<World> {
  const app = await createTestApp();
  return { app, staff: await app.createUser({ role: "moderator" }) };
}

const worlds = [await createWorld(), await createWorld()] as const;
afterAll(() => Promise.all(worlds.map(({ app }) => app.close())));
const { operations } = await loadApiDocument(worlds[0].app.app);

const writing = worlds[0].app.app.routes
  // An upload's body is a file, and its query a signature.
  .filter(({ method, path }) => method !== "GET" && path !== "/media/:id/upload")
  .map((route) => ({
    name: `${route.method} ${route.path}`,
    method: route.method,
  }));

/** It sends a notification, and the database stays as it is. */
const STORES_NOTHING = new Set(["POST /api/v1/devices/current/test"]);

/** Makes the valid call of a route, with or without more than it takes. */
async function play(
  { app, staff }: World,
  { route, inject }: { route: (typeof writing)[number]; inject: boolean },
): Promise<{ answer: TestAnswer; before: object; after: object }> {
  const { name, method } = route;
  const { call, token } = await prepareCall(app, name, staff);
  const known = operations.find((operation) => operation.name === name)?.body?.schema.properties ?? {};
  const extra = inject ? injection(known) : {};
  const headers: Record<string, string> = inject
    ? {
        "x-user-id": FOREIGN,
        "x-role": "admin",
        "x-http-method-override": "DELETE",
        "x-original-url": "/livez",
      }
    : {};
  const body = call.body || inject ? { ...extra, ...call.body } : undefined;
  const query = inject ? `?role=admin&is_premium=true&user_id=${FOREIGN}&id=${FOREIGN}&status=accepted` : "";
  const { sql } = app.context.database;
  const before = await dump(sql);
  const answer = await app.request(method, pathOf(name, { ...call, query }), { token, body, headers });
  return { answer, before, after: await dump(sql) };
}

describe.each(writing.map((route) => [route.name, route] as const))("%s", (name, route) => {
  test("does the same with and without keys that nobody asked for", async () => {
    const plain = await play(worlds[0], { route, inject: false });
    const injected = await play(worlds[1], { route, inject: true });
    expect([name, injected.answer.body, injected.answer.status]).toEqual([
      name,
      expect.anything(),
      plain.answer.status,
    ]);
    expect(plain.answer.status).toBeLessThan(300);
    expect(injected.before).toEqual(plain.before);
    expect(injected.after).toEqual(plain.after);
    // Or there would be nothing to compare.
    if (!STORES_NOTHING.has(name)) expect(plain.after).not.toEqual(plain.before);
    const text = JSON.stringify([injected.answer.body, injected.after]);
    for (const mark of [FOREIGN, "2001-02-03", "injected"])
      expect([mark, text.includes(mark)]).toEqual([mark, false]);
  });
});
