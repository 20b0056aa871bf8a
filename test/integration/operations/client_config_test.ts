/** `GET /api/v1/config`: what an app must know before anybody is signed in. */
import { afterAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { vapidPublicKey } from "../../../server/features/push/providers/webpush.ts";
import { createTestApp } from "../../harness/app.ts";

const privateKey = randomBytes(32).toString("base64url");
const plain = await createTestApp();
const set = await createTestApp({
  env: {
    LIMITS: "on",
    LIMIT_LIKES: "7/1d",
    MEDIA_HOSTS: "pictures.example.com",
    MIN_CLIENT_VERSION: "1.4.0",
    PUSH_VAPID_PRIVATE_KEY: privateKey,
    PUSH_VAPID_SUBJECT: "mailto:ops@example.com",
  },
});
afterAll(() => Promise.all([plain.close(), set.close()]));

test("says what is configured, to anybody", async () => {
  const { status, body, headers } = await set.request("GET", "/api/v1/config");
  expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=60"]);
  expect(body.data).toMatchObject({
    limits: { message_length: 1000, request_length: 250 },
    media: { hosts: ["pictures.example.com"] },
    min_client_version: "1.4.0",
    push: { vapid_public_key: vapidPublicKey(privateKey)! },
  });
  expect(body.data.limits.rates).toContainEqual({ name: "likes", count: 7, seconds: 86_400 });
  expect(body.data.push.providers).toContain("webpush");
  expect(Math.abs(Date.parse(body.data.server_time) - Date.now())).toBeLessThan(60_000);
  expect(JSON.stringify(body)).not.toContain(privateKey);
});

test("without keys, limits and a version it says so", async () => {
  const { body } = await plain.request("GET", "/api/v1/config");
  expect(body.data.push.vapid_public_key).toBeNull();
  expect([body.data.min_client_version, body.data.limits.rates]).toEqual([null, []]);
});

test("is asked for again by its ETag", async () => {
  const get = (headers: Record<string, string> = {}) =>
    set.app.handle(new Request("http://localhost/api/v1/config", { headers }));
  const etag = (await get()).headers.get("etag")!;
  expect(etag).toMatch(/^W\/"[\w-]+"$/);
  for (const known of [etag, etag.slice(2), `"other", ${etag}`, "*"]) {
    const again = await get({ "if-none-match": known });
    expect([known, again.status, await again.text(), again.headers.get("etag")]).toEqual([
      known,
      304,
      "",
      etag,
    ]);
  }
  expect((await get({ "if-none-match": '"other"' })).status).toBe(200);
  const other = await plain.request("GET", "/api/v1/config");
  expect(other.headers.get("etag")).not.toBe(etag);
});
