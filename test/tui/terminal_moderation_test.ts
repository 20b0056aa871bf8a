/** Finding, bulk decisions, blocks, bans, claims, live numbers and --readonly, in a real terminal against a real server. @module */
import { afterAll, expect, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { startWorld } from "./moderated_world.ts";
import { KEY, openTerminal } from "./real_terminal.ts";

const world = await startWorld();
afterAll(() => world[Symbol.asyncDispose]());
const { node, url, ana, ben, reports, people } = world;
const { sql } = node.context.database;
const FORWARD = ["./test/tui/clock_forward_on_usr2.ts"];
/** Ctrl-U empties a line. */
const EMPTY = "\u0015";

const handleOf = (name: string) => `R-${reports.get(name)!.slice(-6).toUpperCase()}`;
const idOf = (name: string) => people.get(name)!.id;

async function statusOf(name: string): Promise<string> {
  const [row] = await sql<
    { status: string }[]
  >`select status from user_reports where id = ${reports.get(name)!}`;
  return row?.status ?? "none";
}

async function audited(action: string): Promise<number> {
  const [row] = await sql<
    { entries: number }[]
  >`select count(*)::int as entries from audit_log where action = ${action}`;
  return row?.entries ?? 0;
}

/** A call of a moderator's, by way of the API. */
async function call(path: string, options: { token: string; body: object }) {
  const answer = await node.request("POST", `/api/v1${path}`, options);
  if (answer.status > 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.data;
}

test("sorts, searches, jumps, and writes a note", async () => {
  await using terminal = openTerminal({ url, token: ana.token });
  await terminal.shows(/Reports 1-9 of 9/);
  terminal.press("ss");
  await terminal.shows("sort: newest");
  // The newest is the second report about mia_29, the oldest is the one about max.
  await terminal.shows(/│[> ] {2}R-\w{6} mia_29[^\n]+\n(?:[^\n]+\n){7}│[> ] {2}R-\w{6} max/);
  terminal.press(`:sort age${KEY.enter}`);
  await terminal.shows("sort: oldest");
  await terminal.shows(/│[> ] {2}R-\w{6} max[^\n]+\n(?:[^\n]+\n){7}│[> ] {2}R-\w{6} mia_29/);

  terminal.press("g");
  await terminal.shows(/^│> {2}R-\w{6} max/m);
  terminal.press(`/harassment${KEY.enter}`);
  await terminal.shows(/^│> {2}R-\w{6} leo/m);
  terminal.press("n");
  await terminal.shows(/^│> {2}R-\w{6} mia_29/m);
  terminal.press("N");
  await terminal.shows(/^│> {2}R-\w{6} leo/m);
  terminal.press(`/${EMPTY}cat:scam${KEY.enter}`);
  await terminal.shows("Reports 1-1 of 1");
  await terminal.shows(/^│> {2}R-\w{6} sam/m);
  terminal.press(KEY.escape);
  await terminal.shows("Reports 1-9 of 9");

  terminal.press(`:${handleOf("max")}${KEY.enter}`);
  await terminal.shows(`${handleOf("max")} other`);
  terminal.press(`:2${KEY.enter}`);
  await terminal.shows(/^│> {2}R-\w{6} leo/m);
  terminal.press(`:R-FFFFFF${KEY.enter}`);
  await terminal.shows("R-FFFFFF is not in this list");
  terminal.press(KEY.escape);

  await terminal.hides("is not in this list");
  terminal.press("e");
  await terminal.shows(`Note on ${handleOf("leo")}`);
  terminal.press(`Same man as in max${KEY.enter}`);
  await terminal.shows(`Note added to ${handleOf("leo")}`);
  await terminal.shows(/ana \ds ago {2}Same man as in max/);
  const [note] =
    await sql`select count(*)::int as notes from report_notes where report_id = ${reports.get("leo")!}`;
  expect(note?.notes).toBe(1);
});

test("dismisses several after a preview; one that somebody else holds is refused; takes them back", async () => {
  await call(`/admin/reports/${reports.get("max")!}/claim`, { token: ben.token, body: {} });
  await using terminal = openTerminal({ url, token: ana.token, columns: 120, rows: 40 });
  await terminal.shows(/Reports 1-9 of 9/);
  for (const name of ["ruby", "max", "Noor"]) {
    terminal.press(`:${handleOf(name)}${KEY.enter}`);
    await terminal.shows(new RegExp(`^│> {2}${handleOf(name)}`, "m"));
    terminal.press(" ");
    await terminal.shows(new RegExp(`^│[ >]\\* ${handleOf(name)}`, "m"));
  }
  terminal.press("x");
  await terminal.shows("Dismiss 3 reports");
  await terminal.shows("About 3 people.");
  await terminal.shows(`${handleOf("ruby")}  ruby  spam`);
  await terminal.shows(`${handleOf("max")}  max  other  claimed by ben`);
  await terminal.shows("1 will be refused unless their claim ends before");
  terminal.press(`${KEY.down}${KEY.enter}`);
  await terminal.shows(">[ Cancel ]<");
  expect(await statusOf("ruby")).toBe("pending");
  terminal.press("y");
  await terminal.shows(/2 dismissed, 1 refused/);
  const after = () => Promise.all(["ruby", "max", "Noor"].map(statusOf));
  expect(await after()).toEqual(["dismissed", "reviewed", "dismissed"]);
  terminal.press("u");
  await terminal.shows("2 reports are open again");
  expect(await after()).toEqual(["reviewed", "reviewed", "reviewed"]);
});

test("a block is lifted, and its owner is told; another is upheld", async () => {
  for (const [by, about] of [
    ["Pat", "sam"],
    ["Pat", "ruby"],
  ] as const)
    await call(`/users/${idOf(about)}/block`, { token: people.get(by)!.token, body: { reason: "pushy" } });
  await using terminal = openTerminal({ url, token: ana.token });
  await terminal.shows(/LIVE/);
  terminal.press(`:blocks ruby${KEY.enter}`);
  await terminal.shows("Blocks 1-1 of 1");
  await terminal.shows("not looked at yet");
  terminal.press("h");
  await terminal.shows("Uphold B-");
  terminal.press(`${KEY.down}${KEY.enter}y`);
  await terminal.shows(/B-\w{6} upheld/);
  await terminal.shows(/upheld +\ds ago by ana/);
  terminal.press(`/${EMPTY}sam${KEY.enter}`);
  await terminal.shows(/Pat +→ sam/);
  terminal.press("l");
  await terminal.shows("Pat is told that the block is lifted");
  terminal.press(`${KEY.down}${KEY.enter}`);
  await terminal.shows(">[ Cancel ]<");
  terminal.press("y");
  await terminal.shows(/B-\w{6} lifted/);
  await terminal.shows("No block fits the filter");
  const rows = await sql<{ name: string }[]>`
    select name from user_blocks join users on users.id = blocked_id where blocker_id = ${idOf("Pat")}
  `;
  expect(rows.map(({ name }) => name)).toEqual(["ruby"]);
});

test("a ban is confirmed by the second moderator alone; a mute is lifted", async () => {
  const path = `/admin/users/${idOf("sam")}/sanctions`;
  await call(path, { token: ana.token, body: { action: "ban", reason: "Asked people for money" } });
  await using first = openTerminal({ url, token: ana.token });
  await using second = openTerminal({ url, token: ben.token });
  for (const terminal of [first, second]) {
    await terminal.shows(/LIVE/);
    terminal.press("4");
    await terminal.shows("Bans to confirm 1-1 of 1");
    terminal.press(KEY.enter);
    await terminal.shows("ban awaiting confirmation");
    terminal.press("a");
  }
  await first.shows("Somebody other than who imposed it must confirm it");
  await second.shows("ana says: Asked people for money");
  second.press(`${KEY.down}${KEY.enter}sam${KEY.enter}`);
  await second.shows("sam is banned for good");
  const [ban] = await sql`select confirmed_by from sanctions where user_id = ${idOf("sam")} and kind = 'ban'`;
  expect(ban?.confirmedBy).toBe(ben.id);
  await second.shows("No ban waits for a second person");

  const mute = { action: "mute", hours: 24, reason: "Insults" };
  await call(`/admin/users/${idOf("kit")}/sanctions`, { token: ana.token, body: mute });
  second.press(`:users kit${KEY.enter}`);
  await second.shows("Users 1-1 of 1");
  await second.shows(/kit +\d+ \w\w +1 muted/);
  second.press(KEY.enter);
  await second.shows("mute in force");
  second.press("l");
  await second.shows("Lift a sanction of kit");
  second.press(`${KEY.down}${KEY.enter}y`);
  await second.shows("The mute is lifted");
  await second.shows("nothing against them");
  const [kit] = await sql`select muted_until from users where id = ${idOf("kit")}`;
  expect(kit?.mutedUntil).toBeNull();
});

test("a claim is renewed on the server while its report is open; undo asks for a reason when its time is over", async () => {
  const id = reports.get("kit")!;
  await using terminal = openTerminal({ url, token: ana.token, preload: FORWARD });
  await terminal.shows(/Reports 1-/);
  terminal.press(`:${handleOf("kit")}${KEY.enter}`);
  await terminal.shows(`${handleOf("kit")} underage`);
  // Every answer sets the clock right again: none may be on its way when the clock is moved.
  await terminal.shows(/hidden, \d+ chars/);
  terminal.press("c");
  await terminal.shows(/is yours for 10 minutes/);
  await sql`update user_reports set claimed_until = now() + interval '5 minutes' where id = ${id}`;
  terminal.signal("SIGUSR2");
  await eventually(async () => {
    const [row] =
      await sql`select claimed_until > now() + interval '9 minutes' as renewed from user_reports where id = ${id}`;
    return row?.renewed;
  });
  terminal.press("x");
  await terminal.shows("Dismiss R-");
  terminal.press(`${KEY.down}${KEY.enter}`);
  await terminal.shows(/\[u\] undo \ds/);
  terminal.signal("SIGUSR2");
  await terminal.hides("[u] undo");
  terminal.press(`:${handleOf("kit")}${KEY.enter}`);
  await terminal.shows(new RegExp(`^│> {2}${handleOf("kit")}`, "m"));
  terminal.press("u");
  await terminal.shows(`Take back ${handleOf("kit")}`);
  expect(await statusOf("kit")).toBe("dismissed");
  terminal.press(`${KEY.down}${KEY.enter}y`);
  await terminal.shows("is open again, claimed by you");
  expect(await statusOf("kit")).toBe("reviewed");
});

test("the live numbers move every second, and hold still while they are frozen", async () => {
  await using terminal = openTerminal({ url, token: ana.token });
  await terminal.shows(/LIVE/);
  terminal.press("3");
  await terminal.shows(/connections +1 /);
  // Two samples at least: the bars have grown.
  await terminal.shows(/connections .*██/);
  terminal.press("p");
  await terminal.shows("Live, FROZEN: p goes on");
  // How long a node is up goes on with the clock: only the numbers are held.
  const panel = () => terminal.screen().split("\n").slice(2, 14).join("\n");
  const still = panel();
  await using other = openTerminal({ url, token: ben.token });
  await other.shows(/LIVE/);
  // The header goes on: it has both of them.
  await terminal.shows(/conns 2/);
  expect(panel()).toBe(still);
  terminal.press("p");
  await terminal.shows(/connections +2 /);
});

test("--readonly: every key on every screen, and the server has nothing to write down", async () => {
  const counts = () => Promise.all([sql`select count(*)::int as entries from audit_log`, statusOf("leo")]);
  const before = await counts();
  await using terminal = openTerminal({ url, token: ana.token, args: ["--readonly"] });
  await terminal.shows("[READ-ONLY]");
  await terminal.shows(/Reports 1-/);
  for (const key of "cxdwmSbeu") {
    terminal.press(`R${key}`);
    await terminal.shows("Read-only: started with --readonly");
    expect(terminal.screen()).not.toContain("[ Cancel ]");
  }
  terminal.press("2");
  await terminal.shows("Blocks 1-1");
  terminal.press("lh");
  terminal.press(`:users leo${KEY.enter}`);
  await terminal.shows("Users 1-1 of 1");
  terminal.press(KEY.enter);
  await terminal.shows("nothing against them");
  terminal.press("wmSbla");
  terminal.press("q");
  expect(await terminal.ended).toBe(0);
  expect(await counts()).toEqual(before);
  expect(await audited("report.evidence_viewed")).toBe(0);
});
