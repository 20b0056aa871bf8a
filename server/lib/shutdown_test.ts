/** Closing in order, within a deadline, whatever the steps do. @module */
import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { closeAll, onSignals, onUncaught } from "./shutdown.ts";

const never = () => new Promise<void>(() => {});

test("steps close one after the other, in order", async () => {
  const seen: string[] = [];
  const slow = async () => {
    seen.push("a starts");
    await Bun.sleep(5);
    seen.push("a ends");
  };
  const steps = [
    { name: "a", close: slow },
    { name: "b", close: () => seen.push("b") },
  ];
  expect(await closeAll(steps, { deadlineMs: 1000 })).toBe(true);
  expect(seen).toEqual(["a starts", "a ends", "b"]);
});

test("a failing step is reported and the next closes all the same", async () => {
  const problems: string[] = [];
  let closed = 0;
  const steps = [
    {
      name: "throws",
      close: () => {
        throw new Error("no");
      },
    },
    { name: "rejects", close: () => Promise.reject(new Error("no")) },
    { name: "good", close: () => closed++ },
  ];
  expect(await closeAll(steps, { deadlineMs: 1000, onProblem: (name) => problems.push(name) })).toBe(false);
  expect({ problems, closed }).toEqual({ problems: ["throws", "rejects"], closed: 1 });
});

test("after the deadline the rest is started but not waited for", async () => {
  const problems: string[] = [];
  let started = 0;
  const steps = [
    { name: "hangs", close: never },
    {
      name: "next",
      close: () => {
        started++;
        return never();
      },
    },
  ];
  const before = performance.now();
  expect(await closeAll(steps, { deadlineMs: 20, onProblem: (name) => problems.push(name) })).toBe(false);
  expect(performance.now() - before).toBeLessThan(10_000);
  expect({ problems, started }).toEqual({ problems: ["hangs", "next"], started: 1 });
});

test("the first signal asks, a copy of it within half a second is nothing, the second forces, and listening can stop", () => {
  const source = new EventEmitter();
  const seen: string[] = [];
  let time = 1_000;
  const stop = onSignals(["SIGTERM", "SIGINT"], (signal) => seen.push(`first ${signal}`), {
    onSecond: (signal) => seen.push(`second ${signal}`),
    source,
    now: () => time,
  });
  source.emit("SIGINT");
  time += 500;
  source.emit("SIGTERM");
  expect(seen).toEqual(["first SIGINT"]);
  time += 1;
  source.emit("SIGTERM");
  stop();
  source.emit("SIGTERM");
  expect(seen).toEqual(["first SIGINT", "second SIGTERM"]);
});

test("each error that nobody caught is heard, and listening can stop", () => {
  const source = new EventEmitter();
  const seen: unknown[] = [];
  const stop = onUncaught((error) => seen.push(error), source);
  source.emit("uncaughtException", "thrown", "uncaughtException");
  source.emit("unhandledRejection", "rejected", Promise.resolve());
  stop();
  source.emit("uncaughtException", "later");
  expect(seen).toEqual(["thrown", "rejected"]);
});
