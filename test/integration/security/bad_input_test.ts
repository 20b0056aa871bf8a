/**
 * Bad input on every route, out of its documented schema: never a 500, always the envelope, and the database is as
 * it was. At its end each route takes the valid call, so that nothing was refused for another reason.
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";
import { accessOf } from "../../../server/http/route_rules.ts";
import { loadApiDocument, type Operation, type Parameter } from "../../harness/api_document.ts";
import { createTestApp, type TestAnswer, type TestRequest } from "../../harness/app.ts";
import { BAD_IDS, badBodies, LONG_RUN } from "../../harness/bad_values.ts";
import { fingerprint } from "../../harness/fingerprint.ts";
import { pathOf, prepareCall, type RouteCall } from "../../harness/route_calls.ts";

const app = await createTestApp();
const { request, createUser, close } = app;
const { sql } = app.context.database;
afterAll(close);
const { operations } = await loadApiDocument(app.app);
const moderator = await createUser({ role: "moderator" });

const UNKNOWN_ID = "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11";

interface Prepared {
  readonly operation: Operation;
  readonly call: RouteCall;
  readonly token: string | undefined;
}

async function prepare(operation: Operation): Promise<Prepared> {
  return { operation, ...(await prepareCall(app, operation.name, moderator)) };
}

interface Attempt extends TestRequest {
  /** What is wrong, for the report. */
  readonly what: string;
  readonly path?: string;
}

/** Makes every attempt; all must be refused as promised, and nothing may have changed at the end. */
async function refuseAll(
  { operation, call, token }: Prepared,
  { attempts, allowed }: { attempts: readonly Attempt[]; allowed: readonly number[] },
): Promise<void> {
  const before = await fingerprint(sql);
  const mails = app.mails.length;
  const taken: unknown[] = [];
  for (const { what, path = pathOf(operation.name, call), ...more } of attempts) {
    const headers = { "content-type": "application/json", ...more.headers };
    const answer = await request(operation.method, path, { token, ...more, headers });
    if (!allowed.includes(answer.status)) taken.push([what, answer.status, answer.body]);
    else
      expect([what, answer.body]).toMatchObject([
        what,
        { success: false, error: { code: expect.any(String) } },
      ]);
  }
  expect(taken).toEqual([]);
  expect(await fingerprint(sql)).toEqual(before);
  expect(app.mails.length).toBe(mails);
}

async function takeValid({ operation, call, token }: Prepared): Promise<TestAnswer> {
  const answer = await request(operation.method, pathOf(operation.name, call), { token, body: call.body });
  const { status, body } = answer;
  expect([operation.name, status < 400, body]).toEqual([operation.name, true, expect.anything()]);
  return answer;
}

const withBody = operations.filter(({ body }) => body !== undefined);

describe.each(withBody.map((operation) => [operation.name, operation] as const))("%s", (_, operation) => {
  test("refuses every wrong body, and takes the right one", async () => {
    const prepared = await prepare(operation);
    const { body = {} } = prepared.call;
    const json = JSON.stringify(body);
    const attempts: Attempt[] = badBodies(operation.body!.schema, body).map(({ name, json }) => ({
      what: name,
      rawBody: json,
    }));
    expect(attempts.length).toBeGreaterThan(14);
    attempts.push(
      {
        what: "bytes that are no UTF-8",
        rawBody: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      },
      { what: "UTF-16", rawBody: Buffer.from(json, "utf16le") },
      { what: "another type", rawBody: json, headers: { "content-type": "text/plain" } },
      { what: "a form", rawBody: "a=1", headers: { "content-type": "application/x-www-form-urlencoded" } },
      { what: "no type that is one", rawBody: json, headers: { "content-type": ";;;" } },
      { what: "a packed body", rawBody: Bun.gzipSync(json), headers: { "content-encoding": "gzip" } },
    );
    if (operation.body!.required)
      attempts.push({ what: "nothing", rawBody: "" }, { what: "null", rawBody: "null" });
    await refuseAll(prepared, { attempts, allowed: [400, 422] });
    const large = JSON.stringify({ ...body, zz: "x".repeat(64 * 1024) });
    const stream = () => new Blob([large]).stream();
    await refuseAll(prepared, {
      attempts: [
        { what: "too large", rawBody: large },
        { what: "too large, in pieces", rawBody: stream() },
      ],
      allowed: [413],
    });
    await takeValid(prepared);
  });
});

