/** Cursors: round trips, and nothing else is believed. @module */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeCursor, encodeCursor } from "./cursor.ts";

const ID = "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11";
const refused = expect.objectContaining({ code: "VALIDATION_ERROR", status: 400 });
const wrap = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

const moments = fc
  .tuple(
    fc.date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    }),
    fc.integer({ min: 0, max: 999_999 }),
    fc.constantFrom("Z", "+00", "+00:00", "-07:30"),
  )
  .map(
    ([date, micros, zone]) => `${date.toISOString().slice(0, 19)}.${String(micros).padStart(6, "0")}${zone}`,
  );

test("a cursor comes back as it was, microseconds included", () => {
  fc.assert(
    fc.property(fc.uuid(), moments, fc.boolean(), (id, moment, asPostgres) => {
      const createdAt = asPostgres ? moment.replace("T", " ") : moment;
      const text = encodeCursor({ id, createdAt });
      expect(text).toMatch(/^[\w-]+$/);
      expect(decodeCursor(text)).toEqual({ id, createdAt });
    }),
  );
});

test("a cursor may carry a rank, which is one digit", () => {
  const cursor = { id: ID, createdAt: "2026-01-01 00:00:00.000001+00", rank: 1 };
  expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
});

test("text that no page gave is refused", () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((text) => Buffer.from(text).toString("base64url")),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      expect(() => decodeCursor(text)).toThrow(refused);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["empty", ""],
  ["not base64url", "a b"],
  ["standard base64", `${encodeCursor({ id: ID, createdAt: "2026-01-01T00:00:00Z" })}==`],
  ["not JSON", Buffer.from("{").toString("base64url")],
  ["a rank that is no digit", wrap({ id: ID, createdAt: "2026-01-01T00:00:00Z", rank: 10 })],
  ["a rank that is text", wrap({ id: ID, createdAt: "2026-01-01T00:00:00Z", rank: "1" })],
  ["null", wrap(null)],
  ["an array", wrap([ID, "2026-01-01T00:00:00Z"])],
  ["without id", wrap({ createdAt: "2026-01-01T00:00:00Z" })],
  ["without time", wrap({ id: ID })],
  ["a bad id", wrap({ id: "x", createdAt: "2026-01-01T00:00:00Z" })],
  ["an id that is no text", wrap({ id: { toString: 1 }, createdAt: "2026-01-01T00:00:00Z" })],
  ["a number for time", wrap({ id: ID, createdAt: 5 })],
  ["SQL for time", wrap({ id: ID, createdAt: "now()" })],
  ["infinity", wrap({ id: ID, createdAt: "infinity" })],
  ["no such day", wrap({ id: ID, createdAt: "2026-02-30T00:00:00Z" })],
  ["year zero", wrap({ id: ID, createdAt: "0000-01-01T00:00:00Z" })],
  ["no zone", wrap({ id: ID, createdAt: "2026-01-01T00:00:00" })],
  ["nanoseconds", wrap({ id: ID, createdAt: "2026-01-01T00:00:00.123456789Z" })],
  ["too long", wrap({ id: ID, createdAt: "2026-01-01T00:00:00Z", junk: "x".repeat(300) })],
])("%s is refused", (_, text) => {
  expect(() => decodeCursor(text)).toThrow(refused);
});
