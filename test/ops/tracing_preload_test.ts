/** The shipped preload against a local OTLP endpoint: a server's spans arrive, also those of its last moments. @module */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startChild } from "../harness/child.ts";
import { createTestDatabase, type TestDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";

interface Export {
  readonly resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeSpans: { spans: { name: string; traceId: string }[] }[];
  }[];
}

let database: TestDatabase;
const received: Export[] = [];
const collector = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    if (new URL(request.url).pathname !== "/v1/traces") return new Response(null, { status: 404 });
    received.push((await request.json()) as Export);
    return Response.json({ partialSuccess: {} });
  },
});

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.close();
  await collector.stop(true);
});

const spans = () =>
  received.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans)),
  );

test("sends the spans of a server to a collector, named and versioned", async () => {
  const env = {
    HOST: "127.0.0.1",
    PORT: "0",
    DATABASE_URL: database.serverUrl,
    JWT_SECRET: "a secret of the tests, long enough for HS256",
    BUN_OPTIONS: "--preload ./ops/tracing.ts",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.origin,
    OTEL_SERVICE_NAME: "vibes-test",
    // Only the end flushes: nothing is due before.
    OTEL_BSP_SCHEDULE_DELAY: "60000",
  };
  await using server = startChild(["cli/main.ts", "serve"], { env });
  const [, url = ""] = await server.says(/"url":"([^"]+)"/);
  expect((await fetch(`${url}/api/v1/config`)).status).toBe(200);
  await server.says(/"route":"\/api\/v1\/config"/);
  expect((await server.end("SIGTERM")).code).toBe(0);
  await eventually(() => spans().some(({ name }) => name === "GET /api/v1/config"), { what: "the span" });
  const attributes = received[0]!.resourceSpans[0]!.resource.attributes;
  const facts = Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
  expect(facts).toMatchObject({
    "service.name": "vibes-test",
    "service.version": expect.stringMatching(/^\d/),
  });
});
