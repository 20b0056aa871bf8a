/**
 * Notifications in a real browser: the demo page subscribes, the server encrypts for that subscription, and the page's
 * service worker shows what was sent and opens the conversation on a click. Between server and browser stands a local
 * push service instead of the maker's, so what it decrypts is handed to the browser by the DevTools protocol.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { vapidPublicKey } from "../../../server/features/push/providers/webpush.ts";
import { type RunningServer, startServer } from "../../../server/listen.ts";
import { codeIn, createTestApp, type TestApp } from "../../harness/app.ts";
import { type BrowserPage, openBrowserPage } from "../../harness/browser_page.ts";
import { hasChromium } from "../../harness/chromium.ts";
import { eventually } from "../../harness/eventually.ts";
import { startProxy, type TestProxy } from "../../harness/proxy.ts";
import { startBrowser } from "../../harness/push/services.ts";
import { createWorld } from "../../harness/world.ts";

setDefaultTimeout(120_000);

const privateKey = randomBytes(32).toString("base64url");
const service = startBrowser(() => vapidPublicKey(privateKey)!);
let app: TestApp;
let server: RunningServer;
/** The network of the browser. */
let proxy: TestProxy;
let page: BrowserPage;
let url: string;
beforeAll(async () => {
  app = await createTestApp({
    env: { PUSH_VAPID_PRIVATE_KEY: privateKey, PUSH_VAPID_SUBJECT: "mailto:push@example.com" },
    pushGraceMs: 0,
  });
  server = await startServer(app.context, { host: "127.0.0.1", port: 0, demo: true });
  proxy = await startProxy(Number(new URL(server.url).port));
  url = `http://127.0.0.1:${proxy.port}`;
  if (hasChromium) page = await openBrowserPage();
});
afterAll(async () => {
  await page?.[Symbol.asyncDispose]();
  await proxy.close();
  await server.stop(500);
  await app.close();
  await service.close();
});

/** A browser without its maker's push service cannot subscribe: it gets a subscription of ours. */
async function subscribeHere(): Promise<void> {
  await page.evaluate(`(() => {
    const subscription = {
      options: {},
      toJSON: () => (${service.subscription}),
      unsubscribe: async () => { PushManager.prototype.getSubscription = async () => null; return true; },
    };
    PushManager.prototype.subscribe = async (options) => {
      window.asked = options;
      PushManager.prototype.getSubscription = async () => subscription;
      return subscription;
    };
  })()`);
}

async function signIn(email: string): Promise<void> {
  await page.go(`${url}/demo/app`);
  await page.click("Email");
  await page.write(email);
  await page.press("Enter");
  await page.sees("Enter the code");
  await page.click("Code");
  await page.write(codeIn(await eventually(() => app.mails.findLast(({ to }) => to === email))));
  await page.press("Enter");
  await page.sees("Connected", ".messenger");
}

test.skipIf(!hasChromium)(
  "a browser subscribes, shows what was sent while it was away, and opens the conversation",
  async () => {
    const world = createWorld(app);
    const [ana, ben] = [await app.createUser({ name: "Ana" }), await app.createUser({ name: "Ben" })];
    const conversationId = await world.befriend(ana, ben);
    await page.command("Browser.grantPermissions", { origin: url, permissions: ["notifications"] });
    await signIn(ben.email);
    await subscribeHere();
    await page.click("Notify me");
    await page.sees("This browser is notified");
    expect(await page.evaluate("window.asked")).toEqual({
      userVisibleOnly: true,
      applicationServerKey: vapidPublicKey(privateKey)!,
    });
    expect(await page.evaluate(`named("Notify me", "body").getAttribute("aria-pressed")`)).toBe("true");

    // In a tunnel: what comes now reaches the push service only.
    proxy.blackhole();
    await world.say(ana, ben, { content: "Are you still there?" });
    const arrived = await eventually(
      () => service.arrived.find(({ body }) => body.body === "Are you still there?"),
      {},
    );
    expect(arrived.body).toMatchObject({
      type: "new_message",
      conversation_id: conversationId,
      title: "Ana",
    });

    await page.command("ServiceWorker.enable");
    const registrationId = await eventually(
      () => page.events.get("ServiceWorker.workerRegistrationUpdated")?.registrations?.at(-1)?.registrationId,
    );
    const worker = await page.worker();
    // Asked for its notifications before one is on the screen, Chromium forgets that one.
    await worker.evaluate(`(() => {
      const show = registration.showNotification.bind(registration);
      registration.showNotification = (...all) => show(...all).then(() => { globalThis.isShown = true; });
    })()`);
    await page.command("ServiceWorker.deliverPushMessage", {
      origin: url,
      registrationId,
      data: JSON.stringify(arrived.body),
    });
    await worker.until("globalThis.isShown");
    const showing = () =>
      worker.evaluate(`registration.getNotifications()
        .then((all) => all.map(({ title, body, tag }) => ({ title, body, tag })))`);
    expect(await showing()).toEqual([{ title: "Ana", body: "Are you still there?", tag: conversationId }]);

    proxy.cut();
    proxy.pass();
    await page.sees("Connected", ".messenger");
    // As a click on it does; the protocol has no command for one.
    await worker.evaluate(`registration.getNotifications().then(([notification]) =>
      dispatchEvent(new NotificationEvent("notificationclick", { notification })))`);
    await page.sees("Are you still there?", ".conversation .bubbles");
    expect(await showing()).toEqual([]);
    expect(page.complaints.filter((text) => !/ 503 |ERR_/.test(text))).toEqual([]);

    // The click opens the page when there is none.
    await page.go("about:blank");
    await page.go(`${url}/demo/app#${conversationId}`);
    await page.sees("Are you still there?", ".conversation .bubbles");
    expect(await page.evaluate("location.hash")).toBe("");

    await subscribeHere();
    await page.click("Notify me");
    await page.sees("This browser is notified");
    await page.click("Notify me");
    await page.sees("not notified any more");
    expect(await page.evaluate(`named("Notify me", "body").getAttribute("aria-pressed")`)).toBe("false");
    const { sql } = app.context.database;
    expect(await sql`select 1 from devices where user_id = ${ben.id}`).toHaveLength(0);
  },
);

test("the worker is served beside the pages that it serves, and loads nothing", async () => {
  const response = await fetch(`${server.url}/demo/push_worker.js`);
  expect(response.headers.get("content-type")).toStartWith("text/javascript");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await response.text()).not.toMatch(/\bimport\b/);
  const page = await fetch(`${server.url}/demo/app`);
  expect(page.headers.get("content-security-policy")).toContain("worker-src 'self'");
});
