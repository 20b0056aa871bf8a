/** `vibes dev` as processes: from nothing, twice, killed, as root and as a normal user, and what may be in its way. */
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tryLock } from "../../../server/db/embedded/process_lock.ts";
import { isAlive } from "../../../server/db/embedded/processes.ts";
import { clear, prepareSite } from "../../../server/db/embedded/site.ts";
import { MIGRATIONS_FOLDER } from "../../../server/db/migrate/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { asPrinted, runChild, startChild } from "../../harness/child.ts";
import { createTestDatabase } from "../../harness/database.ts";
import { newDevFolder, postgresOf, rememberFolder, removeDevFolders, startDev } from "../../harness/dev.ts";

const ROOT = join(import.meta.dir, "../../..");
const NOBODY = 65_534;
const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
const isRoot = process.getuid?.() === 0;
/** Made by the first test that starts there; the others find a database, which takes seconds to make. */
const shared = newDevFolder();

// Processes start slowly while other tests run.
afterAll(removeDevFolders);

const canBeNobody =
  isRoot &&
  spawnSync(AS_NOBODY[0] as string, [...AS_NOBODY.slice(1), process.execPath, "cli/main.ts", "--help"], {
    cwd: ROOT,
  }).status === 0;

describe.each([
  ["us", undefined, []],
  ["a normal user", NOBODY, AS_NOBODY],
] as const)("as %s", (_, owner, wrapper) => {
  const works = test.skipIf(owner !== undefined && !canBeNobody);
  const dataDir = owner === undefined ? shared : newDevFolder(owner);

  works("from nothing to an answer, and again; Ctrl-C ends PostgreSQL, too", async () => {
    const first = await startDev(dataDir, { wrapper });
    await using _first = first.child;
    expect(first.ready.people.map(({ name, kind }) => [name, kind])).toEqual([
      ["Ada Adler", "premium"],
      ["Ben Brook", "free"],
      ["Mo Keller", "moderator"],
    ]);
    const postmaster = postgresOf(dataDir).pid;
    expect((await first.child.end("SIGINT")).code).toBe(0);
    expect(isAlive(postmaster)).toBe(false);

    const second = await startDev(dataDir, { wrapper });
    await using _second = second.child;
    expect(second.ready.people).toEqual(first.ready.people);
    expect((await second.child.end("SIGTERM")).code).toBe(0);
  });

  works("starts again after kill -9, on the database that was left running", async () => {
    const first = await startDev(dataDir, { wrapper });
    await using _first = first.child;
    const postmaster = postgresOf(dataDir).pid;
    expect((await first.child.end("SIGKILL")).code).toBe(137);
    expect(isAlive(postmaster)).toBe(true);
    const second = await startDev(dataDir, { wrapper });
    await using _second = second.child;
    expect(postgresOf(dataDir).pid).toBe(postmaster);
    expect(second.ready.people).toEqual(first.ready.people);
    expect((await second.child.end("SIGINT")).code).toBe(0);
    expect(isAlive(postmaster)).toBe(false);
  });
});

describe("what is in the way", () => {
  test("a second one says where the first is", async () => {
    const dataDir = shared;
    const { child, ready } = await startDev(dataDir);
    await using _ = child;
    for (const port of [new URL(ready.url).port, "0"]) {
      const { code, stderr } = await runChild(["cli/main.ts", "dev", "--port", port], {
        env: { DATA_DIR: dataDir },
      });
      expect([code, stderr]).toEqual([5, expect.stringContaining(`pid ${child.pid} at ${ready.url}`)]);
    }
    await child.end("SIGINT");
  });

  test("a second one while the first still starts names its process", async () => {
    const dataDir = newDevFolder();
    const lock = tryLock(join(dataDir, "postgres.lock"), "exclusive");
    const { code, stderr } = await runChild(["cli/main.ts", "dev", "--port", "0"], {
      env: { DATA_DIR: dataDir },
    });
    lock?.release();
    expect([code, stderr]).toEqual([5, expect.stringContaining(`already runs as pid ${process.pid}`)]);
  });

  test("a port that is somebody else's: says which flag, and starts nothing", async () => {
    const dataDir = newDevFolder();
    using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("other") });
    const { code, stderr } = await runChild(["cli/main.ts", "dev", "--port", String(other.port)], {
      env: { DATA_DIR: dataDir },
    });
    expect(code).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${other.port}`);
    expect(stderr).toContain("--port");
    expect(existsSync(join(dataDir, "postgres"))).toBe(false);
  });

  test("production is not the place", async () => {
    const { code, stderr } = await runChild(["cli/main.ts", "dev"], {
      env: {
        NODE_ENV: "production",
        DATABASE_URL: "postgres://127.0.0.1:1/x",
        JWT_SECRET: "x".repeat(32),
        DATA_DIR: newDevFolder(),
      },
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`\`${asPrinted("serve")}\``)]);
  });

  test("a database of one's own that is away is named", async () => {
    const { code, stderr } = await runChild(["cli/main.ts", "dev", "--port", "0"], {
      env: { DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/x", DATA_DIR: newDevFolder() },
    });
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/at 127\.0\.0\.1:1\/x: [\s\S]*is it running\?/),
    ]);
    expect(stderr).not.toContain("hunter2");
  });

  test("a data folder that cannot be written is named", async () => {
    const { code, stderr } = await runChild(["cli/main.ts", "dev", "--port", "0"], {
      env: { DATA_DIR: "/dev/null/vibes" },
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining("DATA_DIR")]);
  });
});

