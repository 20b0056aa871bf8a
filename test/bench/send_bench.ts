/**
 * How many messages a second the writer stores, with fsync on, against pgbench's two-statement transaction (insert
 * a message, touch its conversation) on the same server in the same run. Not a test: `bun test/bench/send_bench.ts`.
 *
 * Options: --seconds 4, --rounds 2, --batch 64,128,256, --flight 1,2, --load 1024 (sends under way), --people 20000.
 *
 * On a machine that does other things as well, compare processor time instead of messages a second: the scheduler
 * favours pgbench's many backends over the writer's one or two.
 * @module
 */
import { parseArgs } from "node:util";
import { createDatabase, type Sql } from "../../server/db/client.ts";
import { conversationIdOf } from "../../server/db/pair.ts";
import { BATCH_SETTINGS } from "../../server/features/messages/batch_settings.ts";
import { MessageWriter } from "../../server/features/messages/writer.ts";
import { newId } from "../../server/lib/ids.ts";
import { DURABLE, openCluster } from "../harness/cluster.ts";
import { insertConversations, insertPeople } from "../harness/conversing.ts";
import { createTestDatabase } from "../harness/database.ts";
import { cpuOfFamily } from "./machine.ts";
import { runPgbench } from "./pgbench.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "2" },
    batch: { type: "string", default: "64,128,256" },
    flight: { type: "string", default: "1,2" },
    load: { type: "string", default: "1024" },
    people: { type: "string", default: "20000" },
  },
});
const [seconds, rounds, load] = [options.seconds, options.rounds, options.load].map(Number) as [
  number,
  number,
  number,
];
const PEOPLE = Number(options.people);
const CONVERSATIONS = PEOPLE * 2;
const CLIENTS = [16, 32];
const CONTENT = "Thanks for accepting! What is your favorite hiking spot?";
/** pgbench's scripts: on tables with nothing but a primary key, and on ours. */
const BASELINES = {
  "bare tables": `\\set c random(1, ${CONVERSATIONS})
begin;
insert into bench_messages (conversation_id, content) values (:c, '${CONTENT}');
update bench_conversations set last_activity = now() where id = :c;
commit;
`,
  "our tables": `\\set c random(1, ${CONVERSATIONS})
begin;
update conversations c set last_seq = c.last_seq + 1, last_activity = now() from bench_numbers b
where b.n = :c and c.id = b.id;
insert into messages (id, conversation_id, seq, sender_id, receiver_id, content, client_message_id)
select gen_random_uuid(), c.id, c.last_seq, c.user1_id, c.user2_id, '${CONTENT}', gen_random_uuid()::text
from bench_numbers b join conversations c on c.id = b.id where b.n = :c;
commit;
`,
};

interface Measured {
  readonly what: string;
  readonly perSecond: number;
  /** Milliseconds, of one send from call to answer. */
  readonly p50?: number;
  readonly p99?: number;
  /** Processor time of this process (or of pgbench) for one send, microseconds. */
  readonly cpuUs?: number;
  /** The same of PostgreSQL; Linux only. */
  readonly serverCpuUs?: number | undefined;
}

const cluster = await openCluster({ name: "bench", settings: { ...DURABLE, shared_buffers: "512MB" } });
const db = await createTestDatabase({ cluster });
const results: Measured[] = [];
const [server] = await db.sql<{ pid: number }[]>`
  select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid
`;
try {
  const { sql } = db;
  const [{ fsync } = { fsync: "?" }] = await sql<
    { fsync: string }[]
  >`select current_setting('fsync') as fsync`;
  console.log(`fsync ${fsync}, ${seconds} s each, ${rounds} rounds, ${load} sends under way`);
  const pairs = await populate(sql);
  await prepareBaselines(sql);
  await createDatabase({ url: db.url, deadlineMs: 0 }).sql`vacuum analyze`;
  for (let round = 0; round < rounds; round++) {
    for (const what of Object.keys(BASELINES) as (keyof typeof BASELINES)[]) {
      for (const clients of CLIENTS) results.push(await baseline(what, clients));
    }
    for (const maxInFlight of numbers(options.flight)) {
      for (const maxBatch of numbers(options.batch)) {
        results.push(await throughWriter(pairs, { maxBatch, maxInFlight, load }));
      }
    }
    results.push(await throughWriter(pairs, { maxBatch: 128, maxInFlight: 2, load: 1 }));
  }
  report();
} finally {
  await db.close();
}
process.exit();

function numbers(text: string): number[] {
  return text.split(",").map(Number);
}

