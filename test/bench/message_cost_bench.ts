/**
 * What one message costs: bytes on disk by table, indexes included, and CPU time of the server that stores it.
 * `bun test/bench/message_cost_bench.ts`
 * @module
 */
import { createTestApp } from "../harness/app.ts";
import { insertConversations, insertPeople } from "../harness/conversing.ts";

const PAIRS = 100;
const ROUNDS = 100;
const app = await createTestApp();
const { sql } = app.context.database;
const people = await insertPeople(sql, 2 * PAIRS);
const pairs = Array.from({ length: PAIRS }, (_, i) => [people[2 * i]!, people[2 * i + 1]!] as const);
await insertConversations(sql, pairs);
const content = "Sixty characters is about what people write to each other, on average";

async function sizes(): Promise<Record<string, number>> {
  const rows = await sql<{ name: string; bytes: number }[]>`
    select relname as name, pg_total_relation_size(oid)::float8 as bytes from pg_class
    where relname in ('messages', 'user_events', 'conversations', 'user_logs')
  `;
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]));
}

async function talk(rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    await Promise.all(pairs.map(([a, b]) => app.context.messages.send(a, { receiverId: b, content })));
  }
}

await talk(5);
const before = await sizes();
const cpu = process.cpuUsage();
await talk(ROUNDS);
const { user, system } = process.cpuUsage(cpu);
const after = await sizes();
const messages = PAIRS * ROUNDS;
for (const [name, bytes] of Object.entries(after)) {
  console.log(
    `${name.padEnd(16)} ${((bytes - before[name]!) / messages).toFixed(0).padStart(5)} bytes a message`,
  );
}
console.log(
  `server CPU       ${((user + system) / messages).toFixed(0).padStart(5)} µs a message, without sockets`,
);
await app.close();
process.exit(0);