const withIds = operations.filter(({ parameters }) =>
  parameters.some((parameter) => parameter.in === "path"),
);

describe.each(withIds.map((operation) => [operation.name, operation] as const))("%s", (name, operation) => {
  test("refuses ids that are none, and knows none that it does not have", async () => {
    const prepared = await prepare(operation);
    const { params = {}, query = "" } = prepared.call;
    for (const parameter of Object.keys(params)) {
      const at = (id: string) => pathOf(name, { params: { ...params, [parameter]: id }, query });
      const texts = ["1", "x".repeat(300), "..%2f..%2fetc", "%00", "%ff", "%ed%a0%80", "*", "me%20"];
      const malformed = [...BAD_IDS.map(encodeURIComponent), ...texts];
      await refuseAll(prepared, {
        attempts: malformed.map((id) => ({ what: id, path: at(id), body: prepared.call.body })),
        allowed: [400],
      });
      await refuseAll(prepared, {
        attempts: [
          { what: "unknown", path: at(UNKNOWN_ID), body: prepared.call.body },
          { what: "all zeros", path: at("00000000-0000-0000-0000-000000000000"), body: prepared.call.body },
          // An id of something else.
          { what: "a session's", path: at(await sessionOf(prepared)), body: prepared.call.body },
        ],
        allowed: [404],
      });
    }
    // Upper case is the same id.
    const upper = Object.fromEntries(Object.entries(params).map(([key, id]) => [key, id.toUpperCase()]));
    await takeValid({ ...prepared, call: { ...prepared.call, params: upper } });
  });
});

async function sessionOf({ token }: Prepared): Promise<string> {
  return (await app.context.tokens.verifyAccess(token!)).sessionId;
}

/** Ids in bodies, what their absence is called, and the field that may not stand beside it. */
const BODY_IDS: readonly [route: string, field: string, code: string, insteadOf: string | null][] = [
  ["POST /api/v1/appeals", "sanction_id", "SANCTION_NOT_FOUND", null],
  ["POST /api/v1/appeals", "report_id", "REPORT_NOT_FOUND", "sanction_id"],
  ["POST /api/v1/discovery/action", "target_id", "USER_NOT_FOUND", null],
  ["POST /api/v1/messages/request", "receiver_id", "USER_NOT_FOUND", null],
  ["POST /api/v1/messages/send", "receiver_id", "USER_NOT_FOUND", null],
  ["POST /api/v1/messages/send", "conversation_id", "CONVERSATION_NOT_FOUND", null],
  ["POST /api/v1/conversations/:id/read", "message_id", "MESSAGE_NOT_FOUND", null],
  ["POST /api/v1/users/:id/report", "message_ids", "MESSAGE_NOT_FOUND", null],
];

describe("ids in bodies", () => {
  test("the table has all of them", () => {
    const found = withBody.flatMap(({ name, body }) =>
      Object.keys(body!.schema.properties ?? {})
        .filter((field) => /_ids?$/.test(field) && !["client_message_id", "app_id"].includes(field))
        .map((field) => `${name} ${field}`),
    );
    expect(BODY_IDS.map(([route, field]) => `${route} ${field}`).sort()).toEqual(found.sort());
  });

  test.each(BODY_IDS)("%s %s", async (route, field, code, insteadOf) => {
    const prepared = await prepare(operations.find(({ name }) => name === route)!);
    const before = await fingerprint(sql);
    const value = field.endsWith("ids") ? [UNKNOWN_ID] : UNKNOWN_ID;
    const { call, token } = prepared;
    const rest = Object.fromEntries(Object.entries(call.body ?? {}).filter(([key]) => key !== insteadOf));
    const [method, path] = [prepared.operation.method, pathOf(route, call)];
    const answer = await request(method, path, { token, body: { ...rest, [field]: value } });
    expect([answer.status, answer.body.error.code]).toEqual([404, code]);
    expect(await fingerprint(sql)).toEqual(before);
  });
});

const withQuery = operations.filter(({ parameters }) =>
  parameters.some((parameter) => parameter.in === "query"),
);

