/**
 * What people wait for touches as many pages with 300,000 messages as with 1,000: the conversation list
 * with what is unread, a page of history, the requests, the log, and storing a message. Trees of indexes are a page
 * deeper, which each look-up pays once; `bun run bench reads` has the same at ten million.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createDatabase, type Database, type Sql } from "../../../server/db/client.ts";
import { selectConversations, selectHistory } from "../../../server/features/conversations/list_queries.ts";
import { BATCH_SETTINGS } from "../../../server/features/messages/batch_settings.ts";
import { insertBatch, type NewMessage } from "../../../server/features/messages/batch_sql.ts";
import { insertMarks } from "../../../server/features/messages/marks_sql.ts";
import { selectReadTarget, updateReadUpTo } from "../../../server/features/messages/queries.ts";
import { selectRequests } from "../../../server/features/requests/queries.ts";
import { selectLog, selectLoggedMessages } from "../../../server/features/sync/queries.ts";
import { newId } from "../../../server/lib/ids.ts";
import { newMessage } from "../../harness/conversing.ts";
import { createTestDatabase, type TestDatabase } from "../../harness/database.ts";
import {
  buffersOf,
  createRecorder,
  descentOf,
  type PlanNode,
  readDepths,
  seqScansOf,
} from "../../harness/explain.ts";
import { type Crowd, fillMessages, insertCrowd } from "../../harness/many_messages.ts";

const SMALL = 1_000;
/** With 100 in an average conversation, and 10,000 in one. */
const UNEVEN = 100_000;
const LARGE = 300_000;
/** Left alone, the planner reads a table of few pages from end to end, once. */
const LOOK_UPS = {
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  enable_memoize: "off",
};
/** Beyond the trees: rows lie denser or sparser, as chance has it; of thirty, ten on a page of their own. */
const SLACK = 1.2;
const SLACK_PAGES = 10;
const GROWING = ["messages", "conversations", "user_events"];

let db: TestDatabase;
let writer: Database;
let unhurried: Database;
let crowd: Crowd;

beforeAll(async () => {
  db = await createTestDatabase();
  writer = createDatabase({ url: db.url, max: 1, settings: BATCH_SETTINGS });
  unhurried = createDatabase({ url: db.url, max: 1, deadlineMs: 0 });
  crowd = await insertCrowd(db.sql);
});
afterAll(async () => {
  await writer.close();
  await unhurried.close();
  await db.close();
});

interface Cost {
  readonly buffers: number;
  /** Of these: passed on the way from an index's root to its leaves. Undefined for what writes: plans hide it. */
  readonly descent: number | undefined;
  readonly scans: string[];
}

async function record(run: (sql: Sql) => Promise<unknown>, tag: Sql = db.sql): Promise<PlanNode> {
  const recorder = createRecorder(tag);
  // What writes is stored by being explained; a second time it may be refused.
  await run(recorder.sql).catch((error) => {
    if (recorder.plans.length === 0) throw error;
  });
  return recorder.plans[0]!;
}

function newMessages(count: number): NewMessage[] {
  const { me, people } = crowd;
  return Array.from({ length: count }, (_, n) =>
    newMessage(me, people[1 + (n % 40)]!, { clientMessageId: newId() }),
  );
}

async function measureReads(tag: Sql): Promise<Map<string, Cost>> {
  const { me, conversations } = crowd;
  const depths = await readDepths(db.sql);
  const costs = new Map<string, Cost>();
  async function cost(name: string, run: (sql: Sql) => Promise<unknown>) {
    const plan = await record(run, tag);
    costs.set(name, {
      buffers: buffersOf(plan),
      descent: descentOf(plan, depths),
      scans: seqScansOf(plan),
    });
  }
  const viewer = { viewerId: me, seesReceipts: true };
  const list = { ...viewer, status: "active", limit: 21 } as const;
  const [conversationId] = conversations as [string];
  const history = { conversationId, viewerId: me, limit: 41 };
  await cost("conversation list and unread", (sql) => selectConversations(sql, { ...list, after: null }));
  const last = (await selectConversations(db.sql, { ...list, after: null })).at(-1)!;
  const after = { id: last.id, createdAt: last.position };
  await cost("conversation list, further", (sql) => selectConversations(sql, { ...list, after }));
  await cost("history", (sql) => selectHistory(sql, { ...history, beforeId: null }));
  const page = await selectHistory(db.sql, { ...history, beforeId: null });
  expect(page.rows).toHaveLength(41);
  const beforeId = page.rows.at(-1)!.id;
  await cost("history, further", (sql) => selectHistory(sql, { ...history, beforeId }));
  const requests = { viewerId: me, type: "received", status: "pending", limit: 21, after: null } as const;
  await cost("requests", (sql) => selectRequests(sql, requests));
  const [log] = await db.sql`select last_seq::int as head from user_logs where user_id = ${me}`;
  await cost("log", (sql) => selectLog(sql, { userId: me, since: log!.head - 30, limit: 101 }));
  const events = await selectLog(db.sql, { userId: me, since: log!.head - 30, limit: 101 });
  const ids = events.map(({ messageId }) => messageId!);
  expect(ids).toHaveLength(30);
  await cost("the messages of the log", (sql) => selectLoggedMessages(sql, ids));
  await cost("the beginning of a long log", (sql) => selectLog(sql, { userId: me, since: 0, limit: 101 }));
  await cost("a message to read", (sql) => selectReadTarget(sql, beforeId));
  return costs;
}

