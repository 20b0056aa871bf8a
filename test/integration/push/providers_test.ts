/** Every provider against a local stand-in for its service: one contract for all, then what each has of its own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { createApnsProvider } from "../../../server/features/push/providers/apns.ts";
import { createExpoProvider, type ExpoTicket } from "../../../server/features/push/providers/expo.ts";
import { createFcmProvider } from "../../../server/features/push/providers/fcm.ts";
import type { Notice, Outcome, Provider, Target } from "../../../server/features/push/providers/provider.ts";
import { createWebPushProvider, vapidPublicKey } from "../../../server/features/push/providers/webpush.ts";
import { isAllowedEndpoint } from "../../../server/features/push/providers/webpush_endpoint.ts";
import { isPublicHost } from "../../../server/lib/public_hosts.ts";
import { startApns } from "../../harness/push/apns.ts";
import { type Answer, startBrowser, startExpo, startFcm } from "../../harness/push/services.ts";

const NOTICE: Notice = {
  type: "new_message",
  conversationId: "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11",
  seq: 7,
  badge: 3,
  collapseKey: "0198c0de5f1e7a608d3b0a6f8f3c2b11",
  title: "VibesMatch",
  body: "You have a new message",
  isPersonal: false,
  ttlSeconds: 86_400,
};
const never = () => new AbortController().signal;

const apns = await startApns();
const fcm = await startFcm();
const expo = startExpo();
const privateKey = randomBytes(32).toString("base64url");
const browser = startBrowser(() => vapidPublicKey(privateKey)!);
const tickets: ExpoTicket[] = [];
let now = Date.now();
const rules = { hosts: ["push.example.com", "*.example.net"], allowLoopback: true };

const target = (token: string): Target => ({
  deviceId: "d1",
  token,
  appId: "com.example.app",
  environment: "sandbox",
});
const TOKENS: Record<string, string> = {
  apns: "ab".repeat(32),
  fcm: "fcm-token",
  expo: "ExponentPushToken[xyz]",
  webpush: browser.subscription,
};
const providers: Record<string, Provider> = {};
beforeAll(async () => {
  providers.apns = await createApnsProvider({
    ...apns.keys,
    url: apns.url,
    tls: { ca: apns.ca },
    now: () => now,
  });
  providers.fcm = await createFcmProvider({ credentials: fcm.credentials, url: fcm.url, now: () => now });
  providers.expo = createExpoProvider({
    token: "expo-token",
    url: expo.url,
    onTickets: async (more) => void tickets.push(...more),
    onError: () => {},
  });
  providers.webpush = createWebPushProvider({ privateKey, subject: "mailto:ops@example.com", rules });
});
afterAll(() => Promise.all([apns, fcm, expo, browser].map((service) => service.close())));

const send = (name: string, notice = NOTICE) => providers[name]!.send(target(TOKENS[name]!), notice, never());

/** What arrived last, in the words of the contract. */
function last(name: string) {
  switch (name) {
    case "apns": {
      const { aps, ...data } = apns.requests.at(-1)!.body;
      return { data, badge: aps.badge, text: JSON.stringify(aps.alert ?? null) };
    }
    case "fcm": {
      const { data, notification, apns: forApple } = fcm.arrived.at(-1)!.body.message;
      const numbers = { ...data, seq: Number(data.seq), badge: Number(data.badge) };
      return { data: numbers, badge: forApple.payload.aps.badge, text: JSON.stringify(notification ?? null) };
    }
    case "expo": {
      const { data, badge, title, body } = expo.arrived.at(-1)!.body.at(-1);
      return { data, badge, text: JSON.stringify({ title, body }) };
    }
    default: {
      const { title, body, ...data } = browser.arrived.at(-1)!.body;
      return { data, badge: data.badge, text: JSON.stringify({ title, body }) };
    }
  }
}