/** Values that a parameter of a query must not take; texts as they stand in the URL. */
function badQueries({ name, schema }: Parameter): string[] {
  const { type, enum: options, minimum, maximum, pattern, minLength, anyOf } = schema;
  const always = ["%00", "%ff", "%ed%a0%80", encodeURIComponent(LONG_RUN)];
  if (name === "cursor") {
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const id = UNKNOWN_ID;
    return [
      ...always,
      ...["x", "", "e30", "bnVsbA", "%2e%2e", "null", "eyJpZCI6", "x".repeat(600)],
      ...[made({ id }), made({ id: "x", createdAt: "2026-01-01T00:00:00Z" }), made([id])],
      made({ id, createdAt: "yesterday" }),
      made({ id, createdAt: "infinity" }),
      made({ id, createdAt: "2026-01-01T00:00:00Z'; drop table users; --" }),
      made({ id: { $ne: null }, createdAt: { $gt: "" } }),
    ];
  }
  if (type === "integer") {
    const beyond = [(minimum ?? 0) - 1, ...(maximum === undefined ? [] : [maximum + 1])];
    return [
      ...always,
      ...beyond.map(String),
      "-1",
      "1.5",
      "1e1",
      "0x10",
      "NaN",
      "Infinity",
      "",
      "%20",
      "9".repeat(30),
    ];
  }
  if (options || anyOf) return [...always, "nothing", "", "%20", `${options?.[0] ?? "me"}%20`];
  if (pattern || schema.format === "uuid") return [...always, ...BAD_IDS.map(encodeURIComponent), ""];
  return minLength ? [...always, ""] : always;
}

describe.each(withQuery.map((operation) => [operation.name, operation] as const))("%s", (name, operation) => {
  test("refuses every wrong parameter, and every one that is given twice", async () => {
    const prepared = await prepare(operation);
    const given = prepared.call.query?.replace("?", "") ?? "";
    const attempts = operation.parameters
      .filter((parameter) => parameter.in === "query")
      .flatMap((parameter) => {
        const rest = given
          .split("&")
          .filter((pair) => pair !== "" && !pair.startsWith(`${parameter.name}=`))
          .join("&");
        const at = (query: string) => pathOf(name, { ...prepared.call, query: `?${rest}&${query}` });
        const queries = badQueries(parameter).map((value) => `${parameter.name}=${value}`);
        const good =
          parameter.schema.default ?? parameter.schema.minimum ?? parameter.schema.enum?.[0] ?? UNKNOWN_ID;
        queries.push(`${parameter.name}=${good}&${parameter.name}=${good}`);
        queries.push(`${parameter.name}=${good}&${encodeURIComponent(parameter.name)}=${good}&zz=1&zz=2`);
        return queries.map((query) => ({ what: query, path: at(query) }));
      });
    await refuseAll(prepared, { attempts, allowed: [400] });
    await takeValid(prepared);
  });
});

const personal = app.app.routes
  .map((route) => ({ name: `${route.method} ${route.path}`, method: route.method, access: accessOf(route) }))
  .filter(({ access }) => access !== "public");

