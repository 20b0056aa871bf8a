/**
 * `bun run upgrade [commit of the old version] [scale]`: fills a database by the first release, upgrades it to this
 * version as ops/README.md says, goes back, and upgrades again, all under people who talk. `vibes load run --verify`
 * decides whether anything was lost, doubled or reordered. It needs the history of git and the registry of packages.
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../../../cli/load/report_shape.ts";
import { conversationIdOf } from "../../../server/db/pair.ts";
import { freePort } from "../../../server/lib/ports.ts";
import { type Child, startChild } from "../../harness/child.ts";
import { DURABLE, openCluster } from "../../harness/cluster.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { eventually } from "../../harness/eventually.ts";
import { findViolations } from "../../harness/invariants.ts";

const ROOT = join(import.meta.dir, "../../..");
/** The last commit with migrations 1 to 7 alone. */
const FIRST_RELEASE = "c480427";
/** 50,000 messages each. */
const SCALE = "5.1";
const FIRST_VERSION = "7";
const PAIRS = 6;
const RATE = "20";
const SECRET = "of the upgrade's test, long enough for HS256";

/** A version of the program: its sources, and the environment of its commands. */
interface Version {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

async function main(commit = FIRST_RELEASE, scale = SCALE): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "vibes-upgrade-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const cluster = await openCluster({ name: "upgrade", alone: true, settings: DURABLE });
  const database = await createTestDatabase({
    cluster,
    empty: true,
    applicationName: "upgrade",
    deadlineMs: 120_000,
  });
  stack.defer(() => database.close());
  const port = await freePort("127.0.0.1");
  const env = {
    DATABASE_URL: database.url,
    JWT_SECRET: SECRET,
    NODE_ENV: "test",
    LIMITS: "off",
    LOG_LEVEL: "info",
    HOST: "127.0.0.1",
    PORT: String(port),
  };
  const present: Version = { root: ROOT, env };
  const first: Version = { root: join(folder, "first"), env };
  await step(`the first release, ${commit}`, () => checkOut(commit, first.root));
  await step("its migrations", async () => void (await run(first, "migrate", "up")));
  await step(`its people and messages, seed run --scale ${scale}`, async () => {
    await run(first, "seed", "run", "--scale", scale);
    return await countOf(database);
  });
  const people = join(folder, "people.json");
  await step("some of them are signed in and get conversations", async () => {
    writeFileSync(people, JSON.stringify(await signIn(first, database)));
  });

  let server = await serve(first);
  stack.defer(async () => void (await server.end("SIGKILL")));
  const talk = beginTalk(people, { url: `http://127.0.0.1:${port}`, env });
  stack.defer(async () => void (await talk.end("SIGKILL")));
  await talk.says(/running /);
  const flows = async () => {
    const before = await countMessages(database);
    await eventually(async () => (await countMessages(database)) >= before + 300, {
      withinMs: 60_000,
      what: "messages",
    });
  };
  await step("they talk on the first release", flows);

  const changeTo = async (version: Version, ...migrate: string[]) => {
    await server.end("SIGTERM");
    const stoppedAt = performance.now();
    await run(present, "migrate", ...migrate);
    const migratedAt = performance.now();
    server = await serve(version);
    const [migrated, all] = [migratedAt - stoppedAt, performance.now() - stoppedAt].map((ms) =>
      (ms / 1000).toFixed(1),
    );
    return `no server for ${all} s, ${migrated} s of them migrations`;
  };
  const look = async () => {
    // Seeded messages have no events, as those of people who have been away for thirty days.
    const violations = (await findViolations(database.sql)).filter(
      ({ rule }) => !/is told of once/.test(rule),
    );
    if (violations.length > 0) throw new Error(JSON.stringify(violations.slice(0, 5)));
    return await countOf(database);
  };
  await step("upgrade: stop, migrate up, start this version", () => changeTo(present, "up"));
  await step("they talk on this version", flows);
  await step("rollback: stop, migrate down, start the first release", () =>
    changeTo(first, "down", "--to", FIRST_VERSION),
  );
  await step("they talk on the first release", flows);
  await step("upgrade again", () => changeTo(present, "up"));
  await step("they talk on this version", flows);
  await step("nothing lost, doubled, reordered", async () => {
    talk.endInput();
    const { stdout, stderr } = await talk.ended;
    const { data } = JSON.parse(stdout || "{}") as { data?: Report };
    if (!data) throw new Error(stdout + stderr);
    return judge(data);
  });
  await step("the invariants between tables", look);
}

async function checkOut(commit: string, root: string): Promise<void> {
  mkdirSync(root);
  const archive = `git -C '${ROOT}' archive ${commit} | tar -x -C '${root}'`;
  await ended(
    Bun.spawn(["bash", "-o", "pipefail", "-c", archive], { stdout: "pipe", stderr: "pipe" }),
    archive,
  );
  const install = ["install", "--frozen-lockfile", "--production", "--ignore-scripts"];
  const child = Bun.spawn([process.execPath, ...install], { cwd: root, stdout: "pipe", stderr: "pipe" });
  await ended(child, install.join(" "));
}

