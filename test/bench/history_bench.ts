/**
 * What caching the newest page of busy conversations could gain at most: the request as it is, against one whose
 * page is remembered for ever without any invalidation. `bun test/bench/history_bench.ts`
 * @module
 */
import { createTestApp } from "../harness/app.ts";
import { createWorld } from "../harness/world.ts";

const ROUNDS = 400;
const app = await createTestApp();
const world = createWorld(app);
const [ana, ben] = [await app.createUser(), await app.createUser()];
const conversationId = await world.befriend(ana, ben);
const texts = Array.from(
  { length: 1_000 },
  (_, i) => `Message ${i}, about as long as people write to each other`,
);
await world.write(ana, ben, texts);
await app.owner.sql`analyze`;
const { conversations } = app.context;
const { listMessages } = conversations;
const headers = { authorization: `Bearer ${ana.token}` };
const url = `http://localhost/api/v1/conversations/${conversationId}/messages`;
const request = async () => void (await (await app.app.handle(new Request(url, { headers }))).text());
const viewer = await viewerOf();
const page = await listMessages(viewer as never, { conversationId, limit: 50 });

async function viewerOf() {
  const [session] = await app.context.database.sql<{ id: string }[]>`
    select id from sessions where user_id = ${ana.id}
  `;
  return (await app.context.loadViewer(session!.id, ana.id))!;
}

/** Median and 99th percentile of the wall time, and the CPU time of this process, for each call. */
async function measure(name: string, work: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 100; i++) await work();
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  const at = (share: number) => `${times[Math.floor(ROUNDS * share)]!.toFixed(2)} ms`;
  const cpu = `${((user + system) / ROUNDS).toFixed(0)} µs CPU`;
  console.log(`${name.padEnd(44)} p50 ${at(0.5)}  p99 ${at(0.99)}  ${cpu}`);
}

for (let round = 0; round < 2; round++) {
  conversations.listMessages = listMessages;
  await measure("history page, as it is", request);
  await measure("  of it: who asks (session, person)", () =>
    app.context.loadViewer(viewer.sessionId, ana.id),
  );
  await measure("  of it: authorisation and page", () =>
    listMessages(viewer as never, { conversationId, limit: 50 }),
  );
  conversations.listMessages = async () => page;
  await measure("history page, remembered for ever", request);
}
await app.close();
process.exit(0);
