/** The durable queue on a real database: at least once, by one process at a time, given up in the end. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createTestDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { eventually } from "../../test/harness/eventually.ts";
import {
  deleteJobOf,
  insertJob,
  type JobHandler,
  JobRefused,
  JobWorker,
  reviveJobs,
  selectJobCounts,
  selectJobs,
} from "./mod.ts";

let db: TestDatabase;
const workers: JobWorker[] = [];
const errors: unknown[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  await db.sql`delete from jobs`;
  errors.length = 0;
});
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())));
afterAll(() => db.close());

function work(
  run: JobHandler["run"],
  handler: Partial<JobHandler> = {},
  options: { leaseMs?: number } = {},
): JobWorker {
  const worker = new JobWorker({
    database: db.database,
    handlers: { mail: { firstDelayMs: 1, ...handler, run } },
    onError: (error) => errors.push(error),
    pollMs: 20,
    ...options,
  });
  workers.push(worker);
  worker.start();
  return worker;
}

const mail = (n: number, more: { key?: string; delayMs?: number } = {}) =>
  insertJob(db.sql, { kind: "mail", payload: { n }, ...more });
const left = async () => (await db.sql`select 1 from jobs`).length;

test("a job is done once and gone", async () => {
  const done: unknown[] = [];
  work(async (payload) => void done.push(payload));
  await mail(1);
  await eventually(async () => (await left()) === 0);
  expect(done).toEqual([{ n: 1 }]);
});

test("a job of a transaction that rolls back never was", async () => {
  await db.database
    .begin(async (sql) => {
      await insertJob(sql, { kind: "mail", payload: {} });
      throw new Error("no");
    })
    .catch(() => {});
  expect(await left()).toBe(0);
});

test("64 jobs, 4 workers: each is done by exactly one", async () => {
  for (let n = 0; n < 64; n++) await mail(n);
  const done: number[] = [];
  for (let i = 0; i < 4; i++) work(async ({ n }: { n: number }) => void done.push(n));
  await eventually(async () => (await left()) === 0);
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, n) => n));
});

test("a failure is tried again later, as often as allowed; then the job is kept and says why", async () => {
  let attempts = 0;
  work(
    async () => {
      attempts++;
      throw new Error("the server is away");
    },
    { maxAttempts: 3 },
  );
  await mail(1);
  await eventually(async () => (await selectJobCounts(db.sql))[0]?.failed === 1);
  expect(attempts).toBe(3);
  expect(await db.sql`select last_error, attempts from jobs`).toMatchObject([
    { lastError: "the server is away", attempts: 3 },
  ]);
  expect(await reviveJobs(db.sql, "mail")).toBe(1);
  await eventually(() => attempts === 6);
});

test("what cannot succeed is given up at once", async () => {
  let attempts = 0;
  work(async () => {
    attempts++;
    throw new JobRefused("no such person");
  });
  await mail(1);
  await eventually(async () => (await selectJobCounts(db.sql))[0]?.failed === 1);
  expect(attempts).toBe(1);
});

test("a process that dies in the middle loses its lease: another one does the job", async () => {
  await mail(1);
  // As a process that was killed after its claim leaves it.
  await db.sql`update jobs set attempts = 1, leased_until = now() + interval '300 milliseconds'`;
  const done: number[] = [];
  work(async (_, { attempt }) => void done.push(attempt));
  expect(await left()).toBe(1);
  await eventually(async () => (await left()) === 0);
  expect(done).toEqual([2]);
});

test("who stalls past the lease does not undo what another did", async () => {
  const gate = Promise.withResolvers<void>();
  work(() => gate.promise, {}, { leaseMs: 100_000 });
  await mail(1);
  await eventually(async () => (await db.sql`select 1 from jobs where attempts = 1`).length === 1);
  // Somebody else takes it over and fails.
  await db.sql`update jobs set attempts = 2, run_at = now() + interval '1 hour', leased_until = null`;
  gate.resolve();
  await workers[0]!.close();
  expect(await db.sql`select attempts from jobs`).toMatchObject([{ attempts: 2 }]);
});

test("closing asks what is under way to end, and the job is tried again by the next", async () => {
  const began = Promise.withResolvers<void>();
  const first = work(() => {
    began.resolve();
    return new Promise(() => {});
  });
  await mail(1);
  await began.promise;
  await first.close();
  const done: number[] = [];
  work(async (_, { attempt }) => void done.push(attempt));
  await eventually(() => done.length === 1);
  expect(done).toEqual([2]);
});

describe("keys and delays", () => {
  test("a second job with the same key is not stored; one that waits can be deleted", async () => {
    expect(await mail(1, { key: "s1", delayMs: 60_000 })).toBe(true);
    expect(await mail(2, { key: "s1", delayMs: 60_000 })).toBe(false);
    expect(await mail(3, { key: "s2", delayMs: 60_000 })).toBe(true);
    const [first] = await selectJobs(db.sql, { failed: false, limit: 1 });
    expect(await deleteJobOf(db.sql, first!.id)).toBe(true);
    expect(await deleteJobOf(db.sql, first!.id)).toBe(false);
    expect(await left()).toBe(1);
    // One that somebody works on is left alone.
    await db.sql`update jobs set leased_until = now() + interval '1 minute'`;
    const [second] = await selectJobs(db.sql, { failed: false, limit: 1 });
    expect(await deleteJobOf(db.sql, second!.id)).toBe(false);
  });

  test("nothing runs before its time, and other kinds are left to others", async () => {
    const done: unknown[] = [];
    const worker = work(async (payload) => void done.push(payload));
    await mail(1, { delayMs: 60_000 });
    await insertJob(db.sql, { kind: "webhook", payload: {} });
    await mail(2);
    worker.wake();
    await eventually(() => done.length === 1);
    expect(done).toEqual([{ n: 2 }]);
    expect(await selectJobCounts(db.sql)).toMatchObject([
      { kind: "mail", waiting: 1, failed: 0, lateSeconds: 0 },
      { kind: "webhook", waiting: 1, failed: 0 },
    ]);
  });
});

test("the claim reads the index of what is due, not the table", async () => {
  await db.sql`
    insert into jobs (id, kind, payload, run_at)
    select gen_random_uuid(), 'mail', '{}', now() + interval '1 day' from generate_series(1, 5000)
  `;
  await db.sql`analyze jobs`;
  const plan = await db.sql`
    explain (format text) select id from jobs
    where failed_at is null and run_at <= now() and (leased_until is null or leased_until <= now())
      and kind = any(array['mail'])
    order by run_at limit 8 for update skip locked
  `;
  expect(JSON.stringify(plan)).toContain("jobs_due_idx");
});
