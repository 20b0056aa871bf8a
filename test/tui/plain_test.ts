/** A whole report in lines, as a screen reader's user does it; signing in included. @module */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { sealPicturesHandler } from "../../server/features/reports/mod.ts";
import { sendPicture } from "../harness/media/uploads.ts";
import { createWorld } from "../harness/world.ts";
import { startWorld } from "./moderated_world.ts";

const world = await startWorld();
afterAll(() => world[Symbol.asyncDispose]());
const { node, url, ana, reports } = world;

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function plain(
  lines: readonly string[],
  { token, args = [] }: { token?: string; args?: string[] },
): Promise<Run> {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "../../cli/main.ts"), "admin", "--plain", "--url", url, ...args],
    {
      env: { PATH: process.env.PATH ?? "", ...(token === undefined ? {} : { VIBES_ADMIN_TOKEN: token }) },
      stdin: Buffer.from(lines.map((line) => `${line}\n`).join("")),
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

test("open, reveal, note, warn, undo, dismiss", async () => {
  const id = reports.get("mia_29")!;
  const handle = `R-${id.slice(-6).toUpperCase()}`;
  const lines = [
    "reports",
    `open ${handle}`,
    "reveal",
    "note seen before",
    "warn",
    "1",
    "yes",
    "undo",
    "by mistake",
    "dismiss",
    "1",
    "no",
    "dismiss",
    "1",
    "yes",
    "quit",
  ];
  const { code, out, err } = await plain(lines, { token: ana.token });
  expect(err).toBe("");
  expect(code).toBe(0);
  for (const words of [
    "hidden, ",
    "ANSWER ME, you idiot",
    "Note added.",
    `${handle} warned.`,
    "is open again, claimed by you.",
    "Cancelled, nothing was done.",
    `${handle} dismissed.`,
  ]) {
    expect(out).toContain(words);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: lines for a screen reader have none
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  const [row] = await node.context.database.sql`select status from user_reports where id = ${id}`;
  expect(row?.status).toBe("dismissed");
});

test("a person: all of their open reports but one, by one decision, and back", async () => {
  const { sql } = node.context.database;
  const mia = world.people.get("mia_29")!;
  for (const name of ["Lou", "Uma"])
    await world.report({ by: await world.person(name), about: mia, reason: "spam" });
  const ids = await sql<{ id: string }[]>`
    select id from user_reports where reported_id = ${mia.id} and status in ('pending', 'reviewed') order by priority, due_at
  `;
  const total = ids.length;
  const lines = [
    "open mia_29",
    "warn",
    "2",
    "1",
    "yes",
    "undo",
    "by mistake",
    "dismiss",
    "",
    "1",
    "yes",
    "photos",
    "quit",
  ];
  const { out, code } = await plain(lines, { token: ana.token });
  expect(code).toBe(0);
  for (const words of [
    `mia_29, ${total} reports: harassment, spam`,
    `All ${total} open reports about mia_29:`,
    `mia_29 warned, ${total - 1} reports. Say undo to take it back.`,
    "mia_29 is open again, claimed by you.",
    `mia_29 dismissed, ${total} reports.`,
    "No photos.",
  ])
    expect(out).toContain(words);
  const open = await sql`
    select 1 from user_reports where reported_id = ${mia.id} and status in ('pending', 'reviewed')
  `;
  expect(open).toHaveLength(0);
});

test("a ban is confirmed, a mute and a block are lifted, another block is upheld", async () => {
  const { sql } = node.context.database;
  const call = async (path: string, token: string, body: object) =>
    expect((await node.request("POST", `/api/v1${path}`, { token, body })).status).toBeLessThan(300);
  const [sam, kit, ruby, pat] = ["sam", "kit", "ruby", "Pat"].map((name) => world.people.get(name)!);
  await call(`/admin/users/${sam!.id}/sanctions`, world.ben.token, {
    action: "ban",
    reason: "Asked for money",
  });
  await call(`/admin/users/${kit!.id}/sanctions`, world.ben.token, {
    action: "mute",
    hours: 24,
    reason: "Insults",
  });
  for (const about of [ruby!, kit!]) await call(`/users/${about.id}/block`, pat!.token, { reason: "pushy" });
  const block = async (about: string) => {
    const [row] = await sql<{ id: string }[]>`select id from user_blocks where blocked_id = ${about}`;
    return row!.id;
  };
  const lines = [
    "bans",
    `confirm ${sam!.id}`,
    "1",
    "sam",
    "yes",
    `lift ${kit!.id}`,
    "1",
    "yes",
    `unblock B-${(await block(ruby!.id)).slice(-6)}`,
    "1",
    "yes",
    `uphold ${await block(kit!.id)}`,
    "1",
    "yes",
    `sanction ${ruby!.id} warn`,
    "1",
    "yes",
    "quit",
  ];
  const { out } = await plain(lines, { token: ana.token });
  for (const words of [
    "sam, by ben: Asked for money.",
    "sam is banned for good.",
    "The mute is lifted.",
    /B-\w{6} lifted\./,
    /B-\w{6} upheld\./,
    "ruby warned.",
  ])
    expect(out).toMatch(words);
});

test("appeals: listed, opened, claimed, one upheld, one overturned, an own one refused", async () => {
  const { sql } = node.context.database;
  const appeal = async (name: string, by: string) => {
    const user = await world.person(name);
    const mute = { action: "mute", hours: 24, reason: "Insults" };
    const path = `/api/v1/admin/users/${user.id}/sanctions`;
    const made = await node.request("POST", path, { token: by, body: mute });
    const body = { sanction_id: made.body.data.sanction.id, text: `${name} only quoted somebody` };
    const filed = await node.request("POST", "/api/v1/appeals", { token: user.token, body });
    expect(filed.status).toBe(201);
    const id: string = filed.body.data.appeal.id;
    return { id, handle: `A-${id.slice(-6).toUpperCase()}` };
  };
  const wrong = await appeal("Ada", world.ben.token);
  const right = await appeal("Eve", world.ben.token);
  const own = await appeal("Ivy", ana.token);
  const lines = [
    "appeals",
    `open ${wrong.handle}`,
    `claim ${wrong.handle}`,
    `overturn ${wrong.handle}`,
    "The context was misunderstood",
    "yes",
    `uphold ${right.handle.toLowerCase()}`,
    "1",
    "no",
    `uphold ${right.handle}`,
    "1",
    "yes",
    `uphold ${right.handle}`,
    `overturn ${own.handle}`,
    "overturn A-nothing",
    `claim ${own.handle}`,
    "appeals status:all",
    "quit",
  ];
  const { out, err, code } = await plain(lines, { token: ana.token });
  expect(err).toBe("");
  expect(code).toBe(0);
  for (const words of [
    "3 appeals:",
    `${wrong.handle} Ada appeals the mute, `,
    "Ada only quoted somebody",
    `${wrong.handle} is yours for 10 minutes.`,
    "The mute ends.",
    `${wrong.handle} overturned.`,
    `${right.handle} released.`,
    "The decision stands. There is no second appeal.",
    `${right.handle} upheld.`,
    `Not done: ${right.handle} is upheld already.`,
    "Not done: somebody who had no part in the decision decides the appeal.",
    "Not done: say an appeal as the list of appeals names it.",
  ])
    expect(out).toContain(words);
  const rows = await sql`
    select status from appeals where id in ${sql([wrong.id, right.id, own.id])} order by id
  `;
  expect(rows.map(({ status }) => status)).toEqual(["overturned", "upheld", "open"]);
  const [mute] = await sql`
    select s.lifted_at from sanctions s join appeals a on a.sanction_id = s.id where a.id = ${wrong.id}
  `;
  expect(mute?.lifted_at).not.toBeNull();
});

test("links to photos, and one-time links to sealed pictures", async () => {
  const { database, write, mediaStore: store } = node.context;
  const [gil, amy] = [await world.person("Gil"), await world.person("Amy")];
  await database.sql`update users set profile_photos = ${["https://photos.example/1.jpg", "gil.jpg"]} where id = ${gil.id}`;
  await createWorld(node).match(gil, amy);
  await sendPicture(node, gil, amy);
  const report_id = await world.report({ by: amy, about: gil, reason: "harassment" });
  const sealing = sealPicturesHandler({ database, write, store });
  await sealing.run({ report_id } as never, { attempt: 1, signal: AbortSignal.timeout(10_000) });
  const { out } = await plain(["open Gil", "photos", "pictures", "open kit", "pictures", "quit"], {
    token: ana.token,
  });
  expect(out).toContain("https://photos.example/1.jpg\n");
  expect(out).not.toContain("gil.jpg");
  expect(out).toContain("No pictures in the evidence.");
  const [, link = ""] = /picture of R-\w{6}, 40 × 30, [^:]+: (\S+)/.exec(out) ?? [];
  expect(link).toStartWith(`${url}/evidence/`);
  expect(await (await fetch(link)).text()).toContain("data:image/webp;base64,");
  expect((await fetch(link)).status).toBe(404);
  const entries = await database.sql`
    select 1 from audit_log where action = 'report.picture_viewed' and target_id = ${report_id}
  `;
  expect(entries).toHaveLength(1);
});

test("all that a reporter filed in bad faith is dismissed, and taken back", async () => {
  const { sql } = node.context.database;
  const vic = await world.person("Vic");
  for (const name of ["Lea", "Tom"])
    await world.report({ by: vic, about: await world.person(name), reason: "spam" });
  const openOnes = async () =>
    (
      await sql`select 1 from user_reports where reporter_id = ${vic.id} and status in ('pending', 'reviewed')`
    ).length;
  const before = ["open Lea", "badfaith", "1", "yes"];
  const { out } = await plain(["restore", ...before, "quit"], { token: ana.token });
  expect(out).toContain("Not done: nothing was dismissed in bad faith here.");
  expect(out).toContain("Dismiss everything that Vic reported.");
  expect(out).toContain("2 reports of Vic dismissed. Say restore to take it back.");
  expect(await openOnes()).toBe(0);
  for (const name of ["Zed", "Kay"])
    await world.report({ by: vic, about: await world.person(name), reason: "spam" });
  const again = await plain(["open Zed", ...before.slice(1), "restore", "moderation", "quit"], {
    token: ana.token,
  });
  expect(again.out).toContain("2 reports open again.");
  expect(await openOnes()).toBe(2);
  expect(again.out).toMatch(/From \d{4}-\d\d-\d\d to .*: filed \d+, \d+ decisions, overturned \d+%\./);
  expect(again.out).toMatch(/Open now \d+, the oldest for /);
  expect(again.out).toMatch(/Moderator ana: \d+ decisions, overturned /);
});

test("somebody who is not of the staff is told so, and asked for another address", async () => {
  const { code, out } = await plain([], { token: world.people.get("Pat")!.token });
  expect(code).toBe(1);
  expect(out).toContain("Not signed in: This account is not of the staff");
  expect(out).toContain("E-mail:");
});

test("without a token it asks who is there; with --readonly it changes nothing", async () => {
  const refused = await plain(["nobody-known"], {});
  expect(refused.code).toBe(1);
  const { out } = await plain(
    ["open 1", "claim", "dismiss", "users mia", "stats", "audit", "blocks", "quit"],
    { token: ana.token, args: ["--readonly"] },
  );
  expect(out).toContain("read-only");
  expect(out.match(/started with --readonly/g)).toHaveLength(2);
  expect(out).toContain("mia_29, ");
  expect(out).toContain("Open reports ");
});
