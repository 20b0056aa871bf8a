/**
 * What notifications cost the path of a message: the same pairs on the same server, in turns without any device and with
 * a device for one of each pair that receives nothing, so that it is notified of everything. `bun run bench push`.
 * Options: --seconds 4, --rounds 3, --pairs 500.
 * @module
 */
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import { openEmulatedTerminal } from "./our_server.ts";
import { handIn, readNumbers, say } from "./report.ts";
import { type Costs, clockOf, costsOf, medians } from "./rounds.ts";
import { ourDialect, Pairs } from "./ws_generator.ts";

const { seconds, rounds, pairs: count } = readNumbers({ seconds: 4, rounds: 3, pairs: 500 });
/** The first notifications go out 5 s after the first message. */
const UNTIL_NOTIFIED_SECONDS = 7;

await using screen = await openEmulatedTerminal();
const { people } = await screen.people("push", SCENARIOS["chat-pairs"].layout(count * 2));
const { child, url } = await screen.server();
// Ended also when a section fails.
await using server = child;
const pairs = new Pairs(ourDialect(url, people));
await pairs.open(count);
await using sql = new Bun.SQL(screen.databaseUrl, { max: 1 });
const clock = clockOf(server.pid, screen.postmaster);
const away = people.filter((_, place) => place % 2 === 1).map(({ id }) => id);

const measure = () => costsOf(clock, (onMeasure) => pairs.peak({ window: 1, seconds, onMeasure }));

/** As registrations leave them: from here on nothing was received. */
async function registerDevices(): Promise<void> {
  await sql`
    insert into devices (id, session_id, user_id, provider, token, token_hash, received_seq, pushed_seq)
    select gen_random_uuid(), s.id, s.user_id, 'fcm', 'bench', sha256(s.id::text::bytea), l.last_seq, l.last_seq
    from sessions s join user_logs l on l.user_id = s.user_id
    where s.user_id in ${sql(away)}
  `;
}

const without: Costs[] = [];
const having: Costs[] = [];
let notified = 0;
for (let round = 1; round <= rounds; round++) {
  say(`round ${round} of ${rounds}: without devices`);
  without.push(await measure());
  say(`round ${round} of ${rounds}: half of the people with a device that receives nothing`);
  await registerDevices();
  await pairs.peak({ window: 1, seconds: UNTIL_NOTIFIED_SECONDS });
  having.push(await measure());
  const [row] = await sql`select count(*)::int as count from devices where badge is not null`;
  notified += row.count;
  await sql`delete from devices`;
}
pairs.close();
await server.end();

const [plain, push] = [medians(without), medians(having)];
const beside = (value: number) => ({ value, of: "without devices" });
handIn({
  rows: [
    {
      what: "messages a second while half of the people are notified",
      ours: push.perSecond,
      limit: beside(plain.perSecond),
      promise: { least: 0.97, of: "ratio" },
    },
    {
      what: "server's CPU a message while half of the people are notified, µs",
      ours: push.serverUs,
      limit: beside(plain.serverUs),
      digits: 1,
    },
    {
      what: "PostgreSQL's CPU a message while half of the people are notified, µs",
      ours: push.databaseUs,
      limit: beside(plain.databaseUs),
      digits: 1,
    },
  ],
  note: `medians of ${rounds} rounds in turns, ${seconds} s a figure; ${count} pairs who write to each other, notifications of one of each pair printed to the log; ${notified} devices were notified in ${rounds} rounds, fsync on`,
});