describe("tokens that are none, on every route that needs one", async () => {
  const someone = await createUser({ role: "admin" });
  const { sessionId } = await app.context.tokens.verifyAccess(someone.token);
  const claims = { sub: someone.id, sid: sessionId, iss: "vibesmatch", aud: "vibesmatch-api" };
  const now = Math.floor(Date.now() / 1000);
  const fresh = { ...claims, iat: now, exp: now + 3600 };
  const [head = "", body = "", signature = ""] = someone.token.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url").toString());
  const ended = await createUser();
  await request("POST", "/api/v1/auth/logout", { token: ended.token });
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = (head: object, payload: object, secret = "a test secret that is long enough for HS256") => {
    const text = `${encode(head)}.${encode(payload)}`;
    const mac = new Bun.CryptoHasher("sha256", secret).update(text).digest("base64url");
    return `${text}.${mac}`;
  };
  const tokens: Record<string, string | undefined> = {
    none: undefined,
    "no text": "x",
    "three dots": "...",
    "somebody else's signature": `${head}.${encode({ ...fresh, sub: ended.id })}.${signature}`,
    "no signature": `${head}.${body}.`,
    "a cut signature": someone.token.slice(0, -2),
    "alg none": `${encode({ ...header, alg: "none" })}.${encode(fresh)}.`,
    "alg None": `${encode({ ...header, alg: "None" })}.${body}.${signature}`,
    "alg HS512": signed({ ...header, alg: "HS512" }, fresh),
    "alg RS256": signed({ ...header, alg: "RS256" }, fresh),
    "another key": signed(header, fresh, "another secret that is long enough for HS256"),
    "an empty key": signed(header, fresh, ""),
    "a key of its own": signed({ ...header, jwk: { kty: "oct", k: "eA" } }, fresh, "x"),
    expired: signed(header, { ...fresh, iat: now - 7200, exp: now - 60 }),
    "no expiry": signed(header, { ...claims, iat: now }),
    "an expiry as text": signed(header, { ...fresh, exp: "9999999999" }),
    "not yet": signed(header, { ...fresh, nbf: now + 600 }),
    "another issuer": signed(header, { ...fresh, iss: "somebody" }),
    "another audience": signed(header, { ...fresh, aud: "somebody" }),
    "another type": signed({ ...header, typ: "JWT" }, fresh),
    "the other kind's": await app.context.tokens.signSignup({ email: "x@example.com" }),
    "a refresh token": someone.refreshToken,
    "somebody else's session": signed(header, { ...fresh, sub: ended.id }),
    "a session that is none": signed(header, { ...fresh, sid: UNKNOWN_ID }),
    "a session that ended": ended.token,
    "ids that are none": signed(header, { ...fresh, sub: "' or 1=1 --", sid: "x" }),
    "far too long": "x".repeat(10_000),
  };

  test("the one that they are made from is good", async () => {
    for (const token of [someone.token, signed(header, fresh)]) {
      expect((await request("GET", "/api/v1/users/profile", { token })).status).toBe(200);
    }
  });

  test.each(personal.map(({ name, method, access }) => [name, method, access] as const))(
    "%s",
    async (name, method, access) => {
      const params = { id: UNKNOWN_ID, sanction_id: UNKNOWN_ID };
      const path = pathOf(name, { params });
      const isSignup = access === "signup";
      const before = await fingerprint(sql);
      const taken: unknown[] = [];
      for (const [what, given] of Object.entries(tokens)) {
        // Sign-up takes what the others refuse, and the other way round.
        const token = isSignup && what === "the other kind's" ? someone.token : given;
        const bodies = method === "GET" ? [undefined] : ["{", "x".repeat(100_000)];
        for (const rawBody of bodies) {
          const headers = { "content-type": "application/json" };
          const answer = await request(method, path, { token, ...(rawBody && { rawBody }), headers });
          // Whoever is not known is told nothing about the body.
          if (answer.status !== 401 || answer.body.error.code !== "UNAUTHORIZED")
            taken.push([what, answer.body]);
        }
      }
      expect(taken).toEqual([]);
      for (const authorization of [
        `Basic ${someone.token}`,
        someone.token,
        "Bearer",
        "Bearer  ",
        `Bearer a ${someone.token}`,
      ]) {
        const answer = await request(method, path, { headers: { authorization } });
        expect([authorization.slice(0, 12), answer.status]).toEqual([authorization.slice(0, 12), 401]);
      }
      // Never in the URL.
      const url = await request(method, `${path}?token=${someone.token}&access_token=${someone.token}`);
      expect(url.status).toBe(401);
      expect(await fingerprint(sql)).toEqual(before);
    },
  );
});

test("unknown routes and methods are refused in the envelope", async () => {
  const token = moderator.token;
  for (const [method, path] of [
    ["GET", "/nothing"],
    ["GET", "/api/v1"],
    ["GET", "/api/v1/messages"],
    ["POST", "/api/v1/users/profile"],
    ["PATCH", "/api/v1/users/profile"],
    ["DELETE", "/api/v1/conversations"],
    ["GET", "/api/v1/users//profile"],
    ["GET", "/api/v1/../../etc/passwd"],
    ["GET", "/api/v1/%2e%2e/users/profile"],
    ["GET", "/API/V1/USERS/PROFILE"],
    ["GET", "/api/v1/users/profile%00"],
    ["TRACE", "/api/v1/users/profile"],
    ["PROPFIND", "/api/v1/users/profile"],
  ] as const) {
    const answer = await request(method, path, { token }).catch((error: Error) => error);
    // What the platform's own Request refuses to be is not ours.
    if (answer instanceof Error) continue;
    const { status, body, headers } = answer;
    expect([method, path, status]).toEqual([method, path, 404]);
    expect(body).toMatchObject({ success: false, error: { code: "NOT_FOUND" } });
    expect(body.error.request_id).toBe(headers.get("x-request-id"));
  }
});
