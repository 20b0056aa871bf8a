/**
 * What people wait for touches as many pages with a million messages as with a thousand: the conversation list
 * with what is unread, a page of history, the requests, the log, and storing a message.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createDatabase, type Database, type Sql } from "../../server/db/client.ts";
import { selectConversations, selectHistory } from "../../server/features/conversations/list_queries.ts";
import { BATCH_SETTINGS, insertBatch, type NewMessage } from "../../server/features/messages/batch_sql.ts";
import { selectReadTarget, updateReadUpTo } from "../../server/features/messages/queries.ts";
import { selectRequests } from "../../server/features/requests/queries.ts";
import { selectLog } from "../../server/features/sync/queries.ts";
import { newId } from "../../server/lib/ids.ts";
import { insertConversations, insertPeople } from "../harness/conversing.ts";
import { createTestDatabase, type TestDatabase } from "../harness/database.ts";
import { buffersOf, createRecorder, type PlanNode, seqScansOf } from "../harness/explain.ts";

const SMALL = 1_000;
const LARGE = 1_000_000;
const MINE = 40;
const OTHERS = 960;
const UNREAD = 3;
const GROWING = ["messages", "conversations", "user_events"];

let db: TestDatabase;
let writer: Database;
let unhurried: Database;
let people: string[];
let conversations: string[];
const me = () => people[0]!;

beforeAll(async () => {
  db = await createTestDatabase();
  writer = createDatabase({ url: db.url, max: 1, settings: BATCH_SETTINGS });
  unhurried = createDatabase({ url: db.url, max: 1, deadlineMs: 0 });
  people = await insertPeople(db.sql, 200);
  // Mine first, then those of others; every tenth message goes into the first one.
  const pairs = Array.from({ length: MINE }, (_, n) => [people[0]!, people[n + 1]!] as const);
  for (let n = 0; pairs.length < MINE + OTHERS; n++) {
    const [a, b] = [1 + (n % 199), 1 + ((n * 7 + 1 + Math.floor(n / 199)) % 199)];
    const known = pairs.some(([x, y]) => [people[a], people[b]].every((id) => id === x || id === y));
    if (a !== b && !known) pairs.push([people[a]!, people[b]!]);
  }
  conversations = await insertConversations(db.sql, pairs);
});
afterAll(async () => {
  await writer.close();
  await unhurried.close();
  await db.close();
});

/** Brings the database to so many messages, evenly spread, and as many events of mine as my messages. */
async function load(total: number): Promise<void> {
  const run = <T>(fn: (sql: Sql) => Promise<T>) =>
    unhurried.begin(async (sql) => {
      // The rows are right by construction; checking a million foreign keys is what takes long.
      await sql`set local session_replication_role = replica`;
      return await fn(sql);
    });
  await run(async (sql) => {
    const indexes = await sql<{ name: string; definition: string }[]>`
      select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
      where indrelid = 'messages'::regclass
        and not exists (select 1 from pg_constraint where conindid = indexrelid)
    `;
    for (const { name } of indexes) await sql.unsafe(`drop index ${name}`);
    await sql`
      insert into messages (
        id, conversation_id, seq, sender_id, receiver_id, content, client_message_id, is_read, read_at, created_at
      )
      select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, c.id, c.last_seq + row_number() over (partition by c.id order by n),
        case when (n + n / 10) % 2 = 0 then c.user1_id else c.user2_id end,
        case when (n + n / 10) % 2 = 0 then c.user2_id else c.user1_id end,
        'Hello, how are you? This is message ' || n, 'k' || n, true, now(),
        now() - (${LARGE} - n) * interval '1 second'
      from generate_series((select count(*) + 1 from messages), ${total}::int) n
      join unnest(${conversations}::uuid[]) with ordinality as o (id, i)
        on o.i = case when n % 10 = 0 then 1 else 1 + n % ${conversations.length}::int end
      join conversations c on c.id = o.id
    `;
    for (const { definition } of indexes) await sql.unsafe(definition);
    await sql`
      update conversations c set last_seq = m.seq, last_message_id = m.id, last_activity = m.created_at
      from (
        select distinct on (conversation_id) conversation_id, seq, id, created_at from messages
        order by conversation_id, seq desc
      ) m where m.conversation_id = c.id
    `;
    // As many unread in each of mine at both sizes.
    await sql`update messages set is_read = true, read_at = now() where not is_read`;
    await sql`
      update messages m set is_read = false, read_at = null
      from conversations c where m.conversation_id = c.id and m.seq > c.last_seq - ${UNREAD * 2}
    `;
    await sql`
      insert into user_events (user_id, seq, event, conversation_id, message_id)
      select ${me()}, l.last_seq + row_number() over (order by m.created_at), 'new_message', m.conversation_id, m.id
      from messages m, user_logs l
      where ${me()} in (m.sender_id, m.receiver_id) and l.user_id = ${me()}
        and not exists (select 1 from user_events e where e.user_id = ${me()} and e.message_id = m.id)
    `;
    await sql`
      update user_logs set last_seq = (select max(seq) from user_events where user_id = ${me()})
      where user_id = ${me()}
    `;
    await sql`
      with asked as (
        insert into messages (id, sender_id, receiver_id, content, is_request, request_status, request_id)
        select gen_random_uuid(), id, ${me()}, 'Hi', true, 'pending', gen_random_uuid()
        from unnest(${people.slice(MINE + 1, MINE + 61)}::uuid[]) id
        where not exists (select 1 from message_requests)
        returning *
      )
      insert into message_requests (id, sender_id, receiver_id, message_id, preview_text)
      select request_id, sender_id, receiver_id, id, content from asked
    `;
  });
  // Outside of a transaction, and for as long as it takes: no background worker tidies up in test databases.
  await unhurried.sql`vacuum analyze`;
}

