/**
 * How many messages a second are stored on Citus with one, two and three workers, beside one PostgreSQL, all of it on
 * this machine and with fsync: batches as the writer stores them, over two connections, as fast as they go, by turns.
 * `bun test/bench/citus_bench.ts [--seconds 4] [--rounds 3]`; needs Citus; sql/README.md has its figures.
 * @module
 */
import { parseArgs } from "node:util";
import { CITUS_SETTINGS } from "../../server/db/citus.ts";
import { createDatabase, type Database } from "../../server/db/client.ts";
import { BATCH_SETTINGS } from "../../server/features/messages/batch_settings.ts";
import { insertBatch } from "../../server/features/messages/batch_sql.ts";
import { missingForCitus, startCitus } from "../harness/citus_cluster.ts";
import { DURABLE, openCluster } from "../harness/cluster.ts";
import { insertConversations, insertPeople, newMessage } from "../harness/conversing.ts";
import { createTestDatabase, type TestDatabase } from "../harness/database.ts";

if (missingForCitus.length > 0) {
  console.warn(`SKIPPED: install ${missingForCitus.join(", ")}`);
  process.exit(0);
}
const { values } = parseArgs({
  options: { seconds: { type: "string", default: "4" }, rounds: { type: "string", default: "3" } },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const PAIRS = 1_000;
const BATCH = 64;
const CONNECTIONS = 2;

interface Form {
  readonly name: string;
  readonly writer: Database;
  readonly pairs: readonly (readonly [string, string])[];
  readonly rates: number[];
}

await using stack = new AsyncDisposableStack();
const forms: Form[] = [];
const cluster = await openCluster({ name: "bench", alone: true, settings: DURABLE });
await add("one PostgreSQL", await createTestDatabase({ cluster }), BATCH_SETTINGS);
for (const workers of [1, 2, 3]) {
  const citus = stack.use(await startCitus({ workers }));
  const db = await createTestDatabase({ citusUrl: citus.adminUrl });
  await add(`Citus, ${workers} workers`, db, { ...BATCH_SETTINGS, ...CITUS_SETTINGS });
}
for (let round = 0; round < rounds; round++) {
  for (const form of forms) form.rates.push(await measure(form));
}
const rateOf = ({ rates }: Form) => rates.toSorted((a, b) => a - b)[rates.length >> 1]!;
const [base] = forms as [Form, ...Form[]];
for (const form of forms) {
  const rate = rateOf(form);
  console.log(`${form.name.padEnd(20)} ${Math.round(rate)} messages/s, ${(rate / rateOf(base)).toFixed(2)}×`);
}

async function add(name: string, db: TestDatabase, settings: Record<string, string>): Promise<void> {
  stack.defer(() => db.close());
  const people = await insertPeople(db.sql, 2 * PAIRS);
  const pairs = people.slice(PAIRS).map((person, n) => [people[n]!, person] as const);
  await insertConversations(
    db.sql,
    pairs.map(([a, b]) => [a, b]),
  );
  const writer = createDatabase({ url: db.url, max: CONNECTIONS, settings, deadlineMs: 0 });
  stack.defer(() => writer.close());
  forms.push({ name, writer, pairs, rates: [] });
}

async function measure({ writer, pairs }: Form): Promise<number> {
  const start = performance.now();
  let stored = 0;
  let next = 0;
  async function work(): Promise<void> {
    while (performance.now() - start < seconds * 1_000) {
      const batch = Array.from({ length: BATCH }, () =>
        newMessage(...pairs[next++ % PAIRS]!, { clientMessageId: crypto.randomUUID() }),
      );
      const outcomes = await insertBatch(writer.sql, batch);
      if (outcomes.some(({ kind }) => kind !== "sent"))
        throw new Error("Cannot measure: not all were stored");
      stored += batch.length;
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return (stored / (performance.now() - start)) * 1_000;
}
