/** `vibes db partition`: the same rows, rules, answers and plans in many tables, and days that retention drops. @module */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createDatabase, type Database, type Sql } from "../../../server/db/client.ts";
import { mapPgError, violates } from "../../../server/db/pg_errors.ts";
import { selectHistory } from "../../../server/features/conversations/list_queries.ts";
import { BATCH_SETTINGS } from "../../../server/features/messages/batch_settings.ts";
import { insertBatch } from "../../../server/features/messages/batch_sql.ts";
import { insertMarks } from "../../../server/features/messages/marks_sql.ts";
import { createSyncService, type SyncService } from "../../../server/features/sync/mod.ts";
import { selectLog } from "../../../server/features/sync/queries.ts";
import { dataOf, runVibes } from "../../harness/cli.ts";
import { insertConversations, insertPeople, newMessage } from "../../harness/conversing.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { buffersOf, createRecorder, type PlanNode, seqScansOf } from "../../harness/explain.ts";
import { findViolations } from "../../harness/invariants.ts";

let db: TestDatabase;
/** As the server, which owns none of the tables. */
let server: Database;
let writer: Database;
let sync: SyncService;
let people: string[];
let conversations: string[];
let env: Record<string, string>;

beforeAll(async () => {
  // What is distributed is not partitioned.
  db = await createTestDatabase({ citusUrl: "" });
  server = createDatabase({ url: db.serverUrl, max: 2 });
  writer = createDatabase({ url: db.serverUrl, max: 1, settings: BATCH_SETTINGS, applicationName: "writer" });
  sync = createSyncService({ database: server, media: { describe: async () => new Map() } as never });
  env = { NODE_ENV: "test", DATABASE_URL: db.serverUrl, DATABASE_DIRECT_URL: db.url };
  people = await insertPeople(db.sql, 40);
  const pairs = people.slice(1).map((other) => [people[0]!, other] as const);
  conversations = await insertConversations(db.sql, pairs);
  // Kept plans must survive that the tables become others.
  await store(3);
});
afterAll(async () => {
  await Promise.all([server.close(), writer.close()]);
  await db.close();
});

async function store(rounds: number): Promise<void> {
  const [me, ...others] = people as [string, ...string[]];
  for (let round = 0; round < rounds; round++) {
    const outcomes = await insertBatch(
      writer.sql,
      others.map((other, n) => newMessage(other, me, { clientMessageId: `${Date.now()} ${round} ${n}` })),
    );
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["sent"]));
  }
}

const history = (sql: Sql) =>
  selectHistory(sql, {
    conversationId: conversations[0]!,
    viewerId: people[0]!,
    limit: 41,
    beforeId: null,
  });
const log = (since: number, limit = 500) => sync.readLog(people[0]!, { since, limit });

test("is refused while servers are connected, then keeps every row, and is nothing the second time", async () => {
  const before = [(await history(db.sql)).rows, await log(0)];
  const refused = await runVibes("db partition messages user_events", { env });
  expect([refused.code, refused.err]).toEqual([5, expect.stringMatching(/connections of servers are open/)]);
  // A pooler's, so to speak: these two go on after it.
  const done = await runVibes("db partition messages user_events --ignore-servers --json", { env });
  expect(dataOf(done)).toEqual({
    tables: [
      { table: "messages", changed: true, partitions: 16 },
      // Everything until tomorrow, the three days after it less one, and what has no day.
      { table: "user_events", changed: true, partitions: expect.any(Number) },
    ],
  });
  expect([(await history(db.sql)).rows, await log(0)]).toEqual(before);
  await store(2);
  expect((await log(0)).events).toHaveLength(5 * 39);
  expect(await findViolations(db.sql)).toEqual([]);
  expect((await runVibes("db partition messages user_events", { env })).out).toMatch(
    /^Nothing to do: messages has 16 tables already\nNothing to do: user_events has \d tables already\n$/,
  );
  expect((await runVibes("migrate verify", { env })).err).toBe("");
  // What a later migration adds to the whole is one index; what somebody adds to a part is none of the migrations'.
  await db.sql`create index later on messages (created_at)`;
  await db.sql`create index odd on messages_3 (created_at)`;
  await db.sql`alter table user_events_default drop constraint user_events_pkey_default`;
  const differences = (await runVibes("migrate verify", { env })).err;
  expect(differences).toContain("index later is in no migration; ");
  expect(differences).toContain("index odd, on some of its parts is in no migration");
  expect(differences).toContain(
    "user_events differs (- constraint user_events_pkey PRIMARY KEY (user_id, seq))",
  );
  await db.sql`drop index later, odd`;
  await db.sql`alter table user_events_default add constraint user_events_pkey_default primary key (user_id, seq)`;
});

test("a violated key has the name of the whole table's", async () => {
  const again = db.sql`
    insert into messages select (json_populate_record(m, json_build_object('id', gen_random_uuid(), 'seq', m.seq + 1000))).*
    from messages m limit 1
  `;
  const error = await again.catch((thrown: unknown) => thrown);
  expect(violates(error, "messages_idempotency_key")).toBe(true);
  expect(mapPgError(error)).toMatchObject({ code: "CONFLICT" });
});

