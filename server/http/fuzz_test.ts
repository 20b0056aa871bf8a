/** Whatever arrives, the answer is the envelope and never a 5xx. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { createExampleApp } from "../../test/harness/example_app.ts";

const plenty = { points: 1e6, seconds: 60 };
const { call, signIn } = createExampleApp({
  rates: { AUTH_ADDRESS: plenty, MESSAGE_REQUEST: plenty, DEFAULT: plenty },
});
const { token } = await signIn();
const RUNS = { numRuns: 300 };

function expectEnvelope({ status, json, text }: Awaited<ReturnType<typeof call>>): void {
  expect(status).toBeLessThan(500);
  if (status < 400) expect(json.success).toBe(true);
  else expect([typeof json?.error?.code, text]).toEqual(["string", text]);
}

test("any JSON", async () => {
  const property = fc.asyncProperty(fc.jsonValue({ maxDepth: 12 }), async (value) => {
    expectEnvelope(await call("POST /api/v1/notes", { token, json: value }));
  });
  await fc.assert(property, RUNS);
});

test("any object near to a good one", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.constantFrom("\u0000", "\ud800", "😀"),
  );
  const near = fc.record(
    {
      text: fc.oneof(text, fc.integer()),
      kind: fc.oneof(fc.constant("loud"), text),
      client_message_id: text,
    },
    { requiredKeys: [] },
  );
  const property = fc.asyncProperty(near, async (value) => {
    expectEnvelope(await call("POST /api/v1/notes", { token, json: value }));
  });
  await fc.assert(property, RUNS);
});

test("any bytes under any content type", async () => {
  const types = fc.oneof(
    fc.constantFrom("application/json", "multipart/form-data", "text/plain"),
    fc.string(),
  );
  const property = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), types, async (bytes, type) => {
    const headers = { "content-type": type.replace(/[^\x20-\x7e]/g, "") };
    expectEnvelope(await call("POST /api/v1/notes/open", { body: new Uint8Array(bytes), headers }));
  });
  await fc.assert(property, RUNS);
});

test("any path and query", async () => {
  const part = fc.oneof(
    fc.webFragments(),
    fc.constantFrom("%00", "%ff", "%", "limit=", "&", "=", "[]", "%2e%2e%2f"),
  );
  const property = fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
    expectEnvelope(await call(`GET /api/v1/notes/open?${parts.join("&").replaceAll(" ", "")}`));
    expectEnvelope(await call(`DELETE /api/v1/notes/${parts.join("/").replaceAll(" ", "")}`, { token }));
  });
  await fc.assert(property, RUNS);
});

test("any headers that we read", async () => {
  const value = fc.string({ maxLength: 100 }).map((text) => text.replace(/[^\x21-\x7e]/g, ""));
  const names = fc.constantFrom(
    "authorization",
    "idempotency-key",
    "x-request-id",
    "x-forwarded-for",
    "origin",
  );
  const property = fc.asyncProperty(fc.dictionary(names, value), async (headers) => {
    expectEnvelope(await call("POST /api/v1/notes", { json: { text: "x" }, headers }));
    const { authorization: _, ...others } = headers;
    expectEnvelope(await call("POST /api/v1/notes", { token, json: { text: "x" }, headers: others }));
  });
  await fc.assert(property, RUNS);
});
