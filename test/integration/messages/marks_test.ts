/** Batched read marks: one statement for many marks, the outcome of each, and races. @module */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { createDatabase, type Database, type Sql } from "../../../server/db/client.ts";
import type { AppendedEvent } from "../../../server/db/event_log.ts";
import { conversationIdOf } from "../../../server/db/pair.ts";
import { insertBatch } from "../../../server/features/messages/batch_sql.ts";
import { insertMarks } from "../../../server/features/messages/marks_sql.ts";
import { MessageWriter } from "../../../server/features/messages/writer.ts";
import { createSyncService, type SyncService } from "../../../server/features/sync/mod.ts";
import { newId } from "../../../server/lib/ids.ts";
import { insertConversations, insertPeople, newMessage } from "../../harness/conversing.ts";
import { createTestDatabase, type TestDatabase, WRITER_SETTINGS } from "../../harness/database.ts";
import { hold, holding } from "../../harness/holding.ts";
import { findViolations } from "../../harness/invariants.ts";

let db: TestDatabase;
let sql: Sql;
let connections: Database;
let sync: SyncService;
beforeAll(async () => {
  db = await createTestDatabase();
  sql = db.sql;
  sync = createSyncService({ database: db.database, media: { describe: async () => new Map() } });
  connections = createDatabase({ url: db.url, max: 2, settings: WRITER_SETTINGS });
});
afterEach(async () => expect(await findViolations(sql)).toEqual([]));
afterAll(async () => {
  await connections.close();
  await db.close();
});

function writerOf() {
  const published: AppendedEvent[] = [];
  const writer = new MessageWriter({
    database: connections,
    publish: (events) => void published.push(...events),
    sendSlowly: () => Promise.reject(new Error("not here")),
    onError: () => {},
  });
  return Object.assign(writer, { published });
}

/** Two people who talk, and so many messages of the first to the second. */
async function talk(count: number) {
  const [a, b] = (await insertPeople(sql, 2)) as [string, string];
  const [conversationId] = (await insertConversations(sql, [[a, b]])) as [string];
  const messages = Array.from({ length: count }, () => newMessage(a, b));
  await insertBatch(connections.sql, messages);
  return { a, b, conversationId, ids: messages.map(({ id }) => id) };
}

const marksOf = (readerId: string, ids: readonly string[]) =>
  ids.map((messageId) => ({ readerId, messageId, conversationId: null }));

async function stateOf(conversationId: string) {
  const [row] = await sql`
    select greatest(user1_read_seq, user2_read_seq)::int as seq,
      (user1_received - user1_read + user2_received - user2_read)::int as unread,
      (select count(*)::int from read_marks where conversation_id = ${conversationId}) as marks
    from conversations where id = ${conversationId}
  `;
  return row;
}

