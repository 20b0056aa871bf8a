/** A report from the first look to undo, races between two moderators, how the program ends: in a real terminal against a real server. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { startWorld } from "./moderated_world.ts";
import { KEY, openTerminal } from "./real_terminal.ts";

const world = await startWorld();
afterAll(() => world[Symbol.asyncDispose]());
const { node, url, ana, ben, reports } = world;
const { sql } = node.context.database;

async function statusOf(name: string): Promise<string> {
  const [row] = await sql<
    { status: string }[]
  >`select status from user_reports where id = ${reports.get(name)!}`;
  return row?.status ?? "none";
}

/** The handle that the screen shows. */
function handleOf(name: string): string {
  return `R-${reports.get(name)!.slice(-6).toUpperCase()}`;
}

test("triage: look, reveal, dismiss, undo", async () => {
  await using terminal = openTerminal({ url, token: ana.token });
  await terminal.shows(/Reports 1-9 of 9/);
  terminal.press(`:${handleOf("mia_29")}${KEY.enter}`);
  await terminal.shows(`${handleOf("mia_29")} harassment`);
  await terminal.shows(/hidden, \d+ chars/);
  expect(terminal.screen()).not.toContain("idiot");
  terminal.press("v");
  await terminal.shows("ANSWER ME, you idiot");
  const [seen] =
    await sql`select count(*)::int as looks from audit_log where action = 'report.evidence_viewed'`;
  expect(seen?.looks).toBe(1);
  terminal.press("w");
  await terminal.shows(/Warn mia_29/);
  // Enter through the form ends on Cancel.
  terminal.press(`${KEY.down}${KEY.enter}`);
  await terminal.shows(">[ Cancel ]<");
  terminal.press(KEY.enter);
  await terminal.hides("[ Cancel ]");
  // The form is there at once, the claim comes beside it.
  await eventually(async () => (await statusOf("mia_29")) === "reviewed");
  terminal.press("x");
  await terminal.shows(/Dismiss R-/);
  terminal.press(`${KEY.down}${KEY.enter}`);
  await terminal.shows(`${handleOf("mia_29")} dismissed`);
  await terminal.shows(/\[u\] undo \ds/);
  expect(await statusOf("mia_29")).toBe("dismissed");
  terminal.press("u");
  await terminal.shows("is open again, claimed by you");
  expect(await statusOf("mia_29")).toBe("reviewed");
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  const [row] = await sql`select claimed_by from user_reports where id = ${reports.get("mia_29")!}`;
  expect(row?.claimedBy).toBeNull();
});

test("a ban wants the name typed, and the banned person's socket closes", async () => {
  const sam = world.people.get("sam")!;
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  const closed = Promise.withResolvers<number>();
  socket.onclose = ({ code }) => closed.resolve(code);
  socket.onopen = () => socket.send(JSON.stringify({ event: "authenticate", data: { token: sam.token } }));
  await new Promise((resolve) => {
    socket.onmessage = resolve;
  });
  await using terminal = openTerminal({ url, token: ana.token });
  await terminal.shows(/Reports 1-\d of \d/);
  terminal.press(`:${handleOf("sam")}${KEY.enter}`);
  await terminal.shows(`${handleOf("sam")} scam`);
  terminal.press("b");
  await terminal.shows("Type sam");
  terminal.press(`${KEY.down}${KEY.enter}wrong${KEY.enter}`);
  await terminal.shows("must be sam");
  // Ctrl-U empties the field.
  terminal.press(`\u0015sam${KEY.enter}`);
  await terminal.shows(`${handleOf("sam")} suspended, the ban waits for a second person`);
  expect(await closed.promise).toBe(4503);
  expect(await statusOf("sam")).toBe("resolved");
});

test("two moderators race for a claim: the second sees who was faster without asking", async () => {
  await using one = openTerminal({ url, token: ana.token });
  await using two = openTerminal({ url, token: ben.token });
  const name = handleOf("ruby");
  for (const terminal of [one, two]) {
    await terminal.shows(/LIVE/);
    await terminal.shows(/Reports 1-/);
    terminal.press(`:${name}${KEY.enter}`);
    await terminal.shows(`${name} spam`);
  }
  // The name appears at the other one, in the list and on the report's page; nobody has pressed R there.
  one.press("c");
  await two.shows(/claimed {3}@ana until \d\d:\d\d/);
  await two.shows(new RegExp(`${name} ruby .*@ana`));
  await one.shows(`${name} is yours`);
  two.press("x");
  await two.shows(/is claimed by ana/);
  await two.hides("[ Cancel ]");
  expect(await statusOf("ruby")).toBe("reviewed");
});