function script(name: string, answer: Answer & { reason?: string; timestamp?: number }): void {
  if (name === "apns") apns.answers.push(answer);
  else if (name === "fcm") fcm.answers.push(answer);
  else if (name === "expo") expo.answers.push(answer);
  else browser.answers.push(answer);
}

const DATA = { type: "new_message", conversation_id: NOTICE.conversationId, seq: 7, badge: 3 };
const NAMES = ["apns", "fcm", "expo", "webpush"] as const;

describe.each(NAMES)("%s", (name) => {
  test("carries type, conversation, position and badge, and nothing that somebody wrote", async () => {
    expect(await send(name)).toEqual({ kind: "sent" });
    expect(last(name)).toMatchObject({ data: DATA, badge: 3 });
  });

  test("carries name and text when there are some", async () => {
    await send(name, { ...NOTICE, title: "Ana", body: "see you", isPersonal: true });
    expect(last(name).text).toContain("see you");
    expect(last(name).text).toContain("Ana");
  });

  test("a service that is out of order, or has enough, is tried later", async () => {
    script(name, { status: 503 });
    expect(await send(name)).toMatchObject({ kind: "retry" });
    script(name, { status: 429, headers: { "retry-after": "30" } });
    expect(await send(name)).toMatchObject({ kind: "retry", afterMs: 30_000 });
    expect(await send(name)).toEqual({ kind: "sent" });
  });

  test("what it refuses is not tried again, and a redirect is not followed", async () => {
    const before = [apns.requests, fcm.arrived, expo.arrived, browser.arrived].map(({ length }) => length);
    script(name, { status: 302, headers: { location: "http://127.0.0.1:1/" } });
    expect((await send(name)).kind).toBe("refused");
    script(name, { status: 413, reason: "PayloadTooLarge" });
    expect((await send(name)).kind).toBe("refused");
    const after = [apns.requests, fcm.arrived, expo.arrived, browser.arrived].map(({ length }) => length);
    expect(after.reduce((a, b) => a + b) - before.reduce((a, b) => a + b)).toBe(2);
  });

  test("40 at once all arrive", async () => {
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => send(name)));
    expect(outcomes.filter(({ kind }) => kind === "sent")).toHaveLength(40);
  });
});

test.each<[string, Answer & { reason?: string; timestamp?: number }, Outcome]>([
  [
    "apns",
    { status: 410, reason: "Unregistered", timestamp: 17 },
    { kind: "dead", reason: "Unregistered", since: 17 },
  ],
  ["apns", { status: 400, reason: "BadDeviceToken" }, { kind: "dead", reason: "BadDeviceToken" }],
  ["apns", { status: 400, reason: "BadTopic" }, { kind: "refused", reason: "BadTopic" }],
  [
    "apns",
    { status: 429, reason: "TooManyProviderTokenUpdates" },
    { kind: "retry", reason: "TooManyProviderTokenUpdates", afterMs: 60_000 },
  ],
  [
    "fcm",
    { status: 404, body: { error: { status: "NOT_FOUND", details: [{ errorCode: "UNREGISTERED" }] } } },
    { kind: "dead", reason: "UNREGISTERED" },
  ],
  [
    "fcm",
    {
      status: 400,
      body: { error: { status: "INVALID_ARGUMENT", message: "The registration token is not valid" } },
    },
    { kind: "dead", reason: "INVALID_ARGUMENT" },
  ],
  [
    "expo",
    { status: 200, body: { data: [{ status: "error", details: { error: "DeviceNotRegistered" } }] } },
    { kind: "dead", reason: "DeviceNotRegistered" },
  ],
  ["webpush", { status: 410 }, { kind: "dead", reason: "Gone" }],
  ["webpush", { status: 404 }, { kind: "dead", reason: "Gone" }],
])("%s: %j", async (name, answer, outcome) => {
  script(name, answer);
  expect(await send(name)).toEqual(outcome);
});

