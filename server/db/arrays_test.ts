import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import { createTestDatabase } from "../../test/harness/database.ts";
import { newId } from "../lib/ids.ts";
import { readArray, writeArray } from "./arrays.ts";

const db = await createTestDatabase();
afterAll(() => db.close());
const { sql } = db;

/** Whatever may stand in a message: the database takes no NUL, and half a surrogate pair is no text. */
const text = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^["\\\\{},\s]{0,6}$/),
    fc.constantFrom("null", "NULL", "", " "),
  )
  .filter((value) => !value.includes("\0") && value.isWellFormed());

test("what is written is what the database reads", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { maxLength: 20 }), async (values) => {
      const [row] = await sql<[{ all: string | null }]>`
        select to_json(${writeArray(values)}::text[])::text as all
      `;
      expect(JSON.parse(row.all!)).toEqual(values);
    }),
    { numRuns: 300 },
  );
});

test("what the database writes is what is read: numbers, uuids, times", async () => {
  const ids = Array.from({ length: 3 }, newId);
  const times = ["2026-11-22 14:00:00.123456+00", "2026-01-01 00:00:00+00"];
  const [row] = await sql<[Record<"numbers" | "ids" | "times" | "none" | "nothing", string | null>]>`
    select '{1,-20,9007199254740991}'::bigint[]::text as numbers, ${writeArray(ids)}::uuid[]::text as ids,
      ${writeArray(times)}::timestamptz[]::text as times, '{}'::int[]::text as none, null as nothing
  `;
  expect(readArray(row.numbers)).toEqual(["1", "-20", "9007199254740991"]);
  expect(readArray(row.ids)).toEqual(ids);
  expect(readArray(row.times)).toEqual(times);
  expect(readArray(row.none)).toEqual([]);
  expect(readArray(row.nothing)).toEqual([]);
});
