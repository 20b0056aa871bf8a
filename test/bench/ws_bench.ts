/**
 * What a message costs over the socket: messages a second (relayed and stored, fsync on) against bare Bun sockets that
 * relay JSON and against pgbench's two-statement transactions; latency from the intended moment at 1,000 a second and
 * at a quarter of the peak; processor time a message. `bun run bench sends`. Options: --seconds 4, --rounds 3,
 * --pairs 500, --window 1.
 * @module
 */
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import type { Child } from "../harness/child.ts";
import { openEmulatedTerminal, startRelay } from "./our_server.ts";
import type { Transactions } from "./pgbench.ts";
import { handIn, type Row, readNumbers, say } from "./report.ts";
import { type Costs, clockOf, costsOf, medians, plainTransactions } from "./rounds.ts";
import { type Dialect, ourDialect, Pairs, relayDialect } from "./ws_generator.ts";

const options = readNumbers({ seconds: 4, rounds: 3, pairs: 500, window: 1 });
const { seconds, window } = options;

interface Throughput extends Costs {
  /** Of delivery, ms: at a quarter of the peak, and at {@link STEADY} a second. */
  readonly p50: number;
  readonly p99: number;
  readonly steadyP50: number;
  readonly steadyP99: number;
}

const STEADY = 1_000;

/** One round of a server that is spoken to by pairs who stay. */
async function throughput(pairs: Pairs, child: Child, postmaster?: number): Promise<Throughput> {
  const clock = clockOf(child.pid, postmaster);
  const costs = await costsOf(clock, (onMeasure) => pairs.peak({ window, seconds, onMeasure }));
  const { p50, p99 } = await pairs.paced({ rate: costs.perSecond / 4, seconds });
  const steady = await pairs.paced({ rate: STEADY, seconds });
  return { ...costs, p50, p99, steadyP50: steady.p50, steadyP99: steady.p99 };
}

async function opened(dialect: Dialect): Promise<Pairs> {
  const pairs = new Pairs(dialect);
  await pairs.open(options.pairs);
  return pairs;
}

await using screen = await openEmulatedTerminal();
const { people } = await screen.people("pairs", SCENARIOS["chat-pairs"].layout(options.pairs * 2));
const { child, url } = await screen.server();
// Ended also when a section fails.
await using server = child;
const { child: relaying, url: relayUrl } = await startRelay();
await using relay = relaying;
const pairs = await opened(ourDialect(url, people));
const relayed = await opened(relayDialect(relayUrl));

// In turns, so that a neighbour of this machine who comes and goes does it to all of them.
const rounds = { ours: [] as Throughput[], bare: [] as Throughput[], plain: [] as Transactions[] };
for (let round = 1; round <= options.rounds; round++) {
  say(`round ${round} of ${options.rounds}: pgbench, two statements`);
  const transactions = await plainTransactions(screen, seconds);
  if (transactions) rounds.plain.push(transactions);
  say(`round ${round} of ${options.rounds}: ours`);
  rounds.ours.push(await throughput(pairs, server, screen.postmaster));
  say(`round ${round} of ${options.rounds}: bare relay`);
  rounds.bare.push(await throughput(relayed, relay));
}
pairs.close();
relayed.close();
// Handing in ends this process, and nothing that it would dispose of is.
await Promise.all([server.end(), relay.end()]);

const run = medians(rounds.ours);
const raw = medians(rounds.bare);
const plain = rounds.plain.length > 0 ? medians(rounds.plain) : undefined;
const beside = (value: number) => ({ value, of: "bare Bun sockets relaying JSON" });
const inPgbench = (value: number) => ({ value, of: "pgbench, two statements" });
const perSecond = { what: "messages a second, stored and delivered", ours: run.perSecond };
const rows: Row[] = [
  { ...perSecond, limit: beside(raw.perSecond) },
  ...(plain
    ? [{ ...perSecond, limit: inPgbench(plain.perSecond), promise: { least: 2.5, of: "ratio" as const } }]
    : []),
  { what: "delivery at a quarter of that, p50, ms", ours: run.p50, limit: beside(raw.p50), digits: 2 },
  {
    what: "delivery at a quarter of that, p99, ms",
    ours: run.p99,
    limit: beside(raw.p99),
    digits: 2,
    promise: { most: 15 },
  },
  {
    what: "delivery at 1,000 a second, p50, ms",
    ours: run.steadyP50,
    limit: beside(raw.steadyP50),
    digits: 2,
  },
  {
    what: "delivery at 1,000 a second, p99, ms",
    ours: run.steadyP99,
    limit: beside(raw.steadyP99),
    digits: 2,
    promise: { most: 10 },
  },
  {
    what: "server's CPU a message at the peak, µs",
    ours: run.serverUs,
    limit: beside(raw.serverUs),
    digits: 1,
    promise: { most: 45 },
  },
  {
    what: "PostgreSQL's CPU a message at the peak, µs",
    ours: run.databaseUs,
    ...(plain && { limit: inPgbench(plain.databaseUs) }),
    digits: 1,
    promise: { most: 55 },
  },
  {
    what: "the generator's CPU a message at the peak, µs",
    ours: run.generatorUs,
    limit: beside(raw.generatorUs),
    digits: 1,
  },
];
handIn({
  rows,
  note: `medians of ${options.rounds} rounds in turns, ${seconds} s a figure; ${options.pairs} pairs who write to each other, ${window} message of each of them under way, fsync on${plain ? "" : "; no pgbench here"}`,
});
