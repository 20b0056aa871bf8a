import { expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";
import type { AnsweredRequest } from "./shell.ts";

test("every answer carries the security headers, failures and unknown routes too", async () => {
  const { call } = createExampleApp();
  for (const line of [
    "GET /api/v1/notes/open",
    "GET /nope",
    "POST /api/v1/notes",
    "GET /api/v1/notes/fails/crash",
  ]) {
    const { headers } = await call(line);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.has("strict-transport-security")).toBe(false);
    expect(headers.has("server")).toBe(false);
  }
});

test("a sane request id is kept, any other replaced by a UUID", async () => {
  const { call } = createExampleApp();
  const idOf = async (given?: string) => {
    const headers: Record<string, string> = given === undefined ? {} : { "x-request-id": given };
    return (await call("GET /nope", { headers })).headers.get("x-request-id")!;
  };
  expect(await idOf("trace-1234.A_b")).toBe("trace-1234.A_b");
  for (const bad of [
    undefined,
    "",
    "short",
    "x".repeat(65),
    "a b c d e f g h",
    'inject"{}:12345',
    "ünïcödé-id",
  ]) {
    expect(await idOf(bad)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  }
  expect(await idOf()).not.toBe(await idOf());
});

test("the access log has the route's pattern and no word of what was sent", async () => {
  const answered: AnsweredRequest[] = [];
  const { call, signIn, logged } = createExampleApp({ onAnswer: (one) => answered.push(one) });
  const { token, viewer } = await signIn();
  const id = viewer.userId;
  await call(`DELETE /api/v1/notes/${id}?secret-query=1`, {
    token,
    headers: { "x-secret": "secret-header" },
  });
  await call("POST /api/v1/notes", { token, json: { text: "secret-body" } });
  await call("GET /secret-path");
  await call("GET /api/v1/notes/fails/conflict");
  await Bun.sleep(1);
  const lines = answered.map(({ method, route, status }) => `${method} ${route} ${status}`);
  expect(lines).toEqual([
    "DELETE /api/v1/notes/:id 200",
    "POST /api/v1/notes 201",
    "GET unmatched 404",
    "GET /api/v1/notes/fails/:how 409",
  ]);
  expect(answered[0]!.durationMs).toBeWithin(0, 1000);
  const text = JSON.stringify(logged);
  expect(text).not.toMatch(/secret/);
  expect(text).not.toContain(id);
  expect(text).not.toContain(token);
  expect(logged.filter(({ message }) => message === "Answered")).toHaveLength(4);
});

const PREFLIGHT = {
  "access-control-request-method": "POST",
  "access-control-request-headers": "authorization",
};

test("CORS: without a list nothing is allowed", async () => {
  const { call } = createExampleApp();
  const answer = await call("OPTIONS /api/v1/notes", {
    headers: { origin: "https://a.example", ...PREFLIGHT },
  });
  expect(answer.status).toBe(404);
  const simple = await call("GET /api/v1/notes/open", { headers: { origin: "https://a.example" } });
  expect(simple.headers.has("access-control-allow-origin")).toBe(false);
});

test("CORS: pages of this machine in development, never in production", async () => {
  const origin = "http://localhost:5173";
  const ask = async (loopbackOrigins: boolean) => {
    const { call } = createExampleApp({ allowedOrigins: ["https://a.example"], loopbackOrigins });
    return (await call("GET /api/v1/notes/open", { headers: { origin } })).headers;
  };
  expect((await ask(true)).get("access-control-allow-origin")).toBe(origin);
  expect((await ask(false)).has("access-control-allow-origin")).toBe(false);
});

test("CORS: the listed origins and no other", async () => {
  const { call } = createExampleApp({ allowedOrigins: ["https://a.example", "https://b.example"] });
  const ask = (line: string, origin: string, more = {}) => call(line, { headers: { origin, ...more } });
  const preflight = await ask("OPTIONS /api/v1/notes", "https://b.example", PREFLIGHT);
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe("https://b.example");
  expect(preflight.headers.get("access-control-allow-methods")).toContain("DELETE");
  expect(preflight.headers.get("access-control-allow-headers")).toContain("idempotency-key");
  expect(preflight.headers.get("vary")).toBe("origin");
  expect(preflight.headers.has("access-control-allow-credentials")).toBe(false);
  const refusal = await ask("POST /api/v1/notes", "https://a.example");
  expect(refusal.status).toBe(401);
  expect(refusal.headers.get("access-control-allow-origin")).toBe("https://a.example");
  expect(refusal.headers.get("access-control-expose-headers")).toContain("retry-after");
  for (const origin of ["https://c.example", "https://a.example.evil.com", "http://a.example", "null", "*"]) {
    const answer = await ask("OPTIONS /api/v1/notes", origin, PREFLIGHT);
    expect(answer.status).toBe(404);
    expect(answer.headers.has("access-control-allow-origin")).toBe(false);
    expect(answer.headers.get("vary")).toBe("origin");
  }
});
