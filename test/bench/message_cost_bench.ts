/**
 * What one message and one read mark cost: bytes on disk by table, indexes included, and CPU time of the server that
 * stores them, without its sockets. `bun test/bench/message_cost_bench.ts`; sql/README.md ("Growing") is computed from it.
 * @module
 */
import { newId } from "../../server/lib/ids.ts";
import { createTestApp } from "../harness/app.ts";
import { insertConversations, insertPeople } from "../harness/conversing.ts";

const PAIRS = 100;
const ROUNDS = 100;
const app = await createTestApp();
const { sql } = app.context.database;
const people = await insertPeople(sql, 2 * PAIRS);
const pairs = Array.from({ length: PAIRS }, (_, i) => [people[2 * i]!, people[2 * i + 1]!] as const);
await insertConversations(sql, pairs);
// Who pays for premium is told what was read: the most that a mark writes.
await sql`update users set is_premium = true`;
const content = "Sixty characters is about what people write to each other, on average";

async function sizes(): Promise<Record<string, number>> {
  const rows = await sql<{ name: string; bytes: number }[]>`
    select relname as name, pg_total_relation_size(oid)::float8 as bytes from pg_class
    where relname in ('messages', 'user_events', 'read_marks', 'conversations', 'user_logs')
  `;
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]));
}

/** Everybody says one thing. @returns What was said, and who is to read it. */
async function talk(): Promise<{ reader: string; id: string }[]> {
  return await Promise.all(
    pairs.map(async ([a, b]) => {
      const sent = { receiverId: b, content, clientMessageId: newId() };
      return { reader: b, id: (await app.context.messages.send(a, sent)).message_id };
    }),
  );
}

async function measure(what: string, run: () => Promise<unknown>): Promise<void> {
  const before = await sizes();
  const cpu = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(cpu);
  const after = await sizes();
  const count = PAIRS * ROUNDS;
  for (const [name, bytes] of Object.entries(after)) {
    const each = ((bytes - before[name]!) / count).toFixed(0);
    console.log(`${name.padEnd(16)} ${each.padStart(5)} bytes a ${what}`);
  }
  const each = ((user + system) / count).toFixed(0);
  console.log(`server's CPU     ${each.padStart(5)} µs a ${what}, without sockets`);
}

for (let round = 0; round < 5; round++) await talk();
const said: Awaited<ReturnType<typeof talk>>[] = [];
await measure("message", async () => {
  for (let round = 0; round < ROUNDS; round++) said.push(await talk());
});
await measure("mark", async () => {
  for (const round of said) {
    await Promise.all(round.map(({ reader, id }) => app.context.messages.markRead(reader, id)));
  }
});
await app.close();
process.exit(0);
