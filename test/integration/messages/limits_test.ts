import { afterAll, beforeAll, expect, test } from "bun:test";
import { createTestApp, type TestAnswer, type TestApp, type TestUser } from "../../harness/app.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
let [a, b]: TestUser[] = [];
let conversationId: string;
beforeAll(async () => {
  const env = {
    LIMITS: "on",
    LIMIT_MESSAGE_SEND: "2/1h",
    LIMIT_CONVERSATIONS: "2/1m",
    LIMIT_MESSAGES: "2/1m",
  };
  app = await createTestApp({ env });
  world = createWorld(app);
  [a, b] = [await app.createUser(), await app.createUser()];
  conversationId = await world.match(a, b);
});
afterAll(() => app.close());

const send = (body: object) =>
  app.request("POST", "/api/v1/messages/send", { token: a!.token, body: { receiver_id: b!.id, ...body } });
const get = (path: string, by = a!) =>
  app.request("GET", `/api/v1/conversations${path}`, { token: by.token });

function limited({ status, body, headers }: TestAnswer): void {
  expect([status, body.error.code]).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  expect(headers.get("ratelimit")).toContain("r=0");
}

test("sends are limited per person; bad input does not count, a retry does", async () => {
  const bad = [
    ["", 400],
    ["x".repeat(9000), 422],
    [1, 400],
  ];
  for (const [content, status] of bad) expect((await send({ content })).status).toBe(status as number);
  const first = await send({ content: "one", client_message_id: "k" });
  expect(first.headers.get("ratelimit")).toContain("r=1");
  expect((await send({ content: "one", client_message_id: "k" })).status).toBe(201);
  limited(await send({ content: "three" }));
  const body = { receiver_id: a!.id, content: "mine" };
  expect((await app.request("POST", "/api/v1/messages/send", { token: b!.token, body })).status).toBe(201);
});

test("reading lists and history is limited, each for itself", async () => {
  for (const path of ["", `/${conversationId}/messages`]) {
    expect((await get(`${path}?limit=0`)).status).toBe(400);
    expect((await get(path)).status).toBe(200);
    expect((await get(path)).status).toBe(200);
    limited(await get(path));
    expect((await get(path, b!)).status).toBe(200);
  }
});
