/** What only a real socket shows: raw Host headers, chunked bodies, addresses. */
import { afterAll, expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";

const example = createExampleApp({
  trustedProxies: ["127.0.0.0/8"],
  rates: { ADDRESS: { points: 30, seconds: 60 }, AUTH_ADDRESS: { points: 2, seconds: 60 } },
});
example.app.listen({ port: 0, hostname: "127.0.0.1" });
const server = example.app.server!;
afterAll(() => server.stop(true));

/** Sends bytes as they are and gives back everything until the server closes or has answered. */
async function raw(text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: server.port!,
    socket: {
      data(_, chunk) {
        answer += chunk.toString();
        if (/\r\n\r\n.*}$/s.test(answer)) resolve(answer);
      },
      close: () => resolve(answer),
    },
  });
  socket.write(text);
  const all = await promise;
  socket.end();
  return all;
}

test("a short Host header, or one of another name, does not confuse the router", async () => {
  for (const host of ["a", "x:1", "localhost", "[::1]", "a.very.long.name.example.com:3000"]) {
    const answer = await raw(
      `GET /api/v1/notes/misfit HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n`,
    );
    expect([host, answer.slice(0, 12)]).not.toEqual([host, "HTTP/1.1 404"]);
    const unknown = await raw(`GET /nope HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect(unknown).toStartWith("HTTP/1.1 404");
    expect(unknown).toContain('"code":"NOT_FOUND"');
  }
});

test("a body past 64 KiB is 413 in the envelope, declared or chunked", async () => {
  const url = new URL("/api/v1/notes/open", server.url);
  const headers = { "content-type": "application/json", "x-forwarded-for": "8.8.8.8" };
  const large = `{"text":"${"a".repeat(300_000)}"}`;
  const declared = await fetch(url, { method: "POST", headers, body: large });
  expect(declared.status).toBe(413);
  expect(await declared.json()).toMatchObject({ error: { code: "PAYLOAD_TOO_LARGE" } });
  const stream = new ReadableStream({
    async start(controller) {
      for (let i = 0; i < 10; i++) controller.enqueue(new TextEncoder().encode(large.slice(0, 30_000)));
      controller.close();
    },
  });
  const chunked = await fetch(url, { method: "POST", headers, body: stream });
  expect(chunked.status).toBe(413);
  expect(await chunked.json()).toMatchObject({ error: { code: "PAYLOAD_TOO_LARGE" } });
  const small = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"text":'));
      controller.enqueue(new TextEncoder().encode('"hello"}'));
      controller.close();
    },
  });
  const fine = await fetch(url, { method: "POST", headers, body: small });
  expect(await fine.json()).toEqual({ success: true, data: { text: "hello" } });
});

test("a port that is taken is an error", () => {
  const second = createExampleApp().app;
  expect(() => second.listen({ port: server.port!, hostname: "127.0.0.1" })).toThrow(/EADDRINUSE|in use/);
});

test("a plain body on a plain connection", async () => {
  const body = '{"text":"x"}';
  const one = `POST /api/v1/notes/open HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 7.7.7.7\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  expect(await raw(one)).toStartWith("HTTP/1.1 200");
});

test("a client behind a trusted proxy is counted for itself, and TLS there brings HSTS", async () => {
  const url = new URL("/api/v1/notes/open", server.url);
  const ask = (headers: Record<string, string>) => fetch(url, { headers });
  const first = { "x-forwarded-for": "1.2.3.4, 127.0.0.9" };
  expect((await ask(first)).status).toBe(200);
  expect((await ask(first)).headers.get("ratelimit")).toStartWith('"auth_address";r=0;t=');
  expect((await ask(first)).status).toBe(429);
  expect((await ask({ "x-forwarded-for": "1.2.3.5" })).status).toBe(200);
  const secure = await ask({ "x-forwarded-for": "1.2.3.6", "x-forwarded-proto": "https" });
  expect(secure.headers.get("strict-transport-security")).toContain("max-age=");
  expect((await ask({ "x-forwarded-for": "1.2.3.7" })).headers.has("strict-transport-security")).toBe(false);
});

test("past the general limit of an address everything is 429, with the envelope and its headers", async () => {
  const url = new URL("/nope", server.url);
  const headers = { "x-forwarded-for": "5.5.5.5" };
  for (let i = 0; i < 30; i++) expect((await fetch(url, { headers })).status).toBe(404);
  const refused = await fetch(url, { headers });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeWithin(1, 61);
  expect(refused.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await refused.json()).toMatchObject({
    success: false,
    error: { code: "RATE_LIMIT_EXCEEDED", details: { limit: 30, window_ms: 60_000 } },
  });
});
