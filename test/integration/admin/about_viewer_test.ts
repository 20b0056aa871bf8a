/**
 * A member of staff who is reported, blocked or sanctioned learns nothing of it through any staff route: every GET
 * answers as before, for every filter that its schema has, and every route with an id answers for what is about them as
 * for what does not exist. The routes and the filters come from the router, so that a new one is asked too.
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";
import { newId } from "../../../server/lib/ids.ts";
import type { Role } from "../../../server/protocol/models.ts";
import { createTestApp, type TestAnswer, type TestUser } from "../../harness/app.ts";
import { ROUTE_CALLS } from "../../harness/route_calls.ts";
import { createStaff, fileReport } from "../../harness/staff.ts";

let skew = 0;
const app = await createTestApp({ clock: { now: () => Date.now() + skew } });
const { createUser, context, request } = app;
const { sql } = context.database;
afterAll(() => app.close());

const ADMIN = "/api/v1/admin";
const routes = app.app.routes
  .filter(({ path }) => path.startsWith(ADMIN))
  .map(({ method, path, hooks }) => ({ method, path, name: `${method} ${path}`, query: queryOf(hooks) }));

/** Holds everything that happens here. */
const PERIOD = `from=2026-01-01&to=${new Date(Date.now() + 86_400_000).toISOString()}`;

// biome-ignore lint/suspicious/noExplicitAny: schemas of any shape
type Schema = any;

/** The properties of a route's query, by name. */
function queryOf(hooks: object): Record<string, Schema> {
  return (hooks as { query?: { properties?: Record<string, Schema> } }).query?.properties ?? {};
}

/** What a filter may be given: its texts, and every id for what takes one. */
function valuesOf(schema: Schema, ids: readonly string[]): string[] {
  const inner: Schema[] = schema.anyOf ?? [schema];
  return inner.flatMap((one) => {
    if (one.const !== undefined) return [String(one.const)];
    const example = one.examples?.[0];
    return typeof example === "string" && /^[0-9a-f-]{36}$/.test(example) ? ids : [];
  });
}

interface World {
  readonly viewer: TestUser;
  readonly viewerName: string;
  /** Everybody and everything that can stand where an id is asked for. */
  readonly ids: string[];
}

/** Asks every GET with no filter and with each single one. Ids are those known before anything happened. */
async function readEverything({ viewer, viewerName, ids }: World): Promise<Map<string, unknown>> {
  // Numbers may be a second old.
  skew += 1_001;
  const seen = new Map<string, unknown>();
  for (const { method, path, query } of routes) {
    if (method !== "GET") continue;
    // A period of its own, so that two answers are about the same one.
    const needed = query.query ? "query=Person" : query.from ? PERIOD : "";
    const filters = Object.entries(query).flatMap(([name, schema]) => {
      const values = name === "query" ? [viewerName, ...ids] : valuesOf(schema, ids);
      return values.map((value) => `${name}=${encodeURIComponent(value)}`);
    });
    const paths = path.includes(":") ? ids.map((id) => path.replaceAll(/:\w+/g, id)) : [path];
    for (const each of paths) {
      for (const filter of [needed, ...filters]) {
        const asked = new URLSearchParams(filter);
        if (needed && !asked.has("query")) asked.append("query", "Person");
        const url = `${each}?${asked}`;
        const { status, body } = await request("GET", url, { token: viewer.token });
        seen.set(url, steady({ status, body }));
      }
    }
  }
  return seen;
}

/** Without what changes by itself: ids of requests, who was active when, what the viewer's own reading adds. */
function steady(value: unknown): unknown {
  const moving = new Set(["request_id", "last_active", "at", "is_online", "timeline"]);
  return JSON.parse(JSON.stringify(value, (key, inner) => (moving.has(key) ? undefined : inner)));
}

/** What only those may read who are not the viewer: a text of others about them, and the name of who reported. */
function secretsOf({ email }: TestUser) {
  return { text: `a secret about ${email}`, name: `Secretive ${email.split("@")[0]}` };
}

/** Everything that staff can do about somebody, done about the viewer. @returns Ids of what came into being. */
async function happenTo(
  viewer: TestUser,
): Promise<{ reports: string[]; blocks: string[]; sanctions: string[]; appeals: string[] }> {
  const admins = [
    await createStaff(app, { role: "admin" }),
    await createStaff(app, { role: "admin" }),
  ] as const;
  const { text: reason, name } = secretsOf(viewer);
  const [reporter, second] = [await createUser({ name }), await createUser({ name })];
  const decided = await fileReport(app, { by: reporter, about: viewer, description: reason });
  await admins[0].post(`/reports/${decided}/claim`);
  await admins[0].post(`/reports/${decided}/notes`, { text: reason });
  await admins[0].get(`/reports/${decided}`);
  const warned = await admins[0].post(`/reports/${decided}/resolve`, {
    decision: "resolved",
    action: "warn",
    reason,
  });
  const open = await fileReport(app, { by: second, about: viewer, reason: "underage" });
  await sql`update user_reports set due_at = now() - interval '1 hour' where id = ${open}`;
  const direct = await admins[1].post(`/users/${viewer.id}/sanctions`, { action: "warn", reason });
  await admins[0].remove(`/users/${viewer.id}/sanctions/${direct.body.data.sanction.id}`, { reason });
  const blocks: string[] = [];
  for (const action of [null, "uphold", "lift"]) {
    const by = await createUser({ name });
    await request("POST", `/api/v1/users/${viewer.id}/block`, { token: by.token, body: { reason: "rude" } });
    const [row] = await sql<{ id: string }[]>`select id from user_blocks where blocker_id = ${by.id}`;
    blocks.push(row!.id);
    if (action) await admins[0].post(`/blocks/${row!.id}/${action}`, { reason });
    // What was upheld and then taken back leaves its entries behind.
    if (action === "uphold") await request("DELETE", `/api/v1/users/${viewer.id}/block`, { token: by.token });
  }
  await context.admin.operators.grant(viewer.id, { role: (await roleOf(viewer)) as Role }, admins[0].id);
  const sanctions = [warned.body.data.sanction.id, direct.body.data.sanction.id];
  // The viewer's own appeal, and one of somebody whose report about the viewer was dismissed.
  const third = await createUser({ name });
  const dismissed = await fileReport(app, { by: third, about: viewer, description: reason });
  await admins[0].post(`/reports/${dismissed}/claim`);
  await admins[0].post(`/reports/${dismissed}/resolve`, { decision: "dismissed", action: "none", reason });
  const appeals: string[] = [];
  for (const [token, body] of [
    [viewer.token, { text: reason, sanction_id: sanctions[0] }],
    [third.token, { text: reason, report_id: dismissed }],
  ] as const) {
    const { appeal } = (await request("POST", "/api/v1/appeals", { token, body })).body.data;
    await admins[1].post(`/appeals/${appeal.id}/claim`);
    appeals.push(appeal.id);
  }
  return { reports: [decided, open, dismissed], blocks, sanctions, appeals };
}

