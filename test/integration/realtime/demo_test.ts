/**
 * The demo page in a real browser, at the widths of a desktop and of a phone: two people meet, talk and part, by mouse
 * and by keyboard. And the page for one, which signs in by code.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type RunningServer, startServer } from "../../../server/listen.ts";
import { codeIn, createTestApp, type TestApp } from "../../harness/app.ts";
import { type BrowserPage, DESKTOP, openBrowserPage, PHONE } from "../../harness/browser_page.ts";
import { hasChromium } from "../../harness/chromium.ts";
import { eventually } from "../../harness/eventually.ts";
import { startProxy, type TestProxy } from "../../harness/proxy.ts";

setDefaultTimeout(120_000);

let app: TestApp;
let server: RunningServer;
/** The network of the browser. */
let proxy: TestProxy;
let url: string;
beforeAll(async () => {
  app = await createTestApp();
  server = await startServer(app.context, { host: "127.0.0.1", port: 0, demo: true });
  proxy = await startProxy(Number(new URL(server.url).port));
  url = `http://127.0.0.1:${proxy.port}`;
});
afterAll(async () => {
  await proxy.close();
  await server.stop(500);
  await app.close();
});

/** The two phones of the page. */
const [A, B] = ["#phone-0", "#phone-1"] as const;

interface Scene {
  readonly page: BrowserPage;
  /** Names of the people on the left and on the right. */
  readonly names: readonly [string, string];
  /** On a narrow page only one phone is shown. */
  readonly turnTo: (phone: typeof A | typeof B) => Promise<void>;
}

/** Begins with two new people. */
async function openDemo(page: BrowserPage): Promise<Scene> {
  await page.go(`${url}/`);
  await page.evaluate("sessionStorage.clear()");
  return await reopenDemo(page);
}

async function reopenDemo(page: BrowserPage): Promise<Scene> {
  await page.go(`${url}/demo`);
  await page.until(`shown("${A} h2").length > 0`);
  const people = await page.evaluate(`JSON.parse(sessionStorage.getItem("vibesmatch-demo"))`);
  const names: [string, string] = [people[0].name, people[1].name];
  const isNarrow = await page.evaluate("innerWidth < 700");
  const turnTo: Scene["turnTo"] = async (phone) => {
    if (isNarrow) await page.click(names[phone === A ? 0 : 1], ".switch");
  };
  return { page, names, turnTo };
}

/** They become acquainted, and each has the conversation open. */
async function acquaint({ page, names: [a, b], turnTo }: Scene): Promise<void> {
  await turnTo(A);
  await page.click(`Say hi to ${b}`, A);
  await page.sees(`Write to ${b}`, "dialog");
  await page.write("Hi! Which trail is that?");
  await page.click("Send the request", "dialog");
  await page.sees(`waits for ${b}`, A);
  await turnTo(B);
  await page.click("See the request", B);
  await page.sees("Which trail", B);
  await page.click(`Accept ${a}`, B);
  await page.click(a, `${B} .rows`);
  await page.sees("Which trail", `${B} .bubbles`);
  await turnTo(A);
  await page.click(b, `${A} .rows`);
  await page.sees("Which trail", `${A} .bubbles`);
}

async function say({ page, names: [a, b], turnTo }: Scene, from: typeof A | typeof B, text: string) {
  await turnTo(from);
  await page.click(`Message to ${from === A ? b : a}`, from);
  await page.write(text);
  await page.press("Enter");
  await page.sees(text, `${from} .bubbles`);
}

/** @returns Nodes that a screen reader meets, as "role name". */
async function readAloud(page: BrowserPage): Promise<string[]> {
  const { nodes } = await page.command("Accessibility.getFullAXTree");
  return nodes
    .filter(({ ignored }: { ignored: boolean }) => !ignored)
    .map((node: { role?: { value: string }; name?: { value: string } }) =>
      `${node.role?.value} ${node.name?.value ?? ""}`.trim(),
    );
}

