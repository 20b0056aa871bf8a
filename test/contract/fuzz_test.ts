/**
 * Random calls of every route, out of its documented schemas: never a 5xx, never a hang, never an answer that the
 * document does not promise for that status, and the invariants between the tables hold at the end.
 *
 * `FUZZ_RUNS` makes it longer, `FUZZ_SEED` repeats or varies it.
 */
import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { accessOf } from "../../server/http/route_rules.ts";
import { loadApiDocument, type Operation } from "../harness/api_document.ts";
import { createTestApp, type TestUser } from "../harness/app.ts";
import { fitting } from "../harness/fitting.ts";
import { findViolations } from "../harness/invariants.ts";
import { fileReport } from "../harness/staff.ts";
import { createWorld } from "../harness/world.ts";

const RUNS = Number(Bun.env.FUZZ_RUNS ?? 25);
const SEED = Number(Bun.env.FUZZ_SEED ?? 20_261_122);
const HANG_MS = 8_000;

const app = await createTestApp();
const world = createWorld(app);
const { request, createUser, context, close } = app;
const { sql } = context.database;
afterAll(close);
const { operations } = await loadApiDocument(app.app);

/** People who have everything to do with each other, so that ids of the pool lead somewhere. */
async function populate() {
  const people: TestUser[] = [];
  for (const premium of [false, true, false, false]) people.push(await createUser({ premium }));
  const [ana, ben, cleo, dora] = people as [TestUser, TestUser, TestUser, TestUser];
  const conversationId = await world.befriend(ana, ben);
  const messages = await world.write(ana, ben, ["one", "two"]);
  await world.ask(cleo, ana);
  await fileReport(app, { by: cleo, about: ben });
  await world.block(ben, dora);
  const moderator = await createUser({ role: "moderator" });
  const admin = await createUser({ role: "admin" });
  return { people, staff: [moderator, admin], messages, conversationId };
}

const populated = await populate();
const ids = await sql<{ id: string }[]>`
  select id from users union select id from messages union select id from conversations union select id from matches
  union select id from message_requests union select id from user_reports union select id from user_blocks
  union select id from sanctions
`;
const POOL = [...ids.map(({ id }) => id), "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11"];

const { value } = fitting(POOL);

interface Call {
  readonly caller: number;
  readonly path: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
}

function callOf({ parameters, body }: Operation): fc.Arbitrary<Call> {
  const part = (place: "path" | "query" | "header") => {
    const found = parameters.filter((parameter) => parameter.in === place);
    const entries = found.map(({ name, schema }) => [name, value(schema)] as const);
    const requiredKeys = place === "path" ? found.map(({ name }) => name) : [];
    return fc.record(Object.fromEntries(entries), { requiredKeys }) as fc.Arbitrary<Record<string, unknown>>;
  };
  return fc.record({
    caller: fc.nat({ max: 3 }),
    path: part("path"),
    query: part("query"),
    headers: part("header"),
    body: body ? value(body.schema) : fc.constant(undefined),
  });
}

const written = (thing: unknown) => (typeof thing === "string" ? thing : (JSON.stringify(thing) ?? ""));

async function make(operation: Operation, { caller, path, query, headers, body }: Call) {
  const route = app.app.routes.find((one) => `${one.method} ${one.path}` === operation.name)!;
  const isStaff = accessOf(route) === "staff";
  const who = isStaff ? populated.staff[caller % 2]! : populated.people[caller]!;
  const token =
    accessOf(route) === "signup"
      ? await context.tokens.signSignup({ email: `fuzz${caller}@example.com` })
      : who.token;
  const encode = (thing: unknown) => encodeURIComponent(written(thing).toWellFormed());
  const target = operation.path.replaceAll(/:(\w+)/g, (_, name: string) => encode(path[name]) || "%20");
  const pairs = Object.entries(query).map(([key, one]) => `${key}=${encode(one)}`);
  const sendable = Object.entries(headers)
    .map(([key, one]) => [key, written(one)] as const)
    .filter(([, one]) => /^[\x20-\x7e\u00a0-\u00ff]+$/.test(one));
  const call = request(operation.method, target + (pairs.length > 0 ? `?${pairs.join("&")}` : ""), {
    token,
    headers: Object.fromEntries([...sendable, ["content-type", "application/json"]]),
    ...(body !== undefined && operation.method !== "GET" && { rawBody: JSON.stringify(body) }),
  });
  const hang = Promise.withResolvers<never>();
  const timer = setTimeout(() => hang.reject(new Error(`${operation.name} hangs`)), HANG_MS);
  try {
    return await Promise.race([call, hang.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** These would end the sessions or accounts that the rest of the test goes on with. */
const LAST = ["DELETE /api/v1/users/me", "POST /api/v1/auth/logout", "POST /api/v1/auth/logout-all"];
const ordered = operations.toSorted((a, b) => LAST.indexOf(a.name) - LAST.indexOf(b.name));

describe.each(ordered.map((operation) => [operation.name, operation] as const))("%s", (name, operation) => {
  test("answers whatever comes as its document promises", async () => {
    const seen = new Set<number>();
    // `request` itself fails on an answer that is not documented.
    await fc.assert(
      fc.asyncProperty(callOf(operation), async (call) => {
        const { status, body } = await make(operation, call);
        seen.add(status);
        if (status >= 500) throw new Error(`${name} answered ${status}: ${JSON.stringify(body)}`);
      }),
      {
        numRuns: operation.parameters.length > 0 || operation.body ? RUNS : 3,
        seed: SEED,
        endOnFailure: true,
      },
    );
    expect(seen.size).toBeGreaterThan(0);
    // Sanctions and roles of the people who call must not end the exploration of what comes after.
    await sql`update users set suspended_until = null, muted_until = null where suspended_until is not null`;
  });
});

test("whatever was called, what must hold between the tables holds", async () => {
  expect(await findViolations(sql)).toEqual([]);
});
