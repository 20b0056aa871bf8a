/**
 * What a message costs over the socket: messages a second (relayed and stored, fsync on) against bare Bun sockets that
 * relay JSON and against pgbench's two-statement transactions; latency from the intended moment at a quarter of the
 * peak; processor time a message. `bun run bench sends`. Options: --seconds 5, --pairs 500, --window 2.
 * @module
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import { type Child, startChild } from "../harness/child.ts";
import { cpuOf } from "./machine.ts";
import { openStage } from "./our_server.ts";
import { handIn, type Row, say } from "./report.ts";
import { type Dialect, type Measured, ourDialect, Pairs, relayDialect } from "./ws_generator.ts";

const { values: options } = parseArgs({
  strict: false,
  options: {
    seconds: { type: "string", default: "5" },
    pairs: { type: "string", default: "500" },
    window: { type: "string", default: "2" },
  },
});
const [SECONDS, PAIRS, WINDOW] = [options.seconds, options.pairs, options.window].map(Number) as [
  number,
  number,
  number,
];

interface Throughput {
  readonly peak: number;
  /** Of the server's process, for one message at the peak. */
  readonly cpuUs: number;
  readonly quarter: Measured;
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

async function ours(): Promise<{ run: Throughput; transactions: number | undefined }> {
  await using stage = await openStage();
  say("pgbench: two statements");
  const transactions = await pgbench(stage.databaseUrl);
  const { people } = await stage.people("pairs", SCENARIOS["chat-pairs"].layout(PAIRS * 2));
  const { child, url } = await stage.server();
  await using _ = child;
  say("ours: throughput");
  const run = await throughput(child, ourDialect(url, people));
  return { run, transactions };
}

async function bare(): Promise<Throughput> {
  await using child = startChild(["test/bench/ws_relay.ts"]);
  const [, url = ""] = await child.says(/"url":"([^"]+)"/);
  say("bare relay: throughput");
  return await throughput(child, relayDialect(url));
}

const raw = await bare();
const { run, transactions } = await ours();
const beside = (value: number) => ({ value, of: "bare Bun sockets relaying JSON" });
const perSecond = { what: "messages a second, stored and delivered", ours: run.peak };
const rows: Row[] = [
  { ...perSecond, limit: beside(raw.peak) },
  ...(transactions
    ? [
        {
          ...perSecond,
          limit: { value: transactions, of: "pgbench, two statements" },
          promise: { least: 2, of: "ratio" as const },
        },
      ]
    : []),
  {
    what: "delivery at a quarter of that, p50, ms",
    ours: run.quarter.p50,
    limit: beside(raw.quarter.p50),
    digits: 2,
  },
  {
    what: "delivery at a quarter of that, p99, ms",
    ours: run.quarter.p99,
    limit: beside(raw.quarter.p99),
    digits: 2,
    promise: { most: 10 },
  },
  {
    what: "server's CPU a message at the peak, µs",
    ours: run.cpuUs,
    limit: beside(raw.cpuUs),
    digits: 1,
    promise: { most: 60 },
  },
];
handIn({
  rows,
  note: `${PAIRS} pairs with ${WINDOW} messages under way each, ${SECONDS} s a figure${transactions ? "" : "; no pgbench here"}`,
});