async function measureWrites(): Promise<Map<string, Cost>> {
  const { me: readerId, conversations } = crowd;
  const costs = new Map<string, Cost>();
  async function cost(name: string, run: (sql: Sql) => Promise<unknown>, tag?: Sql) {
    const plan = await record(run, tag);
    costs.set(name, { buffers: buffersOf(plan), descent: undefined, scans: seqScansOf(plan) });
  }
  const [last] = await db.sql<{ seq: number }[]>`
    select last_seq::float8 as seq from conversations where id = ${conversations[0]!}
  `;
  const upTo = { conversationId: conversations[0]!, readerId, seq: last!.seq };
  await cost("reading", (sql) => updateReadUpTo(sql, upTo));
  const [newest] = await db.sql<{ id: string }[]>`
    select id from messages
    where conversation_id = any(${conversations.slice(1) as string[]}::uuid[]) and receiver_id = ${readerId} and seq is not null
    order by id desc limit 1
  `;
  const mark = { readerId, messageId: newest!.id, conversationId: null };
  await cost("reading in a batch", (sql) => insertMarks(sql, [mark]), writer.sql);
  await cost("sending one", (sql) => insertBatch(sql, newMessages(1)), writer.sql);
  await cost("sending 64", (sql) => insertBatch(sql, newMessages(64)), writer.sql);
  return costs;
}

describe("plans", () => {
  test(
    "touch as many pages with 1,000 messages as with 300,000, where one is looked up as the other",
    async () => {
      const lookUps = createDatabase({ url: db.url, max: 1, settings: LOOK_UPS });
      await fillMessages(unhurried, crowd, SMALL);
      const small = new Map([...(await measureReads(lookUps.sql)), ...(await measureWrites())]);
      await fillMessages(unhurried, crowd, UNEVEN);
      // Planned for an average conversation and log, a page would cost as much as the whole.
      const uneven = await measureReads(db.sql);
      for (const name of ["history", "history, further"]) {
        expect(uneven.get(name)!.buffers).toBeLessThan(60);
      }
      expect(uneven.get("the beginning of a long log")!.buffers).toBeLessThan(600);
      await fillMessages(unhurried, crowd, LARGE);
      const [row] = await db.sql`select count(*)::int as n from messages`;
      expect(row!.n).toBeGreaterThanOrEqual(LARGE);
      const writes = await measureWrites();
      const large = new Map([...(await measureReads(lookUps.sql)), ...writes]);
      const asPlanned = new Map([...(await measureReads(db.sql)), ...writes]);
      await lookUps.close();
      if (process.env.SHOW_PLANS) {
        console.table(
          [...large].map(([name, { buffers, descent }]) => {
            const before = small.get(name)!;
            return [name, before.buffers, before.descent, buffers, descent];
          }),
        );
      }
      for (const [name, { buffers, descent }] of large) {
        const before = small.get(name)!;
        const bound =
          descent === undefined
            ? before.buffers * 2 + 60
            : (before.buffers - before.descent!) * SLACK + SLACK_PAGES + descent;
        expect({ name, buffers, bound, fits: buffers <= bound }).toEqual({
          name,
          buffers,
          bound,
          fits: true,
        });
      }
      for (const [name, { scans }] of asPlanned) {
        const whole = scans.filter((table) => GROWING.includes(table));
        expect({ name, whole }).toEqual({ name, whole: [] });
      }
    },
    { timeout: 300_000 },
  );
});
