/**
 * What the socket costs, in one run on one machine: messages a second (relayed and stored, fsync on) against bare Bun
 * sockets that relay JSON and against pgbench's two-statement transactions; latency from the intended moment at a
 * quarter of the peak; processor time a message; memory of an idle connection. `bun run bench [--write]` prints one
 * table, and puts it in the README. Options: --seconds 5, --pairs 500, --window 2, --idle 15000.
 * @module
 */
import { readFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makePeople } from "../../cli/commands/load_users.ts";
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import { descriptorLimit } from "../../cli/load/preflight.ts";
import type { Io } from "../../cli/output.ts";
import { type Child, startChild } from "../harness/child.ts";
import { DURABLE, openCluster } from "../harness/cluster.ts";
import { createTestDatabase } from "../harness/database.ts";
import {
  type Dialect,
  type Measured,
  openWebSocket,
  ourDialect,
  Pairs,
  relayDialect,
} from "./ws_generator.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    pairs: { type: "string", default: "500" },
    window: { type: "string", default: "2" },
    idle: { type: "string", default: "15000" },
    write: { type: "boolean", default: false },
  },
});
const [SECONDS, PAIRS, WINDOW] = [options.seconds, options.pairs, options.window].map(Number) as [
  number,
  number,
  number,
];
/** Descriptors that a process needs for other things than sockets. */
const SPARE = 500;
const WARM_SOCKETS = 300;
const SECRET = "a secret of the bench, long enough for HS256";
const TICK_US = 10_000;
const README = join(import.meta.dir, "../../README.md");
const [START, END] = ["<!-- bench -->", "<!-- /bench -->"];

interface Throughput {
  readonly peak: number;
  /** Of the server's process, for one message at the peak. */
  readonly cpuUs: number;
  readonly quarter: Measured;
}

interface Idle {
  readonly count: number;
  readonly kib: number;
}

const io: Io = { env: {}, stdout: { write: () => {} }, stderr: { write: () => {} } };
const limit = descriptorLimit();
const idleCount = Math.min(Number(options.idle), (limit ?? 4_096) - SPARE);

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Processor time of a process so far, microseconds. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .map(Number);
  return (fields[11]! + fields[12]!) * TICK_US;
}

function rssKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

async function throughput(child: Child, dialect: Dialect): Promise<Throughput> {
  const pairs = new Pairs(dialect);
  await pairs.open(PAIRS);
  let cpu = 0;
  let seconds = 0;
  const onMeasure = () => {
    const [before, start] = [cpuOf(child.pid), performance.now()];
    return () => {
      cpu = cpuOf(child.pid) - before;
      seconds = (performance.now() - start) / 1_000;
    };
  };
  const peak = await pairs.peak({ window: WINDOW, seconds: SECONDS, onMeasure });
  const quarter = await pairs.paced({ rate: peak / 4, seconds: SECONDS });
  pairs.close();
  return { peak, cpuUs: cpu / (peak * seconds), quarter };
}

/** Memory of the server's process for each socket beyond the first few hundred. */
async function idle(child: Child, open: (person: number) => Promise<WebSocket>): Promise<Idle> {
  const sockets: WebSocket[] = [];
  const fill = async (to: number) => {
    while (sockets.length < to) {
      const from = sockets.length;
      const batch = Math.min(50, to - from);
      sockets.push(...(await Promise.all(Array.from({ length: batch }, (_, i) => open(from + i)))));
    }
    // Garbage of connecting goes, what stays is the connection's.
    await Bun.sleep(4_000);
    return rssKib(child.pid);
  };
  const before = await fill(WARM_SOCKETS);
  const after = await fill(idleCount);
  for (const socket of sockets) socket.close();
  return { count: idleCount, kib: (after - before) / (idleCount - WARM_SOCKETS) };
}

