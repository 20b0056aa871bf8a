/**
 * Metrics after real traffic: their values, the absence of personal data, and their agreement with the
 * staff's numbers.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { codeIn, otherCode } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { type Exposition, scrape } from "../../harness/exposition.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { openSocket } from "../../harness/socket.ts";

// The first scrape comes after seconds of traffic, while other tests run.
let nodes: TestNodes;
let node: TestNode;
let metricsUrl: string;
let after: Exposition;
let stats: Record<string, unknown> & { nodes: { id: string; connections: number; users: number }[] };
let ids: string[];

beforeAll(async () => {
  nodes = await startNodes(1, {
    env: { METRICS_PORT: "0", LIMITS: "on", LIMIT_WS_SEND_MESSAGE: "8/1m", LIMIT_WS_CONNECT: "100/10s" },
  });
  node = nodes.nodes[0]!;
  metricsUrl = node.server.metricsUrl!;
  const { ana, ben, conversationId } = await nodes.createPair();
  const cleo = await nodes.createUser();
  ids = [ana.id, ben.id, cleo.id, conversationId];

  // Sockets: two that stay, one that comes back after three messages, one of the other codec.
  const [a, b] = [
    await openSocket(node.url, { token: ana.token }),
    await openSocket(node.url, { token: ben.token }),
  ];
  const { data } = await b.event("authenticated");
  const io = new WebSocket(`${node.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  await new Promise((resolve) => io.addEventListener("open", resolve));
  const send = (content: string) => a.call("send_message", { receiver_id: ben.id, content });
  for (const text of ["one", "two", "three"]) expect((await send(text)).event).toBe("ack");
  await eventually(() => b.all("new_message").length === 3);
  const back = await openSocket(node.url, { token: ben.token, since: data.seq });
  await back.event("caught_up");
  await back.close();
  await a.call("made_up_name", {});
  await a.call("mark_read", { message_id: crypto.randomUUID() });
  // Beyond the limit of this test: 8 a minute, three and a failure are counted.
  const more = await Promise.all(Array.from({ length: 8 }, () => send("again")));
  expect(more.filter(({ event }) => event === "error")).toHaveLength(3);

  // REST: a success, a refusal, an unknown route, a code that is right after one that is wrong.
  const call = async (
    method: string,
    path: string,
    { token, body }: { token?: string; body?: object } = {},
  ) => {
    const headers = {
      "content-type": "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const response = await fetch(node.url + path, { method, headers, body: body && JSON.stringify(body) });
    await response.text();
    return response.status;
  };
  expect(await call("GET", "/api/v1/conversations", ana)).toBe(200);
  expect(await call("GET", `/api/v1/conversations/${conversationId}/messages`, ana)).toBe(200);
  expect(await call("GET", `/api/v1/conversations/${conversationId}/messages`, cleo)).toBe(404);
  expect(await call("GET", "/nowhere")).toBe(404);
  const email = "new@example.com";
  expect(await call("POST", "/api/v1/auth/send-otp", { body: { email } })).toBe(200);
  const code = codeIn(node.mails.at(-1));
  expect(await call("POST", "/api/v1/auth/verify-otp", { body: { email, code: otherCode(code) } })).toBe(401);
  expect(await call("POST", "/api/v1/auth/verify-otp", { body: { email, code } })).toBe(200);
  const stale = { body: { refresh_token: cleo.refreshToken } };
  expect(await call("POST", "/api/v1/auth/refresh", stale)).toBe(200);
  expect(await call("POST", "/api/v1/auth/logout", cleo)).toBe(200);
  const reported = { token: ben.token, body: { reason: "spam" } };
  expect(await call("POST", `/api/v1/users/${cleo.id}/report`, reported)).toBe(201);
  expect(await call("POST", `/api/v1/users/${cleo.id}/block`, { token: ben.token })).toBe(201);

  const staff = await nodes.createUser({ role: "moderator" });
  // Each node reports once a second, and the answer is up to a second old.
  await eventually(() => node.context.people.hub.live().rate_limit_hits_per_minute === 3);
  await eventually(async () => (await node.context.admin.stats.read()).connections === 3);
  stats = (await node.request("GET", "/api/v1/admin/stats", { token: staff.token })).body.data;
  after = await scrape(metricsUrl);
  io.close();
  await Promise.all([a.close(), b.close()]);
});
afterAll(() => nodes.close());

test("requests: by route, method and status, with their time", () => {
  const history = { method: "GET", route: "/api/v1/conversations/:id/messages" };
  expect(after.read("vibes_http_requests_total", { ...history, status: "200" })).toBe(1);
  expect(after.read("vibes_http_requests_total", { ...history, status: "404" })).toBe(1);
  expect(after.read("vibes_http_requests_total", { route: "unmatched", status: "404" })).toBe(1);
  expect(after.read("vibes_http_request_duration_seconds_count", history)).toBe(2);
  expect(after.read("vibes_http_requests_total", { route: "/readyz" })).toBeUndefined();
});

test("clients' events: by name and result, with their time; made-up names share one series", () => {
  const read = (event: string, result: string) => after.read("vibes_socket_events_total", { event, result });
  expect(read("send_message", "OK")).toBe(8);
  expect(read("send_message", "RATE_LIMIT_EXCEEDED")).toBe(3);
  expect(read("mark_read", "MESSAGE_NOT_FOUND")).toBe(1);
  expect(read("unknown", "VALIDATION_ERROR")).toBe(1);
  expect(read("authenticate", "OK")).toBe(3);
  expect(after.read("vibes_socket_event_duration_seconds_count", { event: "send_message" })).toBe(11);
  expect(after.read("vibes_rate_limit_hits_total", { limit: "WS_SEND_MESSAGE" })).toBe(3);
});

test("sockets: open by codec, opened, closed by code, resumed", () => {
  const connections = (codec: string) => after.read("vibes_socket_connections", { codec });
  expect([connections("json"), connections("socketio")]).toEqual([2, 1]);
  expect(after.read("vibes_socket_opened_total")).toBe(4);
  expect(after.read("vibes_socket_closes_total", { code: "1000" })).toBe(1);
  expect(after.read("vibes_socket_resumes_total")).toBe(1);
  expect(after.read("vibes_socket_resume_events_sum")).toBe(3);
  expect(after.read("vibes_events_replayed_total")).toBe(3);
});

test("messages: stored in batches, delivered live, their place in the conversation", () => {
  expect(after.read("vibes_messages_stored_total")).toBe(8);
  // To the receiver's socket, and three of them from the log to one that came back; the sender's has the confirmation.
  expect(after.read("vibes_messages_delivered_total")).toBe(8);
  expect(after.read("vibes_message_delivery_seconds_count")).toBe(8);
  expect(after.read("vibes_message_delivery_seconds_bucket", { le: "+Inf" })).toBe(8);
  expect(after.read("vibes_message_delivery_seconds_bucket", { le: "0.25" })).toBeGreaterThan(0);
  expect(after.read("vibes_send_batch_messages_sum")).toBe(8);
  expect(after.read("vibes_send_batch_duration_seconds_count")).toBeWithin(4, 9);
  expect(after.read("vibes_conversation_length_messages_bucket", { le: "1" })).toBe(1);
  expect(after.read("vibes_conversation_length_messages_bucket", { le: "5" })).toBe(5);
  expect(after.read("vibes_conversation_length_messages_sum")).toBe(36);
});

test("codes, tokens, reports and blocks", () => {
  const auth = (event: string) => after.read("vibes_auth_events_total", { event });
  expect([auth("otp_sent"), auth("otp_wrong"), auth("otp_right"), auth("token_refreshed")]).toEqual([
    1, 1, 1, 1,
  ]);
  expect(after.read("vibes_sessions_revoked_total", { reason: "logout" })).toBe(1);
  expect(after.read("vibes_reports_total", { reason: "spam" })).toBe(1);
  expect(after.read("vibes_blocks_total")).toBe(1);
});

test("the process and what it stands on", () => {
  expect(after.read("vibes_database_connections_max", { pool: "main" })).toBe(10);
  expect(after.read("vibes_database_connections_max", { pool: "writer" })).toBe(2);
  expect(after.read("vibes_database_queries_waiting")).toBe(0);
  expect(after.read("vibes_send_queue_messages")).toBe(0);
  expect(after.read("vibes_degraded", { part: "memory" })).toBe(0);
  expect(after.read("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThan(0);
  expect(after.read("process_resident_memory_bytes")).toBeGreaterThan(1e7);
  expect(after.read("vibes_unexpected_errors_total")).toBe(0);
});

test("staff see the same numbers", () => {
  const [own] = stats.nodes;
  expect(after.read("vibes_socket_connections")).toBe(stats.connections as number);
  expect(after.read("vibes_node_info", { node: own!.id })).toBe(1);
  expect(after.read("vibes_socket_users")).toBe(own!.users);
  expect(after.read("vibes_users_online")).toBe(stats.users_online as number);
  const active = stats.users_active as { day: number; month: number };
  expect(active.day).toBeGreaterThan(0);
  expect(after.read("vibes_users_active", { window: "1d" })).toBe(active.day);
  expect(after.read("vibes_users_active", { window: "30d" })).toBe(active.month);
  expect(after.read("vibes_reports_open")).toBe((stats.reports as { open: number }).open);
  expect(after.read("vibes_rate_limit_hits_total")).toBe(stats.rate_limit_hits_per_minute as number);
  expect(after.read("vibes_socket_resumes_total")).toBe(stats.reconnects_per_minute as number);
  expect(after.read("vibes_messages_stored_total")).toBe(stats.messages_per_minute as number);
});

test("no label says who; names are of the house, in base units", () => {
  const own = after.samples.filter(({ name }) => name.startsWith("vibes_"));
  for (const { name, labels } of own) {
    expect(Object.keys(labels).every((key) => LABELS.has(key))).toBe(true);
    expect(name).not.toMatch(/_(ms|milliseconds|kb|percent)\b/);
  }
  expect(ids.filter((id) => after.text.includes(id))).toEqual([]);
  expect(after.text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|@/);
  for (const [name, type] of after.types) {
    if (name.startsWith("vibes_"))
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
  }
});
const LABELS = new Set(
  "method route status event result codec code direction limit pool part reason node le window version commit bun quantile what".split(
    " ",
  ),
);

describe("the listener", () => {
  test("serves one path and one method", async () => {
    const { origin } = new URL(metricsUrl);
    expect((await fetch(metricsUrl)).headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
    expect((await fetch(`${origin}/`)).status).toBe(404);
    expect((await fetch(`${origin}/api/v1/conversations`)).status).toBe(404);
    expect((await fetch(metricsUrl, { method: "POST", body: "x" })).status).toBe(405);
  });

  test("is not on the application's port", async () => {
    const response = await fetch(`${node.url}/metrics`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain("vibes_");
  });

  test("measures nothing when nobody asked for it", async () => {
    const quiet = await startNodes(1);
    const [first] = quiet.nodes;
    expect([first!.server.metricsUrl, first!.context.metrics]).toEqual([null, undefined]);
    await quiet.close();
  });
});