test("a decision that came too late is rolled back, with who made it", async () => {
  const id = reports.get("Noor")!;
  await using terminal = openTerminal({ url, token: ana.token });
  await terminal.shows(/Reports 1-/);
  terminal.press(`:${handleOf("Noor")}${KEY.enter}`);
  await terminal.shows(`${handleOf("Noor")} inappropriate`);
  terminal.press("x");
  await terminal.shows(/Dismiss R-/);
  await eventually(async () => {
    const [row] = await sql`select claimed_by from user_reports where id = ${id}`;
    return row?.claimedBy === ana.id;
  });
  // The lease runs out while the form is open, and somebody else decides.
  await sql`update user_reports set claimed_until = now() - interval '1 second' where id = ${id}`;
  await node.request("POST", `/api/v1/admin/reports/${id}/claim`, { token: ben.token });
  const decision = { decision: "resolved", action: "warn", reason: "Please stop" };
  await node.request("POST", `/api/v1/admin/reports/${id}/resolve`, { token: ben.token, body: decision });
  terminal.press(`${KEY.down}${KEY.enter}`);
  await terminal.shows(/was resolved by ben/);
  expect(await statusOf("Noor")).toBe("resolved");
  // Nothing of it is left on the screen: no way back, and the row is what ben has made of it.
  await terminal.hides("[u] undo");
  terminal.press(`:${handleOf("Noor")}${KEY.enter}`);
  await terminal.shows(/decision {2}resolved, warn by ben/);
  await terminal.shows(new RegExp(`^│> {2}${handleOf("Noor")} .*done`, "m"));
  await terminal.hides("dismissed by ana");
});

describe("the terminal is clean afterwards", () => {
  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const)("%s", async (signal, code) => {
    await using terminal = openTerminal({ url, token: ana.token });
    await terminal.shows(/Reports 1-/);
    expect(terminal.modes()).toEqual({ isAlternate: true, wraps: false, pastes: true });
    terminal.signal(signal);
    expect(await terminal.ended).toBe(code);
    expect(terminal.modes()).toEqual({ isAlternate: false, wraps: true, pastes: false });
    expect(terminal.raw().lastIndexOf("\u001b[?25h")).toBeGreaterThan(
      terminal.raw().lastIndexOf("\u001b[?25l"),
    );
  });

  test("Ctrl-C", async () => {
    await using terminal = openTerminal({ url, token: ana.token });
    await terminal.shows(/Reports 1-/);
    terminal.press(KEY.ctrlC);
    expect(await terminal.ended).toBe(130);
    expect(terminal.modes()).toEqual({ isAlternate: false, wraps: true, pastes: false });
  });

  test("a crash", async () => {
    await using terminal = openTerminal({ url, token: ana.token, preload: ["./test/tui/crash_on_usr2.ts"] });
    await terminal.shows(/Reports 1-/);
    terminal.signal("SIGUSR2");
    expect(await terminal.ended).toBe(1);
    expect(terminal.modes()).toEqual({ isAlternate: false, wraps: true, pastes: false });
    expect(terminal.raw()).toContain("the dashboard has crashed");
  });
});

test("sizes: two panes, one pane, too small, and back, while it is open", async () => {
  await using terminal = openTerminal({ url, token: ana.token, columns: 120, rows: 40 });
  await terminal.shows(/Reports 1-/);
  await terminal.shows("EVIDENCE");
  terminal.resize(80, 24);
  await terminal.hides("EVIDENCE");
  await terminal.shows(/SLA {8}OWNER/);
  terminal.resize(60, 20);
  await terminal.shows("This needs 80×24; it is 60×20");
  terminal.resize(200, 60);
  // Awaited, not looked at once: the new size comes in more than one piece.
  await terminal.shows(/^(?:[^\n]*\n){3}(?:[^\n]*│\n){54}[^\n]*┘/);
  await terminal.shows("EVIDENCE");
});

test("NO_COLOR: not one colour, the selection is a sign", async () => {
  await using terminal = openTerminal({ url, token: ana.token, env: { NO_COLOR: "1" } });
  await terminal.shows(/^│> {2}R-/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(terminal.raw().match(/\u001b\[[1-9][0-9;]*m/g)).toBeNull();
});

test("--readonly changes nothing and says so", async () => {
  await using terminal = openTerminal({ url, token: ana.token, args: ["--readonly"] });
  await terminal.shows("[READ-ONLY]");
  await terminal.shows(/Reports 1-/);
  terminal.press("x");
  await terminal.shows("Read-only: started with --readonly");
});