async function populate(sql: Sql): Promise<(readonly [string, string])[]> {
  const people = await insertPeople(sql, PEOPLE);
  const pairs = new Map<string, readonly [string, string]>();
  while (pairs.size < CONVERSATIONS) {
    const pair = [pick(people), pick(people)].sort() as [string, string];
    if (pair[0] !== pair[1]) pairs.set(pair.join(), pair);
  }
  await insertConversations(sql, [...pairs.values()]);
  return [...pairs.values()];
}

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(Math.random() * from.length)] as T;
}

/** Keeps `load` sends under way for the time of one measurement. */
async function throughWriter(
  pairs: readonly (readonly [string, string])[],
  { maxBatch, maxInFlight, load: senders }: { maxBatch: number; maxInFlight: number; load: number },
): Promise<Measured> {
  const database = createDatabase({ url: db.url, max: maxInFlight, settings: BATCH_SETTINGS });
  const writer = new MessageWriter({
    database,
    maxBatch,
    maxInFlight,
    maxWaiting: 100_000,
    deadlineMs: 60_000,
    publish: () => {},
    sendSlowly: () => Promise.reject(new Error("Cannot happen: every conversation is open")),
    onError: (error) => console.error(error),
  });
  const send = () => {
    const [a, b] = pick(pairs);
    const [senderId, receiverId] = Math.random() < 0.5 ? [a, b] : [b, a];
    const about = {
      id: newId(),
      namedConversationId: null,
      messageType: "text" as const,
      clientMessageId: newId(),
    };
    const conversationId = conversationIdOf(senderId, receiverId);
    return writer.send({ ...about, conversationId, senderId, receiverId, content: CONTENT });
  };
  await Promise.all(Array.from({ length: 32 * maxInFlight }, send));
  const taken: number[] = [];
  const cpu = process.cpuUsage();
  const serverCpu = cpuOfFamily(server!.pid);
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (performance.now() < end) {
        const began = performance.now();
        await send();
        taken.push(performance.now() - began);
      }
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const serverUsed = cpuOfFamily(server!.pid) - serverCpu;
  await writer.close();
  await database.close();
  taken.sort((x, y) => x - y);
  return {
    what:
      senders === 1
        ? "writer, one send at a time"
        : `writer, batches of ${maxBatch}, ${maxInFlight} in flight`,
    perSecond: taken.length / elapsed,
    p50: taken[Math.floor(taken.length * 0.5)]!,
    p99: taken[Math.floor(taken.length * 0.99)]!,
    cpuUs: (used.user + used.system) / taken.length,
    serverCpuUs: serverUsed / taken.length,
  };
}

async function prepareBaselines(sql: Sql): Promise<void> {
  await sql`
    create table bench_conversations (id int primary key, last_activity timestamptz) with (fillfactor = 70)
  `;
  await sql`insert into bench_conversations select n, now() from generate_series(1, ${CONVERSATIONS}::int) n`;
  await sql`
    create table bench_messages (
      id bigserial primary key, conversation_id int not null, content text not null,
      created_at timestamptz not null default now()
    )
  `;
  await sql`
    create table bench_numbers as
    select row_number() over ()::int as n, id, user1_id, user2_id from conversations
  `;
  await sql`create unique index on bench_numbers (n)`;
}

/** Does what a plain server would do, one transaction a message, without judgement or log. */
async function baseline(what: keyof typeof BASELINES, clients: number): Promise<Measured> {
  const { url } = db;
  const script = BASELINES[what];
  const found = await runPgbench({ url, script, clients, seconds, postmaster: server!.pid });
  if (!found) throw new Error("Cannot measure the baseline: pgbench is not installed");
  return {
    what: `pgbench, two statements on ${what}, ${clients} clients`,
    perSecond: found.perSecond,
    cpuUs: found.clientUs,
    serverCpuUs: found.databaseUs,
  };
}

/** The best round of each: what disturbs a measurement only makes it slower. */
function report(): void {
  const best = new Map<string, Measured>();
  for (const result of results) {
    if (result.perSecond > (best.get(result.what)?.perSecond ?? 0)) best.set(result.what, result);
  }
  const reference = Math.max(
    ...[...best].filter(([what]) => what.startsWith("pgbench")).map(([, m]) => m.perSecond),
  );
  console.table(
    [...best.values()].map(({ what, perSecond, p50, p99, cpuUs, serverCpuUs }) => ({
      what,
      "per second": Math.round(perSecond),
      "× bare": Number((perSecond / reference).toFixed(2)),
      "p50 ms": p50?.toFixed(1),
      "p99 ms": p99?.toFixed(1),
      "our CPU µs": cpuUs?.toFixed(0),
      "server's CPU µs": serverCpuUs?.toFixed(0),
    })),
  );
}
