/** `vibes db`, `config`, `openapi`, `asyncapi`, `completion`: what each does. @module */
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeDatabase } from "../../../server/db/migrate/mod.ts";
import { dataOf, runVibes } from "../../harness/cli.ts";
import { createTestDatabase } from "../../harness/database.ts";

const beside = await createTestDatabase({ empty: true });
const folder = mkdtempSync(join(tmpdir(), "vibes-db-"));
const url = new URL(beside.url);
const name = `vibes_db_test_${randomBytes(4).toString("hex")}`;
url.pathname = `/${name}`;
const env = { NODE_ENV: "test", DATABASE_URL: url.href };
afterAll(async () => {
  await removeDatabase({ url: url.href });
  await beside.close();
  rmSync(folder, { recursive: true });
});

describe("db", () => {
  test("create, once and again", async () => {
    expect((await runVibes("db create", { env })).out).toBe(`Made the database ${name}\n`);
    expect(dataOf(await runVibes("db create --json", { env }))).toEqual({ database: name, created: false });
  });

  test("reset makes it anew with every migration", async () => {
    const first = dataOf(await runVibes(`db reset --json --confirm=${name}`, { env }));
    expect(first.steps.length).toBeGreaterThan(2);
    expect((await runVibes("migrate status --check", { env })).code).toBe(0);
    await runVibes("seed run --scale 0.03", { env: { ...env, JWT_SECRET: "x".repeat(40) } });
    expect((await runVibes(`db reset --confirm=${name}`, { env })).out).toBe(
      `Made ${name} again, with ${first.steps.length} migrations\n`,
    );
    const users = await runVibes("users list --json", { env: { ...env, JWT_SECRET: "x".repeat(40) } });
    expect(dataOf(users).users).toEqual([]);
  });

  test("drop and reset want the name, everywhere; --yes is no name", async () => {
    for (const line of ["db drop", "db reset", "db drop --yes", "db drop --confirm=other"]) {
      const { code, err } = await runVibes(line, { env });
      expect([line, code, err]).toEqual([line, 2, expect.stringContaining(`--confirm=${name}`)]);
    }
    expect((await runVibes("db drop", { env, stdin: "vibesmatch\n" })).code).toBe(2);
    expect((await runVibes("migrate status --check", { env })).code).toBe(0);
  });

  test("drop, with the name typed; then nothing is there", async () => {
    expect((await runVibes("db drop", { env, stdin: `${name}\n` })).out).toBe(
      `Dropped the database ${name}\n`,
    );
    expect((await runVibes(`db drop --confirm=${name}`, { env })).out).toBe(
      `There was no database ${name}\n`,
    );
  });

  test("the server's own database is not ours to touch", async () => {
    const own = new URL(url);
    own.pathname = "/postgres";
    const { code } = await runVibes("db drop --confirm=postgres", { env: { DATABASE_URL: own.href } });
    expect(code).toBe(2);
  });
});

describe("config show", () => {
  test("every key, where it came from, no secret", async () => {
    const file = join(folder, "staging.env");
    writeFileSync(file, "PORT=4000\nMEDIA_HOSTS=a.example.com,b.example.com\n");
    const secrets = {
      JWT_SECRET: "s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t",
      DATABASE_URL: "postgres://u:hunter2@h/d",
    };
    const shown = await runVibes(`config show --origin --config ${file}`, {
      env: { PORT: "5000", ...secrets },
    });
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^PORT +5000 +env$/m);
    expect(shown.out).toMatch(/^MEDIA_HOSTS +a\.example\.com, b\.example\.com +file \S+staging\.env$/m);
    expect(shown.out).toMatch(/^HOST +127\.0\.0\.1 +default$/m);
    expect(shown.out).not.toMatch(/s3cr3t|hunter2/);
    const { config } = dataOf(await runVibes("config show --json", { env: secrets }));
    expect(config[0]).toEqual({ key: "NODE_ENV", value: "development" });
  });

  test("a bad key is told, not shown", async () => {
    const { code, err } = await runVibes("config show", { env: { PORT: "many" } });
    expect([code, err]).toEqual([2, expect.stringContaining("PORT")]);
  });
});

describe("documents", () => {
  test("openapi is what the server serves", async () => {
    const { code, out } = await runVibes("openapi");
    const document = JSON.parse(out);
    expect([code, document.openapi]).toEqual([0, "3.1.0"]);
    expect(Object.keys(document.paths)).toContain("/api/v1/messages/send");
  });

  test("asyncapi names the server it is asked for", async () => {
    const document = dataOf(await runVibes("asyncapi --url https://api.example.com --json"));
    expect(document.asyncapi).toMatch(/^3\./);
    expect(JSON.stringify(document.servers)).toContain("api.example.com");
    expect((await runVibes("asyncapi --url api")).code).toBe(2);
  });
});

describe("completion", () => {
  const script = (shell: string) => runVibes(`completion ${shell}`, { env: {} });

  test("bash completes commands, options and values with it", async () => {
    writeFileSync(join(folder, "complete.bash"), (await script("bash")).out);
    writeFileSync(join(folder, "vibes"), `#!/bin/sh\nexec '${process.execPath}' cli/main.ts "$@"\n`, {
      mode: 0o755,
    });
    const ask = (words: string[]) => {
      const line = `source ${folder}/complete.bash; COMP_WORDS=(vibes ${words.map((word) => `'${word}'`).join(" ")})
        COMP_CWORD=${words.length}; _vibes; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync("bash", ["-c", line], {
        env: { PATH: `${folder}:${process.env.PATH}` },
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      return stdout.trim().split("\n");
    };
    expect(ask(["migrate", "ver"])).toEqual(["verify"]);
    expect(ask(["migrate", "up", "--dry"])).toEqual(["--dry-run"]);
    expect(ask(["users", "grant", "ana", "--role", "mod"])).toEqual(["moderator"]);
  });

  test.each(["zsh", "fish"])("%s takes the script", async (shell) => {
    const { code, out } = await script(shell);
    expect([code, out]).toEqual([0, expect.stringContaining("__complete --")]);
    if (Bun.which(shell) === null) return;
    const path = join(folder, `complete.${shell}`);
    writeFileSync(path, out);
    expect(spawnSync(shell, ["-n", path], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });

  test("another shell is refused with the ones there are", async () => {
    const { code, err } = await script("csh");
    expect([code, err]).toEqual([2, expect.stringContaining("bash, zsh, fish")]);
  });
});