interface Cost {
  readonly buffers: number;
  readonly scans: string[];
}

async function record(...[run, tag = db.sql]: [(sql: Sql) => Promise<unknown>, Sql?]): Promise<PlanNode> {
  const recorder = createRecorder(tag);
  // What writes is stored by being explained; a second time it may be refused.
  await run(recorder.sql).catch((error) => {
    if (recorder.plans.length === 0) throw error;
  });
  return recorder.plans[0]!;
}

function newMessages(count: number): NewMessage[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ id: newId(), senderId: me(), receiverId: people[1 + (n % MINE)]!, conversationId: null },
    ...{ content: "Hello!", messageType: "text" as const, clientMessageId: newId() },
  }));
}

async function measure(): Promise<Map<string, Cost>> {
  const costs = new Map<string, Cost>();
  async function cost(name: string, ...[run, tag]: [(sql: Sql) => Promise<unknown>, Sql?]) {
    const plan = await record(run, tag);
    costs.set(name, { buffers: buffersOf(plan), scans: seqScansOf(plan) });
  }
  const viewer = { viewerId: me(), seesReceipts: true };
  const list = { ...viewer, status: "active", limit: 21 } as const;
  const [conversationId] = conversations as [string];
  const history = { conversationId, viewerId: me(), limit: 51 };
  await cost("conversation list and unread", (sql) => selectConversations(sql, { ...list, after: null }));
  const last = (await selectConversations(db.sql, { ...list, after: null })).at(-1)!;
  const after = { id: last.id, createdAt: last.position };
  await cost("conversation list, further", (sql) => selectConversations(sql, { ...list, after }));
  await cost("history", (sql) => selectHistory(sql, { ...history, beforeId: null }));
  const page = await selectHistory(db.sql, { ...history, beforeId: null });
  expect(page.rows).toHaveLength(51);
  const beforeId = page.rows.at(-1)!.id;
  await cost("history, further", (sql) => selectHistory(sql, { ...history, beforeId }));
  const requests = { viewerId: me(), type: "received", status: "pending", limit: 21, after: null } as const;
  await cost("requests", (sql) => selectRequests(sql, requests));
  const [log] = await db.sql`select last_seq::int as head from user_logs where user_id = ${me()}`;
  await cost("log", (sql) => selectLog(sql, { userId: me(), since: log!.head - 30, limit: 101 }));
  await cost("a message to read", (sql) => selectReadTarget(sql, beforeId));
  const unread = page.rows.find(({ receiverId, readAt }) => receiverId === me() && readAt === null)!;
  const upTo = { conversationId, readerId: me(), seq: unread.seq };
  await cost("reading", (sql) => updateReadUpTo(sql, upTo));
  await cost("sending one", (sql) => insertBatch(sql, newMessages(1)), writer.sql);
  await cost("sending 64", (sql) => insertBatch(sql, newMessages(64)), writer.sql);
  return costs;
}

describe("plans", () => {
  test("storing a batch looks everything up by an index, even planned while all tables are empty", async () => {
    const plan = await record((sql) => insertBatch(sql, newMessages(2)), writer.sql);
    const scans: string[] = [];
    const walk = (node: PlanNode & { "Index Cond"?: string }) => {
      if (node["Relation Name"] && /Scan/.test(node["Node Type"])) {
        scans.push(
          `${node["Relation Name"]} ${node["Index Name"]} ${node["Index Cond"] ? "by key" : "whole"}`,
        );
      }
      node.Plans?.forEach(walk);
    };
    walk(plan);
    expect(scans.toSorted()).toEqual([
      "conversations conversations_pair_key by key",
      "conversations conversations_pkey by key",
      "messages messages_idempotency_key by key",
      "user_logs user_logs_pkey by key",
      "user_logs user_logs_pkey by key",
      "users users_pkey by key",
    ]);
  });

  test(
    "touch a bounded number of pages, with a thousand messages and with a million",
    async () => {
      await load(SMALL);
      const small = await measure();
      await load(LARGE);
      const [row] = await db.sql`select count(*)::int as n from messages`;
      expect(row!.n).toBeGreaterThanOrEqual(LARGE);
      const large = await measure();
      const table = [...large].map(([name, { buffers }]) => [name, small.get(name)!.buffers, buffers]);
      if (process.env.SHOW_PLANS) console.table(table);
      for (const [name, { buffers, scans }] of large) {
        // A page of small tables lies together, one of large ones is spread; trees are a level deeper.
        const bound = small.get(name)!.buffers * 2 + 60;
        expect({ name, buffers, bound, fits: buffers <= bound }).toEqual({
          name,
          buffers,
          bound,
          fits: true,
        });
        expect({ name, whole: scans.filter((table) => GROWING.includes(table)) }).toEqual({
          name,
          whole: [],
        });
      }
    },
    { timeout: 300_000 },
  );
});
