/**
 * What reading costs with ten million messages, against a thousand: the conversation list with its unread counts, a page
 * of history; pages touched (EXPLAIN) and time from request to answer in one process. `bun run bench reads`. Option:
 * --large 10000000.
 * @module
 */
import { createDatabase } from "../../server/db/client.ts";
import { selectConversations, selectHistory } from "../../server/features/conversations/list_queries.ts";
import { createTestApp, type TestApp } from "../harness/app.ts";
import { openCluster } from "../harness/cluster.ts";
import { buffersOf, createRecorder, descentOf, type PlanNode, readDepths } from "../harness/explain.ts";
import { type Crowd, fillMessages, insertCrowd } from "../harness/many_messages.ts";
import { handIn, type Row, readNumbers, say } from "./report.ts";

const { large: LARGE } = readNumbers({ large: 10_000_000 });
const SMALL = 1_000;
const ROUNDS = 500;
const WARM_UP = 100;
const SERVER = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: 0,
  max_wal_size: "8GB",
  checkpoint_timeout: "1h",
  autovacuum: "off",
  shared_buffers: "512MB",
  max_connections: 60,
};

/** Of one kind of request. */
interface Cost {
  readonly pages: number;
  /** Of these: on the way from roots of indexes to their leaves. */
  readonly descent: number;
  /** Milliseconds; what is a part of another request has none. */
  readonly p50?: number;
  readonly p99?: number;
}

type Costs = Record<"list" | "history", Cost>;

async function timed(work: () => Promise<void>): Promise<{ p50: number; p99: number }> {
  for (let i = 0; i < WARM_UP; i++) await work();
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(ROUNDS * 0.5)]!, p99: times[Math.floor(ROUNDS * 0.99)]! };
}

async function measure({ app, context, owner }: TestApp, { crowd, token }: { crowd: Crowd; token: string }) {
  const [conversationId] = crowd.conversations as [string];
  const headers = { authorization: `Bearer ${token}` };
  const get = (path: string) => async () => {
    const answer = await app.handle(new Request(`http://localhost/api/v1/${path}`, { headers }));
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await answer.text();
  };
  const depths = await readDepths(owner.sql);
  const { sql, plans } = createRecorder(context.database.sql);
  const list = { viewerId: crowd.me, seesReceipts: true, status: "active", limit: 21, after: null } as const;
  await selectConversations(sql, list);
  await selectHistory(sql, { conversationId, viewerId: crowd.me, limit: 51, beforeId: null });
  const [listPlan, historyPlan] = plans as [PlanNode, PlanNode];
  const cost = (plan: PlanNode) => ({ pages: buffersOf(plan), descent: descentOf(plan, depths) });
  return {
    list: { ...cost(listPlan), ...(await timed(get("conversations"))) },
    history: { ...cost(historyPlan), ...(await timed(get(`conversations/${conversationId}/messages`))) },
  } satisfies Costs;
}

function rowsOf(name: string, small: Cost, large: Cost): Row[] {
  const at = `with ${LARGE / 1e6} M messages`;
  const of = `with ${SMALL.toLocaleString("en")}`;
  const row = (what: string, pick: (cost: Cost) => number, more?: Partial<Row>): Row => ({
    what: `${name} ${at}: ${what}`,
    ours: pick(large),
    limit: { value: pick(small), of },
    ...more,
  });
  const rows = [
    row("pages touched", ({ pages }) => pages),
    row("pages without the trees above leaves", ({ pages, descent }) => pages - descent, {
      promise: { most: 1.1, of: "ratio" },
    }),
  ];
  if (large.p50 === undefined) return rows;
  return [
    ...rows,
    row("p50, ms", ({ p50 }) => p50!, { digits: 2 }),
    row("p99, ms", ({ p99 }) => p99!, { digits: 2 }),
  ];
}

const cluster = await openCluster({ name: "bench-reads", settings: SERVER });
const app = await createTestApp({ cluster });
const unhurried = createDatabase({ url: app.ownerUrl, max: 1, deadlineMs: 0 });
// As the planner does with large tables: a small one it would read from end to end.
const [{ name } = { name: "" }] = await unhurried.sql<{ name: string }[]>`select current_database() as name`;
for (const method of ["seqscan", "hashjoin", "mergejoin", "memoize"]) {
  await unhurried.sql.unsafe(`alter database ${name} set enable_${method} = off`);
}
const crowd = await insertCrowd(unhurried.sql);
const { access_token: token } = await app.context.auth.signInAs(crowd.me);
say(`${SMALL} messages`);
await fillMessages(unhurried, crowd, SMALL);
const small = await measure(app, { crowd, token });
say(`${LARGE} messages: takes a minute and a half`);
const start = performance.now();
await fillMessages(unhurried, crowd, LARGE);
say(`made in ${((performance.now() - start) / 1_000).toFixed(0)} s`);
const large = await measure(app, { crowd, token });
await unhurried.close();
await app.close();
handIn({
  rows: [
    ...rowsOf("conversation list", small.list, large.list),
    ...rowsOf("history page", small.history, large.history),
  ],
  note: `the same look-ups at both sizes (a small table would be read whole), each of which passes one page more of a larger tree: that is the difference; ${crowd.conversations.length} conversations, every tenth message in the one whose history is read; 20 conversations and 50 messages a page; ${ROUNDS} requests one after the other in the server's own process`,
});