describe("apns", () => {
  test("a notification that is replaced, that expires, for this app; a silent one wakes without showing", async () => {
    await send("apns");
    expect(apns.requests.at(-1)!.headers).toMatchObject({
      "apns-topic": "com.example.app",
      "apns-collapse-id": NOTICE.collapseKey,
      "apns-push-type": "alert",
      "apns-expiration": String(Math.floor(now / 1000) + 86_400),
    });
    await send("apns", { ...NOTICE, type: "read", title: "", body: "" });
    const { headers, body } = apns.requests.at(-1)!;
    expect([headers["apns-push-type"], headers["apns-priority"]]).toEqual(["background", "5"]);
    expect(body.aps).toEqual({ "content-available": 1, badge: 3 });
  });

  test("one token for 40 minutes, whoever asks for it", async () => {
    const from = apns.requests.length;
    now = 2_400_000 * Math.ceil(now / 2_400_000) + 1_000;
    await Promise.all(Array.from({ length: 20 }, () => send("apns")));
    now += 2_390_000;
    await send("apns");
    expect(new Set(apns.requests.slice(from).map(({ headers }) => headers.authorization)).size).toBe(1);
    now += 10_000;
    await send("apns");
    expect(apns.requests.at(-1)!.issuedAt - apns.requests.at(-2)!.issuedAt).toBe(2_400);
  });

  test("goes on while GOAWAY comes in the middle of requests under way", async () => {
    const gate = Promise.withResolvers<void>();
    apns.answers.push(...Array.from({ length: 5 }, () => ({ status: 200, after: gate.promise })), {
      status: 200,
      goAway: true,
    });
    const underWay = Array.from({ length: 6 }, () => send("apns"));
    await Promise.any(underWay);
    expect(await send("apns")).toEqual({ kind: "sent" });
    gate.resolve();
    for (const { kind } of await Promise.all(underWay)) expect(["sent", "retry"]).toContain(kind);
    expect(await send("apns")).toEqual({ kind: "sent" });
  });

  test("goes on after GOAWAY; a connection that is cut is an outcome", async () => {
    apns.answers.push({ status: 200, goAway: true });
    expect(await send("apns")).toEqual({ kind: "sent" });
    expect(await send("apns")).toEqual({ kind: "sent" });
    apns.answers.push({ status: 200, drop: true });
    expect((await send("apns")).kind).toBe("retry");
    expect(await send("apns")).toEqual({ kind: "sent" });
  });
});

test("fcm: a token that runs out is renewed once, however many sends find it so at the same moment", async () => {
  await send("fcm");
  const given = fcm.state.tokensGiven;
  now += 3_400_000;
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => send("fcm")));
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["sent"]));
  expect(fcm.state.tokensGiven).toBe(given + 1);
});

test("fcm: a token that is refused to many at once is asked for once", async () => {
  const given = ++fcm.state.tokensGiven;
  await Promise.all(Array.from({ length: 20 }, () => send("fcm")));
  expect(await send("fcm")).toEqual({ kind: "sent" });
  expect(fcm.state.tokensGiven).toBe(given + 1);
});

test("fcm: too many messages, and no word of when: a minute later", async () => {
  const error = { status: "RESOURCE_EXHAUSTED", details: [{ errorCode: "QUOTA_EXCEEDED" }] };
  script("fcm", { status: 429, body: { error } });
  expect(await send("fcm")).toEqual({ kind: "retry", reason: "QUOTA_EXCEEDED", afterMs: 60_000 });
});

test("fcm: one access token for everybody, another one when it is refused", async () => {
  const given = fcm.state.tokensGiven;
  await Promise.all(Array.from({ length: 20 }, () => send("fcm")));
  expect(fcm.state.tokensGiven).toBe(given);
  fcm.state.tokensGiven++;
  expect((await send("fcm")).kind).toBe("retry");
  expect(await send("fcm")).toEqual({ kind: "sent" });
});