describe.skipIf(!hasChromium).each([
  ["a desktop", DESKTOP],
  ["a phone", PHONE],
])("on %s", (_, screen) => {
  let page: BrowserPage;
  beforeAll(async () => {
    page = await openBrowserPage(screen);
  });
  afterAll(() => page?.[Symbol.asyncDispose]());

  test("two people meet, talk and part", async () => {
    const scene = await openDemo(page);
    const { names, turnTo } = scene;
    const [a, b] = names;
    await acquaint(scene);
    await say(scene, B, "The old quarry one!");
    await turnTo(A);
    await page.sees("The old quarry one!", `${A} .bubbles`);
    await page.sees("Online", `${A} .conversation .status`);

    // Read once the browser says that it is on the screen, which a turn in the same moment would prevent.
    await page.until(`document.querySelector(".switch .badge").textContent === ""`);
    // The premium one sees it.
    await turnTo(B);
    await page.until(`document.querySelector("${B} .tick.read")`);
    // Typing.
    await turnTo(A);
    await page.click(`Message to ${b}`, A);
    await page.write("Saturday?");
    await turnTo(B);
    await page.sees("typing …", `${B} .conversation .status`);
    await turnTo(A);
    await page.click("Send", A);
    await turnTo(B);
    await page.sees("Saturday?", `${B} .bubbles`);

    // Nothing is wider than the screen.
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);

    await page.click(`More about ${a}`, B);
    await page.click("Report …", B);
    await page.sees(`Report ${a}`, "dialog");
    await page.click("Send the report", "dialog");
    await page.sees("A moderator will look at it.", B);
    await page.click(`More about ${a}`, B);
    await page.click("Block …", B);
    await page.sees(`Block ${a}?`, "dialog");
    await page.click("Block", "dialog");
    await page.sees("No conversations yet.", B);
    await page.until(`!document.querySelector("dialog")`);
    await turnTo(A);
    await page.sees("No conversations yet.", A);
    expect(await page.evaluate(`shown("${A} .bubbles").length`)).toBe(0);
    // Neither an error nor a violation of the policy.
    expect(page.complaints.filter((text) => !text.includes(" 503 "))).toEqual([]);
  });

  test("a picture is sent by choosing, pasting and dropping a file, and seen by the other one", async () => {
    const scene = await openDemo(page);
    await acquaint(scene);
    const shownTo = (phone: string) =>
      `[...document.querySelectorAll("${phone} .bubble img.picture")].filter((one) => one.naturalWidth > 0).length`;
    // What a browser makes of a file that somebody chooses, pastes or drops.
    await page.evaluate(`(async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
      canvas.getContext("2d").fillRect(0, 0, 30, 40);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
      window.transfer = () => {
        const made = new DataTransfer();
        made.items.add(new File([blob], "picture.png", { type: "image/png" }));
        return made;
      };
    })()`);
    const area = `document.querySelector("${A} .conversation")`;
    const ways = [
      `(() => { const input = ${area}.querySelector("input[type=file]");
        input.files = transfer().files; input.dispatchEvent(new Event("change")); })()`,
      `void ${area}.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer() }))`,
      `void ${area}.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer(), cancelable: true }))`,
    ];
    for (const [index, way] of ways.entries()) {
      await scene.turnTo(A);
      await page.evaluate(way);
      await page.until(`document.querySelectorAll("${A} .bubble.sent img.picture").length === ${index + 1}`);
      await scene.turnTo(B);
      await page.until(`${shownTo(B)} === ${index + 1}`);
    }
    expect(page.complaints.filter((text) => !text.includes(" 503 "))).toEqual([]);
  });

  test("what was written offline goes out after the page was left and opened again", async () => {
    const scene = await openDemo(page);
    await acquaint(scene);
    proxy.blackhole();
    await say(scene, A, "Written in a tunnel");
    expect(await page.evaluate(`document.querySelector("${A} .bubble.pending").innerText`)).toContain(
      "Written in a tunnel",
    );
    // The browser's database has it before the page is left.
    await page.until(`(async () => {
      const name = (await indexedDB.databases()).map((one) => one.name).find((one) => one.includes(JSON.parse(sessionStorage.getItem("vibesmatch-demo"))[0].id));
      const open = indexedDB.open(name);
      await new Promise((resolve) => { open.onsuccess = resolve; });
      const all = open.result.transaction("texts").objectStore("texts").getAll();
      await new Promise((resolve) => { all.onsuccess = resolve; });
      open.result.close();
      return all.result.join().includes("Written in a tunnel");
    })()`);
    await page.go("about:blank");
    proxy.cut();
    proxy.pass();
    const again = await reopenDemo(page);
    expect(again.names).toEqual(scene.names);
    await again.turnTo(B);
    await page.click(scene.names[0], `${B} .rows`);
    await page.sees("Written in a tunnel", `${B} .bubbles`);
  });

  test("a keyboard is enough, and a screen reader is told what happens", async () => {
    const scene = await openDemo(page);
    const {
      names: [a, b],
      turnTo,
    } = scene;
    const focused = () => page.evaluate("nameOf(document.activeElement)");
    const tabTo = async (name: string) => {
      for (let i = 0; i < 40 && !(await focused()).startsWith(name); i++) await page.press("Tab");
      expect(await focused()).toStartWith(name);
    };
    await turnTo(A);
    await page.until(`named("Say hi to ${b}", "${A}")`);
    await tabTo(`Say hi to ${b}`);
    await page.press("Enter");
    // The dialog has the focus, and gives it back.
    expect(await focused()).toBe("Your message");
    await page.press("Escape");
    await page.until(`nameOf(document.activeElement) === "Say hi to ${b}"`);
    await page.press("Enter");
    await page.write("Hello from a keyboard");
    await tabTo("Send the request");
    await page.press("Enter");
    await page.sees(`waits for ${b}`, A);
    await turnTo(B);
    await page.until(`named("See the request", "${B}")`);
    await tabTo("See the request");
    await page.press("Enter");
    await page.until(`named("Accept ${a}", "${B}")`);
    await tabTo(`Accept ${a}`);
    await page.press("Space");
    await page.until(`named("${a}", "${B} .rows")`);
    await tabTo(a);
    await page.press("Enter");
    expect(await focused()).toBe(`Message to ${a}`);
    await page.write("And back");
    await page.press("Enter");
    await page.sees("And back", `${B} .bubbles`);
    const spoken = await readAloud(page);
    expect(spoken).toContain(`log Messages with ${a}`);
    expect(spoken).toContain(`textbox Message to ${a}`);
    expect(spoken).toContain(`button Back to the list`);
    expect(spoken.filter((node) => node.startsWith("status")).length).toBeGreaterThan(1);
    expect(
      spoken.filter((node) => /^(button|link|textbox|combobox|dialog|navigation|region)$/.test(node)),
    ).toEqual([]);
    await page.press("Escape");
    await page.until(`nameOf(document.activeElement).startsWith("${a}")`);
    expect(page.complaints.filter((text) => !text.includes(" 503 "))).toEqual([]);
  });

  test("one person signs up and in by code, and stays signed in", async () => {
    const email = `page-${screen.width}@example.com`;
    const code = async () => {
      const mail = await eventually(() => app.mails.findLast(({ to }) => to === email));
      return codeIn(mail);
    };
    await page.go(`${url}/demo/app`);
    await page.click("Email");
    await page.write("nobody");
    await page.press("Enter");
    await page.click("Email");
    await page.evaluate(`document.activeElement.value = ""`);
    await page.write(email);
    await page.press("Enter");
    await page.sees("Enter the code");
    await page.write("000000");
    await page.press("Enter");
    await page.sees("code", "[role=alert]");
    await page.evaluate(`document.querySelector("input").value = ""`);
    await page.click("Code");
    await page.write(await code());
    await page.press("Enter");
    await page.sees("Who are you?");
    await page.write("Wide Wanda");
    await page.evaluate(`document.querySelector("[type=date]").value = "2020-01-01"`);
    await page.click("Sign up");
    await page.sees("date of birth", "[role=alert]");
    await page.evaluate(`document.querySelector("[type=date]").value = "1990-01-01"`);
    await page.click("Sign up");
    await page.sees("Wide Wanda", ".messenger");
    await page.sees("Connected", ".messenger");
    await page.click("People", ".messenger");
    await page.go(`${url}/demo/app`);
    await page.sees("Wide Wanda", ".messenger");
    await page.click("Sign out");
    await page.sees("Sign in");
  });
});