async function ended(child: Bun.Subprocess<"ignore", "pipe", "pipe">, what: string): Promise<void> {
  const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  if (code !== 0) throw new Error(`${what}: ${said}`);
}

const start = ({ root, env }: Version, ...args: string[]) =>
  startChild([join(root, "cli/main.ts"), ...args], { env, cwd: root });

/** @returns What the command printed. */
async function run(version: Version, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await start(version, ...args, "--yes").ended;
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

async function serve(version: Version): Promise<Child> {
  const server = start(version, "serve");
  try {
    await server.says(/"Listening"/);
    return server;
  } catch (error) {
    await server.end("SIGKILL");
    throw error;
  }
}

/**
 * Conversations of the people who talk, between seeded people who have none yet. Migration 14 gives every conversation
 * another id, and clients load their lists anew; the judge keeps its ids, so these have the later ones from the start.
 */
async function signIn(version: Version, { sql }: TestDatabase) {
  const rows = await sql<{ user1Id: string; user2Id: string }[]>`
    with candidates as (
      select id, row_number() over (order by id) as n from users where is_active order by id limit 200
    )
    select a.id as user1_id, b.id as user2_id
    from candidates a join candidates b on b.n = a.n + 100
    where not exists (select from conversations c where c.user1_id = a.id and c.user2_id = b.id)
      and not exists (select from user_blocks k where (k.blocker_id, k.blocked_id) in ((a.id, b.id), (b.id, a.id)))
    order by a.id limit ${PAIRS}
  `;
  const links = rows.map(({ user1Id, user2Id }, index) => ({
    id: conversationIdOf(user1Id, user2Id),
    a: 2 * index,
    b: 2 * index + 1,
  }));
  for (const [index, { user1Id, user2Id }] of rows.entries()) {
    await sql`
      insert into conversations (id, user1_id, user2_id) values (${links[index]!.id}, ${user1Id}, ${user2Id})
    `;
  }
  const ids = rows.flatMap(({ user1Id, user2Id }) => [user1Id, user2Id]);
  const people = [];
  for (const id of ids)
    people.push({ id, token: (await run(version, "users", "token", id, "--access")).trim() });
  return { people, links };
}

/** The judge is of this version, as a client that was installed before the server's upgrade may be. */
function beginTalk(
  people: string,
  { url, env }: { url: string; env: Readonly<Record<string, string>> },
): Child {
  const load = ["load", "run", "chat-pairs", "--people", people, "--url", url, "--verify", "--json"];
  const shape = ["--devices", "2", "--rate", RATE, "--workers", "1", "--until-eof", "--drain", "300s"];
  const patience = ["--retry", "500ms", "--ack-timeout", "2s", "--max-lag", "30s", "--min-rate", "0"];
  return startChild(["cli/main.ts", ...load, ...shape, ...patience], { env, openStdin: true });
}

/** Sends (of a client without a storage) and reads fail after 30 s, which a long outage has: nothing was confirmed. */
function judge({ counts, latencies, verified, errors: codes }: Report): string {
  const { acked, lost, duplicated, reordered, rolled_back: gone } = counts;
  const { TIMEOUT: sends = 0, CLIENT: reads = 0, ...others } = codes;
  const told = `${acked} confirmed, ${lost} lost, ${duplicated} doubled, ${reordered} reordered, ${gone} rolled back`;
  if (lost + duplicated + reordered + gone > 0 || Object.keys(others).length > 0) {
    throw new Error(
      `${told}, errors ${JSON.stringify(codes)}\n${JSON.stringify(verified?.issues.slice(0, 5))}`,
    );
  }
  return `${told}, ${sends + reads} waited over 30 s; longest silence ${((latencies.silence?.max ?? 0) / 1_000).toFixed(1)} s`;
}

async function countMessages({ sql }: TestDatabase): Promise<number> {
  const [row] = await sql<
    { count: number }[]
  >`select coalesce(sum(last_seq), 0)::int as count from conversations`;
  return row!.count;
}

async function countOf(database: TestDatabase): Promise<string> {
  const [row] = await database.sql<{ people: number; messages: number; mb: number }[]>`
    select (select count(*) from users)::int as people, (select count(*) from messages)::int as messages,
      (pg_database_size(current_database()) / 1000000)::int as mb
  `;
  return `${row!.people} people, ${row!.messages} messages, ${row!.mb} MB`;
}

/** Says what is done and how long it took; with what was found out, if anything. */
async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  const found = await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `ok   ${what.padEnd(52)} ${seconds.padStart(6)} s${typeof found === "string" && found !== "" ? `  ${found.trim()}` : ""}`,
  );
}

if (import.meta.main) {
  await main(...process.argv.slice(2)).then(
    () => console.log("upgrade: everything is there"),
    (error: Error) => {
      console.error(`FAIL ${error.message}`);
      process.exitCode = 1;
    },
  );
}
