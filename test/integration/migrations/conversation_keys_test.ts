/**
 * The migration of conversation keys on a database that was filled before it: seeded people and a few whose messages came through the API,
 * with requests of every outcome, marks, a block and an ended match. `before_conversation_keys.json.gz` holds its rows.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { down, up } from "../../../server/db/migrate/mod.ts";
import { conversationIdOf, orderPair } from "../../../server/db/pair.ts";
import { selectConversations, selectHistory } from "../../../server/features/conversations/list_queries.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { findViolations } from "../../harness/invariants.ts";

interface Filled {
  readonly version: number;
  readonly tables: Record<string, { columns: string[]; rows: unknown[][] }>;
}

let db: TestDatabase;
let filled: Filled;

beforeAll(async () => {
  db = await createTestDatabase({ empty: true });
  const packed = await Bun.file(join(import.meta.dir, "before_conversation_keys.json.gz")).bytes();
  filled = JSON.parse(new TextDecoder().decode(Bun.gunzipSync(packed)));
  await up({ url: db.url, to: filled.version });
  await db.database.begin(async (sql) => {
    // Tables come in the order of their names, and refer to each other.
    await sql`set local session_replication_role = replica`;
    for (const [table, { columns, rows }] of Object.entries(filled.tables)) {
      const objects = rows.map((row) => Object.fromEntries(columns.map((column, n) => [column, row[n]])));
      await sql`delete from ${sql(table)}`;
      await sql`
        insert into ${sql(table)} (${sql(columns)})
        select ${sql(columns)} from json_populate_recordset(null::${sql(table)}, ${JSON.stringify(objects)}::text::json)
      `;
    }
  });
});
afterAll(() => db.close());

/** What people see of it, whatever the keys: pair, order, text, reading, presence. */
async function seen(version: "old" | "new"): Promise<unknown> {
  const { sql } = db;
  const read =
    version === "old"
      ? sql`m.read_at`
      : sql`case when m.seq is null then m.read_at else (
          select k.read_at from read_marks k
          where k.conversation_id = m.conversation_id and k.reader_id = m.receiver_id and k.seq >= m.seq
          order by k.seq limit 1) end`;
  const messages = await sql`
    select m.id, m.seq::int, m.sender_id, m.receiver_id, m.content, m.is_request, m.request_status, m.client_message_id,
      m.created_at::text, (${read})::text as read_at
    from messages m order by m.id
  `;
  const presence = await (version === "old"
    ? sql`select id, is_online, last_active::text, feed_online, feed_active_at::text from users order by id`
    : sql`
        select user_id as id, is_online, last_active::text, feed_online, feed_active_at::text
        from user_presence order by user_id
      `);
  const conversations = await sql`
    select c.user1_id, c.user2_id, c.status, c.last_seq::int, c.last_message_id, c.last_activity::text,
      c.awaiting_reply_from, c.user1_final_read_seq::int, c.user2_final_read_seq::int
    from conversations c order by c.user1_id, c.user2_id
  `;
  // Which two people an event's conversation is of.
  const events = await sql`
    select e.user_id, e.seq::int, e.event, e.message_id, e.data - 'conversation_id' as data, c.user1_id, c.user2_id,
      d.user1_id as data1, d.user2_id as data2
    from user_events e
    left join conversations c on c.id = e.conversation_id
    left join conversations d on d.id = (e.data->>'conversation_id')::uuid
    order by e.user_id, e.seq
  `;
  return [messages, presence, conversations, events].map((rows) => rows.map((row) => ({ ...row })));
}

/** The rules that a database whose seeded messages have no events cannot keep. */
async function violations() {
  return (await findViolations(db.sql)).filter(
    ({ rule }) => !rule.startsWith("a message with a place is told of"),
  );
}

test("nothing that people see changes, there and back and there again; clients load their lists anew once", async () => {
  const { sql } = db;
  const before = await seen("old");
  await up({ url: db.url, to: 14 });
  expect(await seen("new")).toEqual(before);
  expect(await violations()).toEqual([]);
  const heads = await sql`select 1 from user_logs where trimmed_seq <> last_seq`;
  expect(heads).toHaveLength(0);

  await down({ url: db.url, to: filled.version });
  expect(await seen("old")).toEqual(before);
  await up({ url: db.url });
  expect(await seen("new")).toEqual(before);
  expect(await violations()).toEqual([]);
});

test("what the migration counted is what the services answer", async () => {
  const { sql } = db;
  const people = await sql<{ id: string; email: string }[]>`
    select id, email from users where email like 'kept%' order by email
  `;
  const [ana, ben] = people.map(({ id }) => id) as [string, string];
  const list = { viewerId: ana, seesReceipts: true, status: "active", limit: 50, after: null } as const;
  const conversations = await selectConversations(sql, list);
  const talk = conversations.find(({ user }) => user.id === ben)!;
  expect(talk).toMatchObject({
    id: conversationIdOf(ana, ben),
    unreadCount: 1,
    myReadSeq: 4,
    peerReadSeq: 5,
  });
  const { rows } = await selectHistory(sql, {
    conversationId: talk.id,
    viewerId: ana,
    limit: 50,
    beforeId: null,
  });
  expect(rows.map(({ seq, readAt }) => [seq, readAt !== null])).toEqual([
    [6, false],
    [5, true],
    [4, true],
    [3, true],
    [2, true],
    [1, true],
  ]);
  const { user1Id, user2Id } = orderPair(ana, ben);
  const [same] = await sql`
    select conversation_id_of(${ana}, ${ben}) as one, conversation_id_of(${ben}, ${ana}) as other,
      conversation_id_of(${user1Id}, ${user2Id}) as ordered
  `;
  expect(same).toEqual({ one: talk.id, other: talk.id, ordered: talk.id });
});
