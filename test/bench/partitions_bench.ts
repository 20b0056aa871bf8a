/**
 * What `vibes db partition` costs and saves: PostgreSQL's processor time for a send, a mark, a page of the log and one of
 * history, and for removing a day of events, with one table each and with many, in turns on one server with fsync.
 * `bun test/bench/partitions_bench.ts [--seconds 3] [--rounds 3] [--conversations 4000]`; sql/README.md has its figures.
 * @module
 */
import { parseArgs } from "node:util";
import { createDatabase, type Database } from "../../server/db/client.ts";
import { type PartitionedTable, partition } from "../../server/db/partition.ts";
import { selectHistory } from "../../server/features/conversations/list_queries.ts";
import { BATCH_SETTINGS } from "../../server/features/messages/batch_settings.ts";
import { insertBatch } from "../../server/features/messages/batch_sql.ts";
import { insertMarks } from "../../server/features/messages/marks_sql.ts";
import { createSyncService, type SyncService } from "../../server/features/sync/mod.ts";
import { DURABLE, openCluster } from "../harness/cluster.ts";
import { insertConversations, insertPeople, newMessage, recount } from "../harness/conversing.ts";
import { createTestDatabase, tidyUp } from "../harness/database.ts";
import { cpuOfFamily } from "./machine.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    conversations: { type: "string", default: "4000" },
  },
});
const [seconds, rounds, conversationCount] = [options.seconds, options.rounds, options.conversations].map(
  Number,
) as [number, number, number];
const MESSAGES_EACH = 50;
const BATCH = 128;
interface Shape {
  readonly tables: readonly PartitionedTable[];
  /** Days that a table of events holds. */
  readonly days?: number;
}

const FORMS: Readonly<Record<string, Shape>> = {
  "one table each": { tables: [] },
  "events by day": { tables: ["user_events"], days: 1 },
  "messages in 16": { tables: ["messages"] },
  both: { tables: ["user_events", "messages"], days: 1 },
};

interface Form {
  readonly name: string;
  readonly database: Database;
  /** Connections as the writer's. */
  readonly writer: Database;
  readonly sync: SyncService;
  readonly pairs: readonly (readonly [string, string])[];
  readonly conversations: readonly string[];
}

const cluster = await openCluster({
  name: "bench",
  alone: true,
  settings: { ...DURABLE, shared_buffers: "512MB" },
});
const closings: (() => Promise<void>)[] = [];
const forms: Form[] = [];
for (const [name, shape] of Object.entries(FORMS)) forms.push(await prepare(name, shape));
const [{ pid } = { pid: 0 }] = await forms[0]!.database.sql<{ pid: number }[]>`
  select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid
`;

const OPERATIONS: Readonly<Record<string, (form: Form) => Promise<number>>> = {
  [`a message, in batches of ${BATCH}`]: (form) => send(form, BATCH),
  "a message alone": (form) => send(form, 1),
  "a mark alone, by the message's id": mark,
  "30 events of a log, with their messages": readLog,
  "a page of history": readHistory,
};
const costs = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  for (const [operation, run] of Object.entries(OPERATIONS)) {
    for (const form of forms) {
      const key = `${operation}|${form.name}`;
      costs.set(key, [...(costs.get(key) ?? []), await measure(form, run)]);
    }
  }
}
console.log(`PostgreSQL's processor time, µs: the least of ${rounds} rounds of ${seconds} s each, in turns`);
for (const operation of Object.keys(OPERATIONS)) {
  const least = forms.map(({ name }) => Math.min(...costs.get(`${operation}|${name}`)!));
  const cells = least.map((us, i) => `${forms[i]!.name} ${us.toFixed(0)} (${(us / least[0]!).toFixed(2)}×)`);
  console.log(`${operation.padEnd(40)} ${cells.join("   ")}`);
}
for (const form of forms) await removeDay(form);
for (const close of closings.toReversed()) await close();
process.exit();

