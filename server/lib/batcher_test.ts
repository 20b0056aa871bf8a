import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Batcher, type BatcherOptions } from "./batcher.ts";

interface Item {
  readonly key: string;
  readonly n: number;
}

type Run = BatcherOptions<Item, string>["run"];

function batcherOf(run: Run, options: Partial<BatcherOptions<Item, string>> = {}) {
  return new Batcher<Item, string>({
    run,
    keyOf: ({ key }) => key,
    maxBatch: 4,
    maxInFlight: 2,
    worthwhile: 1,
    patienceMs: 0,
    maxWaiting: 100,
    deadlineMs: 1_000,
    refuse: (why) => new Error(why),
    ...options,
  });
}

const item = (key: string, n = 0): Item => ({ key, n });

/** Batches that the test finishes by hand. */
function manual() {
  const batches: { items: readonly Item[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const run: Run = (items) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const finish = () => resolve(items.map(({ key, n }) => `${key}${n}`));
    batches.push({ items, finish, fail: reject });
    return promise;
  };
  return { batches, run };
}

/** Lets every microtask run. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("Batcher", () => {
  test("starts at once when idle, and puts one turn's items into one batch", async () => {
    const { batches, run } = manual();
    const batcher = batcherOf(run);
    void batcher.add(item("a"));
    void batcher.add(item("b"));
    await Promise.resolve();
    expect(batches.map(({ items }) => items.length)).toEqual([2]);
    batches[0]!.finish();
  });

  test("puts what arrives while all batches are under way into the next one, at most maxBatch", async () => {
    const { batches, run } = manual();
    const batcher = batcherOf(run, { maxInFlight: 1 });
    const first = batcher.add(item("a"));
    await turn();
    const others = ["b", "c", "d", "e", "f"].map((key) => batcher.add(item(key)));
    await turn();
    expect(batches).toHaveLength(1);
    batches[0]!.finish();
    expect(await first).toBe("a0");
    await turn();
    expect(batches[1]!.items.map(({ key }) => key)).toEqual(["b", "c", "d", "e"]);
    batches[1]!.finish();
    await turn();
    batches[2]!.finish();
    expect(await Promise.all(others)).toEqual(["b0", "c0", "d0", "e0", "f0"]);
  });

  test("never has a key in two batches at one time, and lets others pass", async () => {
    const { batches, run } = manual();
    const batcher = batcherOf(run);
    void batcher.add(item("a", 1));
    await turn();
    void batcher.add(item("a", 2));
    void batcher.add(item("b", 1));
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([[item("a", 1)], [item("b", 1)]]);
    batches[0]!.finish();
    await turn();
    expect(batches[2]!.items).toEqual([item("a", 2)]);
    for (const { finish } of batches) finish();
  });

  test("starts beside another batch only with enough items, and with whatever there is when that one ends", async () => {
    const { batches, run } = manual();
    const batcher = batcherOf(run, { worthwhile: 3, patienceMs: 60_000 });
    const sizes = () => batches.map(({ items }) => items.length);
    void batcher.add(item("a"));
    await turn();
    for (const key of ["b", "c"]) void batcher.add(item(key));
    await turn();
    expect(sizes()).toEqual([1]);
    void batcher.add(item("d"));
    await turn();
    expect(sizes()).toEqual([1, 3]);
    void batcher.add(item("e"));
    batches[0]!.finish();
    await turn();
    expect(sizes()).toEqual([1, 3]);
    batches[1]!.finish();
    await turn();
    expect(sizes()).toEqual([1, 3, 1]);
    batches[2]!.finish();
    await batcher.close();
  });

  test("starts a small batch beside one that takes too long", async () => {
    const second = Promise.withResolvers<void>();
    const { batches, run } = manual();
    const batcher = batcherOf(
      (items) => {
        if (batches.length === 1) second.resolve();
        return run(items);
      },
      { worthwhile: 100, patienceMs: 5 },
    );
    void batcher.add(item("stuck"));
    await turn();
    const quick = batcher.add(item("quick"));
    await second.promise;
    batches[1]!.finish();
    expect(await quick).toBe("quick0");
    batches[0]!.finish();
    await batcher.close();
  });

  test("a promised result keeps only its key busy", async () => {
    const slow = Promise.withResolvers<string>();
    const seen: Item[][] = [];
    const batcher = batcherOf(
      async (items) => {
        seen.push([...items]);
        return items.map(({ key, n }) => (key === "a" && n === 1 ? slow.promise : `${key}${n}`));
      },
      { maxInFlight: 1 },
    );
    const answers: string[] = [];
    const add = (key: string, n: number) => batcher.add(item(key, n)).then((text) => void answers.push(text));
    const all = [add("a", 1), add("b", 1)];
    await turn();
    all.push(add("a", 2), add("b", 2));
    await turn();
    expect(answers).toEqual(["b1", "b2"]);
    slow.resolve("a1");
    await Promise.all(all);
    expect(answers).toEqual(["b1", "b2", "a1", "a2"]);
  });

  test("a batch that throws fails its items, and only them", async () => {
    const { batches, run } = manual();
    const batcher = batcherOf(run, { maxInFlight: 1 });
    const lost = batcher.add(item("a"));
    await turn();
    const kept = batcher.add(item("a", 1));
    batches[0]!.fail(new Error("boom"));
    expect(lost).rejects.toThrow("boom");
    await turn();
    batches[1]!.finish();
    expect(await kept).toBe("a1");
  });

  test("refuses beyond maxWaiting, counting what is under way", async () => {
    const { batches, run } = manual();
    const batcher = batcherOf(run, { maxWaiting: 2 });
    const held = [batcher.add(item("a")), batcher.add(item("b"))];
    expect(batcher.add(item("c"))).rejects.toThrow("full");
    await turn();
    batches[0]!.finish();
    await Promise.all(held);
    expect(batcher.stats).toEqual({ waiting: 0, inFlight: 0 });
  });

  test("answers in time: what is late is refused, and never started", async () => {
    const { batches, run } = manual();
    const batcher = batcherOf(run, { maxInFlight: 1, deadlineMs: 20 });
    const stuck = batcher.add(item("a"));
    await turn();
    const queued = batcher.add(item("b"));
    const outcomes = await Promise.allSettled([stuck, queued]);
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.message)).toEqual([
      "late",
      "late",
    ]);
    batches[0]!.finish();
    const next = batcher.add(item("a", 2));
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([[item("a")], [item("a", 2)]]);
    batches[1]!.finish();
    expect(await next).toBe("a2");
  });

  test("closes when everything has its answer, and takes nothing more", async () => {
    const { batches, run } = manual();
    const batcher = batcherOf(run);
    const last = batcher.add(item("a"));
    const closed = batcher.close();
    expect(batcher.add(item("b"))).rejects.toThrow("closed");
    await turn();
    batches[0]!.finish();
    await closed;
    expect(await last).toBe("a0");
    await batcherOf(run).close();
  });

  test("keeps no process alive once everything has its answer", async () => {
    const script = `
      const { Batcher } = await import("./batcher.ts");
      const batcher = new Batcher({
        run: async (items) => items, keyOf: String, maxBatch: 1, maxInFlight: 1, worthwhile: 1, patienceMs: 0,
        maxWaiting: 9, deadlineMs: 3_600_000, refuse: (why) => new Error(why),
      });
      console.log(await batcher.add("answered"));
    `;
    await using child = Bun.spawn([process.execPath, "-e", script], { cwd: import.meta.dir, stdout: "pipe" });
    expect([await new Response(child.stdout).text(), await child.exited]).toEqual(["answered\n", 0]);
  });

  test("keeps the order of every key, whatever finishes when", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), deferred: fc.boolean() }), {
          maxLength: 60,
        }),
        fc.integer({ min: 1, max: 3 }),
        fc.scheduler(),
        async (plan, maxInFlight, scheduler) => {
          const started: Item[] = [];
          let running = new Set<string>();
          const end = (key: string, text: string) => {
            running = new Set([...running].filter((other) => other !== key));
            return text;
          };
          const batcher = batcherOf(
            async (items) => {
              const keys = new Set(items.map(({ key }) => key));
              for (const key of keys) expect(running.has(key)).toBe(false);
              running = running.union(keys);
              started.push(...items);
              await scheduler.schedule(Promise.resolve());
              const last = new Map(items.map((entry) => [entry.key, entry]));
              return items.map((entry) => {
                const text = `${entry.key}${entry.n}`;
                const ends = last.get(entry.key) === entry;
                if (!plan[entry.n]!.deferred) return ends ? end(entry.key, text) : text;
                return scheduler.schedule(Promise.resolve()).then(() => (ends ? end(entry.key, text) : text));
              });
            },
            { maxInFlight, maxBatch: 3 },
          );
          const answers = plan.map(({ key }, n) => batcher.add(item(key, n)));
          const all = Promise.all(answers);
          await scheduler.waitFor(all);
          expect(await all).toEqual(plan.map(({ key }, n) => `${key}${n}`));
          for (const key of ["a", "b", "c"]) {
            const order = started.filter((entry) => entry.key === key).map(({ n }) => n);
            expect(order).toEqual(order.toSorted((x, y) => x - y));
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