/** The parts of `messages` that a plan looked into. */
function partsIn(plan: PlanNode): string[] {
  const name = plan["Relation Name"] ?? "";
  const own = name.startsWith("messages_") && plan["Actual Loops"] > 0 ? [name] : [];
  return [...new Set([...own, ...(plan.Plans ?? []).flatMap(partsIn)])];
}

test("a send and a page of history look into one table of messages; no mark and no page of the log reads one from end to end", async () => {
  const [me, other] = people as [string, string];
  const writing = createRecorder(writer.sql);
  await insertBatch(writing.sql, [newMessage(other, me, { clientMessageId: "planned" })]).catch(() => {});
  const { rows } = await history(db.sql);
  const mark = { readerId: me, messageId: rows[0]!.id, conversationId: conversations[0]! };
  await insertMarks(writing.sql, [mark]);
  const [sent, marked] = writing.plans as [PlanNode, PlanNode];
  expect([partsIn(sent).length, seqScansOf(sent)]).toEqual([1, []]);
  // Clients need not name the conversation.
  expect(seqScansOf(marked)).toEqual([]);
  // As in the tests of plans: left alone, the planner reads small tables from end to end.
  const settings = { enable_seqscan: "off", enable_hashjoin: "off", enable_mergejoin: "off" };
  const lookUps = createDatabase({ url: db.url, max: 1, settings });
  const costs = async () => {
    const reading = createRecorder(lookUps.sql);
    await history(reading.sql);
    await selectLog(reading.sql, { userId: me, since: 100, limit: 50 });
    expect(reading.plans.flatMap(seqScansOf)).toEqual([]);
    expect(partsIn(reading.plans[0]!)).toHaveLength(1);
    return reading.plans.map(buffersOf);
  };
  const before = await costs();
  await db.sql`
    insert into user_events (user_id, seq, event, data)
    select gen_random_uuid(), 1, 'match_removed', '{}' from generate_series(1, 5000)
  `;
  await db.sql`
    insert into messages (id, conversation_id, seq, sender_id, receiver_id, content)
    select gen_random_uuid(), conversation_id_of(s, r), 1, s, r, 'Hello!'
    from (select gen_random_uuid() as s, gen_random_uuid() as r from generate_series(1, 5000)) pairs
  `;
  await db.sql`analyze messages, user_events`;
  const after = await costs();
  // One level more in each tree, and a row on another page.
  for (const [index, buffers] of after.entries()) expect(buffers).toBeLessThan(before[index]! + 60);
  await db.sql`delete from messages where conversation_id not in (select id from conversations)`;
  await db.sql`delete from user_events where user_id not in (select user_id from user_logs)`;
  await lookUps.close();
});

test("retention makes the days ahead, also of what had none, and drops those that are over for 30 days", async () => {
  const { sql } = db;
  const me = people[0]!;
  const { seq: head } = await log(0);
  // As if it had been partitioned 40 days ago: what is there now is of today.
  await sql.unsafe(`
    do $$ declare day timestamptz; begin
      set local timezone = 'UTC';
      alter table user_events detach partition user_events_0;
      day := date_trunc('day', now()) - interval '40 days';
      execute format('create table user_events_1 partition of user_events for values from (minvalue) to (%L)', day);
      for n in 0..39 loop
        execute format('create table user_events_%s partition of user_events for values from (%L) to (%L)',
          to_char(day, 'YYYYMMDD'), day, day + interval '1 day');
        execute format('alter table user_events_%s add primary key (user_id, seq)', to_char(day, 'YYYYMMDD'));
        day := day + interval '1 day';
      end loop;
      update user_events_0 set created_at = now() - interval '35 days' where user_id = '${me}' and seq <= 5;
      insert into user_events select * from user_events_0;
      drop table user_events_0;
    end $$
  `);
  expect(await log(0)).toMatchObject({ resyncRequired: false, seq: head });
  const parts = async () =>
    (await sql<{ part: string }[]>`select part::text from event_days()`).map(({ part }) => part);
  const [{ old, today }] = (await sql`
    select 'user_events_' || to_char(now() at time zone 'UTC' - interval '35 days', 'YYYYMMDD') as old,
      'user_events_' || to_char(now() at time zone 'UTC', 'YYYYMMDD') as today
  `) as unknown as [{ old: string; today: string }];
  const [unmade] = await sql`select count(*)::int as count from user_events_default`;
  expect([await parts(), unmade!.count]).toEqual([
    expect.arrayContaining([old, "user_events_1"]),
    expect.any(Number),
  ]);
  expect(unmade!.count).toBeGreaterThan(100);
  const refusal = server.sql`select drop_event_day(${today})`.catch((error: Error) => error.message);
  expect(await refusal).toContain("is no day of user_events that is over for 30 days");

  expect(await sync.trimLogs()).toBe(5);
  const left = await parts();
  expect(left).not.toContain(old);
  expect(left).toContain(today);
  // 29 whole days and the one that is not over for 30 days yet; today and three ahead.
  expect(left).toHaveLength(30 + 4);
  const [moved] = await sql`select count(*)::int as count from user_events_default`;
  expect(moved!.count).toBe(0);
  expect(await log(4)).toMatchObject({ events: [], seq: head, resyncRequired: true });
  const kept = await log(5);
  expect([kept.resyncRequired, kept.events[0]!.seq, kept.seq]).toEqual([false, 6, head]);
  expect(await sync.trimLogs()).toBe(0);
  await store(1);
  expect((await log(5)).seq).toBe(head + 39);
});
