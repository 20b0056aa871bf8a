import { describe, expect, test } from "bun:test";
import { ERRORS } from "../protocol/errors.ts";
import { CONSTRAINTS, isRetryable, mapPgError, violates } from "./pg_errors.ts";

function pgError(code: string, fields: object = {}): Error {
  return Object.assign(new Error("from the server"), { code, ...fields });
}

describe("mapPgError", () => {
  for (const [constraint, { code }] of Object.entries(CONSTRAINTS)) {
    test(`${constraint} is ${code}`, () => {
      const cause = pgError("23505", { constraint_name: constraint });
      expect(mapPgError(cause)).toMatchObject({ name: "AppError", code, cause });
      expect(ERRORS[code].status).toBeLessThan(500);
    });
  }

  for (const code of [
    "57P01",
    "57P03",
    "53300",
    "08006",
    "57014",
    "55P03",
    "ECONNREFUSED",
    "CONNECTION_CLOSED",
  ]) {
    test(`${code} is SERVICE_UNAVAILABLE, with a hint when to retry`, () => {
      const mapped = mapPgError(pgError(code));
      expect(mapped).toMatchObject({ code: "SERVICE_UNAVAILABLE", details: { retry_after_ms: 1_000 } });
    });
  }

  test("what it does not know it leaves alone", () => {
    for (const error of [
      pgError("23505", { constraint_name: "unheard_of" }),
      pgError("42P01"),
      new Error("x"),
      "x",
      null,
    ]) {
      expect(mapPgError(error)).toBe(error);
    }
  });

  test("a constraint named like a member of every object is no constraint of ours", () => {
    const error = pgError("23505", { constraint_name: "toString" });
    expect(mapPgError(error)).toBe(error);
  });
});

test("only serialization failures and deadlocks are retried", () => {
  expect(["40001", "40P01"].map((code) => isRetryable(pgError(code)))).toEqual([true, true]);
  expect([pgError("23505"), pgError("ECONNRESET"), new Error("x"), undefined].some(isRetryable)).toBe(false);
});

test("violates looks through the mapping", () => {
  const raw = pgError("23505", { constraint_name: "users_email_key" });
  expect(violates(raw, "users_email_key")).toBe(true);
  expect(violates(mapPgError(raw), "users_email_key")).toBe(true);
  expect(violates(mapPgError(raw), "another")).toBe(false);
  expect(violates(undefined, "another")).toBe(false);
});
