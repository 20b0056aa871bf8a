import { afterAll, expect, test } from "bun:test";
import { createRest, RequestFailure } from "./mod.ts";

const FAILURE = { code: "NOT_FOUND", message: "Not found", details: [], request_id: "r" };
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  routes: {
    "/list": { GET: (request) => Response.json(echo(request)) },
    "/absent": Response.json({ success: false, error: FAILURE }, { status: 404 }),
    "/busy": Response.json(
      { success: false, error: { ...FAILURE, code: "SERVICE_UNAVAILABLE" } },
      { status: 503, headers: { "retry-after": "2" } },
    ),
    "/proxy": new Response("<html>bad gateway", { status: 502 }),
    "/private": (request) => {
      if (request.headers.get("authorization") === "Bearer fresh") return Response.json(echo(request));
      const error = { ...FAILURE, code: "UNAUTHORIZED" };
      return Response.json({ success: false, error }, { status: 401 });
    },
    "/slow": () => new Promise<Response>(() => {}),
    "/body": {
      POST: async (request) => Response.json({ success: true, data: await request.json() }, { status: 201 }),
    },
  },
});
afterAll(() => server.stop(true));

function echo({ url, headers }: Request) {
  const data = {
    query: new URL(url).search,
    token: headers.get("authorization"),
    type: headers.get("content-type"),
    version: headers.get("x-app-version"),
    key: headers.get("idempotency-key"),
  };
  return { success: true, data, meta: { pagination: { cursor: "c2", hasMore: true } } };
}

const url = `http://127.0.0.1:${server.port}`;
const rest = createRest({ url, token: async () => "t", timeoutMs: 300 });

test("the token, the query, the data, the cursor", async () => {
  const { data, cursor, status } = await rest("/list", {
    query: { limit: 2, cursor: undefined, q: "a&b ü" },
  });
  expect(data).toEqual({
    query: "?limit=2&q=a%26b%20%C3%BC",
    token: "Bearer t",
    type: null,
    version: null,
    key: null,
  });
  expect([cursor, status]).toEqual(["c2", 200]);
  const anonymous = await createRest({ url })<{ token: string | null }>("/list");
  expect(anonymous.data.token).toBeNull();
});

test("a body travels as JSON", async () => {
  const { data, status, cursor } = await rest("/body", { method: "POST", body: { a: "ü" } });
  expect([data, status, cursor]).toEqual([{ a: "ü" }, 201, null]);
});

test("every failure has a code", async () => {
  const failureOf = (path: string, signal?: AbortSignal) =>
    rest(path, { signal }).then(
      () => undefined,
      (failure: RequestFailure) => failure,
    );
  expect(await failureOf("/absent")).toMatchObject({ code: "NOT_FOUND", status: 404, retryable: false });
  const busy = await failureOf("/busy");
  expect(busy).toBeInstanceOf(RequestFailure);
  expect(busy).toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    status: 503,
    retryable: true,
    retryAfterMs: 2000,
  });
  expect(await failureOf("/proxy")).toMatchObject({ code: "NOT_AN_ANSWER", status: 502, retryable: true });
  expect(await failureOf("/slow")).toMatchObject({ code: "TIMEOUT", retryable: true });
  expect(await failureOf("/slow", AbortSignal.abort())).toMatchObject({ code: "ABORTED" });
  const nobody = createRest({ url: "http://127.0.0.1:1" });
  await expect(nobody("/x")).rejects.toMatchObject({ code: "UNREACHABLE", retryable: true });
});

test("a refused token is renewed once for all calls under way, and each is repeated once", async () => {
  const asked: string[] = [];
  let held = "old";
  const calls = createRest({
    url,
    token: async (reason) => {
      asked.push(reason);
      if (reason === "rejected") held = "fresh";
      return held;
    },
  });
  await Promise.all([calls("/private"), calls("/private"), calls("/private")]);
  expect(asked.filter((reason) => reason === "rejected")).toHaveLength(1);

  let refused = 0;
  const revoked = createRest({ url, token: () => `old ${++refused}` });
  await expect(revoked("/private")).rejects.toMatchObject({ code: "UNAUTHORIZED", status: 401 });
  expect(refused).toBe(2);
  await expect(createRest({ url, token: "old" })("/private")).rejects.toMatchObject({ status: 401 });
});

test("headers for every call and for one", async () => {
  const calls = createRest({ url, headers: { "x-app-version": "3.1" } });
  const { data } = await calls("/list", { headers: { "idempotency-key": "k" } });
  expect(data).toMatchObject({ version: "3.1", key: "k" });
});
