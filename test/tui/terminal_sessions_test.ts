/** Signing in, token files, a server that restarts, names that terminals measure differently: in a real terminal. @module */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../server/lib/ports.ts";
import { codeIn, TEST_SECRET } from "../harness/app.ts";
import { startChild } from "../harness/child.ts";
import { eventually } from "../harness/eventually.ts";
import { startWorld } from "./moderated_world.ts";
import { KEY, openTerminal } from "./real_terminal.ts";

const world = await startWorld();
afterAll(() => world[Symbol.asyncDispose]());
const { node, url, ana, reports } = world;
const { sql } = node.context.database;

test("signs in by e-mail and code, keeps the session in a file of mode 0600, and uses it the next time", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "vibes-tui-")), "token.json");
  const args = ["--token-file", file];
  await using terminal = openTerminal({ url, args });
  await terminal.shows("Sign in to test");
  terminal.press(`${ana.email}${KEY.enter}`);
  await terminal.shows("Enter the code");
  terminal.press(`000000${KEY.enter}`);
  await terminal.shows("is wrong, used or too old");
  const mail = await eventually(() => node.mails.findLast(({ to }) => to === ana.email));
  const code = codeIn(mail);
  // Ctrl-U empties the field.
  terminal.press(`\u0015${code}${KEY.enter}`);
  await terminal.shows(/Reports 1-/);
  await terminal.shows("@ana");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  terminal.press("q");
  await terminal.ended;
  await using again = openTerminal({ url, args });
  await again.shows(/Reports 1-/);
  again.press(":3\r");
  await again.shows(/^│> {2}R-/m);
  // The session ends on the server: sign in again in place, and everything stays.
  await sql`update sessions set revoked_at = now() where user_id = ${ana.id}`;
  again.press("R");
  await again.shows("The session has ended");
  await again.shows("SIGNED OUT");
  expect(again.screen()).toContain("Reports 1-");
});

test("a token file that others can read is refused", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "vibes-tui-")), "token.json");
  writeFileSync(file, JSON.stringify({ access_token: ana.token }), { mode: 0o644 });
  await using terminal = openTerminal({ url, args: ["--token-file", file] });
  expect(await terminal.ended).toBe(2);
  expect(terminal.raw()).toContain("others may read it (mode 644)");
});

test("a server that restarts: old data stays with its age, actions are off, then all goes on", async () => {
  const env = {
    NODE_ENV: "test",
    LOG_LEVEL: "info",
    LIMITS: "off",
    JWT_SECRET: TEST_SECRET,
    DATABASE_URL: node.databaseUrl,
    HOST: "127.0.0.1",
  };
  const port = await freePort("127.0.0.1");
  const start = async () => {
    const child = startChild(["server/main.ts"], { env: { ...env, PORT: String(port) } });
    await child.says(/Listening/);
    return child;
  };
  const ben = world.ben;
  await using first = await start();
  await using terminal = openTerminal({ url: `http://127.0.0.1:${port}`, token: ben.token });
  await terminal.shows(/LIVE/);
  await terminal.shows(/Reports 1-/);
  await first.end("SIGKILL");
  await terminal.shows("RECONNECTING");
  expect(terminal.screen()).toContain("Reports 1-");
  terminal.press("x");
  await terminal.shows("Not possible now: the connection is lost");
  await using _second = await start();
  await terminal.shows("Connected again");
  await terminal.shows(/LIVE/);
  terminal.press("c");
  await terminal.shows(/is yours for 10 minutes/);
});

test("names that terminals see differently move no border", async () => {
  const names = [
    "👨‍👩‍👧‍👦 family",
    "🇩🇪🇫🇷🏳️‍🌈",
    "क्षत्रिय नमस्ते",
    "שלום עולם",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "世界世界世界世界世界世界世界",
    "❤️1️⃣🏽x",
    "ｶﾞｶﾞ",
  ];
  const reporter = world.people.get("Kim")!;
  for (const [index, name] of names.entries()) {
    const about = await node.createUser({ name, email: `hostile${index}@example.com`, bio: name });
    await world.report({ by: reporter, about, reason: "underage", description: `${name} \u202e reversed` });
  }
  await using terminal = openTerminal({ url, token: world.ben.token, columns: 120, rows: 40 });
  await terminal.shows(/Reports 1-1\d of 1\d/);
  for (const _ of names) {
    terminal.press("j");
    terminal.press("v");
    await terminal.shows(/shown: the audit log has it/);
    // 36 rows of body between header, tabs, status and footer.
    for (const x of [0, 59, 60, 119]) expect(terminal.column(x).slice(3, 37)).toBe("│".repeat(34));
    terminal.press("v");
  }
  expect(terminal.raw()).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200d]/);
});

test("scripts list, claim and resolve", async () => {
  const id = reports.get("max")!;
  const env = { VIBES_URL: url, VIBES_ADMIN_TOKEN: ana.token };
  const vibes = async (...args: string[]) => {
    const child = startChild(["cli/main.ts", "admin", "reports", ...args, "--json"], { env });
    const { code, stdout } = await child.ended;
    return { code, answer: JSON.parse(stdout) };
  };
  // The session was ended above: another moderator's token does.
  env.VIBES_ADMIN_TOKEN = JSON.stringify({ access_token: world.ben.token });
  const { answer } = await vibes("list", "--reason", "other");
  expect(answer.data.reports.map((row: { id: string }) => row.id)).toContain(id);
  expect((await vibes("show", id)).answer.data.report.evidence.hidden).toBe(true);
  const early = await vibes("resolve", id, "--decision", "dismissed", "--reason", "nothing");
  expect([early.code, early.answer.error.code]).toEqual([1, "CONFLICT"]);
  expect((await vibes("claim", id)).code).toBe(0);
  const done = await vibes("resolve", id, "--decision", "dismissed", "--reason", "nothing");
  expect(done.answer.data.report.status).toBe("dismissed");
});

test("somebody who is not of the staff is told so, and signs in as somebody else", async () => {
  const stranger = await world.person("Stranger");
  await using terminal = openTerminal({ url, token: stranger.token });
  await terminal.shows("This account is not of the staff");
  await terminal.shows("Sign in to test");
  await terminal.shows("E-mail:");
  terminal.press(KEY.escape);
  expect(await terminal.ended).toBe(0);
});
