import { expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";

const { call, signIn } = createExampleApp({ rates: { MESSAGE_REQUEST: { points: 3, seconds: 60 } } });
const json = { text: "hello" };

test("calls are counted per person, the answers say what is left, the next is 429", async () => {
  const { token } = await signIn();
  const left: (string | null)[] = [];
  for (let i = 0; i < 3; i++) {
    const { status, headers } = await call("POST /api/v1/notes", { token, json });
    expect(status).toBe(201);
    expect(headers.get("ratelimit-policy")).toBe('"message_request";q=3;w=60');
    left.push(headers.get("ratelimit"));
  }
  expect(left).toEqual([2, 1, 0].map((r) => `"message_request";r=${r};t=60`));
  const refused = await call("POST /api/v1/notes", { token, json });
  expect(refused.status).toBe(429);
  expect(refused.json.error.code).toBe("RATE_LIMIT_EXCEEDED");
  expect(refused.json.error.details).toMatchObject({ limit: 3, window_ms: 60_000 });
  expect(refused.json.error.details.retry_after_ms).toBeWithin(1, 60_001);
  expect(Number(refused.headers.get("retry-after"))).toBeWithin(1, 61);
  expect(refused.headers.get("ratelimit")).toMatch(/^"message_request";r=0;t=\d+$/);
  expect(refused.headers.get("ratelimit-policy")).toBe('"message_request";q=3;w=60');
  const other = await signIn();
  expect((await call("POST /api/v1/notes", { token: other.token, json })).status).toBe(201);
  expect((await call("GET /api/v1/notes", { token })).headers.get("ratelimit")).toStartWith(
    '"default";r=299',
  );
});

test("bad input and refused callers do not use anything up", async () => {
  const { token } = await signIn();
  for (let i = 0; i < 5; i++) {
    await call("POST /api/v1/notes", { token, json: { text: 1 } });
    await call("POST /api/v1/notes", { json });
  }
  const { headers } = await call("POST /api/v1/notes", { token, json });
  expect(headers.get("ratelimit")).toStartWith('"message_request";r=2;');
});

test("parallel calls get exactly as many passes as there are", async () => {
  const { token } = await signIn();
  const all = await Promise.all(
    Array.from({ length: 16 }, () => call("POST /api/v1/notes", { token, json })),
  );
  expect(all.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(3);
});