/** 32 days of talk, the oldest over for 30 days. */
async function prepare(name: string, { tables, days }: Shape): Promise<Form> {
  const db = await createTestDatabase({ cluster });
  closings.push(() => db.close());
  const database = createDatabase({ url: db.url, max: 4, deadlineMs: 0 });
  const writer = createDatabase({ url: db.url, max: 2, deadlineMs: 0, settings: BATCH_SETTINGS });
  closings.push(async () => void (await Promise.all([database.close(), writer.close()])));
  const { sql } = database;
  if (tables.length > 0) await partition({ url: db.url, tables, refuseServers: false });
  if (days !== undefined) {
    await sql.unsafe(`
      do $$ declare
        until timestamptz; day timestamptz;
      begin
        set local timezone = 'UTC';
        drop table user_events_0;
        until := date_trunc('day', now()) + interval '1 day';
        day := until - interval '35 days';
        while day < until loop
          execute format('create table user_events_%1$s partition of user_events for values from (%2$L) to (%3$L)',
            to_char(day, 'YYYYMMDD'), day, day + interval '${days} days');
          execute format('alter table user_events_%1$s add primary key (user_id, seq)', to_char(day, 'YYYYMMDD'));
          execute format('create index on user_events_%1$s using brin (created_at)', to_char(day, 'YYYYMMDD'));
          day := day + interval '${days} days';
        end loop;
      end $$
    `);
  }
  const people = await insertPeople(sql, conversationCount / 2);
  const pairs = Array.from({ length: conversationCount }, (_, i) => {
    const [a, b] = [
      people[i % people.length]!,
      people[(i * 7 + 1 + Math.floor(i / people.length)) % people.length]!,
    ];
    return [a, b] as const;
  }).filter(([a, b]) => a !== b);
  const distinct = [...new Map(pairs.map((pair) => [pair.toSorted().join(), pair])).values()];
  const conversations = await insertConversations(sql, distinct);
  await sql`
    insert into messages (id, conversation_id, seq, sender_id, receiver_id, content, created_at)
    select gen_random_uuid(), c.id, n, c.user1_id, c.user2_id, 'Thanks for accepting! What is your favorite hiking spot?',
      now() - interval '32 days' * (1 - n::float8 / ${MESSAGES_EACH}::int)
    from generate_series(1, ${MESSAGES_EACH}::int) n cross join conversations c order by n, c.id
  `;
  await sql`
    insert into user_events (user_id, seq, event, conversation_id, message_id, created_at)
    select person, row_number() over (partition by person order by created_at, id), 'new_message', conversation_id, id, created_at
    from messages m cross join lateral (values (m.sender_id), (m.receiver_id)) p (person)
    order by created_at
  `;
  await sql`
    update user_logs l set last_seq = e.seq from (select user_id, max(seq) as seq from user_events group by user_id) e
    where e.user_id = l.user_id
  `;
  await recount(sql);
  await tidyUp(db.url);
  const sync = createSyncService({ database, media: { describe: async () => new Map() } as never });
  return { name, database, writer, sync, pairs: distinct, conversations };
}

/** @returns PostgreSQL's microseconds for one. */
async function measure(form: Form, run: (form: Form) => Promise<number>): Promise<number> {
  for (let i = 0; i < 10; i++) await run(form);
  const before = cpuOfFamily(pid);
  const end = performance.now() + seconds * 1_000;
  let count = 0;
  while (performance.now() < end) count += await run(form);
  return (cpuOfFamily(pid) - before) / count;
}

async function send({ writer, pairs }: Form, count: number): Promise<number> {
  const messages = Array.from({ length: count }, () => {
    const [a, b] = pick(pairs);
    return newMessage(a, b, { clientMessageId: crypto.randomUUID() });
  });
  await insertBatch(writer.sql, messages);
  return count;
}

async function mark({ database, writer, conversations }: Form): Promise<number> {
  const conversationId = pick(conversations);
  const [row] = await database.sql<{ id: string; receiverId: string }[]>`
    select id, receiver_id from messages where conversation_id = ${conversationId} order by seq desc limit 1
  `;
  await insertMarks(writer.sql, [{ readerId: row!.receiverId, messageId: row!.id, conversationId: null }]);
  return 1;
}

async function readLog({ database, sync, pairs }: Form): Promise<number> {
  const [userId] = pick(pairs);
  const [log] = await database.sql<{ head: number }[]>`
    select last_seq::int as head from user_logs where user_id = ${userId}
  `;
  await sync.readLog(userId, { since: log!.head - 30, limit: 100 });
  return 1;
}

async function readHistory({ database, pairs, conversations }: Form): Promise<number> {
  const index = Math.floor(Math.random() * pairs.length);
  const viewerId = pairs[index]![0];
  await selectHistory(database.sql, {
    conversationId: conversations[index]!,
    viewerId,
    limit: 41,
    beforeId: null,
  });
  return 1;
}

async function removeDay({ name, database, sync }: Form): Promise<void> {
  const position = async () =>
    (await database.sql`select pg_current_wal_lsn()::text as lsn`)[0]!.lsn as string;
  const from = await position();
  const before = cpuOfFamily(pid);
  const began = performance.now();
  const removed = await sync.trimLogs();
  const tookMs = performance.now() - began;
  const cpuMs = (cpuOfFamily(pid) - before) / 1_000;
  const [{ bytes }] = (await database.sql`
    select pg_wal_lsn_diff(pg_current_wal_lsn(), ${from}::pg_lsn)::float8 as bytes
  `) as unknown as [{ bytes: number }];
  console.log(
    `retention, ${name.padEnd(16)} ${removed} events in ${tookMs.toFixed(0)} ms, PostgreSQL's CPU ${cpuMs.toFixed(0)} ms, ` +
      `log written ${(bytes / 2 ** 20).toFixed(1)} MiB`,
  );
}

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(Math.random() * from.length)] as T;
}
