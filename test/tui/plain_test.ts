/** A whole report in lines, as a screen reader's user does it; signing in included. @module */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
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
    "list",
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