test("fcm: an unreachable service is an outcome", async () => {
  const away = await createFcmProvider({ credentials: fcm.credentials, url: "http://127.0.0.1:1" });
  expect((await away.send(target("x"), NOTICE, never())).kind).toBe("retry");
});

test("expo: requests of up to 100, a ticket each, receipts", async () => {
  const from = expo.arrived.length;
  const devices = Array.from({ length: 150 }, (_, i) => ({
    ...target(`ExponentPushToken[${i}]`),
    deviceId: `d${i}`,
  }));
  await Promise.all(devices.map((device) => providers.expo!.send(device, NOTICE, never())));
  const requests = expo.arrived.slice(from);
  expect(Math.max(...requests.map(({ body }) => body.length))).toBeLessThanOrEqual(100);
  expect(requests.length).toBeLessThan(10);
  Object.assign(expo.receipts, {
    a: { status: "ok" },
    b: { status: "error", details: { error: "DeviceNotRegistered" } },
  });
  const { receipts } = providers.expo as ReturnType<typeof createExpoProvider>;
  expect(await receipts(["a", "b", "c"])).toEqual(
    new Map<string, Outcome>([
      ["a", { kind: "sent" }],
      ["b", { kind: "dead", reason: "DeviceNotRegistered" }],
    ]),
  );
});

describe("webpush", () => {
  test("the browser decrypts it; without a name there is no text in it", async () => {
    await send("webpush");
    const { headers, body } = browser.arrived.at(-1)!;
    expect(body).toEqual(DATA);
    expect([headers.get("topic"), headers.get("ttl"), headers.get("content-encoding")]).toEqual([
      NOTICE.collapseKey,
      "86400",
      "aes128gcm",
    ]);
  });

  test.each([
    ["http://push.example.com/1", false],
    ["https://push.example.com/1", true],
    ["https://a.example.net/1", true],
    ["https://example.net/1", false],
    ["https://evilexample.net/1", false],
    ["https://push.example.com.evil.org/1", false],
    ["https://user@push.example.com/1", false],
    ["https://push.example.com:8443/1", false],
    ["https://10.0.0.1/1", false],
    ["https://[::1]:9/1", false],
    ["https://localhost/1", false],
    ["http://169.254.169.254/latest", false],
    ["file:///etc/passwd", false],
  ])("an endpoint at %s is allowed in production: %p", (endpoint, allowed) => {
    expect(isAllowedEndpoint(endpoint, { ...rules, allowLoopback: false })).toBe(allowed);
  });

  test("a name that points to a private address is not called", async () => {
    expect(await isPublicHost("https://localhost/1", { ...rules, allowLoopback: false })).toBe(false);
  });

  test("an allowed name that resolves to a private address gets no connection", async () => {
    const provider = createWebPushProvider({
      privateKey,
      subject: "mailto:ops@example.com",
      rules: { hosts: ["localhost"], allowLoopback: false },
    });
    const subscription = JSON.stringify({ endpoint: "https://localhost/push/1", keys: browser.keys });
    expect(await provider.send(target(subscription), NOTICE, never())).toEqual({
      kind: "refused",
      reason: "PrivateAddress",
    });
  });

  test("an endpoint that is no longer allowed, or a key that is none, disables the device", async () => {
    const provider = createWebPushProvider({
      privateKey,
      subject: "mailto:ops@example.com",
      rules: { hosts: [], allowLoopback: false },
    });
    const from = browser.arrived.length;
    expect(await provider.send(target(browser.subscription), NOTICE, never())).toEqual({
      kind: "dead",
      reason: "EndpointNotAllowed",
    });
    const bad = JSON.stringify({
      endpoint: `${browser.url}/push/1`,
      keys: {
        ...browser.keys,
        p256dh: Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]).toString("base64url"),
      },
    });
    expect(await providers.webpush!.send(target(bad), NOTICE, never())).toEqual({
      kind: "dead",
      reason: "BadSubscription",
    });
    expect(browser.arrived.length).toBe(from);
  });
});