/** The same two statements for each message, without anything else. */
async function pgbench(url: string): Promise<number | undefined> {
  const program = Bun.which("pgbench");
  if (!program) return undefined;
  const sql = new Bun.SQL(url, { max: 1 });
  await sql`create table bench_c (id int primary key, last_activity timestamptz) with (fillfactor = 70)`;
  await sql`insert into bench_c select n, now() from generate_series(1, 10000) n`;
  await sql`create table bench_m (id bigserial primary key, c int not null, content text not null)`;
  await sql.end();
  const script = join(tmpdir(), `vibes-bench-${process.pid}.sql`);
  await Bun.write(
    script,
    `\\set c random(1, 10000)
begin;
insert into bench_m (c, content) values (:c, 'Thanks for accepting! What is your favorite hiking spot?');
update bench_c set last_activity = now() where id = :c;
commit;
`,
  );
  const { hostname, port, username, password, pathname } = new URL(url);
  const child = Bun.spawn(
    [
      program,
      "-n",
      "-M",
      "prepared",
      "-f",
      script,
      "-c",
      "16",
      "-j",
      "2",
      "-T",
      `${SECONDS}`,
      pathname.slice(1),
    ],
    {
      env: {
        PATH: process.env.PATH,
        PGHOST: hostname,
        PGPORT: port,
        PGUSER: username,
        PGPASSWORD: decodeURIComponent(password),
      },
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  const found = /tps = ([\d.]+)/.exec(await new Response(child.stdout).text())?.[1];
  await Bun.file(script).delete();
  return found === undefined ? undefined : Number(found);
}

async function ours(): Promise<{ run: Throughput; rest: Idle; transactions: number | undefined }> {
  const cluster = await openCluster({ name: "bench", settings: { ...DURABLE, shared_buffers: "256MB" } });
  const database = await createTestDatabase({ cluster });
  const env = {
    NODE_ENV: "test",
    LIMITS: "off",
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "info",
    JWT_SECRET: SECRET,
    DATABASE_URL: database.url,
  };
  const { signal } = new AbortController();
  const make = (runId: string, layout: Parameters<typeof makePeople>[1]["layout"]) =>
    makePeople({ ...io, env }, { runId, layout, signal });
  try {
    say("pgbench: two statements");
    const transactions = await pgbench(database.url);
    const pairs = await make("pairs", SCENARIOS["chat-pairs"].layout(PAIRS * 2));
    const many = await make("idle", SCENARIOS["connect-storm"].layout(idleCount));
    await using child = startChild(["server/main.ts"], { env });
    const [, url = ""] = await child.says(/"url":"([^"]+)"/);
    say("ours: throughput");
    const run = await throughput(child, ourDialect(url, pairs.people));
    await child.end();
    await using fresh = startChild(["server/main.ts"], { env });
    const [, second = ""] = await fresh.says(/"url":"([^"]+)"/);
    say(`ours: ${idleCount} idle connections`);
    const rest = await idle(fresh, ourDialect(second, many.people).open);
    return { run, rest, transactions };
  } finally {
    await database.close();
  }
}

async function bare(): Promise<{ run: Throughput; rest: Idle }> {
  await using child = startChild(["test/bench/ws_relay.ts"]);
  const [, url = ""] = await child.says(/"url":"([^"]+)"/);
  say("bare relay: throughput");
  const run = await throughput(child, relayDialect(url));
  await child.end();
  await using fresh = startChild(["test/bench/ws_relay.ts"]);
  const [, second = ""] = await fresh.says(/"url":"([^"]+)"/);
  say(`bare relay: ${idleCount} idle connections`);
  const address = second.replace("http", "ws");
  return { run, rest: await idle(fresh, (person) => openWebSocket(`${address}/${person}`)) };
}

function table(us: Awaited<ReturnType<typeof ours>>, raw: Awaited<ReturnType<typeof bare>>): string {
  const n = (value: number, digits = 0) => value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const { transactions } = us;
  const times = transactions ? `${(us.run.peak / transactions).toFixed(1)}×` : "not measured";
  const rows = [
    [
      "messages a second, delivered",
      n(us.run.peak),
      n(raw.run.peak),
      transactions ? n(transactions) : "no pgbench here",
    ],
    ["against pgbench (promise: ≥ 2×)", times, "", "1×"],
    ["at a quarter of it: p50, ms", us.run.quarter.p50.toFixed(2), raw.run.quarter.p50.toFixed(2), ""],
    [
      "at a quarter of it: p99, ms (promise: ≤ 10)",
      us.run.quarter.p99.toFixed(2),
      raw.run.quarter.p99.toFixed(2),
      "",
    ],
    ["server's CPU a message, µs (promise: ≤ 60)", us.run.cpuUs.toFixed(1), raw.run.cpuUs.toFixed(1), ""],
    ["an idle connection, KiB", us.rest.kib.toFixed(1), raw.rest.kib.toFixed(1), ""],
    ["above the bare one, KiB (promise: ≤ 6)", (us.rest.kib - raw.rest.kib).toFixed(1), "", ""],
  ];
  return [
    "| | VibesMatch: relayed and stored | bare Bun sockets relaying JSON | pgbench: two statements |",
    "|---|---|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
    "",
    `${cpus().length} cores (${cpus()[0]?.model.trim()}) for server, PostgreSQL (fsync on) and generator together; ` +
      `${PAIRS} pairs with ${WINDOW} messages under way each, ${SECONDS} s a figure; ${n(us.rest.count)} idle connections ` +
      `(descriptors: ${limit === undefined ? "limit unknown" : `${n(limit)} a process`}); Bun ${Bun.version}.`,
  ].join("\n");
}

const raw = await bare();
const us = await ours();
const text = table(us, raw);
console.log(text);
if (options.write) {
  const readme = await Bun.file(README).text();
  const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error("Cannot write the table: the README has no markers for it");
  await Bun.write(README, `${readme.slice(0, from)}${START}\n${text}\n${readme.slice(to)}`);
}
process.exit();
