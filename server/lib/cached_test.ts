import { expect, test } from "bun:test";
import { Cached } from "./cached.ts";

test("computes once for those who ask together, and again when the value is too old", async () => {
  let now = 0;
  let computed = 0;
  const cached = new Cached(async () => ++computed, { maxAgeMs: 10, now: () => now });
  expect(await Promise.all([cached.read(), cached.read()])).toEqual([1, 1]);
  now = 9;
  expect(await cached.read()).toBe(1);
  now = 10;
  expect(await cached.read()).toBe(2);
});

test("keeps a value for ever without an age", async () => {
  let computed = 0;
  const cached = new Cached(async () => ++computed);
  await cached.read();
  expect(await cached.read()).toBe(1);
});

test("a failure reaches everybody who waited, and nobody later", async () => {
  let computed = 0;
  const cached = new Cached(async () => {
    if (++computed === 1) throw new Error("Cannot compute: once");
    return computed;
  });
  const answers = await Promise.allSettled([cached.read(), cached.read()]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await cached.read()).toBe(2);
});
