/**
 * A message's whole life: sent, acknowledged, delivered to the other person, marked as read by them, the receipt
 * delivered to its sender, unread counts kept meanwhile; lives a second and processor time a life, against pgbench's two
 * statements in the same rounds. `bun run bench life`. Options: --seconds 4, --rounds 3, --pairs 500, --window 1.
 * @module
 */
import { parseArgs } from "node:util";
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import { openEmulatedTerminal } from "./our_server.ts";
import type { Transactions } from "./pgbench.ts";
import { handIn, say } from "./report.ts";
import { type Clock, clockOf, medians, plainTransactions } from "./rounds.ts";
import { ourDialect, Pairs } from "./ws_generator.ts";

const { values: options } = parseArgs({
  strict: false,
  options: {
    seconds: { type: "string", default: "4" },
    pairs: { type: "string", default: "500" },
    window: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
  },
});
const [SECONDS, PAIRS, WINDOW, ROUNDS] = [options.seconds, options.pairs, options.window, options.rounds].map(
  Number,
) as [number, number, number, number];

await using screen = await openEmulatedTerminal();
const { people } = await screen.people("lives", SCENARIOS["chat-pairs"].layout(PAIRS * 2));
const { child: server, url } = await screen.server();
const pairs = new Pairs(ourDialect(url, people));
await pairs.open(PAIRS);
const clock = clockOf(server.pid, screen.postmaster);

async function live() {
  let [before, after]: [Clock, Clock] = [clock(), clock()];
  const onMeasure = () => {
    before = clock();
    return () => {
      after = clock();
    };
  };
  const perSecond = await pairs.lives({ window: WINDOW, seconds: SECONDS, onMeasure });
  const lives = (perSecond * (after.at - before.at)) / 1_000;
  const each = (what: "server" | "generator" | "database") => (after[what] - before[what]) / lives;
  return {
    perSecond,
    serverUs: each("server"),
    generatorUs: each("generator"),
    databaseUs: each("database"),
  };
}

const rounds = { ours: [] as Awaited<ReturnType<typeof live>>[], plain: [] as Transactions[] };
for (let round = 1; round <= ROUNDS; round++) {
  say(`round ${round} of ${ROUNDS}: pgbench, two statements`);
  const transactions = await plainTransactions(screen, SECONDS);
  if (transactions) rounds.plain.push(transactions);
  say(`round ${round} of ${ROUNDS}: ours`);
  rounds.ours.push(await live());
}
pairs.close();
await server.end();

const run = medians(rounds.ours);
const plain = rounds.plain.length > 0 ? medians(rounds.plain) : undefined;
const inPgbench = (value: number) => ({ value, of: "pgbench, two statements" });
handIn({
  rows: [
    {
      what: "a message's whole life (sent, delivered, read, receipt delivered), a second",
      ours: run.perSecond,
      ...(plain && {
        limit: inPgbench(plain.perSecond),
        promise: { least: 1.7, of: "ratio" as const },
      }),
    },
    {
      what: "PostgreSQL's CPU a life, µs",
      ours: run.databaseUs,
      ...(plain && { limit: inPgbench(plain.databaseUs) }),
      digits: 1,
      promise: { most: 90 },
    },
    { what: "server's CPU a life, µs", ours: run.serverUs, digits: 1 },
    { what: "the generator's CPU a life, µs", ours: run.generatorUs, digits: 1 },
  ],
  note: `medians of ${ROUNDS} rounds in turns, ${SECONDS} s a figure; ${PAIRS} pairs, ${WINDOW} message of each person on its way to being read${plain ? "" : "; no pgbench here"}`,
});