async function roleOf({ id }: TestUser): Promise<string> {
  return (await sql<{ role: string }[]>`select role from users where id = ${id}`)[0]!.role;
}

function refusal({ status, body }: TestAnswer) {
  return { status, code: body.error?.code, message: body.error?.message, details: body.error?.details };
}

for (const role of ["moderator", "admin"] as const) {
  describe(`a ${role} who is reported, blocked and sanctioned`, async () => {
    const viewerName = role === "moderator" ? "Person Mo" : "Person Ada";
    const viewer = await createStaff(app, { role, name: viewerName });
    const [ana, ben] = [await createUser({ name: "Person Ana" }), await createUser({ name: "Person Ben" })];
    const others = await fileReport(app, { by: ana, about: ben });
    await request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token, body: {} });
    const [block] = await sql<{ id: string }[]>`select id from user_blocks where blocker_id = ${ana.id}`;
    // The viewer blocks somebody who will block them back.
    await request("POST", `/api/v1/users/${ben.id}/block`, { token: viewer.token, body: {} });
    const [own] = await sql<{ id: string }[]>`select id from user_blocks where blocker_id = ${viewer.id}`;
    const warned = await context.admin.sanctions.impose(
      { id: (await createStaff(app, { role: "admin" })).id, role: "admin" },
      ben.id,
      { action: "warn", reason: "Insults" },
    );
    const ids = [viewer.id, ana.id, ben.id, others, block!.id, own!.id, warned.id];
    const world = { viewer, viewerName, ids };
    // Opening a report is itself an entry of the log: the first round makes it.
    await readEverything(world);

    test("reads what they read before, whatever they ask", async () => {
      const entries = () => sql<{ seq: number }[]>`select max(seq)::int as seq from audit_log`;
      const before = await readEverything(world);
      const [{ seq } = { seq: 0 }] = await entries();
      const made = await happenTo(viewer);
      await fileReport(app, { by: ana, about: viewer });
      await request("POST", `/api/v1/users/${viewer.id}/block`, { token: ben.token, body: {} });
      const after = await readEverything(world);
      for (const [url, answer] of before) {
        if (url.startsWith(`${ADMIN}/audit`)) continue;
        expect([url, after.get(url)]).toEqual([url, answer]);
      }
      // The log grows by the evidence that the viewer themselves opened, and by nothing else.
      const hidden = [
        ...made.reports,
        ...made.blocks,
        ...made.sanctions,
        ...made.appeals,
        ...Object.values(secretsOf(viewer)),
      ];
      for (const [url, answer] of after) {
        const text = JSON.stringify(answer);
        expect([url, hidden.filter((word) => text.includes(word))]).toEqual([url, []]);
      }
      const { entries: log } = (await viewer.get("/audit?limit=200")).body.data;
      const news = log.filter((entry: { seq: number }) => entry.seq > seq);
      expect(news.filter((entry: { action: string }) => entry.action !== "report.evidence_viewed")).toEqual(
        [],
      );
      expect(news.every((entry: { actor: { id: string } }) => entry.actor.id === viewer.id)).toBe(true);
    });

    test("every route with an id answers as if it did not exist", async () => {
      const made = await happenTo(viewer);
      const situation = { app, owner: await createUser(), peer: await createUser(), actor: viewer };
      const staff = async () => await createStaff(app, { role: "admin" });
      for (const { method, path, name } of routes) {
        if (!path.includes(":")) continue;
        const { body } = await ROUTE_CALLS[name]!({
          ...situation,
          owner: await createUser(),
          peer: await createUser(),
          staff,
        });
        const kind =
          (["reports", "blocks", "appeals"] as const).find((one) => path.startsWith(`${ADMIN}/${one}/`)) ??
          "sanctions";
        const fill = (id: string) =>
          kind === "sanctions"
            ? path.replace(":id", viewer.id).replace(":sanction_id", id)
            : path.replaceAll(/:\w+/g, id);
        const nothing = refusal(await request(method, fill(newId()), { token: viewer.token, body }));
        for (const id of made[kind]) {
          const answer = refusal(await request(method, fill(id), { token: viewer.token, body }));
          expect([name, answer]).toEqual([name, nothing]);
          expect([name, answer.status === 403 || answer.status === 404]).toEqual([name, true]);
        }
      }
    });
  });
}