test("the pages load nothing from elsewhere, and their policy forbids it", async () => {
  for (const path of ["/demo", "/demo/app"]) {
    const response = await fetch(server.url + path);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
    const page = await response.text();
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);
    expect(loaded.length).toBeGreaterThan(4);
    for (const url of loaded) expect([url, (await fetch(server.url + url)).status]).toEqual([url, 200]);
  }
  for (const name of ["demo.ts", "README.md", "..%2fpackage.json", "__proto__"]) {
    expect((await fetch(`${server.url}/demo/assets/${name}`)).status).toBe(404);
  }
});

test("a server in production has no demo, whatever it is told, and its root is for machines", async () => {
  const context = { ...app.context, config: { ...app.context.config, production: true } };
  const production = await startServer(context, { host: "127.0.0.1", port: 0, demo: true });
  try {
    for (const path of ["/demo", "/demo/app", "/demo/assets/demo.js"]) {
      expect((await fetch(production.url + path)).status).toBe(404);
    }
    expect((await fetch(`${production.url}/demo/pair`, { method: "POST" })).status).toBe(404);
    const root = await fetch(production.url);
    expect(root.headers.get("content-type")).toStartWith("application/json");
    const { data } = (await root.json()) as { data: Record<string, string> };
    for (const path of Object.values(data)) {
      const answer = await fetch(production.url + path);
      expect([path, answer.status, (await answer.bytes()).length > 500]).toEqual([path, 200, true]);
    }
  } finally {
    await production.stop(500);
  }
});
