/**
 * The guide's code, taken from the page as a reader would: the chat screen in a browser on the packed client, and the
 * lines for curl.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPackage } from "../../client/build.ts";
import { type RunningServer, startServer } from "../../server/listen.ts";
import { codeIn, createTestApp, type TestApp } from "../harness/app.ts";
import { openBrowserPage } from "../harness/browser_page.ts";
import { hasChromium } from "../harness/chromium.ts";
import { eventually } from "../harness/eventually.ts";

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, "../..");
let app: TestApp;
let server: RunningServer;
/** The blocks of the page, by their first words. */
let blocks: string[];
let folder: string;

beforeAll(async () => {
  app = await createTestApp();
  server = await startServer(app.context, { host: "127.0.0.1", port: 0 });
  folder = await mkdtemp(join(tmpdir(), "guide-"));
  const page = await (await fetch(`${server.url}/docs/guide`)).text();
  blocks = [...page.matchAll(/<pre>([\s\S]*?)<\/pre>/g)].map(([, text = ""]) =>
    text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&"),
  );
});
afterAll(async () => {
  await server.stop(500);
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

function blockWith(text: string): string {
  return blocks.find((block) => block.includes(text))!;
}

async function run(cwd: string, ...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")}: ${out}${err}`);
  return out;
}

async function mailedCode(email: string): Promise<string> {
  const mail = await eventually(() => app.mails.findLast(({ to }) => to === email));
  return codeIn(mail);
}

test.skipIf(!hasChromium)("the chat screen signs in, accepts, lists and chats", async () => {
  await buildPackage(join(folder, "package"));
  await run(join(folder, "package"), process.execPath, "pm", "pack", "--destination", folder, "--quiet");
  await Bun.write(join(folder, "package.json"), JSON.stringify({ name: "app", private: true }));
  await run(folder, process.execPath, "add", "./vibesmatch-client-0.1.0.tgz");
  await Bun.write(join(folder, "index.html"), blockWith("<main id"));
  await Bun.write(join(folder, "screen.js"), blockWith("createChat"));
  await run(
    folder,
    process.execPath,
    join(ROOT, "node_modules/vite/bin/vite.js"),
    "build",
    "--target",
    "esnext",
  );
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const file = Bun.file(join(folder, "dist", pathname === "/" ? "index.html" : pathname));
      return (await file.exists()) ? new Response(file) : new Response(null, { status: 204 });
    },
  });
  const ben = await app.createUser({ name: "Ben" });
  await using page = await openBrowserPage();
  await page.go(site.url.href);
  await page.click("E-mail address");
  await page.write("ana@example.com");
  await page.press("Enter");
  await page.until(`named("Code", "body")`);
  await page.click("Code");
  await page.write(await mailedCode("ana@example.com"));
  await page.press("Enter");
  await page.click("Your name");
  await page.write("Ana");
  await page.press("Enter");
  const ana = await eventually(async () => {
    const [row] = await app.context.database.sql<{ id: string }[]>`select id from users where name = 'Ana'`;
    return row;
  });
  const body = { receiver_id: ana.id, content: "Hi Ana!" };
  expect((await app.request("POST", "/api/v1/messages/request", { token: ben.token, body })).status).toBe(
    201,
  );
  await page.click("Accept Ben: Hi Ana!");
  // By one call: the list is drawn anew with each event, and a press and a release may meet two different elements.
  await page.until(`named("Ben (1) Hi Ana!", "body")`);
  await page.evaluate(`named("Ben (1) Hi Ana!", "body").click()`);
  await page.sees("Ben: Hi Ana!", "ol");
  await page.click("Message to Ben");
  await page.write("Hello Ben!");
  await page.press("Enter");
  await page.sees("You: Hello Ben! (sent)", "ol");
  const { body: list } = await app.request("GET", "/api/v1/conversations", { token: ben.token });
  expect(list.data.conversations[0].last_message.content).toBe("Hello Ben!");
  await page.evaluate(`(async () => {
    const blob = await new Promise((done) => document.createElement("canvas").toBlob(done, "image/png"));
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "picture.png", { type: "image/png" }));
    const input = document.querySelector("input[type=file]");
    input.files = transfer.files;
    input.dispatchEvent(new Event("change"));
  })()`);
  await page.sees("You: a picture (sent)", "ol");
  await page.until(`document.querySelector("li:last-child img")?.naturalWidth > 0`);
  await page.until(`document.title === "live"`);
  // A busy machine's 503 is loaded again.
  expect(page.complaints.filter((text) => !text.includes(" 503 "))).toEqual([]);
  await site.stop(true);
});

test("the lines for curl", async () => {
  const cleo = await app.createUser({ email: "you@example.com", name: "Cleo" });
  await app.createUser({ name: "Dan" });
  await run(folder, "sh", "-ec", blockWith("auth/send-otp"));
  const code = await mailedCode(cleo.email);
  const script = `${blockWith("auth/send-otp").split("\n").slice(0, 2).join("\n")}\n${blockWith("CODE=")}`;
  const output = await run(folder, "sh", "-ec", script.replace(/CODE=\d+/, `CODE=${code}`));
  const answers = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(answers.map(({ success }) => success)).toEqual([true, true, true, true, true]);
  expect(answers[2].data.requests[0].preview_text).toContain("Which trail");
});
