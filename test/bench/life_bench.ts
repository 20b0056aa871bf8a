/**
 * A message's whole life: sent, acknowledged, delivered to the other person, marked as read by them, the receipt
 * delivered to its sender, unread counts kept meanwhile; lives a second and processor time a life, against pgbench's two
 * statements in the same rounds. `bun run bench life`. Options: --seconds 4, --rounds 3, --pairs 500, --window 1.
 * @module
 */
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import { openEmulatedTerminal } from "./our_server.ts";
import type { Transactions } from "./pgbench.ts";
import { handIn, readNumbers, say } from "./report.ts";
import { type Costs, clockOf, costsOf, medians, plainTransactions } from "./rounds.ts";
import { ourDialect, Pairs } from "./ws_generator.ts";

const options = readNumbers({ seconds: 4, rounds: 3, pairs: 500, window: 1 });
const { seconds, window } = options;

await using screen = await openEmulatedTerminal();
const { people } = await screen.people("lives", SCENARIOS["chat-pairs"].layout(options.pairs * 2));
const { child, url } = await screen.server();
// Ended also when a section fails.
await using server = child;
const pairs = new Pairs(ourDialect(url, people));
await pairs.open(options.pairs);
const clock = clockOf(server.pid, screen.postmaster);

const rounds = { ours: [] as Costs[], plain: [] as Transactions[] };
for (let round = 1; round <= options.rounds; round++) {
  say(`round ${round} of ${options.rounds}: pgbench, two statements`);
  const transactions = await plainTransactions(screen, seconds);
  if (transactions) rounds.plain.push(transactions);
  say(`round ${round} of ${options.rounds}: ours`);
  rounds.ours.push(await costsOf(clock, (onMeasure) => pairs.lives({ window, seconds, onMeasure })));
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
  note: `medians of ${options.rounds} rounds in turns, ${seconds} s a figure; ${options.pairs} pairs, ${window} message of each person on its way to being read${plain ? "" : "; no pgbench here"}`,
});
