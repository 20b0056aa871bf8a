import { afterAll, expect, test } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase } from "../../../server/db/client.ts";
import { type EmbeddedInfo, readEmbedded, startEmbedded } from "../../../server/db/embedded/mod.ts";
import { isAlive } from "../../../server/db/embedded/processes.ts";

const MODULE = join(import.meta.dir, "../../../server/db/embedded/mod.ts");
const folders: string[] = [];
/** Several servers are started, one after the other, on whatever machine this is. */
const TIMEOUT_MS = 60_000;
const asRoot = process.getuid?.() === 0;

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vibes-embedded-"));
  folders.push(folder);
  chmodSync(folder, 0o755);
  return folder;
}

/** A process that starts the server and lives until it is killed. */
async function startOwner(dataDir: string) {
  const code = `import { startEmbedded } from ${JSON.stringify(MODULE)};
    try { console.log((await startEmbedded({ dataDir: ${JSON.stringify(dataDir)} })).pid); }
    catch (error) { console.log(error.message); process.exit(); }
    setInterval(() => {}, 1000);`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  return { child, said: new TextDecoder().decode(value).trim() };
}

async function query(url: string, text: string): Promise<unknown[]> {
  const database = createDatabase({ url });
  try {
    return [...(await database.sql.unsafe(text))];
  } finally {
    await database.close();
  }
}

test(
  "from nothing to a server, kept between runs, with secrets that only we can read",
  async () => {
    const dataDir = join(newFolder(), "data");
    const said: string[] = [];
    const first = await startEmbedded({ dataDir, onProgress: (what) => said.push(what) });
    expect(said).toEqual(["Creating the database", "Starting the database"]);
    const { url, ownerUrl, pid } = first;
    expect(readEmbedded(dataDir)).toEqual({ url, ownerUrl, pid } satisfies EmbeddedInfo);
    for (const secret of ["postgres.json", "postgres.password", "server.password"]) {
      expect(statSync(join(dataDir, secret)).mode & 0o777).toBe(0o600);
    }
    // The log quotes statements, with addresses of people in them.
    expect(statSync(join(dataDir, "postgres", "postgres.log")).mode & 0o777).toBe(0o600);
    expect(await query(first.url, "show fsync")).toEqual([{ fsync: "on" }]);
    expect(await query(first.url, "show listen_addresses")).toEqual([{ listenAddresses: "127.0.0.1" }]);
    await query(first.ownerUrl, "create table kept as select 42 as answer");
    await expect(query(first.url, "create table mine (id int)")).rejects.toThrow("permission denied");
    const wrong = new URL(first.url);
    wrong.password = "wrong";
    await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    expect(readEmbedded(dataDir)).toBeUndefined();

    const second = await startEmbedded({ dataDir });
    expect(second.url).toBe(first.url);
    expect(await query(second.ownerUrl, "select answer from kept")).toEqual([{ answer: 42 }]);
    await second.stop();
  },
  TIMEOUT_MS,
);

test(
  "one owner at a time; a killed one's server is adopted, a killed server's data recovered",
  async () => {
    const dataDir = newFolder();
    const owner = await startOwner(dataDir);
    expect(owner.said).toMatch(/^\d+$/);
    await expect(startEmbedded({ dataDir })).rejects.toThrow(
      `Cannot start the database: process ${owner.child.pid} is using ${dataDir}`,
    );
    owner.child.kill("SIGKILL");
    await owner.child.exited;
    expect(isAlive(Number(owner.said))).toBe(true);

    const adopted = await startEmbedded({ dataDir });
    expect(adopted.pid).toBe(Number(owner.said));
    await query(adopted.ownerUrl, "create table kept as select 42 as answer");
    process.kill(adopted.pid, "SIGKILL");
    await adopted.stop();

    const again = await startEmbedded({ dataDir });
    expect(again.pid).not.toBe(adopted.pid);
    expect(await query(again.ownerUrl, "select answer from kept")).toEqual([{ answer: 42 }]);
    await again.stop();
  },
  TIMEOUT_MS,
);

test(
  "two starts at the same moment: one server, the other is told",
  async () => {
    const dataDir = newFolder();
    const owners = await Promise.all([startOwner(dataDir), startOwner(dataDir)]);
    const said = owners.map((owner) => owner.said).sort();
    expect(said[0]).toMatch(/^\d+$/);
    expect(said[1]).toMatch(/^Cannot start the database: process \d+ is using/);
    for (const { child } of owners) child.kill();
    const adopted = await startEmbedded({ dataDir });
    await adopted.stop();
  },
  TIMEOUT_MS,
);

test.skipIf(!asRoot)(
  "where only root can look, the data is elsewhere, and starts anew without the link to it",
  async () => {
    const secret = newFolder();
    chmodSync(secret, 0o700);
    const dataDir = join(secret, "data");
    const first = await startEmbedded({ dataDir });
    const link = join(dataDir, "postgres");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(existsSync(join(link, "data/PG_VERSION"))).toBe(true);
    await query(first.ownerUrl, "create table kept as select 42 as answer");
    await first.stop();

    const second = await startEmbedded({ dataDir });
    expect(await query(second.ownerUrl, "select answer from kept")).toEqual([{ answer: 42 }]);
    await second.stop();

    folders.push(
      readFileSync(join(link, "data/postmaster.opts"), "utf8").match(/"-D" "([^"]+)\/data"/)?.[1] ?? link,
    );
    rmSync(link);
    const third = await startEmbedded({ dataDir });
    expect(await query(third.url, "select to_regclass('kept') as kept")).toEqual([{ kept: null }]);
    await third.stop();
  },
  TIMEOUT_MS,
);