test("a schema of another checkout keeps it from starting; migrate works on its database meanwhile", async () => {
  const dataDir = shared;
  const env = { DATA_DIR: dataDir };
  await (await startDev(dataDir)).child.end("SIGINT");
  const folder = join(dataDir, "migrations");
  cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
  const file = join(folder, "999999_other.sql");
  writeFileSync(file, "-- up\ncreate table other (id int);\n-- down\ndrop table other;\n");
  const migrate = (...words: string[]) =>
    runChild(["cli/main.ts", "migrate", ...words, "--folder", folder], { env });
  expect((await migrate("up")).stdout).toBe("Applied 999999_other.sql\n");

  const refused = await runChild(["cli/main.ts", "dev", "--port", "0"], { env });
  expect([refused.code, refused.stderr]).toEqual([
    4,
    expect.stringContaining("999999_other.sql was applied"),
  ]);
  expect(refused.stderr).toMatch(/hint: .*migrate redo.*begin anew with/s);
  writeFileSync(file, "-- up\ncreate table another (id int);\n-- down\ndrop table another;\n");
  expect((await migrate("redo")).stdout).toBe("Rolled back 999999_other.sql\nApplied 999999_other.sql\n");
  expect((await migrate("verify")).code).toBe(0);
  rmSync(file);
  expect((await migrate("down")).stdout).toBe("Rolled back 999999_other.sql\n");
  expect(existsSync(join(dataDir, "postgres.json"))).toBe(false);
  await (await startDev(dataDir)).child.end("SIGINT");
});

test("Ctrl-C while it starts leaves nothing running", async () => {
  const dataDir = newDevFolder();
  await using child = startChild(["cli/main.ts", "dev", "--port", "0"], { env: { DATA_DIR: dataDir } });
  await child.says(/Starting the database/);
  const { code } = await child.end("SIGINT");
  expect(code).toBe(130);
  const pidFile = join(dataDir, "postgres/data/postmaster.pid");
  expect(existsSync(pidFile)).toBe(false);
});

test("with DATABASE_URL nothing of our own starts, and somebody's people are left alone", async () => {
  const database = await createTestDatabase();
  const dataDir = newDevFolder();
  const env = { DATABASE_URL: database.url };
  const empty = await startDev(dataDir, { env, args: ["--no-demo"] });
  expect(empty.ready.people).toEqual([]);
  await empty.child.end("SIGINT");
  const filled = await startDev(dataDir, { env });
  expect(filled.ready.people).toHaveLength(3);
  await filled.child.end("SIGINT");
  expect(existsSync(join(dataDir, "postgres"))).toBe(false);
  await database.sql`truncate users cascade`;
  await database.sql`
    insert into users (id, email, name, date_of_birth, gender, country)
    values (${newId()}, 'own@example.com', 'Own', '1990-01-01', 'female', 'DE')
  `;
  const kept = await startDev(dataDir, { env });
  expect(kept.ready.people).toEqual([]);
  await kept.child.end("SIGINT");
  await database.close();
});

test.skipIf(!isRoot)("in a checkout that only root can reach", async () => {
  // On the same disk as the packages, which are linked: copying them takes ten seconds.
  mkdirSync(join(ROOT, ".vibes"), { recursive: true });
  const checkout = mkdtempSync(join(ROOT, ".vibes/checkout-"));
  rememberFolder(checkout);
  for (const name of ["admin-tui", "cli", "server", "sql", "package.json"]) {
    cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  }
  expect(spawnSync("cp", ["-al", join(ROOT, "node_modules"), checkout]).status).toBe(0);
  expect(statSync(checkout).mode & 0o077).toBe(0);
  const { child } = await startDev(".vibes", { cwd: checkout, script: join(checkout, "cli/main.ts") });
  await using _ = child;
  const home = realpathSync(join(checkout, ".vibes/postgres"));
  expect(existsSync(join(home, "data/PG_VERSION"))).toBe(true);
  expect((await child.end("SIGINT")).code).toBe(0);
  await clear(await prepareSite(join(checkout, ".vibes/postgres")));
  if (!home.startsWith(checkout)) rmSync(home, { recursive: true });
});
