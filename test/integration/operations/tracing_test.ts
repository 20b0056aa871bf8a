/** Traces recorded in memory: their spans, their hierarchy, and the absence of personal data. @module */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createTracing } from "../../../server/tracing.ts";
import { startChild } from "../../harness/child.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { openSocket } from "../../harness/socket.ts";

const exporter = new InMemorySpanExporter();
const SECRET_TEXT = "a word that no span may hold";
let nodes: TestNodes;
let node: TestNode;
let ana: Awaited<ReturnType<TestNodes["createPair"]>>["ana"];
let ben: typeof ana;

beforeAll(async () => {
  expect(createTracing()).toBeUndefined();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  nodes = await startNodes(1);
  node = nodes.nodes[0]!;
  ({ ana, ben } = await nodes.createPair());
});
afterAll(async () => {
  await nodes.close();
  for (const api of [context, propagation, trace]) api.disable();
});

/** The spans that the work leads to, once there is one of that name. */
async function spansOf(name: string, work: () => Promise<unknown>): Promise<readonly ReadableSpan[]> {
  exporter.reset();
  await work();
  await eventually(() => exporter.getFinishedSpans().some((span) => span.name === name), { what: name });
  return exporter.getFinishedSpans();
}

function find(spans: readonly ReadableSpan[], name: string): ReadableSpan {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`No span ${name} among ${spans.map((span) => span.name).join(", ")}`);
  return found;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(node.url + path, { headers: { authorization: `Bearer ${ana.token}`, ...headers } });
}

describe("a request", () => {
  const name = "GET /api/v1/conversations";

  test("is a span named by its route, above its statements and below the caller's", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const spans = await spansOf(name, async () =>
      (await get("/api/v1/conversations", { traceparent })).text(),
    );
    const request = find(spans, name);
    expect([request.kind, request.status.code]).toEqual([SpanKind.SERVER, SpanStatusCode.UNSET]);
    expect(request.attributes).toMatchObject({
      "http.request.method": "GET",
      "http.route": "/api/v1/conversations",
      "http.response.status_code": 200,
    });
    const { spanId } = request.spanContext();
    expect(request.parentSpanContext?.spanId).toBe("b7ad6b7169203331");
    const statements = spans.filter((span) => span.name.startsWith("postgres "));
    expect(statements.length).toBeGreaterThanOrEqual(2);
    for (const statement of statements) {
      expect(statement.spanContext().traceId).toBe(traceId);
      expect(statement.parentSpanContext?.spanId).toBe(spanId);
      expect(statement.attributes).toMatchObject({
        "db.system.name": "postgresql",
        "vibes.pool": "vibesmatch",
      });
    }
  });

  test("that the client got wrong is no failure of ours; one that we broke is", async () => {
    const route = "GET /api/v1/conversations/:id/messages";
    const work = async () => (await get(`/api/v1/conversations/${crypto.randomUUID()}/messages`)).text();
    const refused = find(await spansOf(route, work), route);
    expect([refused.attributes["http.response.status_code"], refused.status.code]).toEqual([
      404,
      SpanStatusCode.UNSET,
    ]);
    const { conversations } = node.context;
    const { listConversations } = conversations;
    conversations.listConversations = () => Promise.reject(new Error(SECRET_TEXT));
    const broken = find(await spansOf(name, async () => (await get("/api/v1/conversations")).text()), name);
    conversations.listConversations = listConversations;
    expect([broken.attributes["http.response.status_code"], broken.status.code]).toEqual([
      500,
      SpanStatusCode.ERROR,
    ]);
  });
});

test("a socket's send: the event, and the batch that is linked to it", async () => {
  const socket = await openSocket(node.url, { token: ana.token });
  const spans = await spansOf("socket send_message", async () => {
    await socket.call("send_message", { receiver_id: ben.id, content: SECRET_TEXT });
    await socket.call("send_message", { receiver_id: ben.id, content: "" });
    await socket.call(SECRET_TEXT, {});
  });
  const event = find(spans, "socket send_message");
  const batch = find(spans, "store batch");
  expect(batch.parentSpanContext).toBeUndefined();
  expect(batch.links.map((link) => link.context.spanId)).toEqual([event.spanContext().spanId]);
  expect(batch.attributes).toEqual({ "vibes.batch.size": 1, "vibes.outcome.sent": 1 });
  const statement = spans.find((span) => span.attributes["vibes.pool"] === "vibesmatch-writer");
  expect([statement?.name, statement?.parentSpanContext?.spanId]).toEqual([
    "postgres with",
    batch.spanContext().spanId,
  ]);
  const refused = spans.filter((span) => span.name === "socket send_message")[1]!;
  expect([refused.attributes["error.type"], refused.status.code]).toEqual([
    "VALIDATION_ERROR",
    SpanStatusCode.UNSET,
  ]);
  expect(find(spans, "socket unknown").attributes["error.type"]).toBe("VALIDATION_ERROR");
  await socket.close();
});

test("a statement that fails says so, and no span holds a value of anybody's", async () => {
  const { database } = node.context;
  const spans = await spansOf("postgres transaction", async () => {
    const failing = database.begin((sql) => sql`select ${SECRET_TEXT}::text::uuid`);
    await expect(failing).rejects.toThrow();
  });
  const failed = find(spans, "postgres transaction");
  expect(failed.status).toEqual({ code: SpanStatusCode.ERROR });
  await get(`/api/v1/users/${ben.id}/profile`);
  await eventually(() => exporter.getFinishedSpans().some(({ name }) => name.includes("/profile")));
  const held = exporter.getFinishedSpans().map(({ name, attributes, events, status }) => ({
    name,
    attributes: { ...attributes, "vibes.request_id": undefined },
    events,
    status,
  }));
  const text = JSON.stringify(held);
  for (const value of [SECRET_TEXT, ana.id, ben.id, ana.token, ana.email]) expect(text).not.toContain(value);
});

test("a preloaded SDK is all that it takes", async () => {
  await using server = startChild(["server/main.ts"], {
    env: {
      BUN_OPTIONS: "--preload ./test/harness/tracing_preload.ts",
      DATABASE_URL: node.databaseUrl,
      JWT_SECRET: "a secret of the tests, long enough for HS256",
      PORT: "0",
    },
  });
  const [, url] = await server.says(/"url":"([^"]+)"/);
  await fetch(`${url}/livez`);
  await fetch(`${url}/nowhere`);
  await server.says(/span GET unmatched/);
  expect(server.stdout()).not.toContain("livez");
});