test("every mark of a batch has its own outcome", async () => {
  const [fine, blocked, named, premium] = [await talk(4), await talk(1), await talk(1), await talk(2)];
  const [stranger] = (await insertPeople(sql, 1)) as [string];
  await sql`update conversations set status = 'blocked' where id = ${blocked.conversationId}`;
  await sql`update users set is_premium = true where id = ${premium.a}`;
  const waiting = newId();
  const [asking, asked] = (await insertPeople(sql, 2)) as [string, string];
  await sql`
    insert into messages (id, conversation_id, sender_id, receiver_id, content, is_request, request_status)
    values (${waiting}, ${conversationIdOf(asking, asked)}, ${asking}, ${asked}, 'Hi', true, 'pending')
  `;
  const outcomes = await insertMarks(connections.sql, [
    ...marksOf(fine.b, [fine.ids[0]!, fine.ids[2]!, fine.ids[1]!, newId()]),
    ...marksOf(fine.a, [fine.ids[3]!]),
    ...marksOf(stranger, [fine.ids[3]!]),
    ...marksOf(blocked.b, blocked.ids),
    ...marksOf(asked, [waiting]),
    { readerId: named.b, messageId: named.ids[0]!, conversationId: fine.conversationId },
    { readerId: named.b, messageId: named.ids[0]!, conversationId: named.conversationId },
    ...marksOf(premium.b, premium.ids),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual([
    ...(["read", "read", "read", "unknown", "own", "unknown", "blocked", "slow", "unknown", "read"] as const),
    ...(["read", "read"] as const),
  ]);
  const told = outcomes.map((outcome) =>
    outcome.kind === "read" ? (outcome.told?.places.length ?? 0) : null,
  );
  // Only the furthest of a reader's marks is told; the sender hears of it with premium.
  expect(told.filter((places) => places !== null)).toEqual([0, 1, 0, 1, 0, 2]);
  expect(await stateOf(fine.conversationId)).toEqual({ seq: 3, unread: 1, marks: 1 });
  const again = await insertMarks(connections.sql, marksOf(fine.b, [fine.ids[0]!, fine.ids[2]!]));
  const times = [...outcomes.slice(0, 3), ...again].map(
    (outcome) => outcome.kind === "read" && outcome.readAt,
  );
  expect(new Set(times).size).toBe(1);
});

test("both people of a conversation read in one batch", async () => {
  const { a, b, conversationId, ids } = await talk(2);
  const answer = newMessage(b, a);
  await insertBatch(connections.sql, [answer]);
  const outcomes = await insertMarks(connections.sql, [...marksOf(b, [ids[1]!]), ...marksOf(a, [answer.id])]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["read", "read"]);
  expect(await stateOf(conversationId)).toEqual({ seq: 3, unread: 0, marks: 2 });
});

test("marks of many devices at once: one time for each message, one event for each move", async () => {
  const { b, conversationId, ids } = await talk(20);
  const writers = [writerOf(), writerOf()];
  const order = ids.toSorted();
  const attempts = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      writers[n % 2]!.markRead({ readerId: b, messageId: order[(n * 7) % 20]!, conversationId: null }),
    ),
  );
  // What lost a race is for the slow path; all others have a time.
  expect(attempts.filter((readAt) => readAt !== null).length).toBeGreaterThan(0);
  await writers[0]!.markRead({ readerId: b, messageId: ids.at(-1)!, conversationId: null });
  const { marks, ...state } = (await stateOf(conversationId)) as { marks: number };
  expect(state).toEqual({ seq: 20, unread: 0 });
  const published = writers.flatMap((writer) => writer.published);
  expect(published).toHaveLength(marks);
  const log = await sync.readLog(b, { since: 0, limit: 100 });
  const told = log.events.filter(({ event }) => event === "message_read");
  expect(
    published.map(({ seq, event, data }) => ({ seq, event, data })).toSorted((x, y) => x.seq - y.seq),
  ).toEqual(told as never);
  await Promise.all(writers.map((writer) => writer.close()));
});

test("a block that commits while a mark waits leaves the watermark where it was", async () => {
  const { b, conversationId, ids } = await talk(1);
  const writer = writerOf();
  const readAt = await holding(db.database, {
    hold: (tx) => tx`update conversations set status = 'blocked' where id = ${conversationId}`,
    meanwhile: () => writer.markRead({ readerId: b, messageId: ids[0]!, conversationId: null }),
  });
  expect(readAt).toBeNull();
  expect(await stateOf(conversationId)).toEqual({ seq: 0, unread: 1, marks: 0 });
  await writer.close();
});

test("what arrives while a statement is under way goes into the next one together", async () => {
  const talks = await Promise.all(Array.from({ length: 6 }, () => talk(1)));
  const statements: string[] = [];
  const counting = ((strings: TemplateStringsArray, ...values: unknown[]) => {
    if (Array.isArray(strings) && strings.join("").includes("with batch")) statements.push(strings[0]!);
    return (connections.sql as unknown as (...args: unknown[]) => unknown)(strings, ...values);
  }) as unknown as Sql;
  const writer = new MessageWriter({
    database: { sql: counting },
    publish: () => {},
    sendSlowly: () => Promise.reject(new Error("not here")),
    onError: () => {},
    maxInFlight: 1,
  });
  const [first, ...others] = talks;
  const held = await hold(
    db.database,
    (tx) => tx`select 1 from conversations where id = ${first!.conversationId} for no key update`,
  );
  const read = ({ b, ids }: (typeof talks)[number]) =>
    writer.markRead({ readerId: b, messageId: ids[0]!, conversationId: null });
  const one = read(first!);
  await Promise.resolve();
  const rest = others.map(read);
  await held.release();
  await Promise.all([one, ...rest]);
  expect(statements).toHaveLength(2);
  await writer.close();
});
