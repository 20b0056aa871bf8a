import { expect, test } from "bun:test";
import { defaultLimits } from "../domain/limits.ts";
import { AppError } from "../protocol/errors.ts";
import { createLimits } from "./limits.ts";

const limits = { ...defaultLimits(), REPORT: { points: 2, seconds: 1 } };

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

test("so many pass in a window, the next is told when to come back", async () => {
  const refused: string[] = [];
  const counters = createLimits({ limits, onRefused: (name) => refused.push(name) });
  expect(await counters.consume("REPORT", "a")).toMatchObject({ limit: 2, remaining: 1 });
  const second = await counters.consume("REPORT", "a");
  expect(second.remaining).toBe(0);
  expect(second.resetMs).toBeWithin(1, 1001);
  const error = await failure(counters.consume("REPORT", "a"));
  expect(error.code).toBe("RATE_LIMIT_EXCEEDED");
  expect(error.details).toMatchObject({ limit: 2, window_ms: 1000 });
  expect((error.details as { retry_after_ms: number }).retry_after_ms).toBeWithin(1, 1001);
  expect(refused).toEqual(["REPORT"]);
});

test("keys and limits do not share their counters", async () => {
  const counters = createLimits({ limits });
  await counters.consume("REPORT", "a", { points: 2 });
  expect((await counters.consume("REPORT", "b")).remaining).toBe(1);
  expect((await counters.consume("MESSAGE_SEND", "a")).remaining).toBe(99);
  expect(createLimits({ limits }).rateOf("REPORT")).toEqual({ points: 2, seconds: 1 });
});

test("switched off, everything passes", async () => {
  const counters = createLimits({ limits, enabled: false });
  for (let i = 0; i < 5; i++) expect((await counters.consume("REPORT", "a")).remaining).toBe(2);
});

test("a window longer than the timers can count is refused at the start", () => {
  const month = { ...limits, REPORT: { points: 1, seconds: 25 * 86_400 } };
  expect(() => createLimits({ limits: month })).toThrow("longer than 24 days");
});
