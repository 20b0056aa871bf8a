/**
 * The writer's statements find each row by the whole key of one index, whatever the planner knew of the tables when it
 * made the plan. Plans are kept: one that reads a conversation or the table costs more with every message.
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createDatabase, type Sql } from "../../../server/db/client.ts";
import { BATCH_SETTINGS } from "../../../server/features/messages/batch_settings.ts";
import { insertBatch } from "../../../server/features/messages/batch_sql.ts";
import { insertMarks } from "../../../server/features/messages/marks_sql.ts";
import { newId } from "../../../server/lib/ids.ts";
import { insertConversations, insertPeople, newMessage } from "../../harness/conversing.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import { createRecorder, type PlanNode } from "../../harness/explain.ts";

const CONVERSATIONS = "conversations by conversations_pkey (id)";
const USERS = "users by users_pkey (id)";
const LOGS = "user_logs by user_logs_pkey (user_id)";
const SEND = [
  CONVERSATIONS,
  CONVERSATIONS,
  "messages by messages_idempotency_key (client_message_id, conversation_id, sender_id)",
  LOGS,
  USERS,
];
const MARK = [
  CONVERSATIONS,
  CONVERSATIONS,
  "messages by messages_order_key (conversation_id, seq)",
  "messages by messages_pkey (id)",
  "messages by messages_pkey (id)",
  "read_marks by read_marks_pkey (conversation_id, reader_id, seq)",
  LOGS,
  USERS,
];

let db: TestDatabase;
let pairs: [string, string][];
async function open(): Promise<void> {
  db = await createTestDatabase();
  const people = await insertPeople(db.sql, 200);
  pairs = people.slice(100).map((person, n) => [people[n]!, person]);
  await insertConversations(db.sql, pairs);
}
beforeAll(open);
afterAll(() => db.close());

/** The look-ups of a plan: table, index, and the columns of it that they compare. */
function lookUpsOf(node: PlanNode & { "Index Cond"?: string }): string[] {
  const { "Relation Name": table, "Index Name": index, "Index Cond": condition = "nothing" } = node;
  // What a column is compared with is a column of another row, which has its name before it.
  const columns = [...new Set(condition.match(/(?<![\w.":])(?!ROW|AND)[a-z_]+(?![\w."])/g) ?? [])].toSorted();
  const own = table && /Scan/.test(node["Node Type"]) ? [`${table} by ${index} (${columns.join(", ")})`] : [];
  return [...own, ...(node.Plans ?? []).flatMap(lookUpsOf)];
}

/** As a process plans that has just connected. */
async function planned(run: (sql: Sql) => Promise<unknown>): Promise<string[]> {
  const connection = createDatabase({ url: db.url, max: 1, settings: BATCH_SETTINGS });
  const recorder = createRecorder(connection.sql);
  // What writes is stored by being explained; the second time it may be refused.
  await run(recorder.sql).catch(() => {});
  await connection.close();
  return recorder.plans.flatMap(lookUpsOf).toSorted();
}

const messages = (count: number) =>
  Array.from({ length: count }, (_, n) => newMessage(...pairs[n % 100]!, { clientMessageId: newId() }));
const store = (count: number) => insertBatch(db.sql, messages(count));
const analyze = async () => void (await db.sql`analyze`);

test.each<[state: string, reach: () => Promise<unknown>]>([
  ["tables are empty", async () => {}],
  ["150 messages are not in the statistics", () => store(150)],
  ["statistics are right", analyze],
  [
    "statistics know of 3 messages",
    async () => {
      await db.close();
      await open();
      await store(3);
      await analyze();
    },
  ],
  ["statistics know of 3 messages out of 400", () => store(400)],
])("look-ups by whole keys, planned when %s", async (_, reach) => {
  await reach();
  expect(await planned((sql) => insertBatch(sql, messages(2)))).toEqual(SEND);
  const [reader, sender] = pairs[0]!;
  const message = newMessage(sender, reader);
  await insertBatch(db.sql, [message]);
  const mark = { readerId: reader, messageId: message.id, conversationId: null };
  expect(await planned((sql) => insertMarks(sql, [mark]))).toEqual(MARK);
});
