/**
 * The executable of `bun run build`, built and run in an empty folder with an empty environment: no Bun, no
 * node_modules and no repository can be found from there.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uploadPicture } from "../../client/media/mod.ts";
import { createRest } from "../../client/mod.ts";
import { buildExecutable } from "../../ops/build.ts";
import { readMigrations } from "../../server/db/migrate/mod.ts";
import { VERSION, versionText } from "../../server/lib/version.ts";
import { type Child, startChild } from "../harness/child.ts";
import { createTestDatabase, type TestDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";
import { png } from "../harness/media/pictures.ts";
import { hasRedis, startRedis } from "../harness/redis.ts";

const folder = mkdtempSync(join(tmpdir(), "vibes-executable-"));
const executable = join(folder, "vibes");
let database: TestDatabase;
let keys: Record<string, string>;

beforeAll(async () => {
  await buildExecutable(executable);
  database = await createTestDatabase({ empty: true });
  keys = {
    HOST: "127.0.0.1",
    PORT: "0",
    DATABASE_URL: database.url,
    JWT_SECRET: "a secret of the tests, long enough for HS256",
    LIMITS: "off",
    MEDIA_STORE: `file:${join(folder, "media")}`,
    PATH: "/usr/bin:/bin",
  };
}, 120_000);
afterAll(async () => {
  await database?.close();
  rmSync(folder, { recursive: true });
});

const start = (line: string, env: Record<string, string> = keys) =>
  startChild(line.split(" "), { executable, cwd: folder, env });

async function run(line: string, env?: Record<string, string>) {
  const { code, stdout, stderr } = await start(line, env).ended;
  if (code !== 0) throw new Error(`vibes ${line} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

async function listening(child: Child): Promise<string> {
  const [, url = ""] = await child.says(/"url":"([^"]+)"/);
  return url;
}

test("says which build it is", async () => {
  expect(await run("--version", {})).toBe(`${versionText()}\n`);
});

test("migrates, serves with its documents, makes people and loads itself with them", async () => {
  const files = await readMigrations();
  expect(await run("migrate up")).toContain(files.at(-1)!.file);
  await using server = start("serve");
  const url = await listening(server);
  const alive = await (await fetch(`${url}/livez`)).json();
  expect(alive.data).toEqual({ status: "alive", ...VERSION });
  expect(
    JSON.parse(
      server
        .stdout()
        .split("\n")
        .find((line) => line.includes("Listening"))!,
    ),
  ).toMatchObject(VERSION);
  for (const path of ["/docs", "/docs/guide", "/docs/openapi.json", "/docs/assets/swagger-ui-bundle.js"]) {
    const answer = await fetch(url + path);
    expect([path, answer.status, (await answer.text()).length > 100]).toEqual([path, 200, true]);
  }
  // A picture is decoded by the executable again.
  const who = "--birthdate 1995-05-15 --country DE --json --name Pia --gender female --email pia@example.com";
  const { data: pia } = JSON.parse(await run(`users create ${who}`));
  const rest = createRest({ url, token: pia.access_token });
  const picture = new Blob([png(1_200, 800) as Uint8Array<ArrayBuffer>], { type: "image/png" });
  const media = await uploadPicture(rest, picture, { url });
  expect(media).toMatchObject({ width: 1_200, height: 800 });
  expect(await new Bun.Image(await (await fetch(url + media.thumb_url)).bytes()).metadata()).toMatchObject({
    width: 512,
    format: "webp",
  });
  // The generators are threads, which the executable starts out of itself.
  const report = await run(
    `load run chat-pairs --url ${url} --users 4 --rate 10 --duration 2s --warmup 0s --json --max-lag 10s --min-rate 0`,
  );
  expect(JSON.parse(report)).toMatchObject({ ok: true });
  expect((await server.end("SIGTERM")).code).toBe(0);
});

test("the pages and bundled scripts of the demo are in it; the database of `vibes dev` is not", async () => {
  const { DATABASE_URL: _, ...without } = keys;
  const alone = await start("dev --port 0", without).ended;
  expect([alone.code, alone.stderr]).toEqual([
    1,
    expect.stringContaining("this executable brings none; set DATABASE_URL"),
  ]);
  await using dev = start("dev --no-demo");
  const [, url = ""] = await dev.says(/(http:\/\/127\.0\.0\.1:\d+)\/docs/);
  for (const path of ["/demo", "/demo/assets/demo.js", "/demo/assets/app.js", "/demo/assets/base.css"]) {
    expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
  }
  await dev.end("SIGTERM");
});

test.skipIf(!hasRedis)("serves with workers, which are the executable again", async () => {
  const redis = await startRedis();
  await using server = start("serve --workers 2", { ...keys, REDIS_URL: redis.url });
  const lines = () =>
    server
      .stdout()
      .split("\n")
      .filter((line) => line.includes('"Listening"'));
  await eventually(() => lines().length === 2, { what: "two workers" });
  const { url } = JSON.parse(lines()[0]!);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await server.end("SIGTERM")).code).toBe(0);
  await redis.stop();
});

test("takes the preload for traces, bundled into one file", async () => {
  await Bun.build({
    entrypoints: [join(import.meta.dir, "../../ops/tracing.ts")],
    target: "bun",
    outdir: folder,
  });
  let sent = "";
  const collector = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      sent += await request.text();
      return Response.json({});
    },
  });
  await using server = start("serve", {
    ...keys,
    BUN_OPTIONS: `--preload ${join(folder, "tracing.js")}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.origin,
  });
  const url = await listening(server);
  expect((await fetch(`${url}/api/v1/config`)).status).toBe(200);
  expect((await server.end("SIGTERM")).code).toBe(0);
  await eventually(() => sent.includes("GET /api/v1/config"), { what: "the span" });
  await collector.stop(true);
});

test("draws the dashboard", async () => {
  const seen = Promise.withResolvers<void>();
  let screen = "";
  const child = Bun.spawn([executable, "admin"], {
    cwd: folder,
    env: { ...keys, TERM: "xterm-256color", XDG_CONFIG_HOME: folder, HOME: folder },
    terminal: {
      cols: 100,
      rows: 30,
      data(_, bytes) {
        screen += new TextDecoder().decode(bytes);
        if (/vibes admin/.test(Bun.stripANSI(screen))) seen.resolve();
      },
    },
  });
  const ended = child.exited.then(() => {
    throw new Error(`The dashboard ended:\n${Bun.stripANSI(screen)}`);
  });
  await Promise.race([seen.promise, ended]);
  ended.catch(() => {});
  child.terminal?.write("\u0003");
  await child.exited;
});
